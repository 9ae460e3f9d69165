"""cppcheck.py BUILD SOURCE [--windows]: cppcheck over our sources of a Meson
build; --windows for a cross build. What is suppressed stands in
.cppcheck-suppressions, with reasons; what cppcheck must be told of our
functions in cppcheck.cfg."""

import os
import shutil
import subprocess
import sys
import tempfile

import sources


def main(build, root, *options):
    root = os.path.realpath(root)
    if shutil.which("cppcheck") is None:
        sys.exit("cppcheck is missing: install it")
    here = os.path.dirname(os.path.realpath(__file__))
    windows = "--windows" in options
    entries = sources.ours(build, root, windows).values()
    if not entries:
        sys.exit(f"{build} compiles no source of ours")
    with tempfile.TemporaryDirectory() as folder:
        project = sources.database(folder, entries)
        result = subprocess.run(
            ["cppcheck", "--quiet", f"-j{os.cpu_count()}", "--std=c11",
             "--enable=warning,performance,portability",
             "--error-exitcode=1", f"--project={project}",
             f"--library={'windows' if windows else 'posix'}",
             f"--library={os.path.join(here, 'cppcheck.cfg')}",
             "--suppressions-list="
             + os.path.join(root, ".cppcheck-suppressions"),
             "--suppress=*:*subprojects/*",  # their headers are not ours
             "--template={file}:{line}: {severity}: {message} [{id}]"],
            cwd=root, capture_output=True, text=True, timeout=500, check=False)
    print(result.stdout + result.stderr, end="")
    return result.returncode


sys.exit(main(*sys.argv[1:]))
