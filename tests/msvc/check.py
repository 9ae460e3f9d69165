"""check.py BUILD SOURCE: reads each Windows source of ours with the MSVC front
end of clang (/W4, warnings are errors), so that GNU extensions are seen where
there is no MSVC. Prints TAP, one line a file."""

import os
import pathlib
import re
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "static"))

import sources

FLAGS = ["--driver-mode=cl", "--target=x86_64-pc-windows-msvc", "/Zs", "/W4",
         "/WX", "/std:c11", "-Wgnu", "-Wvla", "-Wpedantic",
         "-Wconditional-uninitialized", "-Wunreachable-code",
         "-Wno-gnu-include-next", "/D_CRT_SECURE_NO_WARNINGS",
         "-imsvc", HERE, "-imsvc", "/usr/share/mingw-w64/include"]
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
        elif word == "-Wno-unused-parameter":  # of tests, as they are built
            yield word
        elif (word.startswith("-D") and "MINGW" not in word
              and not GNU_ONLY.search(word)):
            yield word


def main(build, root):
    ours = sources.ours(build, os.path.realpath(root))

    def complaints(path):
        source = pathlib.Path(root, path).resolve()
        found = [f"{path}:{number}: not for MSVC: {line.strip()}"
                 for number, line in enumerate(
                     source.read_text("utf-8").splitlines(), 1)
                 if GNU_ONLY.search(line)]
        result = subprocess.run(
            ["clang", *FLAGS, *paths(ours[path]["command"], build), "--",
             source], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            found += (result.stdout + result.stderr).splitlines()
        return found

    return sources.check_each("clang", list(ours), complaints)


sys.exit(main(*sys.argv[1:]))
