#!/usr/bin/env python3
"""soak: the servers stay level and lose nothing; one that leaks is found, one
that lies is found, and what the records say can be printed again."""

import signal

from e2e import (BAD_RUN, INTERRUPTED, Program, check_nothing_left,
                 check_records, check_valid, each, echo_server, iomodels,
                 iomodels_command, main, model_names, one_record,
                 records, require, require_equal, require_in, server_options,
                 wait_for_record)


def soak(folder, server, *words, connections=20, exit_code=0, faults=""):
    return iomodels("soak", "--output", folder, "--warmup", "500ms",
                    "--connections", connections, *words, *server,
                    exit_code=exit_code,
                    environment={"ECHO_SERVER_FAULTS": faults})


def row_of(done, model):
    rows = [line for line in done.stdout.splitlines()
            if line.startswith(model + " ")]
    require_equal(len(rows), 1, done.stdout)
    return rows[0]


def case_every_model(folder):
    """Whether it is level takes longer than this to tell; all else must hold,
    and nothing but memory or threads may be what fails."""
    done = soak(folder, server_options(), "--duration", "2s", "--sample-ms",
                "100", exit_code=None)
    require(done.returncode in (0, BAD_RUN), done)
    check_records(folder)

    def check(record):
        model, made = record["asked"]["model"], record["connections"]
        check_valid(model, record)
        require_equal(record["integrity"]["mismatches"], 0)
        require(made["attempted"] == made["connected"]
                == made["ends"]["completed"], made)
        # Connections came and went, hostile ones of every kind among them.
        require(made["attempted"] > 16, made)
        require(all(kind["connected"] >= 1
                    for kind in made["hostile"].values()), made)
        server = record["traffic"]["server"]
        require_equal(server["opens"], server["closes"])
        row = row_of(done, model)
        require("FAILED" not in row and "UNKNOWN" not in row, row)

    found = list(records(folder).values())
    require_equal(sorted(r["asked"]["model"] for r in found),
                  sorted(model_names()))
    each(found, check)
    check_nothing_left()


def case_verdicts(scratch):
    """Level; leaking; lying; and resetting, which is no wrong byte, and yet
    not what one sends to the healthy."""
    def check(faults, verdict, *told):
        folder = scratch / faults
        done = soak(folder, echo_server(), "--models", "iocp", "--think",
                    "1ms", "--duration", "2s", "--sample-ms", "100",
                    faults=faults, exit_code=BAD_RUN if verdict else 0)
        row = row_of(done, "iocp")
        require_equal([word for word in ("GROWS", "FAILED") if word in row],
                      [verdict] if verdict else [])
        require_in(done.stdout, *told)
        again = iomodels("soak", "--summary", folder,
                         exit_code=done.returncode)
        require_equal(again.stdout, done.stdout, "the summary again")

    each([("", None),
          ("--leak 1024", "GROWS", "iocp: memory MiB: the whole interval"),
          ("--wrong-byte 9999", "FAILED", "iocp: byte_mismatch"),
          ("--reset-after 50000", "FAILED", "lost or not served")], check)


def case_too_short_to_tell(folder):
    done = soak(folder, server_options(), "--models", "iocp", "--duration",
                "500ms", "--sample-ms", "400", connections=5,
                exit_code=BAD_RUN)
    require("UNKNOWN" in row_of(done, "iocp")
            and "too few samples" in done.stdout, done)


def case_minutes_are_shared(folder):
    """A minute for eight models: each has less than an eighth measured."""
    with Program(*iomodels_command("soak", "--minutes", "1", "--output",
                                   folder / "r", *server_options())) as soaks:
        wait_for_record(soaks, folder / "r")
        soaks.process.send_signal(signal.SIGINT)  # in the next one
        done = soaks.wait(60)
    require_equal(done.returncode, INTERRUPTED, done)
    require("1 of 8 runs are recorded" in done.stderr, done)
    record = one_record(folder / "r")
    check_valid("soak", record)
    asked = record["asked"]
    require(2 <= asked["duration_s"]
            and asked["duration_s"] + asked["warmup_s"] <= 7.5, asked)
    check_nothing_left()


main(globals())
