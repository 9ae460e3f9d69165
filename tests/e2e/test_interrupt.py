#!/usr/bin/env python3
"""Ctrl+C in the middle of a comparison, then the rest of it.

Natively the signal goes to iomodels alone and, in another case, comes from a
terminal's ^C. Wine delivers console events only where there is a console, so
there it is always a terminal."""

import re
import shlex
import signal
import subprocess
import time

from e2e import (INTERRUPTED, Program, Skip, WINDOWS, check_nothing_left,
                 check_records, iomodels, iomodels_command, main, records,
                 require, require_equal, server_options, under_wine,
                 wait_for_record)

MODELS = ["select", "iocp"]
REPEATS = 3


def plan(folder):
    return iomodels_command(
        "compare", "--models", ",".join(MODELS), "--connections", "20",
        "--repeat", REPEATS, "--duration", "1500ms", "--warmup", "100ms",
        "--no-plots", "--output", folder, *server_options())


def interrupted(folder, interrupt, *words, **how):
    """The comparison's end; interrupted when its first record is there and the
    next run is under way."""
    with Program(*words, **how) as program:
        wait_for_record(program, folder)
        time.sleep(1)
        require(len(records(folder)) < len(MODELS) * REPEATS,
                "all runs ended before the interruption")
        interrupt(program)
        return program.wait(30)


def check_interrupted(folder, code, text):
    require_equal(code, INTERRUPTED, text)
    missing = len(MODELS) * REPEATS - sum(
        record["valid"] for record in records(folder).values())
    # A terminal of Wine places characters one by one: spaces are not told.
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\s", "", text)
    require(re.search(rf"(?<!\d){missing}(are|is)missing", text)
            and "--resume" in text, f"{missing} are missing: {text}")
    check_nothing_left()
    strange = [p.name for p in folder.rglob("*")
               if p.is_file() and p.suffix not in (".json", ".txt")]
    require(not strange, f"half-written files: {strange}")
    check_records(folder)


def check_resume(folder):
    before = {name: (folder / name).read_bytes()
              for name, record in records(folder).items() if record["valid"]}
    iomodels("compare", "--resume", folder, "--no-plots", *server_options())
    for name, content in before.items():
        require((folder / name).read_bytes() == content,
                f"{name} was changed by --resume")
    # A set: one that was disturbed is measured again, and both are kept.
    runs = sorted({(r["asked"]["model"], r["asked"]["repeat"])
                   for r in records(folder).values() if r["valid"]})
    require_equal(runs, sorted((model, repeat + 1) for model in MODELS
                               for repeat in range(REPEATS)))
    check_records(folder)


def case_signal(scratch):
    if under_wine:
        raise Skip("Wine has console events only with a console")
    folder = scratch / "records"
    done = interrupted(
        folder, lambda program: program.process.send_signal(
            signal.CTRL_BREAK_EVENT if WINDOWS else signal.SIGINT),
        *plan(folder), creationflags=subprocess.CREATE_NEW_PROCESS_GROUP
        if WINDOWS else 0)
    check_interrupted(folder, done.returncode, done.stdout + done.stderr)
    check_resume(folder)


def case_terminal(scratch):
    if WINDOWS:
        raise Skip("needs a pseudo-terminal")
    folder = scratch / "records"
    done = interrupted(folder, lambda program: program.say("\x03"), "script",
                       "-qefc", shlex.join(plan(folder)), "/dev/null",
                       environment={"TERM": "xterm"})
    check_interrupted(folder, done.returncode, done.stdout)
    if under_wine:
        check_resume(folder)


main(globals())
