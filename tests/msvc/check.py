"""check.py BUILD SOURCE: reads each Windows source of ours with the MSVC front
end of clang (/W4, warnings are errors), so that GNU extensions are seen where
there is no MSVC. Prints TAP, one line a file."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

FLAGS = ["--driver-mode=cl", "--target=x86_64-pc-windows-msvc", "/Zs", "/W4",
         "/WX", "/std:c11", "-Wgnu", "-Wvla", "-Wpedantic",
         "-Wconditional-uninitialized", "-Wunreachable-code",
         "-Wno-gnu-include-next", "/D_CRT_SECURE_NO_WARNINGS"]
MINGW = "/usr/share/mingw-w64/include"
GNU_ONLY = re.compile(r"__attribute__|__builtin_|__extension__|stdatomic\.h")


def paths(command, build):
    """The include folders and definitions of one compile command."""
    words = shlex.split(command)
    for at, word in enumerate(words):
        if word.startswith("-isystem"):
            path = word[8:] or words[at + 1]
            yield "-imsvc" + os.path.normpath(os.path.join(build, path))
        elif word.startswith("-I"):
            yield "-I" + os.path.normpath(os.path.join(build, word[2:]))
        elif (word.startswith("-D") and "MINGW" not in word
              and not GNU_ONLY.search(word)):
            yield word


def complaints(source, command, build, shim):
    with open(source, encoding="utf-8") as text:
        for number, line in enumerate(text, 1):
            if GNU_ONLY.search(line):
                yield f"{source}:{number}: not for MSVC: {line.strip()}"
    result = subprocess.run(
        ["clang", *FLAGS, "-imsvc", shim, "-imsvc", MINGW,
         *paths(command, build), "--", source],
        capture_output=True, text=True, check=False)
    if result.returncode != 0:
        yield from (result.stdout + result.stderr).splitlines()


def main(build, root):
    with open(os.path.join(build, "compile_commands.json"),
              encoding="utf-8") as database:
        entries = json.load(database)
    root = os.path.realpath(root)
    shim = os.path.join(root, "tests", "msvc")
    ours = {}
    for entry in entries:
        source = os.path.realpath(os.path.join(build, entry["file"]))
        if os.path.relpath(source, root).split(os.sep)[0] in (
                "models", "harness", "clients", "results", "plots", "tests"):
            ours[source] = entry["command"]
    if shutil.which("clang") is None:
        print("Bail out! clang is missing: install it")
        return 1
    print(f"1..{len(ours)}")
    bad = 0
    for number, (source, command) in enumerate(sorted(ours.items()), 1):
        lines = list(complaints(source, command, build, shim))
        bad += bool(lines)
        for line in lines:
            print("#", line)
        print("not ok" if lines else "ok", number, "-",
              os.path.relpath(source, root))
    return 1 if bad or not ours else 0


sys.exit(main(*sys.argv[1:]))
