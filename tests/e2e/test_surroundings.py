#!/usr/bin/env python3
"""The command in surroundings that people have: no locale, closed standard
streams, a deleted working folder, a launcher that asks for a password. And the
script at the top: what it refuses it refuses before it installs or builds anything; what it
is given it takes from where the user stands."""

import os
import re
import shutil

from e2e import (BAD_INPUT, OLDER, Skip, TESTS, arguments, in_terminal,
                 iomodels, iomodels_command, main, need_gnuplot, one_line,
                 require, require_equal, require_in, run, server_options,
                 short_run)

ROOT = TESTS.parent
SCRIPT = ROOT / "run"


def shell(script, *words, **how):
    """What a shell script that starts the program does and says."""
    return run("bash", "-c", script, "-", os.path.abspath(arguments.iomodels),
               *words, timeout=60, **how)


def case_launcher_that_asks(scratch):
    """As ssh and sudo do it: that is said at once."""
    ask = scratch / "ask"
    ask.write_text("""#!/bin/bash
printf 'Password: ' >/dev/tty
IFS= read -r word </dev/tty
exec "$@"
""")
    ask.chmod(0o755)
    with in_terminal(short_run(scratch / "r") +
                     ["--server-via", f"'{ask}'"]) as program:
        done = program.wait(30)
    require(done.returncode == BAD_INPUT and "ssh with a key" in done.stdout,
            done)


def case_bytes_that_are_no_text(scratch):
    """A launcher's output and a folder's name; record and messages are text."""
    folder = scratch / os.fsdecode(b"folder \xff")
    folder.mkdir()
    launcher = folder / "launcher"
    launcher.write_bytes(b"#!/bin/sh\necho 'banner \xff' >&2\n"
                         b"echo 'said \xff'\nexec \"$@\"\n")
    launcher.chmod(0o755)
    records = folder / "records"
    words = short_run(records) + ["--server-via", f"'{launcher}'"]
    # The records' path and the launcher's own errors stay as they are.
    run("bash", "-c", 'exec "$@" >/dev/null 2>&1', "-",
        *iomodels_command(*words))
    files = list(records.glob("*.json"))
    require(files and all("folder ?" in path.read_text(encoding="utf-8")
                          for path in files), f"{files}")
    require("iocp" in iomodels("table", records).stdout, "no table")
    launcher.write_bytes(b"#!/bin/sh\necho 'no \xff'\nexit 3\n")
    iomodels(*words, exit_code=BAD_INPUT)  # what it says is decoded


def case_without_a_locale(scratch):
    """Wine decodes file names by the locale: this folder's has letters."""
    _, _, *via = server_options()
    server = shutil.copy(arguments.server, scratch / "iomodels-server.exe")
    done = shell('unset LC_ALL LC_CTYPE LANG; exec "$@"', "models", "--server",
                 server, *via)
    require("iocp" in done.stdout, done)


def case_closed_streams():
    """Nothing else takes the place of a closed standard output."""
    for closed in ">&-", "<&- >&-":
        done = shell(f'exec "$1" table "$2" {closed}', OLDER,
                     exit_code=BAD_INPUT)
        require_in(done.stderr, "standard output")


def case_deleted_folder(scratch):
    def from_a_deleted_folder(*words):
        gone = scratch / "gone"
        gone.mkdir()
        return shell('program=$1 gone=$2; shift 2; cd "$gone" && '
                     'rmdir "$gone" && exec "$program" "$@"', gone, *words)

    require_in(from_a_deleted_folder("table", OLDER).stdout, "iocp")
    need_gnuplot()
    page = scratch / "page.html"
    from_a_deleted_folder("report", OLDER, "--output", page)
    require(page.exists(), "no page")


def script(path, *words, **how):
    return run("bash", path, *words, timeout=300, **how)


def need_set_up():
    if "IOMODELS_SET_UP" not in os.environ:
        raise Skip("./run may not be set up here")


def case_refuses_and_helps(scratch):
    """In a folder where nothing has been set up, and stays so."""
    alone = shutil.copy(SCRIPT, scratch / "run")

    for words in ["typo"], ["--typo"], ["test", "more"], ["setup", "junk"]:
        one_line(script(alone, *words, cwd=scratch, exit_code=BAD_INPUT),
                 words[-1])
    for words in ["help"], ["--help"], ["-h"]:
        done = script(alone, *words, cwd=scratch)
        require("./run compare" in done.stdout
                and "pipefail" not in done.stdout, done)
    require_equal(os.listdir(scratch), ["run"])


def case_without_words(scratch):
    """The three questions, alike wherever one asks; each command is one, with
    options that it has. run tells them before it sets anything up."""
    told = iomodels().stdout
    asked = re.findall(r"^    iomodels (\w+) (.*)$", told, re.MULTILINE)
    require_equal([command for command, _ in asked],
                  ["compare", "curve", "book"])
    require(len(told.splitlines()) <= 10
            and all(len(line) < 80 for line in told.splitlines()), told)
    for command, words in asked:
        require_in(iomodels(command, "--help").stdout,
                   *re.findall(r"--\S+", words))
    done = script(shutil.copy(SCRIPT, scratch / "run"), cwd=scratch)
    require_equal(done.stdout, told.replace("iomodels", "./run"))
    require_equal(os.listdir(scratch), ["run"])
    windows = (ROOT / "run.ps1").read_text(encoding="utf-8")
    require_equal(re.search(r"@'\n(.*?)'@", windows, re.DOTALL)[1],
                  told.replace("iomodels", r".\run.ps1"))


def case_knows_each_command():
    commands = set(re.findall(r"^  ([a-z]+)  ", iomodels("help").stdout,
                              re.MULTILINE))
    labels = re.findall(r"^([a-z-]+(?: \| [a-z-]+)*)\)$", SCRIPT.read_text(),
                        re.MULTILINE)
    taken = {word for label in labels for word in label.split(" | ")}
    require(len(commands) >= 10 and commands <= taken,
            f"not in ./run: {commands - taken}")


def case_script_is_found_and_stands_where_the_user_does(scratch):
    """By a link; with what people have in their shells for cd, gnuplot and
    Wine; from below; not from a folder that is gone."""
    gone = scratch / "gone"
    gone.mkdir()
    done = run("bash", "-c", 'cd "$1" && rmdir "$1" && exec bash "$2" '
               "--version", "-", gone, SCRIPT, exit_code=BAD_INPUT)
    require_in(done.stderr, "deleted")
    need_set_up()
    (scratch / "link").symlink_to(SCRIPT)
    done = script(scratch / "link", "--version", cwd=scratch)
    require(done.stdout.startswith("iomodels "), done)
    (scratch / ROOT.name).mkdir()
    done = script(f"{ROOT.name}/run", "models", cwd=ROOT.parent, environment={
        "WINEARCH": "win32", "CDPATH": str(scratch), "LC_ALL": "C",
        "GNUTERM": "nosuchterminal"})
    require("iocp" in done.stdout and str(scratch) not in done.stdout, done)
    require_equal(set(os.listdir(scratch)), {"link", ROOT.name})
    require_equal(os.listdir(scratch / ROOT.name), [])
    folder = sorted((ROOT / "results").glob("*/plan.json"))[0].parent
    done = script("../run", "table", folder.name, cwd=ROOT / "results")
    require_in(done.stdout, "iocp")


main(globals())
