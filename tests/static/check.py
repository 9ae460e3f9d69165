"""check.py clang-tidy|cppcheck|clang BUILD SOURCE [--windows] [--deep]: a tool
over our sources of a Meson build; prints TAP.

clang-tidy: as .clang-tidy says. Its analyzer follows each function for a tenth
of its default of steps, so all sources take a minute; --deep: to the end.
cppcheck: what is suppressed stands in .cppcheck-suppressions, with reasons;
what it must be told of our functions in cppcheck.cfg.
clang: as MSVC's front end (/W4, warnings are errors), so that GNU extensions
are seen where there is no MSVC; then all objects of a program are linked, called
or not, with the libraries that Meson gives to MSVC.
--windows: of a cross build those sources that see Windows' headers; the others
are in the native build, and read there."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FOLDERS = ("common", "models", "harness", "clients", "results", "plots",
           "tests")
ALSO_WINDOWS = re.compile(r"^#ifdef _WIN32\n.*?^#(?:else|endif)",
                          re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
STEPS = 20000
MSVC = ["--driver-mode=cl", "--target=x86_64-pc-windows-msvc", "/c", "/GS-",
        "/W4", "/WX", "/std:c11", "-Wgnu", "-Wvla", "-Wpedantic",
        "-Wconditional-uninitialized", "-Wunreachable-code",
        "-Wno-gnu-include-next", "/D_CRT_SECURE_NO_WARNINGS",
        "-imsvc", HERE, "-imsvc", "/usr/share/mingw-w64/include"]
LIBRARIES = ("ucrt", "ws2_32", "mswsock", "kernel32", "user32", "gdi32", "winspool",
             "shell32", "ole32", "oleaut32", "uuid", "comdlg32", "advapi32")
# Of the wraps, of MSVC's own run-time library, or what mingw's headers make of
# functions that are in it.
NOT_OURS = re.compile(r"cJSON_\w+|hdr_\w+|__mingw_\w+|_tls_index|__chkstk|atexit|"
                      r"_fltused|__isnan|__fpclassify|exp|ldexp|pow|fmod|floor|sqrt|modf|log|ceil|"
                      r"__INFF|__QNANF|__declspec\(dllimport\) _HUGE")
PROGRAMS = [re.compile(folders) for folders in (
    "common/|models/|harness/server/", "common/|harness/lab/probes/",
    "common/|clients/|results/|plots/|harness/runner/|harness/lab/(?!probes/)|"
    "harness/cli/")]
GNU_ONLY = re.compile(r"__attribute__|__builtin_|__extension__|stdatomic\.h")


def sees_windows(path, root, known):
    """Whether a file cannot do without common/win.h, which it includes itself
    or by a header of ours."""
    if path not in known:
        known[path] = path.endswith("common/win.h")
        text = (root / path).read_text("utf-8")
        for name in INCLUDE.findall(ALSO_WINDOWS.sub("", text)):
            for folder in (os.path.dirname(path), "harness", ""):
                header = os.path.normpath(os.path.join(folder, name))
                if (root / header).exists():
                    known[path] |= sees_windows(header, root, known)
                    break
    return known[path]


def sources(build, root, windows):
    """Path below root -> its compile command, each source once: one that
    several programs are built from would be read as often."""
    found, known = {}, {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = os.path.relpath(os.path.realpath(build / entry["file"]), root)
        if path.split(os.sep)[0] in FOLDERS and (
                not windows or sees_windows(path, root, known)):
            entry["command"] = re.sub(r"'?-ffixed-\w+'? ", "",  # GCC's alone
                                      entry["command"])
            found.setdefault(path, entry)
    return dict(sorted(found.items()))


def complaints(root, *words):
    done = subprocess.run(words, cwd=root, capture_output=True, text=True,
                          timeout=600, check=False)
    if done.returncode == 0:
        return []
    return (done.stdout + done.stderr or "it failed without a word"
            ).splitlines()


def tidy(root, folder, args):
    words = ["clang-tidy", "-p", folder, "--quiet",
             "--extra-arg=-Wno-unused-command-line-argument"]
    if args.windows:
        # It spends half of all time inside Windows' headers; the native build
        # has it.
        words.append("--checks=-bugprone-reserved-identifier")
    if not args.deep:
        words += [f"--extra-arg={word}" for word in (
            "-Xclang", "-analyzer-config", "-Xclang", f"max-nodes={STEPS}")]
    return lambda path: complaints(root, *words, root / path)


def cppcheck(root, folder, args):
    return lambda _: complaints(
        root, "cppcheck", "--quiet", f"-j{os.cpu_count()}", "--std=c11",
        "--enable=warning,performance,portability", "--error-exitcode=1",
        f"--project={folder}/compile_commands.json",
        f"--library={'windows' if args.windows else 'posix'}",
        f"--library={HERE / 'cppcheck.cfg'}",
        f"--suppressions-list={root / '.cppcheck-suppressions'}",
        "--suppress=*:*subprojects/*",  # their headers are not ours
        "--template={file}:{line}: {severity}: {message} [{id}]")


def paths(entry):
    """The include folders and definitions of one compile command."""
    words = shlex.split(entry["command"])
    for at, word in enumerate(words):
        for option, ours in ("-isystem", "-imsvc"), ("-I", "-I"):
            if word.startswith(option):
                path = word[len(option):] or words[at + 1]
                yield ours + os.path.normpath(os.path.join(
                    entry["directory"], path))
        if word == "-Wno-unused-parameter" or (  # of tests
                word.startswith("-D") and "MINGW" not in word
                and not GNU_ONLY.search(word)):
            yield word


def object_of(folder, path):
    return pathlib.Path(folder, path.replace("/", "-") + ".obj")


def link(folder, objects):
    """What hinders it."""
    done = subprocess.run(
        ["lld-link", "/nologo", "/dll", "/noentry", "/nodefaultlib",
         "/errorlimit:0", "/out:program.dll", *objects,
         *(f"/usr/x86_64-w64-mingw32/lib/lib{name}.a" for name in LIBRARIES)],
        cwd=folder, capture_output=True, text=True, check=False)
    for line in done.stderr.splitlines():
        missing = re.search(r"undefined symbol: (.*)", line)
        if (": error: " in line
                and not (missing and NOT_OURS.fullmatch(missing[1]))):
            yield line


def msvc(root, folder, entries):
    def check(path):
        lines = (root / path).read_text("utf-8").splitlines()
        return [f"{path}:{number}: not for MSVC: {line.strip()}"
                for number, line in enumerate(lines, 1)
                if GNU_ONLY.search(line)] + complaints(
                    root, "clang", *MSVC, f"/Fo{object_of(folder, path)}",
                    *paths(entries[path]), "--", root / path)

    return check


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool")
    parser.add_argument("build", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("root", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--windows", action="store_true")
    parser.add_argument("--deep", action="store_true")
    args = parser.parse_args()
    if shutil.which(args.tool) is None:
        print(f"Bail out! {args.tool} is missing: install it")
        return 1
    entries = sources(args.build, args.root, args.windows)
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "compile_commands.json").write_text(
            json.dumps(list(entries.values())))
        check = (tidy(args.root, folder, args) if args.tool == "clang-tidy"
                 else cppcheck(args.root, folder, args)
                 if args.tool == "cppcheck" else msvc(args.root, folder, entries))
        names = ["all"] if entries and args.tool == "cppcheck" else entries
        print(f"1..{len(names)}")
        bad = 0 if names else 1
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for number, (name, lines) in enumerate(
                    zip(names, pool.map(check, names)), 1):
                # Meson shows standard error of a failure.
                print("".join(f"{line}\n" for line in lines), end="",
                      file=sys.stderr, flush=True)
                print(f"{'not ' if lines else ''}ok {number} - {name}", flush=True)
                bad += bool(lines)
        for program in PROGRAMS if args.tool == "clang" and not bad else ():
            for line in link(folder, [object_of(folder, path) for path
                                      in entries if program.match(path)]):
                print(line, file=sys.stderr)
                bad = 1
    return bad > 0


sys.exit(main())
