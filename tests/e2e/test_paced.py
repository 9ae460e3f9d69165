#!/usr/bin/env python3
"""Runs at a fixed schedule, recorded as others are: iomodels run --pattern
paced, natively against tests/echo_server."""

import os

from e2e import (BAD_INPUT, BAD_RUN, Missing, arguments, check_records,
                 iomodels, main, one_line, records, require)

SHORT = ["--connections", "4", "--warmup", "200ms",
         "--duration", "1s", "--io-timeout", "2s", "--pattern", "paced"]


def echo_server():
    if not arguments.echo_server or not os.path.exists(arguments.echo_server):
        raise Missing(f"no echo server at {arguments.echo_server}: build it")
    return ["--server", arguments.echo_server, "--server-via", ""]


def paced(folder, *words, exit_code=0):
    iomodels("run", "--model", "iocp", *SHORT, "--output", folder,
             *echo_server(), *words, exit_code=exit_code)
    found = list(records(folder).values())
    require(len(found) == 1, f"{len(found)} records")
    check_records(folder)
    return found[0]


def case_on_schedule(folder):
    record = paced(folder / "r", "--rate", "1M")
    require(record["valid"], str(record["reasons"]))
    require(record["asked"]["pattern"] == "paced", str(record["asked"]))
    intended, sent = (record["latency_us"][name]
                      for name in ("from_intended", "from_send"))
    require(abs(intended["count"] - 256) <= 2, f"{intended['count']} messages")
    require(intended["count"] == sent["count"], str(sent["count"]))
    require(intended["max"] >= sent["max"], f"{intended} {sent}")
    require(record["connections"]["ends"]["completed"] == 4,
            str(record["connections"]))


def case_too_fast(folder):
    """What cannot be sent in time is given up, and the run is not valid."""
    record = paced(folder / "r", "--rate", "100G", "--message", "1M",
                   exit_code=BAD_RUN)
    require(not record["valid"], "valid")
    require(any(reason.startswith("rate_not_reached")
                for reason in record["reasons"]), str(record["reasons"]))
    require(record["phases"]["drain_s"] < 5, str(record["phases"]))
    require(record["connections"]["ends"]["timed_out"] == 4,
            str(record["connections"]))


def case_compared(folder):
    iomodels("compare", *SHORT, "--models", "iocp,select", "--repeat", "1",
             "--rate", "1M", "--no-plots", "--output", folder / "r",
             *echo_server())
    require(len(records(folder / "r")) == 2, "two records")


def case_no_rate(folder):
    for command in (["run", "--model", "iocp", *SHORT],
                    ["compare", *SHORT, "--models", "iocp,select"]):
        one_line(iomodels(*command, "--output", folder / "r", *echo_server(),
                          exit_code=BAD_INPUT), "--rate", "paced")


if __name__ == "__main__":
    main(globals())
