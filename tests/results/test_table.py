#!/usr/bin/env python3
"""The table of made-up records: its texts in each format, how it fits a
terminal and is sorted, and which runs are repeats of one another."""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import (BAD_INPUT, each, iomodels, main, make_records, one_line,
                 require, require_equal, require_in)
from make_records import MODELS, write


def run(model, connections, trips, message=64, connected=None, reason=None,
        outcomes=None, **asked):
    """With just what a table shows; not valid for the reason."""
    connected = connections if connected is None else connected
    return {
        "valid": reason is None, "reasons": [reason] if reason else [],
        "asked": {"model": model, "connections": connections,
                  "pattern": "echo", "duration_s": 4, "message_bytes": message,
                  "pipeline": 1, **asked},
        "connections": {"attempted": connections, "connected": connected,
                        "outcomes": {"connected": connected,
                                     **(outcomes or {})},
                        "ends": {"completed": connected}},
        "throughput": {"round_trips_per_s": trips, "server": {
            "recv_bytes_per_s": 1234567.4, "send_bytes_per_s": 0}},
        "memory": {"loaded": {"working_set_bytes": 10485760}},
        "pool": {"system_nonpaged": {"change_bytes": None}},
        "threads": {"max": 4},
        "traffic": {"server": {"refusals": {
            "WSAENOBUFS": connections - connected}}},
        "machine": {"server": {"os": "Wine", "wine_version": "8.0",
                               "cpu": "X|Y"}},
        "unknown": {"/pool/system_nonpaged": "no pool here"}}


SIMPLE = [run("zebra", 100, 500), run("iocp", 1000, 12345.6),
          run("iocp", 100, 10000),
          run("select", 100, 1, connected=97, outcomes={"refused": 3})]
REPEATED = [run("iocp", 100, 100), run("iocp", 100, 300), run("iocp", 100, 200),
            run("iocp", 100, 9999, reason="timed_out: <why|not>"),
            run("select", 100, 7, connected=50,
                reason="server_died: exit code 5")]
# Runs that were asked for different things are never one figure.
DIFFERENT = [run("iocp", 100, 100), run("iocp", 100, 900, message=4096)]


def table(folder, runs, *words):
    return iomodels("table", write(folder, runs), *words).stdout


def case_texts(scratch):
    def check(name, runs, words, held, *lacking):
        text = table(scratch / name, runs, *words.split())
        require_in(text, *held)
        require(not any(word in text for word in lacking), text)

    each([
        ("simple", SIMPLE, "--wide",
         ["1,000/1,000", "100/97", "10,240", "12,346", "1,234,567", "n/a [2]",
          "[2] n/a: no pool here",
          "select at 100: 3 attempts did not connect (refused 3); the server "
          "refused: WSAENOBUFS 3",
          "Measured under Wine 8.0", "not Windows figures"],
         "setting", "low..high", " \n"),
        ("repeated", REPEATED, "--wide",
         ["100..300", "iocp !",
          "iocp at 100: 1 of 4 runs not valid and left out; timed_out: "
          "<why|not>",
          "select at 100: not valid, the figures are what was reached; "
          "server_died: exit code 5",
          "low..high is the bootstrap 95 % interval of the median, with fewer "
          "than 5 runs the lowest to the highest."], "9,999"),
        ("markdown", REPEATED, "--format markdown",
         ["200 (100..300)", "\\<why\\|not\\>"]),
        ("different", DIFFERENT, "--wide",
         ["setting", "message_bytes=64", "message_bytes=4096"], "100..900"),
        ("csv", REPEATED, "--format csv",
         ["round_trips_per_s,round_trips_per_s_low", ",200,100,300,"], "n/a"),
        ("settings", DIFFERENT, "--format csv",
         ["pattern=echo message_bytes=64 pipeline=1 duration_s=4"])], check)


def case_order(scratch):
    """The suite's; models that it does not know are last. Lines end as in RFC
    4180."""
    file = scratch / "table.csv"
    table(scratch, SIMPLE, "--format", "csv", "--output", file)
    rows = file.read_bytes().decode().split("\r\n")
    require_equal([row.split(",")[0] for row in rows],
                  ["model", "select", "iocp", "iocp", "zebra", ""])


