"""check_seam.py NM SEAM_H ERRORS_TXT ARCHIVE: fails when the models, compiled
behind the seam, still call something of the system's that can fail (seam.h
lacks it then), or when errors.txt lacks a call of the seam."""

import re
import subprocess
import sys

from errors import errors_of

# What cannot fail, or tells its failure by no error, or only reads text.
CANNOT_FAIL = {
    "AcquireSRWLockExclusive", "InitializeSRWLock", "ReleaseSRWLockExclusive",
    "GetLastError", "SetLastError", "WSAGetLastError", "WSASetLastError",
    "GetTickCount64", "GetCurrentProcess", "GetCurrentProcessId",
    "TerminateProcess",
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
    with open(seam, encoding="utf-8") as text:
        known = set(re.findall(r"^#define (\w+)\(", text.read(), re.M))
    undefined = symbols(nm, archive, "-u")
    system = {name[len("__imp_"):] for name in undefined
              if name.startswith("__imp_")}
    missed = sorted(system - CANNOT_FAIL | known & undefined)
    listed = set(errors_of(errors)) | {"free", "accept_ex", "FAULT_HERE"}
    print("1..1")
    for name in missed:
        print(f"# {name} is called and tests/faults/seam.h has no wrapper")
    for name in sorted(known - listed):
        missed.append(name)
        print(f"# tests/faults/errors.txt does not have {name}")
    if not any(name.startswith("fault_") for name in undefined):
        missed.append("")
        print("# nothing in there was compiled behind the seam")
    print("not ok 1 - seam" if missed else "ok 1 - seam")
    return 1 if missed else 0


sys.exit(main(*sys.argv[1:]))
