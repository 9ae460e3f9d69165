"""Which sources a build folder of Meson compiles, and are ours; how a check of
each of them is run and told."""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil

FOLDERS = ("common", "models", "harness", "clients", "results", "plots",
           "tests")
ALSO_WINDOWS = re.compile(r"^#ifdef _WIN32\n.*?^#(?:else|endif)",
                          re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def sees_windows(path, root, known):
    """Whether a file cannot do without common/win.h, which it includes itself
    or by a header of ours."""
    if path not in known:
        known[path] = path.endswith("common/win.h")
        text = pathlib.Path(root, path).read_text("utf-8")
        for name in INCLUDE.findall(ALSO_WINDOWS.sub("", text)):
            for folder in (os.path.dirname(path), "harness", ""):
                header = os.path.normpath(os.path.join(folder, name))
                if os.path.exists(os.path.join(root, header)):
                    known[path] |= sees_windows(header, root, known)
                    break
    return known[path]


def ours(build, root, windows=False):
    """Path below root -> its compile command, each source once. windows: those
    alone that cannot do without Windows' headers; the others are in the native
    build, and read there."""
    database = pathlib.Path(build, "compile_commands.json").read_text("utf-8")
    found, known = {}, {}
    for entry in json.loads(database):
        path = os.path.relpath(
            os.path.realpath(os.path.join(build, entry["file"])), root)
        if path.split(os.sep)[0] in FOLDERS and (
                not windows or sees_windows(path, root, known)):
            found.setdefault(path, entry)
    return dict(sorted(found.items()))


def database(folder, entries):
    """Writes a compile_commands.json of these alone; returns its path. A source
    that several programs are built from would be read as often."""
    path = os.path.join(folder, "compile_commands.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(list(entries), file)
    return path


def check_each(tool, paths, check):
    """Prints TAP, a line a path: good where check(path) has no lines to say.
    Returns the exit code."""
    if shutil.which(tool) is None:
        print(f"Bail out! {tool} is missing: install it")
        return 1
    print(f"1..{len(paths)}")
    bad = 0 if paths else 1
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (path, lines) in enumerate(
                zip(paths, pool.map(check, paths)), 1):
            for line in lines:
                print("#", line)
            print("not ok" if lines else "ok", number, "-", path, flush=True)
            bad += bool(lines)
    return 1 if bad else 0
