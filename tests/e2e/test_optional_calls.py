#!/usr/bin/env python3
"""System calls that a machine may lack (network file systems, old kernels,
seccomp): a run is made, its record is kept and valid, a load is made.

    test_optional_calls.py SHIM --iomodels IOMODELS --echo-server ECHO_SERVER
"""

import concurrent.futures
import errno
import functools
import os
import shlex

from e2e import (TIMING, Server, arguments, main, one_record, others, require,
                 run)

SHIM = os.path.abspath(*others)
ERRORS = ["ENOSYS", "EPERM", "EINVAL", "EOPNOTSUPP", "ENOLCK"]
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
            arguments.echo_server, "--output", folder / "records",
            "--disturbance-limit", "100")
    reasons = [reason for reason in one_record(folder / "records")["reasons"]
               if not reason.startswith(TIMING)]
    require(not reasons, f"{error}: {reasons}")


def check(calls, scratch):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(functools.partial(both, calls, scratch), ERRORS))


# Traffic that is due at a time.
TIMED = ["--pattern paced --rate 400KiB", "--pattern stream --rate 400KiB",
         "--pattern echo --think 3ms"]


def late(scratch, words, *via):
    """The record of a run with a load generator below these words."""
    folder = scratch / f"{len(via)}{words}"
    run(arguments.iomodels, "run", "--model", "iocp", "--connections", "4",
        "--duration", "1s", "--warmup", "0s", *words.split(), "--server",
        arguments.echo_server, "--load-via", shlex.join(via), "--output",
        folder, "--disturbance-limit", "20", exit_code=None, timeout=60)
    return one_record(folder)


def case_ticks(scratch):
    """Where waits end by a clock of 15.6 ms, a run is judged by it: what leaves
    in bursts is not the traffic that was requested."""
    ticks = ["env", f"LD_PRELOAD={SHIM}", "CALL=ticks",
             f"ERRNO={errno.ENOSYS}"]
    for words in TIMED:
        coarse, fine = late(scratch, words, *ticks), late(scratch, words)
        found = [(record["machine"]["load"]["process"],
                  record["latency_us"]["lateness"]["p50"],
                  record["disturbance"]["load_late_percent"])
                 for record in (coarse, fine)]
        process, p50_us, percent = found[0]
        require(process["timer"] == "milliseconds"
                and process["timer_wait_us"] > 8_000 and p50_us > 4_000
                and percent > 60, found)
        require(not coarse["valid"] and any(
            reason.startswith("load_late") for reason in coarse["reasons"]),
            coarse["reasons"])
        process, p50_us, percent = found[1]
        require(process["timer"] == "high_resolution"
                and process["timer_wait_us"] < 8_000 and p50_us < 4_000
                and percent < 60, found)


main({"case_ticks": case_ticks} | {
    f"case_{calls}": lambda scratch, calls=calls: check(calls, scratch)
    for calls in CALLS})
