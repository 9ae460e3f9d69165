#!/usr/bin/env python3
"""The book's table of made-up records: the reference and its marks, figures,
findings, CSV; and what gnuplot is given to draw of them."""

import copy
import csv
import io
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import (BAD_INPUT, arguments, each, iomodels, main, require,
                 require_equal, require_in)
from make_records import write

REFERENCE = json.loads((HERE.parents[1] / "results" / "reference"
                        / "book-table-6-3.json").read_text("utf-8"))
LIMITED = {"pattern": "stream", "rate_bytes_per_s": 5000000}
FLAT = {"pattern": "echo", "rate_bytes_per_s": None}
# Two windows of a second: 300 and 500 ms of processor time.
SAMPLES = {"server": {
    "columns": ["t_s", "mark", "connections", "refused", "user_us", "kernel_us",
                "wineserver_user_us", "wineserver_kernel_us"],
    "rows": [[1, "empty", 0, 0, 0, 0, 0, 0], [2, None, 50, 0, 9000, 0, 0, 0],
             [3, None, 70, 4, 90000, 0, 0, 0],
             [4, "begin", 70, 9, 100000, 100000, 100000, 0],
             [5, None, 70, 9, 200000, 200000, 200000, 0],
             [5.1, None, 70, 9, 900000, 200000, 200000, None],
             [6, "end", 70, 9, 600000, 250000, 250000, 0]]}}


def run(model, connections, sent, connected=None, outcomes=None, refusals=None,
        asked=LIMITED, valid=True):
    """With only what the book's table reads."""
    connected = connections if connected is None else connected
    return {
        "valid": valid, "suite": {"command": "book"},
        "asked": {"model": model, "connections": connections, **asked},
        "connections": {"attempted": connections, "connected": connected,
                        "outcomes": {"connected": connected,
                                     **(outcomes or {})}},
        "throughput": {"server": {"recv_bytes_per_s": sent,
                                  "send_bytes_per_s": sent}},
        "cpu": {"server": {"cores_percent": 20},
                "wineserver": {"cores_percent": 15}},
        "memory": {"loaded": {"working_set_bytes": 10485760}},
        "pool": {"system_nonpaged": {"end_bytes": None},
                 "host_tcp_memory": {"end_bytes": 2048, "change_bytes": 1024}},
        "threads": {"max": 4},
        "traffic": {"server": {"refusals": refusals or {}}},
        "machine": {"server": {"os": "Wine", "wine_version": "8.0"}},
        "unknown": {"/pool/system_nonpaged": "no pool here"},
        "samples": copy.deepcopy(SAMPLES)}


def flat(model, connections, sent, **more):
    return run(model, connections, sent, asked=FLAT, **more)


WHOLE = [run("iocp", 12000, 5000000), run("event_select", 12000, 4990000),
         run("select", 12000, 3000000),
         run("blocking", 12000, 100000, 70, {"reset": 11930},
             {"ERROR_NOT_ENOUGH_MEMORY": 11930})]


def book(folder, runs, *words):
    return iomodels("table", write(folder, runs), "--book", *words).stdout


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def case_reference(scratch):
    """Every figure of the book has a status, and is printed with its mark."""
    figures = ("connected", "memory_kb", "nonpaged_pool_kb", "cpu_percent",
               "threads", "send_bytes_per_s", "receive_bytes_per_s")
    require_equal(len(REFERENCE["rows"]), 15)
    statuses = []

    def check(number, row):
        text = book(scratch / str(number), [run(
            row["backend"], 50000 if row["attempted"] > 40000
            else row["attempted"], 77777, 7)])
        for figure in figures:
            found = row[figure]
            statuses.append(found["status"])
            mark = REFERENCE["status_key"][found["status"]]["mark"]
            require((mark == "") == (found["status"] == "corroborated"), found)
            require_in(text, f"{found.get('high', found.get('value')):,}{mark}")

    each(list(enumerate(REFERENCE["rows"])), check)
    require("status not stated" not in statuses
            and 20 < statuses.count("corroborated") < len(statuses), statuses)


def case_text(scratch):
    text = book(scratch / "whole", WHOLE)
    require_in(
        text, "3,217,493¶", "192†", "2‡", "n/a: no pool here", "30..50",
        "3 of 4 rows connected every attempt.\n",
        "Bytes sent per second at 12,000 connections, highest first: iocp "
        "5,000,000, event_select 4,990,000, select 3,000,000, blocking "
        "100,000; in the book: iocp 5,027,914, event_select 3,217,493, "
        "blocking 404,227.",
        "in the book (middle of its range): blocking 23†, ",
        "not Windows figures",
        "server: Pentium 4 Xeon 1.7 GHz, 768 MB; operating system: Windows XP; "
        "network: isolated 100 Mb hub", "† recalled: from memory")
    require("quick run" not in text, text)
    # Runs that are not valid have no place among the others.
    text = book(scratch / "invalid", [
        dict(one, valid=one["asked"]["model"] not in ("iocp", "blocking"))
        for one in WHOLE])
    require_in(text, "first: event_select 4,990,000, select 3,000,000; in the "
               "book: iocp 5,027,914, ")


