#!/usr/bin/env python3
"""Ctrl+C in the middle of a comparison, then the rest of it.

Natively the signal goes to iomodels alone and, in another case, comes from a
terminal's ^C. Wine delivers console events only where there is a console, so
there it is always a terminal."""

import os
import re
import select
import signal
import subprocess
import time

from e2e import (INTERRUPTED, Skip, TIMEOUT_S, WINDOWS, check_records,
                 iomodels, iomodels_command, left_behind, main, records,
                 require, server_options, under_wine)

MODELS = ["select", "iocp"]
REPEATS = 3


def plan(folder):
    return ["compare", "--models", ",".join(MODELS), "--connections", "20",
            "--repeat", REPEATS, "--duration", "1500ms", "--warmup", "100ms",
            "--no-plots", "--output", folder, *server_options()]


def wait_for_middle(folder, still_runs):
    """Until the first record is there and the next run is under way."""
    end = time.monotonic() + TIMEOUT_S
    while not list(folder.glob("*-*.json")) or not records(folder):
        require(still_runs(), "it ended before its first record")
        require(time.monotonic() < end, "no record came")
        time.sleep(0.05)
    time.sleep(1)
    require(len(records(folder)) < len(MODELS) * REPEATS,
            "all runs ended before the interruption")


def check_interrupted(folder, code, text):
    require(code == INTERRUPTED, f"exit code {code}: {text}")
    missing = len(MODELS) * REPEATS - sum(
        record["valid"] for record in records(folder).values())
    # A terminal of Wine places characters one by one: spaces are not told.
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\s", "", text)
    require(re.search(rf"(?<!\d){missing}(are|is)missing", text),
            f"{missing} are missing, but it says: {text}")
    require("--resume" in text, f"how to go on? {text}")
    require(not left_behind(), f"left behind: {left_behind(0)}")
    strange = [p.name for p in folder.rglob("*")
               if p.is_file() and p.suffix not in (".json", ".txt")]
    require(not strange, f"half-written files: {strange}")
    check_records(folder)


def check_resume(folder):
    before = {p.name: p.read_bytes() for p in folder.glob("*.json")
              if p.name in records(folder) and records(folder)[p.name]["valid"]}
    iomodels("compare", "--resume", folder, "--no-plots", *server_options())
    for name, content in before.items():
        require((folder / name).read_bytes() == content,
                f"{name} was changed by --resume")
    runs = sorted((r["asked"]["model"], r["asked"]["repeat"])
                  for r in records(folder).values() if r["valid"])
    require(runs == sorted((model, repeat + 1) for model in MODELS
                           for repeat in range(REPEATS)),
            f"after --resume: {runs}")
    check_records(folder)


def case_signal(scratch):
    if under_wine:
        raise Skip("Wine has console events only with a console")
    folder = scratch / "records"
    flags = subprocess.CREATE_NEW_PROCESS_GROUP if WINDOWS else 0
    process = subprocess.Popen(
        iomodels_command(*plan(folder)), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, creationflags=flags)
    try:
        wait_for_middle(folder, lambda: process.poll() is None)
        process.send_signal(
            signal.CTRL_BREAK_EVENT if WINDOWS else signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    check_interrupted(folder, process.returncode, out.decode("utf-8"))
    check_resume(folder)


def read_terminal(master, text, wait_s):
    ready, _, _ = select.select([master], [], [], wait_s)
    if not ready:
        return True
    try:
        data = os.read(master, 65536)
    except OSError:  # the other side of a pty is gone
        return False
    text.extend(data)
    return bool(data)


def reap(pid, master, text, patience_s):
    """Reads the terminal to its end; returns the exit code."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        read_terminal(master, text, 0.1)
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            while read_terminal(master, text, 0.2) and \
                    time.monotonic() < end:
                if not select.select([master], [], [], 0)[0]:
                    break
            return os.waitstatus_to_exitcode(status)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise AssertionError(
        f"it does not end: {text.decode('utf-8', 'replace')[-1500:]}")


def case_terminal(scratch):
    if WINDOWS:
        raise Skip("needs a pseudo-terminal")
    import pty
    folder = scratch / "records"
    command = iomodels_command(*plan(folder))
    try:
        pid, master = pty.fork()
    except OSError as error:  # a root without /dev/pts
        raise Skip(f"no pseudo-terminal: {error}") from None
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execvp(command[0], command)
    text = bytearray()

    def still_runs():
        return read_terminal(master, text, 0)

    try:
        wait_for_middle(folder, still_runs)
        os.write(master, b"\x03")
        code = reap(pid, master, text, 30)
    finally:
        os.close(master)
    check_interrupted(folder, code, text.decode("utf-8", "replace"))
    if under_wine:
        check_resume(folder)


if __name__ == "__main__":
    main(globals())
