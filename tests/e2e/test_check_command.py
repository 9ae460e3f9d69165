#!/usr/bin/env python3
"""check and table --explain, as they are typed."""

import json

from e2e import (BAD_INPUT, each, iomodels, main, make_records, one_line,
                 require, require_equal, require_in)


def make(folder, seed, repeat, *words):
    return make_records(folder / f"{seed}{''.join(words)}", "--seed", seed,
                        "--noise", "0.02", "--connections", "100,1000",
                        "--repeat", repeat, *words)


def case_verdicts(folder):
    a, b = make(folder, 1, 8), make(folder, 2, 8)
    slow = make(folder, 2, 8, "--slow", "0.10")
    few, fewer = (make(folder, seed, 2, "--models", "iocp") for seed in (1, 2))

    def check(sides, exit_code, *words):
        done = iomodels("check", *sides, exit_code=exit_code)
        require_in(done.stdout, *words)
        require_equal(iomodels("check", *sides, exit_code=exit_code).stdout,
                      done.stdout, "again")

    each([([a, b], 0, "No regression by more than 5 %: 0 of 64 comparisons"),
          ([a, slow], 3, "REGRESSION by more than 5 %"),
          ([a, slow, "--threshold", "20%"], 0),
          ([slow, a], 0, "  improvement\n"),
          ([few, fewer], 0, "Insufficient data: 8 of 8",
           "fewer than 5 valid runs a side", "--repeat 6")], check)


def case_json(folder):
    a = make(folder, 1, 8, "--models", "iocp,apc")
    b = make(folder, 2, 8, "--slow", "0.2", "--models", "iocp,select")
    done = iomodels("check", a, b, "--format", "json", "--metrics", "p99,cpu",
                    "--seed", "9", exit_code=3)
    check = json.loads(done.stdout)
    require(check["worse"] is True and check["seed"] == 9
            and check["resamples"] >= 10000 and check["threshold"] == 0.05,
            check)
    require_equal({(c["model"], c["metric"]) for c in check["comparisons"]},
                  {("iocp", "latency_p99_us"),
                   ("iocp", "cpu_us_per_round_trip_total")})
    for c in check["comparisons"]:
        require(c["ratio_low"] <= c["ratio"] <= c["ratio_high"], c)
        require(c["baseline_runs"] == c["candidate_runs"] == 8, c)
    require(any("Only in the candidate" in text
                for text in check["cautions"]), check["cautions"])


def case_markdown(folder):
    a, b = (make(folder, seed, 5, "--models", "iocp") for seed in (1, 2))
    text = iomodels("check", a, b, "--format", "markdown").stdout
    rows = [line for line in text.splitlines() if line.startswith("|")]
    require(len(rows) == 2 + 8 and len({row.count("|") for row in rows}) == 1,
            text)


def case_bad_input(folder):
    a = make(folder, 1, 5, "--models", "iocp")
    b = make(folder, 1, 5, "--models", "apc")
    c = make(folder, 1, 5, "--models", "iocp", "--message", "64")

    def check(words, *needles):
        one_line(iomodels("check", *words, exit_code=BAD_INPUT), *needles)

    each([([a, b], "no model and tier"),
          ([a, c], "message_bytes=64", "same options"),
          ([a, folder / "none"], "none")], check)


def case_explain(folder):
    cell = "iocp:1000:round_trips_per_s"
    a = make(folder, 1, 3, "--models", "iocp,select")
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
    each([("icop:100:threads", "icop", "iocp"),
          ("iocp:200:threads", "200", "iocp:100, iocp:1000"),
          ("iocp:100:thread", "thread", "threads"),
          ("iocp", "MODEL:TIER:COLUMN")],
         lambda what, *needles: one_line(
             iomodels("table", a, "--explain", what, exit_code=BAD_INPUT),
             *needles))


main(globals())
