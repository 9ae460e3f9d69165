#!/usr/bin/env python3
"""System calls that a machine may lack (network file systems, old kernels,
seccomp): a run is made, its record is kept and valid, a load is made.

    test_optional_calls.py SHIM IOMODELS ECHO_SERVER
"""

import concurrent.futures
import errno
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SHIM, IOMODELS, ECHO = map(os.path.abspath, sys.argv[1:])
ERRORS = ["ENOSYS", "EPERM", "EINVAL", "EOPNOTSUPP", "ENOLCK"]
# Reasons for which a busy machine's record is not valid.
TIMING = ("window_too_short", "rate_not_reached", "client_saturated",
          "load_starved")
# What fails together, and which of the two commands make the calls.
CALLS = {
    "fsync": "run",
    "link": "run",
    "setpgid": "run",
    "epoll_pwait2": "run load",
    "sched_getaffinity": "run load",
    "getrlimit64": "run load",
    "setrlimit64": "run load",
    "prlimit64,flock,sched_setaffinity": "",  # of nobody so far
    "proc": "run load",
}
SHORT = ["--connections", "2", "--pattern", "paced", "--rate", "400KiB",
         "--duration", "300ms", "--warmup", "0s"]


def attempt(command, calls, error, folder):
    """What is wrong with one command under the shim; None: nothing."""
    hits = folder / "hits"
    done = subprocess.run(
        [IOMODELS, *command], capture_output=True, text=True, timeout=60,
        env={**os.environ, "LD_PRELOAD": SHIM, "CALL": calls,
             "ERRNO": str(getattr(errno, error)), "SHIM_HITS": str(hits)},
        stdin=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 1 if command[0] == "run" else 0):
        return f"exit code {done.returncode}: {done.stderr}"
    if command[0] in CALLS[calls].split() and not hits.exists():
        return "the call was not made"
    hits.unlink(missing_ok=True)
    return None


def both(calls, error):
    with tempfile.TemporaryDirectory() as name, subprocess.Popen(
            [ECHO, "--sample-ms", "0"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True) as server:
        folder = pathlib.Path(name)
        port = json.loads(server.stdout.readline())["port"]
        wrong = attempt(["load", "--target", f"127.0.0.1:{port}", *SHORT],
                        calls, error, folder)
        server.communicate("stop\n")
        wrong = wrong or attempt(
            ["run", "--model", "iocp", "--server", ECHO, "--output",
             str(folder / "records"), *SHORT], calls, error, folder)
        records = list((folder / "records").glob("*-iocp-*.json"))
        if not wrong and len(records) != 1:
            return f"not one record but {records}"
        return wrong or next(
            (reason for reason in json.loads(records[0].read_text())["reasons"]
             if not reason.startswith(TIMING)), None)


def main():
    cases = [(calls, error) for calls in CALLS for error in ERRORS]
    print(f"1..{len(cases)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda case: both(*case), cases))
    for number, (case, wrong) in enumerate(zip(cases, results), 1):
        print("not ok" if wrong else "ok", number, *case)
        if wrong:
            print(*case, wrong, file=sys.stderr)
    sys.exit(1 if any(results) else 0)


if __name__ == "__main__":
    main()
