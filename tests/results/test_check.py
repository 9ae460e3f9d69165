#!/usr/bin/env python3
"""What a check says of made-up sets of records: each verdict, what is noted,
its formats, and what is not comparable."""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import (BAD_INPUT, each, iomodels, main, make_records, one_line,
                 require, require_equal, require_in)
from make_records import write

WORSE = 3  # the exit code
METRICS = 4


def runs(side, model, count, slow=1, **more):
    """Runs at 100: so many times as slow as 10,000 round trips a second in
    every metric, each a little different, by turns with the other side's."""
    for i in range(count):
        x = slow * (1 + 0.002 * (i * 5 % 11) + 0.0001 * side)
        yield {"started_at": f"2026-01-01T{i:02}:{side:02}:00.000Z",
               "asked": {"model": model, "connections": 100,
                         "pattern": "echo"},
               "connections": {"attempted": 100, "connected": 100},
               "throughput": {"round_trips_per_s": 10000 / x},
               "latency_us": {"from_send": {"p50": 500 * x, "p99": 900 * x}},
               "cpu": {"per_round_trip_us": {"total": 80 * x}}, **more}


def compare(folder, old, new, *words):
    """The check's JSON; its exit code says whether something is worse."""
    sides = [write(folder / name, side)
             for name, side in (("old", old), ("new", new))]
    done = iomodels("check", *sides, "--format", "json", "--seed", "1", *words,
                    exit_code=None)
    check = json.loads(done.stdout)
    require_equal(done.returncode, WORSE if check["worse"] else 0)
    return check


def verdicts(check):
    return [one["verdict"] for one in check["comparisons"]]


def noted(check):
    return " ".join(check["cautions"])


def case_verdicts(scratch):
    def check(slow, count, verdict, *words):
        found = compare(scratch / f"{slow}{count}", runs(0, "iocp", count),
                        runs(1, "iocp", count, slow), *words)
        require_equal(verdicts(found),
                      (1 if words else METRICS) * [verdict])
        require_equal(found["worse"], verdict == "worse")

    each([(1, 8, "within"), (1.03, 8, "within"), (1.053, 8, "unclear"),
          (1.10, 8, "worse"), (0.90, 8, "better"), (0.97, 8, "within"),
          (1.10, 6, "worse"),
          # Five runs show an interval but cannot rule noise out, except for a
          # single comparison, 1 in 252; four show nothing.
          (1.10, 5, "suspect"), (1.20, 5, "worse", "--metrics", "p99"),
          (1.10, 4, "not_decidable"), (1, 5, "within")], check)


def case_many_comparisons(scratch):
    """What 6 runs show of 4 comparisons, they cannot show of 36."""
    check = compare(scratch, *(
        [run for model in ("iocp", *"abcdefgh") for run in runs(
            side, model, 6, 1.2 if side and model == "iocp" else 1)]
        for side in range(2)))
    require_equal((verdicts(check).count("worse"),
                   verdicts(check).count("suspect")), (0, METRICS))
    require_in(noted(check), "36 of 36 comparisons have too few runs",
               "measure 8 or more a side")


def case_invalid_runs_have_no_part(scratch):
    check = compare(
        scratch, runs(0, "iocp", 8),
        [*runs(1, "iocp", 8),
         *runs(1, "iocp", 6, 1000, valid=False,
               reasons=["server_died: made up"])])
    require_equal(verdicts(check), METRICS * ["within"])
    require_equal(check["comparisons"][0]["candidate_runs"], 8)
    require_in(noted(check), "server_died")


def case_unknown_and_zero(scratch):
    new = list(runs(1, "iocp", 8))
    for run in new:
        run["cpu"]["per_round_trip_us"]["total"] = None
        run["latency_us"]["from_send"]["p50"] = 0
    check = compare(scratch, runs(0, "iocp", 8), new)
    require_equal(verdicts(check),
                  ["within", "not_decidable", "within", "not_decidable"])
    require_in(check["comparisons"][1]["why"], "zero")


def case_notes(scratch):
    plain = compare(scratch / "plain", runs(0, "iocp", 8), runs(1, "iocp", 8))
    require_equal(plain["cautions"], [])
    new = [*runs(1, "iocp", 8), *runs(1, "apc", 8)]
    for run in new:
        run.update(started_at="2027-01-01", cautions=["stolen: x"],
                   machine={"server": {"os": "Wine", "wine_version": "8.0"}})
        run["connections"]["connected"] = 50
        run["asked"]["load_via"] = "taskset -c 1"
    check = compare(scratch, [*runs(0, "iocp", 8), *runs(0, "select", 8)], new)
    require_equal(verdicts(check), METRICS * ["within"])
    require_in(noted(check), "one after the other", "machines differ",
               "not Windows figures",
               "In the candidate, iocp at 100: 50 attempts did not connect",
               "In the candidate, iocp at 100: 8 of 8 runs disturbed: stolen: "
               "x.", 'baseline ""; candidate "load_via=taskset -c 1".',
               "Only in the baseline, and not compared: select",
               "Only in the candidate, and not compared: apc")


def make(folder, seed, repeat, *words):
    return make_records(folder / f"{seed}{''.join(words)}", "--seed", seed,
                        "--noise", "0.02", "--connections", "100,1000",
                        "--repeat", repeat, *words)


def case_texts(folder):
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


main(globals())
