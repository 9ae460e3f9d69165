#!/usr/bin/env python3
"""soak: the servers stay level and lose nothing; one that leaks is found, one
that lies is found, and what the records say can be printed again."""

import os
import signal
import subprocess
import time

import e2e
from e2e import (BAD_INPUT, BAD_RUN, INTERRUPTED, Missing, arguments,
                 check_records, iomodels, iomodels_command, left_behind,
                 model_names, one_line, records, require, server_options)

SHORT = ["--connections", "20", "--warmup", "500ms", "--duration", "2s",
         "--sample-ms", "100"]


def echo_server():
    if not arguments.echo_server or not os.path.exists(arguments.echo_server):
        raise Missing(f"no echo server at {arguments.echo_server}: build it")
    return ["--server", arguments.echo_server, "--server-via", ""]


def soak_of(folder, faults, exit_code):
    return iomodels("soak", "--models", "iocp", *SHORT, "--think", "1ms",
                    "--output", folder, *echo_server(), exit_code=exit_code,
                    environment={"ECHO_SERVER_FAULTS": faults})


def row_of(done, model):
    rows = [line for line in done.stdout.splitlines()
            if line.startswith(model + " ")]
    require(len(rows) == 1, done.stdout)
    return rows[0]


def case_every_model(folder):
    """Whether it is level takes longer than this to tell; all else must hold,
    and nothing but memory or threads may be what fails."""
    done = iomodels("soak", *SHORT, "--output", folder / "r",
                    *server_options(), exit_code=None)
    require(done.returncode in (0, BAD_RUN), done.stderr)
    found = list(records(folder / "r").values())
    require(sorted(r["asked"]["model"] for r in found)
            == sorted(model_names()), str(len(found)))
    check_records(folder / "r")
    for record in found:
        model, made = record["asked"]["model"], record["connections"]
        require(record["valid"], f"{model}: {record['reasons']}")
        require(record["integrity"]["mismatches"] == 0, model)
        require(made["connected"] == made["attempted"], f"{model}: {made}")
        require(made["ends"]["completed"] == made["connected"],
                f"{model}: {made['ends']}")
        # Connections came and went, hostile ones of every kind among them.
        require(made["attempted"] > 16, f"{model}: {made['attempted']}")
        require(all(kind["connected"] >= 1
                    for kind in made["hostile"].values()), f"{model}: {made}")
        server = record["traffic"]["server"]
        require(server["opens"] == server["closes"], f"{model}: {server}")
        require(not any(word in row_of(done, model)
                        for word in ("FAILED", "UNKNOWN")),
                done.stdout)
    require(not left_behind(), f"left behind: {left_behind(0)}")


def case_a_level_one(folder):
    done = soak_of(folder / "r", "", 0)
    row = row_of(done, "iocp")
    require("GROWS" not in row and "FAILED" not in row, done.stdout)


def case_one_that_leaks(folder):
    done = soak_of(folder / "r", "--leak 1K", BAD_RUN)
    require("GROWS" in row_of(done, "iocp"), done.stdout)
    require("iocp: memory MiB: it grows by at least" in done.stdout,
            done.stdout)
    again = iomodels("soak", "--summary", folder / "r", exit_code=BAD_RUN)
    require(again.stdout == done.stdout, again.stdout)


def case_one_that_lies(folder):
    done = soak_of(folder / "r", "--wrong-byte 9999", BAD_RUN)
    require("FAILED" in row_of(done, "iocp"), done.stdout)
    require("iocp: byte_mismatch" in done.stdout, done.stdout)


def case_one_that_loses(folder):
    """A reset is no wrong byte, and yet not what one sends to the healthy."""
    done = soak_of(folder / "r", "--reset-after 50000", BAD_RUN)
    require("FAILED" in row_of(done, "iocp"), done.stdout)
    require("lost or not served" in done.stdout, done.stdout)


def case_too_short_to_tell(folder):
    done = iomodels("soak", "--models", "iocp", "--connections", "5",
                    "--warmup", "0s", "--duration", "500ms", "--sample-ms",
                    "400", "--output", folder / "r", *server_options(),
                    exit_code=BAD_RUN)
    require("UNKNOWN" in row_of(done, "iocp"), done.stdout)
    require("too few samples" in done.stdout, done.stdout)


def case_minutes_are_shared(folder):
    """A minute for eight models: each has less than an eighth measured."""
    process = subprocess.Popen(
        iomodels_command("soak", "--minutes", "1", "--output", folder / "r",
                         *server_options()),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 90
    while not records(folder / "r") and time.monotonic() < deadline:
        require(process.poll() is None, "it ended by itself")
        time.sleep(0.2)
    # In the next one.
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    require(process.returncode == INTERRUPTED,
            f"{process.returncode}: {errors}")
    require("1 of 8 runs are recorded" in errors, errors)
    record, = records(folder / "r").values()
    require(record["valid"], str(record["reasons"]))
    asked = record["asked"]
    require(2 <= asked["duration_s"]
            and asked["duration_s"] + asked["warmup_s"] <= 7.5, str(asked))
    require(not left_behind(), f"left behind: {left_behind(0)}")


def case_bad_input(folder):
    for words, needle in (
            (["--minutes", "0"], "--minutes"),
            (["--minutes", "soon"], "--minutes"),
            (["--models", "iocq"], "iocp"),
            (["--summary", folder / "nowhere"], "nowhere"),
            (["--pattern", "churm"], "churn"),
            (["--server", folder / "none.exe"], "none.exe")):
        one_line(iomodels("soak", *words, exit_code=BAD_INPUT), needle)
    require(not records(folder), "records")


if __name__ == "__main__":
    e2e.main(globals())
