#!/usr/bin/env python3
"""A server that lies must not get a valid record, and whatever breaks, the run
ends, its record keeps to the schema, and the rest goes on.

The liar is tests/echo_server, which speaks the server's protocol and takes its
faults from the environment. Against it run those at a fixed schedule, too:
iomodels run --pattern paced."""

import re
import time

from e2e import (BAD_RUN, check_nothing_left, check_records, check_valid, each,
                 echo_server, iomodels, main, one_record, records, require,
                 require_equal, require_in, server_options)

CONNECTIONS = 5


def compare(folder, server, *words, faults="", exit_code=BAD_RUN):
    """One run unless `words` ask for more."""
    done = iomodels(
        "compare", "--models", "iocp", "--connections", CONNECTIONS,
        *(() if "--repeat" in words else ("--repeat", "1")),
        # At a limited rate: at full speed this server saturates the load
        # generator.
        "--pattern", "stream", "--rate", "5000000", "--message", "1000",
        "--warmup", "100ms", "--no-plots", "--output", folder, *server, *words,
        exit_code=exit_code, environment={"ECHO_SERVER_FAULTS": faults})
    check_nothing_left()
    check_records(folder)
    return done


def one_run(folder, faults, *words, exit_code=BAD_RUN):
    done = compare(folder, echo_server(), "--duration", "500ms", *words,
                   faults=faults, exit_code=exit_code)
    return done, one_record(folder)


def check_reason(record, name):
    require(record["valid"] is False, f"valid, in spite of {name}")
    reason = next((r for r in record["reasons"] if r.startswith(name)), None)
    require(reason, f"no {name} in {record['reasons']}")
    return reason


def case_sound(scratch):
    """Without a fault the same server makes a valid record."""
    _, record = one_run(scratch / "r", "", exit_code=0)
    check_valid("sound", record)
    require_equal(record["integrity"]["mismatches"], 0, "mismatches")


def case_wrong_bytes(scratch):
    """The first is named in the record and on the screen."""
    def check(offset, more, wrong_ones):
        done, record = one_run(scratch / str(offset),
                               f"--wrong-byte {offset} {more}")
        reason = check_reason(record, "byte_mismatch")
        integrity = record["integrity"]
        first = integrity["first_mismatch"]
        require_equal(first["kind"], "changed")
        require_equal(first["offset"], offset)
        require(first["expected"] != first["received"], first)
        require(0 <= first["connection"] < CONNECTIONS, first)
        require(wrong_ones[0] <= integrity["mismatches"] <= wrong_ones[1],
                integrity)
        place = rf"connection {first['connection']}\b.*offset {offset}\b"
        for text in reason, done.stdout + done.stderr:
            require(re.search(place, text), f"where? {text}")

    each([(12345, "", (1, 5)), (0, "", (1, 5)),
          (4321, "--victim 3", (1, 1))], check)


def case_server_dies(scratch):
    """Killed in the middle, twice: two records that say so, and an end."""
    done = compare(scratch, [*echo_server()[:2], "--server-via",
                             "timeout -s KILL 1"],
                   "--repeat", "2", "--duration", "5s")
    require_equal(len(records(scratch)), 2, "records")
    for record in records(scratch).values():
        check_reason(record, "server_died")
    for text in done.stdout + done.stderr, iomodels("table", scratch).stdout:
        require_in(text, "server_died")


def case_stalled(scratch):
    """Echoes that never come: deadlines end the run."""
    began = time.monotonic()
    _, record = one_run(scratch, "--stall 5000", "--io-timeout", "1s")
    require(time.monotonic() - began < 30, "it took more than 30 s")
    check_reason(record, "window_too_short")
    ends = record["connections"]["ends"]
    require_equal(ends["timed_out"], CONNECTIONS, ends)


def case_nobody_listens(scratch):
    _, record = one_run(scratch, "--refuse 1")
    check_reason(record, "no_connections")
    outcomes = record["connections"]["outcomes"]
    require_equal(outcomes["refused"], CONNECTIONS, outcomes)


def case_partial(scratch):
    """A tier that the server cannot hold has its row with what it reached."""
    compare(scratch, server_options(), "--max-connections", "3", "--duration",
            "500ms", exit_code=0)
    record = one_record(scratch)
    made, server = record["connections"], record["traffic"]["server"]
    require_equal((made["attempted"], made["connected"]), (CONNECTIONS, 3))
    require_equal((server["refused"], sum(server["refusals"].values())), (2, 2))
    table = iomodels("table", scratch).stdout
    require(re.search(r"5 ?/ ?3|3 ?/ ?5", table), f"what it reached: {table}")


def paced(folder, *words, **how):
    iomodels("run", "--model", "iocp", "--connections", 4, "--warmup", "200ms",
             "--duration", "1s", "--io-timeout", "2s", "--pattern", "paced",
             "--output", folder, *echo_server(), *words, **how)
    check_records(folder)
    return one_record(folder)


def case_on_schedule(folder):
    record = paced(folder, "--rate", "1M")
    check_valid("paced", record)
    require_equal(record["asked"]["pattern"], "paced")
    intended, sent = (record["latency_us"][name]
                      for name in ("from_intended", "from_send"))
    require(abs(intended["count"] - 256) <= 2, f"{intended['count']} messages")
    require_equal(intended["count"], sent["count"])
    require(intended["max"] >= sent["max"], f"{intended} {sent}")
    require_equal(record["connections"]["ends"]["completed"], 4)


def case_too_fast(folder):
    """What cannot be sent in time is given up, and the run is not valid."""
    record = paced(folder, "--rate", "100G", "--message", "1M",
                   exit_code=BAD_RUN)
    check_reason(record, "rate_not_reached")
    require(record["phases"]["drain_s"] < 5, record["phases"])
    require_equal(record["connections"]["ends"]["timed_out"], 4)


main(globals())
