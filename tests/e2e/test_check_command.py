#!/usr/bin/env python3
"""check and table --explain, as they are typed."""

import json
import pathlib
import subprocess
import sys

import e2e
from e2e import iomodels, one_line, require

MAKER = pathlib.Path(__file__).resolve().parent.parent / "make_records.py"


def make(folder, seed, *options):
    subprocess.run([sys.executable, MAKER, folder, "--seed", str(seed),
                    "--noise", "0.02", "--connections", "100,1000", *options],
                   check=True)
    return folder


def case_alike(folder):
    a = make(folder / "a", 1, "--repeat", "8")
    b = make(folder / "b", 2, "--repeat", "8")
    done = iomodels("check", a, b)
    require("No regression by more than 5 %: 0 of 64 comparisons" in done.stdout,
            done.stdout[-900:])
    again = iomodels("check", a, b)
    require(again.stdout == done.stdout, "not the same again")


def case_slower_by_a_tenth(folder):
    a = make(folder / "a", 1, "--repeat", "8")
    b = make(folder / "b", 2, "--repeat", "8", "--slow", "0.10")
    done = iomodels("check", a, b, exit_code=3)
    require("REGRESSION by more than 5 %" in done.stdout, done.stdout[-900:])
    iomodels("check", a, b, "--threshold", "20%")
    done = iomodels("check", b, a)
    require("  improvement\n" in done.stdout, done.stdout[-900:])


def case_json(folder):
    a = make(folder / "a", 1, "--repeat", "8", "--models", "iocp,apc")
    b = make(folder / "b", 2, "--repeat", "8", "--slow", "0.2", "--models",
             "iocp,select")
    done = iomodels("check", a, b, "--format", "json", "--metrics", "p99,cpu",
                    "--seed", "9", exit_code=3)
    check = json.loads(done.stdout)
    require(check["worse"] is True and check["seed"] == 9
            and check["resamples"] >= 10000 and check["threshold"] == 0.05,
            str(check))
    seen = {(c["model"], c["metric"]) for c in check["comparisons"]}
    require(seen == {("iocp", "latency_p99_us"),
                     ("iocp", "cpu_us_per_round_trip_total")}, str(seen))
    for c in check["comparisons"]:
        require(c["ratio_low"] <= c["ratio"] <= c["ratio_high"], str(c))
        require(c["baseline_runs"] == c["candidate_runs"] == 8, str(c))
    require(any("Only in the candidate" in text
                for text in check["cautions"]), str(check["cautions"]))


def case_markdown(folder):
    a = make(folder / "a", 1, "--repeat", "5", "--models", "iocp")
    b = make(folder / "b", 2, "--repeat", "5", "--models", "iocp")
    text = iomodels("check", a, b, "--format", "markdown").stdout
    rows = [line for line in text.splitlines() if line.startswith("|")]
    require(len(rows) == 2 + 8 and len({row.count("|") for row in rows}) == 1,
            text)


def case_too_few_runs(folder):
    a = make(folder / "a", 1, "--repeat", "2", "--models", "iocp")
    b = make(folder / "b", 2, "--repeat", "2", "--models", "iocp", "--slow",
             "0.5")
    done = iomodels("check", a, b)
    require("Insufficient data: 8 of 8" in done.stdout
            and "fewer than 5 valid runs a side" in done.stdout
            and "--repeat 6" in done.stdout, done.stdout[-1200:])


def case_bad_input(folder):
    a = make(folder / "a", 1, "--repeat", "5", "--models", "iocp")
    b = make(folder / "b", 1, "--repeat", "5", "--models", "apc")
    c = make(folder / "c", 1, "--repeat", "5", "--models", "iocp",
             "--message", "64")

    def bad(*words):
        return iomodels("check", *words, exit_code=2)

    one_line(bad(a, b), "no model and tier")
    one_line(bad(a, c), "message_bytes=64", "same options")
    one_line(bad(a, folder / "none"), "none")
    one_line(bad(a), "CANDIDATE")
    one_line(bad(a, a, "--metrics", "p90"), "p90", "p99")
    one_line(bad(a, a, "--metrics", ""), "metrics")
    line = one_line(bad(a, a, "--threshold", "5"))
    require(line.endswith("--threshold: 500 % is out of range; give more than "
                          "0 % and less than 100 %"), line)
    one_line(bad(a, a, "--threshold", "0"), "threshold")
    one_line(bad(a, a, "--format", "xml"), "xml", "json")
    one_line(bad(a, a, "--seed", "-1"), "seed")


def case_explain(folder):
    a = make(folder / "a", 1, "--repeat", "3", "--models", "iocp,select")
    text = iomodels("table", a, "--explain",
                    "iocp:1000:round_trips_per_s").stdout
    values = []
    for path in sorted(a.glob("*-iocp-1000-*.json")):
        require(path.name in text, f"{path.name} is not told")
        record = json.loads(path.read_text(encoding="utf-8"))
        values.append(record["throughput"]["round_trips_per_s"])
    median = sorted(values)[1]
    require("the lowest to the highest of 3 runs: "
            f"{min(values):.4f}"[:-4] in text and "95 %" not in text, text)
    five = iomodels("table", make(folder / "b", 1, "--repeat", "5", "--models",
                                  "iocp"), "--explain",
                    "iocp:1000:round_trips_per_s").stdout
    require("the bootstrap 95 % interval of the median (" in five, five)
    first = text.splitlines()[0]
    require(abs(float(first.split(": ")[1]) - median) < 1e-6, first)

    def bad(what):
        return iomodels("table", a, "--explain", what, exit_code=2)

    one_line(bad("icop:100:threads"), "icop", "iocp")
    one_line(bad("iocp:200:threads"), "200", "iocp:100, iocp:1000")
    one_line(bad("iocp:100:thread"), "thread", "threads")
    one_line(bad("iocp"), "MODEL:TIER:COLUMN")


if __name__ == "__main__":
    e2e.main(globals())