def case_other_tiers(scratch):
    """Where the book attempted another number, and a tenth of its tiers."""
    require_in(book(scratch / "last", [run("event_select", 50000, 1),
                                       run("iocp", 50000, 1)]),
               "45,933 of 46,000¿",  # no status is stated
               "49,997", "37,392§")
    require_in(book(scratch / "quick", [run("iocp", 1200, 1)]),
               "12,000 of 12,000", "the tiers here are a tenth of the book's")


def case_skipped(scratch):
    """What refuses one model stands in no other's row."""
    keys = "connections model limit name value need unit how_to_fix".split()
    refused = [dict(zip(keys, row)) for row in (
        (50000, None, "f", "open files", 20000, 50064, "files", "ulimit"),
        (12000, "blocking", "m", "memory", 1e9, 2e9, "bytes", "add"),
        (50000, "select", "t", "threads", 1000, 50003, "threads", "fewer"))]
    write(scratch, WHOLE[:3])  # without blocking
    (scratch / "refused.json").write_text(json.dumps(
        {"schema": "iomodels/refused", "schema_version": 1, "plan": "x",
         "refused": refused}), encoding="utf-8")
    require_in(iomodels("table", scratch, "--book").stdout,
               "50,000 connections were skipped: open files: 50,064 needed, "
               "20,000 available; ulimit",
               "memory: 1.86 GiB needed, 953.67 MiB available; add",
               "49,997")  # the book's stands beside all the same
    text = iomodels("table", scratch, "--book", "--format", "csv").stdout
    require_in(text, "\niocp,,0,0,50000,yes,", "\nblocking,,0,0,12000,yes,",
               "ulimit")
    require_equal(text.count("threads: 50,003 needed"), 1, text)


def case_csv(scratch):
    """The rows are the book's, blocking first, whatever order they ran in."""
    text = book(scratch, WHOLE, "--format", "csv")
    require_in(text, '"recalled, agrees with arithmetic"',
               "the server refused: ERROR_NOT_ENOUGH_MEMORY 11930",
               ",30,50,35,35,35,")  # lowest, highest, mean
    found = rows(text)
    require_equal([row["model"] for row in found],
                  ["blocking", "select", "event_select", "iocp"])
    require(not any(None in row or None in row.values() for row in found),
            "fields")


# A model that did not connect all its attempts, or of which no run is valid, is
# neither the fastest nor the slowest.
FLAT_OUT = [
    *(flat("iocp", 7000, sent) for sent in (20000000, 21000000, 22000000)),
    *(flat("select", 7000, sent) for sent in (8000000, 9000000, 10000000)),
    flat("blocking", 7000, 100, connected=4000, outcomes={"reset": 3000}),
    flat("apc", 7000, 99999999, valid=False),
    flat("nonblocking", 12000, 1000)]


def case_flat_out(scratch):
    text = book(scratch / "both", WHOLE[:1] + FLAT_OUT)
    require_in(
        text, "   limited  ", "   flat out  ",
        "Flat out at 7,000 connections, bytes sent per second: most iocp "
        "21,000,000 (20,000,000..22,000,000), least select 9,000,000 "
        "(8,000,000..10,000,000); 2.33 times as much, more than both "
        "intervals.\n",
        "The limited rate, 5,000,000 bytes/s, is 500000 % of the least",
        "Bytes sent per second flat out at 12,000 connections",
        "blocking at 7,000 (flat out): 3000 attempts did not connect",
        "two threads a connection",  # as the book's blocking had
        "pattern=stream rate_bytes_per_s=5000000", "flat out: pattern=echo")
    require("Flat out at 12,000" not in text and "skipped" not in text, text)
    alike = [flat("iocp", 7000, 20000000), flat("iocp", 7000, 22000000),
             flat("select", 7000, 19000000), flat("select", 7000, 21000000)]
    require_in(book(scratch / "alike", alike),
               "most iocp 21,000,000 (20,000,000..22,000,000), least select "
               "20,000,000 (19,000,000..21,000,000); they differ by no more "
               "than both intervals: here no model is shown to carry more.")
    require_in(book(scratch / "few", alike[1:3]),
               "one run of a model has no interval")
    require_in(
        book(scratch / "csv", WHOLE[:1] + FLAT_OUT[:3], "--format", "csv"),
        "flat_out_send_bytes_per_s_high",
        "pattern=echo Wine 8.0,3,3,7000,7000,7000,21000000,20000000,"
        "22000000,21000000,20000000,22000000\n",
        "\niocp,pattern=stream rate_bytes_per_s=5000000 Wine 8.0,1,1,12000,no,",
        "\niocp,,0,0,7000,no,")


