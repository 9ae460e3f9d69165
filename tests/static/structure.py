#!/usr/bin/env python3
"""The structure of the product, checked from its sources: each folder includes
only the folders below it, no two modules (NAME.c with NAME.h) include each
other, not even by a detour, and no file is longer than 500 lines. No condition
is an assignment: MSVC warns of it (C4706), the others not if it is in brackets.

    structure.py SOURCE_ROOT
"""
import pathlib
import re
import sys

MOST_LINES = 500
# A folder may include itself and what stands to its right.
MAY_INCLUDE = {
    "common": [],
    "models": ["harness/model.h", "common"],
    "harness/model.h": ["common"],
    "harness/lab/probes": ["common"],
    "harness/server": ["harness/model.h", "common"],
    "clients": ["common"],
    "results": ["common"],
    "plots": ["results", "common"],
    "harness/runner": ["plots", "results", "clients", "common"],
    "harness/lab": ["results", "common"],
    "harness/cli": ["harness/lab", "harness/runner", "plots", "results", "clients", "common"],
}
# Parts of one module: its private header and what each system needs.
PART = re.compile(r"_(parts|posix|windows)$")
CONDITION = re.compile(r"\b(?:if|while)\s*(?=\()")
# Comments and literals, which may hold anything.
OPAQUE = re.compile(r"""/\*[\s\S]*?\*/|'(\\.|[^'\\])*'|"(\\.|[^"\\])*["]""")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def product(root):
    for folder in MAY_INCLUDE:
        path = root / folder
        for file in [path] if path.is_file() else path.rglob("*.[ch]"):
            yield file.relative_to(root).as_posix()


def module_of(file):
    return PART.sub("", file.rsplit(".", 1)[0])


def folder_of(file):
    return max((f for f in MAY_INCLUDE if file == f or
                file.startswith(f + "/")), key=len)


def included(root, file, files):
    """The product's files that `file` includes; generated headers are none."""
    for name in INCLUDE.findall((root / file).read_text(encoding="utf-8")):
        beside = (pathlib.PurePosixPath(file).parent / name).as_posix()
        yield from [found for found in (beside, name, "harness/" + name)
                    if found in files][:1]


def circles(modules):
    """The modules that reach themselves, as the way that they take."""
    for start in modules:
        ways, seen = [[start]], set()
        while ways:
            way = ways.pop()
            for following in sorted(modules.get(way[-1], ())):
                if following == start:
                    yield way + [start]
                elif following not in seen:
                    seen.add(following)
                    ways.append(way + [following])


def brackets(text):
    """What stands in the brackets that text begins with, without the brackets
    in it that are compared with something."""
    inner, begins = "", []
    for at, letter in enumerate(text):
        if letter == "(":
            begins.append(len(inner))
        inner += letter
        if letter == ")":
            begin = begins.pop()
            if not begins:
                return inner
            if re.match(r"\s*([=!]=|[<>])", text[at + 1:]):
                inner = inner[:begin]
    return inner


def assignments(root, file):
    text = OPAQUE.sub("", (root / file).read_text(encoding="utf-8"))
    for found in CONDITION.finditer(text):
        condition = brackets(text[found.end():])
        if re.search(r"[^=!<>]=[^=]", condition):
            yield f"{file}: an assignment is a condition: {condition}"


def check(root):
    files = set(product(root))
    for file in sorted(files) + sorted(
            path.relative_to(root) for path in root.glob("tests/**/*.[ch]")):
        yield from assignments(root, file)
        lines = len((root / file).read_text(encoding="utf-8").splitlines())
        if lines > MOST_LINES:
            yield f"{file}: {lines} lines, more than {MOST_LINES}"
    modules = {}
    for file in sorted(files):
        folder, module = folder_of(file), module_of(file)
        for other in included(root, file, files):
            below = folder_of(other)
            if below != folder and below not in MAY_INCLUDE[folder]:
                yield f"{file} includes {other}: {folder} is below {below}"
            if module_of(other) != module:
                modules.setdefault(module, set()).add(module_of(other))
    # Each circle once, wherever it begins.
    for way in {frozenset(way): way for way in circles(modules)}.values():
        yield "circle: " + " -> ".join(way)


problems = list(check(pathlib.Path(sys.argv[1])))
print("\n".join(problems))
sys.exit(len(problems) > 0)
