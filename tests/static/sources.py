"""Which sources a build folder of Meson compiles, and are ours."""

import json
import os
import re

FOLDERS = ("common", "models", "harness", "clients", "results", "plots", "tests")
ALSO_WINDOWS = re.compile(r"^#ifdef _WIN32\n.*?^#(?:else|endif)",
                          re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def sees_windows(path, root, known):
    """Whether a file cannot do without common/win.h, which it includes itself or
    by a header of ours."""
    if path not in known:
        known[path] = path.endswith("common/win.h")
        with open(os.path.join(root, path), encoding="utf-8") as text:
            names = INCLUDE.findall(ALSO_WINDOWS.sub("", text.read()))
        for name in names:
            for folder in (os.path.dirname(path), "harness", ""):
                header = os.path.normpath(os.path.join(folder, name))
                if os.path.exists(os.path.join(root, header)):
                    if sees_windows(header, root, known):
                        known[path] = True
                    break
    return known[path]


def ours(build, root, windows):
    """Path below root -> its compile command, each source once. Of a Windows
    build those alone that cannot do without Windows' headers: the others are in
    the native build, and read there."""
    with open(os.path.join(build, "compile_commands.json"),
              encoding="utf-8") as database:
        entries = json.load(database)
    found, known = {}, {}
    for entry in entries:
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
