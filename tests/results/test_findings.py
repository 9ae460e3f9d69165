#!/usr/bin/env python3
"""The findings below a table: every sentence, of made-up records whose order is
known, and the figures for programs."""

import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import each, iomodels, main, require, require_equal, require_in
from make_records import MODELS, write

LINES, COLUMNS = 8, 80


def group(model, connections, trips, cpu, memory, more=None, last=None):
    """The runs of a model and tier: round trips/s of each, CPU us a round trip,
    bytes of memory a connection; what else is in each record, and in the last
    one's."""
    return [{"asked": {"model": model, "connections": connections,
                       "pattern": "echo"},
             "throughput": {"round_trips_per_s": rate},
             "latency_us": {"from_send": {"p99": 1e6 / rate}},
             "cpu": {"per_round_trip_us": {"total": cpu}},
             "memory": {"per_connection_bytes": memory},
             **(more or {}), **(last or {} if run == len(trips) else {})}
            for run, rate in enumerate(trips, 1)]


def findings(folder, *groups):
    """What stands last below the table, if it is that."""
    write(folder, (run for runs in groups for run in runs))
    text = iomodels("table", folder).stdout.rpartition("\n\n")[2]
    if not re.match("Fastest|Lowest|Least|Lost|Caution", text):
        return ""
    lines = text.splitlines()
    require(len(lines) <= LINES and all(
        len(line) <= COLUMNS and not line.endswith(" ") for line in lines),
        text)
    return text


def spread(rate):
    return [rate, rate - 10, rate + 10]


# iocp leads, apc is within noise, select is half as fast for twice the price;
# 2,000 / 1,000 and 1,990 / 1,010 are the bounds of the ratios.
ORDERED = [group("select", 100, spread(1000), 80, 2048),
           group("apc", 100, [1995, 1950, 2005], 41, 1024),
           group("iocp", 100, spread(2000), 40, 4096),
           group("select", 1000, spread(1000), 30, 2048),
           group("apc", 1000, spread(500), 60, 1024),
           group("iocp", 1000, spread(400), 60, 1024)]
SINGLE = [group("select", 100, [1000], 80, 2048),
          group("iocp", 100, [2000], 40, 4096)]


def connections(tried, made, outcomes, ends):
    return {"connections": {"attempted": tried, "connected": made,
                            "outcomes": {"connected": made, **outcomes},
                            "ends": ends}}


def invalid(reason):
    return {"valid": False, "reasons": [reason]}