def case_cpu(scratch):
    """The sum of medians, 40, is that of no run."""
    runs = [copy.deepcopy(WHOLE[0]) for _ in range(3)]
    for one, (server, wineserver) in zip(runs, ((10, 50), (20, 10), (30, 20))):
        one["cpu"]["server"]["cores_percent"] = server
        one["cpu"]["wineserver"]["cores_percent"] = wineserver
    # The range; the median of sums and its bounds.
    require_in(book(scratch / "sums", runs, "--format", "csv"),
               ",30,50,50,30,60,")

    too_short = "n/a: the window has no full second of samples"
    one = copy.deepcopy(WHOLE[0])
    one["cpu"]["wineserver"]["cores_percent"] = None
    one["unknown"]["/cpu/wineserver"] = "no wineserver was found"
    text = book(scratch / "unknown", [one])
    require_in(text, "n/a: no wineserver was found")
    require("CPU in % of one processor at" not in text, text)
    # The mean is known, the seconds are not.
    one["cpu"]["wineserver"]["cores_percent"] = 15
    samples = one["samples"]["server"]
    samples["columns"][6] = "another"
    require_in(book(scratch / "unknown", [one]), too_short,
               "lowest first: iocp 35;")
    # Windows has no such part, but user and kernel time of its own.
    one["cpu"]["wineserver"]["cores_percent"] = None
    one["machine"]["server"]["os"] = "Windows"
    require_in(book(scratch / "unknown", [one]), "lowest first: iocp 20;",
               "20..45")
    samples["rows"][4][:2] = 4.5, "end"
    require_in(book(scratch / "unknown", [one]), too_short)


# --- its chart, and others of its records -------------------------------------

def drawn(folder, runs, name="book"):
    """What gnuplot is given to draw, data and script; no gnuplot is needed."""
    charts = folder / "charts"
    iomodels("plot", write(folder, runs), "--output", charts, "--gnuplot",
             os.path.abspath(arguments.iomodels), exit_code=BAD_INPUT)
    return [(charts / f"{name}.{kind}").read_text("utf-8")
            for kind in ("dat", "gp")]


DISTURBED = [run("iocp", 12000, 5000000),
             run("nonblocking", 12000, 5000000) | {"cautions": ["held_up: x"]}]
INVALID = [run("iocp", 12000, 5000000, valid=False),
           run("nonblocking", 12000, 5000000)]


def case_bars_of_bad_runs(scratch):
    """A bar of runs that are not valid, or disturbed, is told from others."""
    for name, runs, marks in (
            ("a", DISTURBED, (2, 1)),
            ("b", INVALID, (1, 0))):
        data, _ = drawn(scratch / name, runs)
        require_in(data, *(f' 0 "{model} 12,000" 100 100 100 {mark} '
                           for model, mark in zip(("nonblocking", "iocp"),
                                                  marks)))


def case_points_of_bad_runs(scratch):
    """The last two columns: valid, disturbed."""
    data, script = drawn(scratch / "a", DISTURBED, "threads")
    require_in(data, " 1 1 1\n2 ", " 1 1 0\n")
    require_in(script, "invalid = 0\ndisturbed = 1\n")
    data, script = drawn(scratch / "b", INVALID, "threads")
    require_in(data, " 1 0 0\n")
    require_in(script, "invalid = 1\ndisturbed = 0\n")


def case_attempts_of_the_book(scratch):
    """It attempted fewer in its last tier than we do."""
    data, _ = drawn(scratch, [run("event_select", 12000, 5000000),
                              run("event_select", 50000, 5000000),
                              run("iocp", 50000, 5000000)])
    require_in(data, ' "event_select 12,000" ',
               ' "event_select 50,000 (book 46,000)" ', ' "iocp 50,000" ')


def case_bars_flat_out(scratch):
    """MB/s are those of the runs flat out, with their interval; CPU is that at
    the limited rate, of which there are two runs; the book's stand beside. The
    lines of both kinds would not be told apart."""
    runs = [WHOLE[0], flat("iocp", 12000, 2e7), flat("iocp", 12000, 3e7),
            flat("apc", 12000, 1e7)]
    data, script = drawn(scratch, runs)
    require_in(data, ' "iocp 12,000" 100 100 100 1 100 100 100 1 25 20 30 1 '
               "5.027914 5.027914 5.027914 1 35 35 35 1 45 40 50 0 ",
               ' "apc 12,000" 100 100 100 1 NaN NaN NaN 0 10 10 10 1 NaN NaN '
               "NaN 0 NaN NaN NaN -1 ")
    require_in(script, "sent flat out", "CPU at the same 5.0 MB/s",
               "Linux TCP memory")
    require(not list((scratch / "charts").glob("threads.*")), "lines")


def case_axis_and_legend(scratch):
    """Each tier once, and a style for each model whichever others are there.
    Text of others stays within its quotes."""
    runs = [run("iocp", 12000, 1), run("select", 100, 1),
            run("select", 1000, 1), run("iocp", 1000, 1)]
    for one in runs:
        one["machine"]["server"]["cpu"] = "it's `date`"
    data, script = drawn(scratch, runs, "threads")
    require_in(script, "set xtics ('100' 100, '1,000' 1000, '12,000' 12000)\n"
               "closest = 10.000000\n",
               "styles[1] = 3\nlabels[1] = 'select'\n"
               "styles[2] = 8\nlabels[2] = 'iocp'\nseries = 2\n",
               "it''s `date`")
    require_in(data, "\n1 100 ", "\n2 12000 ")


main(globals())
