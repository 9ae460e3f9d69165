"""tidy.py BUILD SOURCE [--windows] [--deep]: clang-tidy over our sources, as
.clang-tidy says. BUILD is a Meson build folder. --windows: a cross build, of
which those sources are read that see Windows' headers (sources.py). Prints
TAP, one line a file.

The analyzer follows each function for NODES steps, a tenth of its default: so
all sources take a minute. --deep lets it go on to the end of its default."""

import os
import subprocess
import sys
import tempfile

import sources

NODES = 20000


def main(build, root, *options):
    root = os.path.realpath(root)
    windows = "--windows" in options
    paths = sources.ours(os.path.realpath(build), root, windows)
    with tempfile.TemporaryDirectory() as folder:
        sources.database(folder, paths.values())
        command = ["clang-tidy", "-p", folder, "--quiet",
                   "--extra-arg=-Wno-unused-command-line-argument"]
        if windows:
            # It spends half of all time inside Windows' headers; the native
            # build has it.
            command.append("--checks=-bugprone-reserved-identifier")
        if "--deep" not in options:
            command += [f"--extra-arg={word}" for word in (
                "-Xclang", "-analyzer-config", "-Xclang",
                f"max-nodes={NODES}")]

        def tidy(path):
            result = subprocess.run(command + [os.path.join(root, path)],
                                    cwd=root, capture_output=True, text=True,
                                    timeout=600, check=False)
            if result.returncode == 0:
                return []
            return (result.stdout or result.stderr
                    or "it failed without a word").splitlines()

        return sources.check_each("clang-tidy", list(paths), tidy)


sys.exit(main(*sys.argv[1:]))
