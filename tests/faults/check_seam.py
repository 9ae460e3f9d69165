"""check_seam.py NM SEAM_H ERRORS_TXT ARCHIVE: fails when the models, compiled
behind the seam, still call something of the system's that can fail (seam.h
lacks it then), or when errors.txt lacks a call of the seam."""

import subprocess
import sys

from errors import errors_of
from sites import calls_of

# What cannot fail, or tells its failure by no error, or only reads text.
CANNOT_FAIL = {
    "AcquireSRWLockExclusive", "InitializeSRWLock", "ReleaseSRWLockExclusive",
    "GetLastError", "SetLastError", "WSAGetLastError", "WSASetLastError",
    "GetTickCount64", "GetCurrentProcess", "GetCurrentProcessId",
    "TerminateProcess",
    "InitializeSListHead", "InterlockedPopEntrySList",
    "InterlockedPushEntrySList",
    "SetThreadpoolThreadMaximum", "StartThreadpoolIo", "CancelThreadpoolIo",
    "CloseThreadpoolIo", "CloseThreadpool",
    "Sleep", "SleepEx", "SwitchToThread",  # they come back, early or not
    "DispatchMessageW", "DefWindowProcW",  # the result is the window's own
    "htonl", "htons", "ntohl", "ntohs",
    "getaddrinfo", "freeaddrinfo", "getnameinfo",  # of numeric texts
    "__doserrno", "_errno",
}


def symbols(nm, archive, *options):
    result = subprocess.run([nm, *options, "-P", archive], text=True,
                            capture_output=True, check=True)
    return {line.split()[0] for line in result.stdout.splitlines()
            if len(line.split()) > 1}


def main(nm, seam, errors, archive):
    calls = calls_of(seam)
    undefined = symbols(nm, archive, "-u")
    missed = [f"{name} is called, add it to tests/faults/seam.h"
              for name in sorted(undefined)
              if name.startswith("__imp_")
              and name[len("__imp_"):] not in CANNOT_FAIL | set(calls)]
    missed += [f"tests/faults/errors.txt does not have {call}"
               for call in calls.values() if call not in errors_of(errors)]
    if "fault_fails" not in undefined:
        missed.append("nothing in there was compiled behind the seam")
    print("1..1", *(f"# {why}" for why in missed), sep="\n")
    print("not ok 1 - seam" if missed else "ok 1 - seam")
    return 1 if missed else 0


sys.exit(main(*sys.argv[1:]))
