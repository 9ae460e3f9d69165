#!/usr/bin/env python3
"""A server that lies must not get a valid record, and whatever breaks, the run
ends, its record keeps to the schema, and the rest goes on.

The liar is tests/echo_server, which speaks the server's protocol and takes its
faults from the environment."""

import os
import re
import time

from e2e import (BAD_RUN, Missing, arguments, check_records, iomodels,
                 left_behind, main, records, require, server_options)

CONNECTIONS = 5


def liar():
    if not arguments.echo_server or not os.path.exists(arguments.echo_server):
        raise Missing(f"no echo server at {arguments.echo_server}: build "
                      "it")
    return ["--server", arguments.echo_server]


def compare(folder, server, *words, faults="", duration="500ms", exit_code):
    """One run unless `words` ask for more; returns output and records."""
    done = iomodels(
        "compare", "--models", "iocp", "--connections", CONNECTIONS,
        # At a limited rate: at full speed this server saturates the load.
        "--pattern", "stream", "--rate", "5000000", "--message", "1000",
        "--duration", duration, "--warmup", "100ms",
        "--no-plots", "--output", folder, *server, *words,
        exit_code=exit_code, environment={"ECHO_SERVER_FAULTS": faults})
    require(not left_behind(), f"left behind: {left_behind(0)}")
    check_records(folder)
    return done, list(records(folder).values())


def one_run(scratch, faults, *words, exit_code):
    done, found = compare(scratch / "records", liar(), "--server-via", "",
                          *words, faults=faults, exit_code=exit_code)
    require(len(found) == 1, f"{len(found)} records")
    return done, found[0]


def check_reason(record, name):
    require(record["valid"] is False, f"valid, in spite of {name}")
    reason = next((r for r in record["reasons"] if r.startswith(name)), None)
    require(reason, f"no {name} in {record['reasons']}")
    return reason


def case_sound(scratch):
    """Without a fault the same server makes a valid record."""
    _, record = one_run(scratch, "", exit_code=0)
    require(record["valid"] is True, str(record["reasons"]))
    require(record["integrity"]["mismatches"] == 0, "a mismatch")


def check_mismatch(done, record, kind):
    reason = check_reason(record, "byte_mismatch")
    first = record["integrity"]["first_mismatch"]
    require(record["integrity"]["mismatches"] >= 1 and first,
            str(record["integrity"]))
    require(first["kind"] == kind, f"kind: {first}")
    require(0 <= first["connection"] < CONNECTIONS, f"connection: {first}")
    place = rf"connection {first['connection']}\b.*offset {first['offset']}\b"
    require(re.search(place, reason), f"where? {reason}")
    require(re.search(place, done.stdout + done.stderr),
            f"not told: {done.stdout}{done.stderr}")
    return first


def case_wrong_byte(scratch):
    done, record = one_run(scratch, "--wrong-byte 12345", exit_code=BAD_RUN)
    first = check_mismatch(done, record, "changed")
    require(first["offset"] == 12345, f"offset: {first}")
    require(first["expected"] != first["received"], str(first))


def case_wrong_first_byte(scratch):
    done, record = one_run(scratch, "--wrong-byte 0", exit_code=BAD_RUN)
    first = check_mismatch(done, record, "changed")
    require(first["offset"] == 0, f"offset: {first}")


def case_wrong_byte_of_one(scratch):
    """One connection of five lies: that one is named."""
    done, record = one_run(scratch, "--wrong-byte 4321 --victim 3",
                           exit_code=BAD_RUN)
    first = check_mismatch(done, record, "changed")
    require(first["offset"] == 4321, f"offset: {first}")
    require(record["integrity"]["mismatches"] == 1, str(record["integrity"]))


def case_surplus_byte(scratch):
    _, record = one_run(scratch, "--surplus-byte 5000", exit_code=BAD_RUN)
    check_reason(record, "byte_mismatch")


def case_lost_byte(scratch):
    _, record = one_run(scratch, "--drop-byte 5000", exit_code=BAD_RUN)
    check_reason(record, "byte_mismatch")


def case_server_dies(scratch):
    """Killed in the middle, twice: two records that say so, and an end."""
    folder = scratch / "records"
    done, found = compare(folder, liar(), "--server-via",
                          "timeout -s KILL 1", "--repeat", "2",
                          duration="5s", exit_code=BAD_RUN)
    require(len(found) == 2, f"{len(found)} records of two runs")
    for record in found:
        check_reason(record, "server_died")
    require("server_died" in done.stdout + done.stderr, "not told")
    table = iomodels("table", folder)
    require("server_died" in table.stdout, f"no reason: {table.stdout}")


def case_stalled(scratch):
    """Echoes that never come: deadlines end the run."""
    began = time.monotonic()
    _, record = one_run(scratch, "--stall 5000", "--io-timeout", "1s",
                        exit_code=BAD_RUN)
    require(time.monotonic() - began < 30, "it took more than 30 s")
    check_reason(record, "window_too_short")
    ends = record["connections"]["ends"]
    require(ends["timed_out"] == CONNECTIONS, f"ends: {ends}")


def case_nobody_listens(scratch):
    _, record = one_run(scratch, "--refuse", exit_code=BAD_RUN)
    check_reason(record, "no_connections")
    outcomes = record["connections"]["outcomes"]
    require(outcomes["refused"] == CONNECTIONS, f"outcomes: {outcomes}")


def case_partial(scratch):
    """A tier that the server cannot hold has its row with what it reached."""
    folder = scratch / "records"
    _, found = compare(folder, server_options(), "--max-connections", "3",
                       exit_code=0)
    connections = found[0]["connections"]
    require(connections["attempted"] == CONNECTIONS
            and connections["connected"] == 3, str(connections))
    server = found[0]["traffic"]["server"]
    require(server["refused"] == 2 and sum(server["refusals"].values()) == 2,
            f"refusals: {server}")
    table = iomodels("table", folder)
    require(re.search(r"5 ?/ ?3|3 ?/ ?5", table.stdout),
            f"not what was reached: {table.stdout}")


if __name__ == "__main__":
    main(globals())