# The records, what is said of them, and what is not.
CASES = {
    "ordered": (
        ORDERED,
        ["Fastest in round trips/s, and its lead (low..high):\n",
         "  at 100: iocp 2,000; tied: apc; 2.00x select (1.97..2.03)\n",
         "  at 1,000: select 1,000; 2.00x apc (1.94..2.06), 2.50x iocp "
         "(2.41..2.59)\n",
         "Least CPU a round trip: at 100 iocp 40.0 us; at 1,000 select 30.0 "
         "us; 2.00x in\n    ",
         "Least memory a connection: at 100 apc 1.0 KiB; at 1,000 apc 1.0 "
         "KiB; tied: iocp;\n    2.00x in select (2.00..2.00)\n"],
        ["Caution", "Lost", "too few", "wineserver", "p99"]),
    "single": (
        SINGLE,
        ["its lead (too few repeats for intervals):",
         "  at 100: iocp 2,000; 2.00x select\n",
         "at 100 iocp 40.0 us; 2.00x in select\n",
         "at 100 select 2.0 KiB; 2.00x in iocp\n"],
        ["tied", "..", "Caution"]),
    # Two runs cannot tell a difference from noise.
    "twice": (
        [group("select", 100, [1000, 1001], 80, 2048),
         group("iocp", 100, [2000, 2001], 40, 4096)],
        ["too few repeats", "2.00x select\n"], ["tied", ".."]),
    "alike": (
        [group("select", 100, [1000, 1020, 980], 80, 2048),
         group("apc", 100, [1001, 1021, 981], 80, 2048),
         group("iocp", 100, [1002, 1022, 982], 80, 2048)],
        ["  at 100: iocp 1,002; all tied\n"], ["x select"]),
    # A run that is not valid would have been the fastest.
    "invalid": (
        [group("select", 100, spread(1000), 80, 2048),
         group("iocp", 100, [*spread(500), 9000], 40, 4096,
               last=invalid("timed_out: 3")),
         group("apc", 100, [8000], 1, 1, last=invalid("server_died: 5"))],
        ["  at 100: select 1,000; 2.00x iocp (1.94..2.06)\n",
         "Least CPU a round trip: at 100 iocp 40.0 us",
         "Caution: 2 of 8 runs not valid and left out (apc at 100, iocp at "
         "100)\n"],
        ["9,000", "8,000", "disturbed", "not run"]),
    # One is disturbed, and a tier lacks a model.
    "doubtful": (
        [group("select", 100, spread(1000), 80, 2048,
               last={"cautions": ["load_waited: 7 %"]}),
         group("iocp", 100, spread(500), 40, 4096),
         group("select", 1000, spread(700), 80, 2048)],
        ["  at 100: select 1,000; 2.00x iocp",
         "Caution: 1 of 9 runs disturbed (select at 100); not run: iocp at "
         "1,000\n"],
        ["at 1,000: ", "not valid"]),
    "lost": (
        [group("select", 100, spread(1000), 80, 2048, connections(
            100, 97, {"refused": 2, "timed_out": 1}, {"completed": 97})),
         group("iocp", 100, spread(500), 40, 4096, connections(
             100, 100, {}, {"completed": 93, "reset": 7})),
         group("apc", 100, spread(450), 50, 4096, connections(
             100, 100, {}, {"completed": 100}))],
        ["Lost connections: select at 100: 3 did not connect (refused 2, "
         "timed_out 1);\n    iocp at 100: 7 ended early (reset 7)\n"],
        ["Caution", "apc at"]),
    "one_model": (
        [group("iocp", 100, spread(500), 40, 4096),
         group("iocp", 1000, spread(500), 40, 4096)], [], ["a", "e"]),
    "no_memory": (
        [group("select", 100, spread(1000), 80, 0),
         group("iocp", 100, spread(500), 40, -4096)],
        ["Least CPU"], ["memory"]),
    # At a held rate throughput says nothing: who answers soonest leads.
    "held_rate": (
        [[dict(run, asked=dict(run["asked"], rate_bytes_per_s=5000))
          for run in runs] for runs in SINGLE],
        ["Lowest p99, and its lead", "  at 100: iocp 0.50 ms; 2.00x select\n"],
        ["round trips/s"]),
    # Eight models, five tiers, each with a trouble: what is told gets shorter,
    # and never the counts.
    "room": (
        [group(model, 1000 << tier, [rate, rate + 500, rate - 500], 50, 1000000,
               connections(12000, 10000, {"timed_out": 2000},
                           {"completed": 10000}), last)
         for tier in range(5) for model, rate, last in zip(
             MODELS, [12000, *range(10010, 10080, 10)],
             [{}, {"cautions": ["x"]}, invalid("y"), *[{}] * 5])],
        ["at 16,000: ", "did not connect (timed_out 2,000);\n    and 39 more",
         "Caution: 5 of 120 runs not valid and left out; 5 of 120 runs "
         "disturbed"], []),
    # Eight models, three tiers: there is room for the names of ties.
    "names_of_ties": (
        [group(model, tier, [rate, rate + 10, rate - 10], 50 + n,
               4096 + 100 * n)
         for tier in (100, 200, 400) for n, (model, rate) in enumerate(zip(
             ["iocp", "overlapped", "select", "async_select", "event_select",
              "nonblocking", "blocking", "apc"],
             [10000, 9999, 9998, 7700, 7600, 7500, 7400, 7300]))],
        [f"  at {tier}: iocp 10,000; tied: overlapped, "
         for tier in (100, 200, 400)],
        ["select, 1."]),
}


def case_sentences(scratch):
    def check(name, groups, held, lacking):
        text = findings(scratch / name, *groups)
        require_in(text, *held)
        require(not any(word in text for word in lacking), text)

    each([(name, *row) for name, row in CASES.items()], check)


def places(folder, groups):
    write(folder, (run for runs in groups for run in runs))
    done = iomodels("table", folder, "--format", "json")
    return json.loads(done.stdout)["findings"]["rankings"][0]


def case_figures(scratch):
    """For programs: null where there is no interval, never a guess."""
    first = places(scratch / "ordered", ORDERED)
    require_equal(first["of"], "round_trips_per_s")
    require_equal([(place["model"], place.get("tie"))
                   for place in first["places"][1:]],
                  [("apc", True), ("select", False)])
    for key, wanted in (("ratio", 2), ("ratio_low", 1990 / 1010),
                        ("ratio_high", 2010 / 990)):
        require(abs(first["places"][2][key] - wanted) < 1e-9, key)
    last = places(scratch / "single", SINGLE)["places"][1]
    require(last["ratio"] == 2 and last.get("ratio_low") is None
            and last.get("tie") is None, last)


main(globals())
