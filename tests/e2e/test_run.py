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


def run(script, *words, cwd, **variables):
    return subprocess.run(["bash", str(script), *words], cwd=cwd, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          env={**os.environ, **variables}, timeout=300,
                          check=False)


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


def need_set_up():
    if "IOMODELS_SET_UP" not in os.environ:
        raise Skip("./run may not be set up here")


def case_through_a_link(scratch):
    need_set_up()
    (scratch / "link").symlink_to(SCRIPT)
    done = run(scratch / "link", "--version", cwd=scratch)
    require(done.returncode == 0 and done.stdout.startswith("iomodels "),
            str(done))
    require(os.listdir(scratch) == ["link"], os.listdir(scratch))


def case_with_variables_of_other_programs(scratch):
    """What people have in their shells for cd, gnuplot and Wine."""
    need_set_up()
    (scratch / ROOT.name).mkdir()
    done = run(f"{ROOT.name}/run", "models", cwd=ROOT.parent, WINEARCH="win32",
               CDPATH=str(scratch), GNUTERM="nosuchterminal", LC_ALL="C")
    require(done.returncode == 0 and "iocp" in done.stdout
            and str(scratch) not in done.stdout, str(done))
    require(not os.listdir(scratch / ROOT.name), str(done))


def case_from_a_deleted_folder(scratch):
    gone = scratch / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["bash", "-c", 'cd "$1" && rmdir "$1" && exec bash "$2" --version',
         "-", str(gone), str(SCRIPT)], text=True, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=300, check=False)
    require(done.returncode == 2 and "deleted" in done.stderr, str(done))


def case_stands_where_the_user_does(_):
    need_set_up()
    folders = sorted((ROOT / "results").glob("*/plan.json"))
    done = run("../run", "table", folders[0].parent.name,
               cwd=ROOT / "results")
    require(done.returncode == 0 and "iocp" in done.stdout, str(done))


if __name__ == "__main__":
    main(globals())
