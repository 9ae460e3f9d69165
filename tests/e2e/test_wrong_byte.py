#!/usr/bin/env python3
"""A server that lies must not get a valid record.

The liar is tests/echo_server, which speaks the server's protocol and can break
an echo on purpose; a small script stands for the launcher's options."""

import os
import re

from e2e import (BAD_RUN, Skip, arguments, iomodels, left_behind, main,
                 records, require)


def liar(scratch, *faults):
    if not arguments.echo_server or not os.path.exists(arguments.echo_server):
        raise Skip(f"no echo server at {arguments.echo_server}: build it")
    script = scratch / "server"
    words = " ".join(faults)
    script.write_text(
        f"#!/bin/sh\nexec '{arguments.echo_server}' {words} \"$@\"\n",
        encoding="utf-8")
    script.chmod(0o755)
    return script


def run(scratch, faults, exit_code):
    done = iomodels(
        "run", "--model", "iocp", "--connections", "5", "--message", "1000",
        "--duration", "500ms", "--warmup", "100ms", "--output",
        scratch / "records", "--server", liar(scratch, *faults),
        "--server-via", "", exit_code=exit_code)
    found = list(records(scratch / "records").values())
    require(len(found) == 1, f"{len(found)} records")
    require(not left_behind(), f"left behind: {left_behind(0)}")
    # Whatever went wrong, the record itself keeps to the schema.
    iomodels("validate", scratch / "records")
    return done, found[0]


def case_sound(scratch):
    """Without a fault the same server makes a valid record."""
    _, record = run(scratch, [], exit_code=0)
    require(record["valid"] is True, str(record["reasons"]))
    require(record["integrity"]["mismatches"] == 0, "a mismatch")


def check_mismatch(done, record, kind):
    require(record["valid"] is False, "valid, in spite of a wrong byte")
    first = record["integrity"]["first_mismatch"]
    require(record["integrity"]["mismatches"] >= 1 and first,
            str(record["integrity"]))
    require(first["kind"] == kind, f"kind: {first}")
    require(0 <= first["connection"] < 5, f"connection: {first}")
    reason = next((r for r in record["reasons"]
                   if r.startswith("byte_mismatch")), "")
    place = rf"connection {first['connection']}\b.*offset {first['offset']}\b"
    require(re.search(place, reason), f"where? {record['reasons']}")
    require(re.search(place, done.stdout + done.stderr),
            f"not told: {done.stdout}{done.stderr}")
    return first


def case_wrong_byte(scratch):
    done, record = run(scratch, ["--wrong-byte", "12345"], BAD_RUN)
    first = check_mismatch(done, record, "changed")
    require(first["expected"] != first["received"], str(first))
    require(0 <= first["offset"] <= 12345, f"offset: {first}")


def case_wrong_first_byte(scratch):
    done, record = run(scratch, ["--wrong-byte", "0"], BAD_RUN)
    check_mismatch(done, record, "changed")


def case_surplus_byte(scratch):
    """After the last owed byte there must be a FIN and nothing else."""
    _, record = run(scratch, ["--surplus-byte", "5000"], BAD_RUN)
    require(record["valid"] is False, "valid, in spite of a surplus byte")
    require(record["integrity"]["mismatches"] >= 1, str(record["integrity"]))


def case_lost_byte(scratch):
    _, record = run(scratch, ["--drop-byte", "5000"], BAD_RUN)
    require(record["valid"] is False, "valid, in spite of a lost byte")


if __name__ == "__main__":
    main(globals())