def case_narrow(scratch):
    """24 rows of three runs fit a terminal; in each tier the best of each
    column is marked, and rows are in the order that was asked for."""
    write(scratch, [
        run(model, tier, 10000 + 1000 * ((m + tier // 100) % 8) + 10 * m * off,
            message=4096)
        | {"latency_us": {"from_send": {"p50": 100000 + m,
                                        "p99": 1000000 * (9 - m)}},
           "cpu": {"per_round_trip_us": {"total": 100 + m}}}
        for tier in (100, 1000, 10000) for m, model in enumerate(MODELS)
        for off in (-1, 0, 1)])
    text = iomodels("table", scratch).stdout
    require(max(map(len, text.splitlines())) <= 80, text)
    require_in(text, "\napc                 100/100  *17,000  0.4    106.0   "
               "100.01   3,000.00\n", "\noverlapped      1,000/1,000  *17,000  "
               "0.3 ", "\n\nblocking", "* best of its number of connections. ")
    require("threads" not in text, text)
    sort = "--sort", "latency_p99_us"
    text = iomodels("table", scratch, *sort).stdout
    places = [text.index(f"\n{model} ") for model in ("iocp", "apc",
                                                      "blocking")]
    require_equal(places, sorted(places), text)
    text = iomodels("table", scratch, *sort, "--wide").stdout
    require("receive" in text and "*1" not in text, text)
    iomodels("table", scratch, "--sort", "model")
    iomodels("table", scratch, "--sort", "cpu_us_per_round_trip_total")
    one_line(iomodels("table", scratch, "--sort", "speed",
                      exit_code=BAD_INPUT), "speed")


def case_not_repeats(scratch):
    """Runs alike but for one key of what was asked are two rows, and a record
    of an older version, without the key, is one of null. A check does not
    compare them, unless it is how the programs were launched."""
    def check(key, value, label, compared):
        sides = [{}, {key: None}, {key: value}]
        old, none, other = (
            write(scratch / f"{key}{side}",
                  5 * [run("iocp", 100, 100, **asked)])
            for side, asked in enumerate(sides))

        def rows(*asked):
            return table(scratch / f"{key} rows", [
                run("iocp", 100, 100, **more) for more in asked],
                "--format", "csv").splitlines()[1:]

        require_equal(len(rows(sides[0], sides[1])), 1, "old and null")
        for one in sides[:2]:
            found = rows(one, sides[2])
            require(len(found) == 2 and any(label in row for row in found),
                    found)
        for one in old, none:
            done = iomodels("check", one, other, exit_code=(
                0 if compared else BAD_INPUT))
            require_in(done.stdout + done.stderr, label)

    each([("hostile", "20%", "hostile=20%", False),
          ("max_connections", 25, "max_connections=25", False),
          ("load_via", "taskset -c 1", "load_via=taskset -c 1", True)], check)


EXPLAINED = {
    "asked": {"model": "iocp", "connections": 1000},
    "connections": {"connected": 990},
    "cpu": {"server": {"cores_percent": 75},
            "per_round_trip_us": {"server": 300}},
    "memory": {"loaded": {"working_set_bytes": 9000}},
    "pool": {"system_nonpaged": {"change_bytes": None},
             "host_tcp_memory": {"change_bytes": 4096}},
    "threads": {"max": 7},
    "unknown": {"/pool/system_nonpaged": "Wine has no such pool"},
    "samples": {
        "server": {
            "columns": ["t_s", "mark", "user_us", "kernel_us",
                        "working_set_bytes", "threads",
                        "host_tcp_memory_bytes"],
            "rows": [[0.5, "empty", 0, 0, 5000, 3, 1000],
                     [1, "begin", 100000, 200000, 8000, 5, 3000],
                     [2, None, 300000, 400000, 8500, 7, 4000],
                     [3, "end", 600000, 1200000, 9000, 6, 5096]]},
        "load": {"columns": ["t_s", "mark", "messages_echoed"],
                 "rows": [[1.1, "begin", 300], [3.1, "end", 5300]]}}}


def case_explained(scratch):
    """Every column can be followed to its samples: the formula, the value, and
    what it was computed from."""
    write(scratch, [EXPLAINED])

    def check(column, *wanted):
        require_in(iomodels("table", scratch, "--explain",
                            "iocp:1000:" + column).stdout, *wanted)

    each([("attempted", "/asked/connections: 1000\n"),
          ("connected", "attempts whose first message came back whole"),
          ("memory_bytes",
           'row 4: t_s 3, mark "end", working_set_bytes 9000\n'),
          ("nonpaged_pool_change_bytes", "null, Wine has no such pool\n"),
          ("host_tcp_memory_change_bytes",
           'server row 1: t_s 0.5, mark "empty", host_tcp_memory_bytes 1000\n'
           '    samples.server row 4: t_s 3, mark "end", '
           'host_tcp_memory_bytes 5096\n'),
          ("cpu_percent", 'mark "begin", user_us 100000, kernel_us 200000\n'),
          ("threads", "/threads/max: 7\n"),
          ("send_bytes_per_s", "(at end - at begin) / seconds"),
          ("cpu_us_per_round_trip",
           'load row 2: t_s 3.1, mark "end", messages_echoed 5300\n'),
          ("latency_p99_us", "the value that 99 % of all messages"),
          ("threads_low", "threads of iocp with 1000 connections: 7\n")], check)
    each([("icop:1000:threads", "icop", "iocp"),
          ("iocp:200:threads", "200", "iocp:1000"),
          ("iocp:1000:thread", "thread", "threads"),
          ("iocp", "MODEL:TIER:COLUMN"), ("",), ("iocp:1000:",),
          ("iocp:x:threads",), ("iocp:1000:_low",)],
         lambda what, *needles: one_line(
             iomodels("table", scratch, "--explain", what, exit_code=BAD_INPUT),
             *needles))


def case_explained_median(folder):
    cell = "iocp:1000:round_trips_per_s"
    a = make_records(folder, "--repeat", 3, "--models", "iocp,select")
    done = iomodels("table", a, "--explain", cell)
    paths = sorted(a.glob("*-iocp-1000-*.json"))
    values = sorted(
        json.loads(path.read_text("utf-8"))["throughput"]["round_trips_per_s"]
        for path in paths)
    require_in(done.stdout, *(path.name for path in paths),
               "median of 3 runs; the bootstrap 95 % interval of the median, "
               "with fewer than 5 runs the lowest to the highest: "
               f"{values[0]:.4f}"[:-4])
    first = done.stdout.splitlines()[0]
    require(abs(float(first.split(": ")[1]) - values[1]) < 1e-6, first)


main(globals())
