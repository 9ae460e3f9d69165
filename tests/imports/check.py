#!/usr/bin/env python3
"""check.py OBJDUMP PROGRAM...: each program imports only functions that Windows
10 1607 has, as known.txt tells. Prints TAP, one line a program."""

import pathlib
import re
import subprocess
import sys

KNOWN = pathlib.Path(__file__).resolve().parent / "known.txt"
# By age; all of them came before 10 1607.
VERSIONS = ("XP", "Vista", "7", "8", "8.1", "10.1507", "10.1511", "10.1607")
C_LIBRARY = re.compile(r"msvcrt|ucrtbase|vcruntime\d+|api-ms-win-crt-.*")


def read_known():
    known = set()
    for line in KNOWN.read_text(encoding="utf-8").splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        dll, version, *functions = words
        if version not in VERSIONS:
            raise SystemExit(f"{KNOWN}: {line}: the floor is Windows 10 1607")
        known.update((dll, function) for function in functions)
    return known


def read_imports(objdump, program):
    """(DLL, function) of each import outside of the C library."""
    done = subprocess.run([objdump, "-p", program], capture_output=True,
                          text=True, timeout=60, check=True)
    dll, imports = None, set()
    for line in done.stdout.splitlines():
        name = re.match(r"\s*DLL Name: (\S+?)(?:\.dll)?\s*$", line, re.I)
        entry = re.match(r"\s+[0-9a-f]+\s+\d+\s+(\w+)\s*$", line)
        if name:
            dll = name.group(1).lower()
        elif entry and dll and not C_LIBRARY.fullmatch(dll):
            imports.add((dll, entry.group(1)))
        elif not line.strip():
            dll = None
    return imports


def main(objdump, *programs):
    known = read_known()
    bad = 0
    print(f"1..{len(programs)}")
    for number, program in enumerate(programs, 1):
        imports = read_imports(objdump, program)
        # Every program of ours takes some of these: else nothing was read.
        wrong = [] if {("kernel32", "CreateFileW"),
                       ("kernel32", "GetLastError")} & imports else [
                           f"no imports can be read from {program}"]
        wrong += [f"{program} imports {function} of {dll}: look up its first "
                  "version of Windows and add it to tests/imports/known.txt, "
                  "or, if that is after 10 1607, look it up at run time"
                  for dll, function in sorted(imports - known)]
        bad += bool(wrong)
        print("not ok" if wrong else "ok", number, "-",
              pathlib.Path(program).name, f"({len(imports)} imports)")
        for line in wrong:
            print(line, file=sys.stderr)
    sys.exit(1 if bad or not programs else 0)


if len(sys.argv) < 3:
    print(__doc__, file=sys.stderr)
    sys.exit(2)
main(*sys.argv[1:])
