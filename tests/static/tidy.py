"""tidy.py BUILD SOURCE [--windows] [--deep]: clang-tidy over our sources, as
.clang-tidy says. BUILD is a Meson build folder. --windows: a cross build, of
which those sources are read that see Windows' headers (sources.py). Prints
TAP, one line a file.

The analyzer follows each function for NODES steps, a tenth of its default: so
all sources take a minute. --deep lets it go on to the end of its default."""

import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile

import sources

NODES = 20000


def tidy(path, database, root, windows, deep):
    command = ["clang-tidy", "-p", database, "--quiet",
               "--extra-arg=-Wno-unused-command-line-argument"]
    if windows:
        # It spends half of all time inside Windows' headers; the native build
        # has it.
        command.append("--checks=-bugprone-reserved-identifier")
    if not deep:
        for word in ("-Xclang", "-analyzer-config", "-Xclang",
                     f"max-nodes={NODES}"):
            command.append(f"--extra-arg={word}")
    result = subprocess.run(command + [os.path.join(root, path)], cwd=root,
                            capture_output=True, text=True, timeout=600,
                            check=False)
    lines = result.stdout.splitlines()
    if result.returncode and not lines:
        lines = result.stderr.splitlines()
    return lines if result.returncode else []


def main(build, root, *options):
    root = os.path.realpath(root)
    build = os.path.realpath(build)
    if shutil.which("clang-tidy") is None:
        print("Bail out! clang-tidy is missing: install it")
        return 1
    windows = "--windows" in options
    paths = sources.ours(build, root, windows)
    print(f"1..{len(paths)}")
    bad = 0
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        sources.database(folder, paths.values())
        jobs = [pool.submit(tidy, path, folder, root, windows,
                            "--deep" in options) for path in paths]
        for number, (path, job) in enumerate(zip(paths, jobs), 1):
            lines = job.result()
            for line in lines:
                print("#", line)
            print("not ok" if lines else "ok", number, "-", path, flush=True)
            bad += bool(lines)
    return 1 if bad or not paths else 0


sys.exit(main(*sys.argv[1:]))
