#!/usr/bin/env python3
"""The script at the top: what it refuses it refuses before it installs or
builds anything; what it is given it takes from where the user stands."""

import os
import pathlib
import re
import shutil
import subprocess

from e2e import Skip, arguments, main, require

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "run"


def run(script, *words, cwd):
    return subprocess.run(["bash", str(script), *words], cwd=cwd, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=300, check=False)


def alone(scratch):
    """The script in a folder where nothing has been set up."""
    shutil.copy(SCRIPT, scratch / "run")
    return scratch / "run"


def case_refuses(scratch):
    script = alone(scratch)
    for words in ["typo"], ["--typo"], ["test", "more"], ["setup", "junk"]:
        done = run(script, *words, cwd=scratch)
        require(done.returncode == 2 and done.stdout == ""
                and done.stderr.count("\n") == 1 and words[-1] in done.stderr,
                f"{words}: {done}")
    require(os.listdir(scratch) == ["run"], os.listdir(scratch))


def case_helps(scratch):
    script = alone(scratch)
    for words in [], ["help"], ["--help"], ["-h"]:
        done = run(script, *words, cwd=scratch)
        require(done.returncode == 0 and "./run compare" in done.stdout
                and "pipefail" not in done.stdout, f"{words}: {done}")
    require(os.listdir(scratch) == ["run"], os.listdir(scratch))


def case_knows_each_command(_):
    told = subprocess.run([arguments.iomodels, "help"], capture_output=True,
                          text=True, timeout=60, check=True).stdout
    commands = set(re.findall(r"^  ([a-z]+)  ", told, re.MULTILINE))
    labels = re.findall(r"^([a-z-]+(?: \| [a-z-]+)*)\)$", SCRIPT.read_text(),
                        re.MULTILINE)
    taken = {word for label in labels for word in label.split(" | ")}
    require(len(commands) >= 10 and commands <= taken,
            f"not in ./run: {commands - taken}")


def case_stands_where_the_user_does(_):
    if "IOMODELS_SET_UP" not in os.environ:
        raise Skip("./run may not be set up here")
    folders = sorted((ROOT / "results").glob("*/plan.json"))
    done = run("../run", "table", folders[0].parent.name,
               cwd=ROOT / "results")
    require(done.returncode == 0 and "iocp" in done.stdout, str(done))


if __name__ == "__main__":
    main(globals())
