#!/usr/bin/env python3
"""check.py OBJDUMP PROGRAM...: each program imports only functions that Windows
10 1607 has, as known.txt tells. Prints TAP, one line a program."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "common"))

from iotest import main, others, require, run

KNOWN = HERE / "known.txt"
# By age; all of them came before 10 1607.
VERSIONS = ("XP", "Vista", "7", "8", "8.1", "10.1507", "10.1511", "10.1607")
C_LIBRARY = re.compile(r"msvcrt|ucrtbase|vcruntime\d+|api-ms-win-crt-.*")


def read_known():
    """(DLL, function) of each line."""
    for line in KNOWN.read_text(encoding="utf-8").splitlines():
        dll, version, *functions = line.split("#")[0].split() or ("", "XP")
        require(version in VERSIONS,
                f"{KNOWN}: {line}: the floor is Windows 10 1607")
        for function in functions:
            yield dll, function


def read_imports(objdump, program):
    """(DLL, function) of each import outside of the C library."""
    dll = None
    for line in run(objdump, "-p", program).stdout.splitlines():
        name = re.match(r"\s*DLL Name: (\S+?)(?:\.dll)?\s*$", line, re.I)
        entry = re.match(
            r"\s+[0-9a-f]+\s+(?:<none>\s+)?[0-9a-f]+\s+(\w+)\s*$", line)
        if name:
            dll = name.group(1).lower()
        elif entry and dll and not C_LIBRARY.fullmatch(dll):
            yield dll, entry.group(1)
        elif not line.strip():
            dll = None


def check(objdump, program):
    imports = set(read_imports(objdump, program))
    # Every program of ours takes some of these: else nothing was read.
    require({("kernel32", "CreateFileW"), ("kernel32", "GetLastError")}
            & imports, f"no imports can be read from {program}")
    wrong = sorted(imports - set(read_known()))
    require(not wrong, f"{program} imports {wrong}: look up the first version "
            "of Windows of each and add it to tests/imports/known.txt, or, if "
            "that is after 10 1607, look it up at run time")


objdump, *programs = others
main({f"case_{pathlib.Path(program).name}":
      lambda *, program=program: check(objdump, program)
      for program in programs})
