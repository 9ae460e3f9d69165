#!/usr/bin/env python3
"""System calls that a machine may lack (network file systems, old kernels,
seccomp): a run is made, its record is kept and valid, a load is made.

    test_optional_calls.py SHIM --iomodels IOMODELS --echo-server ECHO_SERVER
"""

import concurrent.futures
import errno
import functools
import os

from e2e import Server, arguments, main, one_record, others, require, run

SHIM = os.path.abspath(*others)
ERRORS = ["ENOSYS", "EPERM", "EINVAL", "EOPNOTSUPP", "ENOLCK"]
# Reasons for which a busy machine's record is not valid.
TIMING = ("window_too_short", "rate_not_reached", "client_saturated",
          "load_starved")
# What fails together, and which of the two commands make the calls.
CALLS = {
    "fsync": "run",
    "link": "run",
    "epoll_pwait2": "run load",
    "sched_getaffinity": "run load",
    "getrlimit64": "run load",
    "setrlimit64": "run load",
    "proc": "run load",
}
SHORT = ["--connections", "2", "--pattern", "paced", "--rate", "400KiB",
         "--duration", "300ms", "--warmup", "0s"]


def attempt(calls, error, folder, command, *words):
    hits = folder / "hits"
    done = run(arguments.iomodels, command, *words, *SHORT, exit_code=None,
               timeout=60, environment={
                   "LD_PRELOAD": SHIM, "CALL": calls, "SHIM_HITS": str(hits),
                   "ERRNO": str(getattr(errno, error))})
    require(done.returncode in (0, 1 if command == "run" else 0), done)
    require(command not in CALLS[calls] or hits.exists(),
            f"{error}: {command} does not make the call")
    hits.unlink(missing_ok=True)


def both(calls, scratch, error):
    folder = scratch / error
    folder.mkdir()
    with Server("--sample-ms", "0", command=[arguments.echo_server]) as server:
        attempt(calls, error, folder, "load", "--target",
                "%s:%d" % server.address)
    attempt(calls, error, folder, "run", "--model", "iocp", "--server",
            arguments.echo_server, "--output", folder / "records")
    reasons = [reason for reason in one_record(folder / "records")["reasons"]
               if not reason.startswith(TIMING)]
    require(not reasons, f"{error}: {reasons}")


def check(calls, scratch):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(functools.partial(both, calls, scratch), ERRORS))


main({f"case_{calls}": lambda scratch, calls=calls: check(calls, scratch)
      for calls in CALLS})
