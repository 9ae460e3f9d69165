#!/usr/bin/env python3
"""The book's table: a small one, what is refused beforehand, what stops a
model, the formats, going on, and what cannot be read."""

import json
import re
import shutil
import xml.etree.ElementTree

from e2e import (BAD_INPUT, check_nothing_left, check_valid, each, iomodels,
                 main, need_gnuplot, no_plots, one_line, records,
                 require, require_equal, require_in, server_options,
                 shared_folder)

MODELS = ["select", "iocp"]
SHORT = ["--duration", "1s", "--warmup", "200ms", "--repeat", "1"]
RATE = ["--rate", "400000"]
# On any machine: more connects at a time than the backlog holds. (The smaller
# tiers have fewer.)
TOO_MANY = 900000
NARROW = ["--backlog", "130", "--connect-window", "150"]
folder = shared_folder("book")  # one run of the book serves most cases


def book(*words, **how):
    return iomodels("book", *words, *server_options(), **how)


def case_book():
    done = book("--models", ",".join(MODELS), "--tiers", f"120,{TOO_MANY}",
                "--seed", "7", "--output", folder, *no_plots, *SHORT, *RATE,
                *NARROW)
    require_equal(sorted((r["asked"]["model"], r["asked"]["pattern"])
                         for r in records(folder).values()),
                  sorted((m, p) for m in MODELS for p in ("echo", "stream")))
    each(records(folder).items(), check_record)
    require(re.search(r"^iomodels: skipping 900,000 connections: .*"
                      r"[\d,.]+.* needed, [\d,.]+.* available;",
                      done.stderr, re.MULTILINE), done.stderr)
    require_in(done.stdout, "skipped", "a folder")
    check_nothing_left()


def check_record(name, record):
    asked = record["asked"]
    check_valid(name, record)
    require_equal(record["suite"]["command"], "book")
    flat = asked["pattern"] == "echo"
    require_equal([asked[key] for key in (
        "message_bytes", "rate_bytes_per_s", "duration_s", "connect_retries",
        "connect_budget_s")],
        [4096, None if flat else 400000, 0.5 if flat else 1, 3,
         15 + 0.004 * asked["connections"]])
    require_equal(record["connections"]["retries"],
                  {"refused": 0, "timed_out": 0})
    rate = record["throughput"]["server"]["recv_bytes_per_s"]
    # What a busy machine missed before the window it makes up for within.
    most = 1.5 if record["cautions"] else 1.1
    require(flat or 0.5 < rate / 400000 < most,
            f"{rate} bytes/s")


def case_refused_is_data():
    refused = json.loads((folder / "refused.json").read_text("utf-8"))
    require_equal(refused["schema"], "iomodels/refused")
    require("backlog" in [one["limit"] for one in refused["refused"]], refused)
    for one in refused["refused"]:
        require(one["connections"] == TOO_MANY and one["model"] is None
                and one["need"] > one["value"] > 0
                and len(one["how_to_fix"]) > 10, one)


def case_table_text():
    text = iomodels("table", folder, "--book").stdout
    for model in MODELS:
        rows = [line for line in text.splitlines()
                if re.match(rf"{model}( \[\d+\])* +[\d,]+ ", line)]
        require_equal(len(rows), 2, f"rows of {model}: {text}")
        require_in(rows[-1], "900,000  skipped")
    require_in(text, "900,000 connections were skipped: ",
                "Bytes sent per second flat out at 120 connections, highest",
                "CPU at the limited rate in % of one processor at 120 ",
                "Memory in KiB at 120 connections",
                "Flat out at 120 connections", "one run of a model has no",
                "2 of 2 rows connected every attempt",
                "Pentium 4 Xeon", "rate_bytes_per_s=400000")


def case_chart():
    need_gnuplot()
    root = xml.etree.ElementTree.parse(folder / "charts" / "book.svg").getroot()
    require_in(" ".join(root.itertext()), "skipped",
               *(f"{model} 120" for model in MODELS))


def case_resume(scratch):
    target = scratch / "run"
    shutil.copytree(folder, target)
    for pattern in ("echo", "stream"):
        next(target.glob(f"*-{pattern}-*.json")).unlink()
    book("--resume", target, "--no-plots")
    each(records(target).items(), check_record)
    require_equal(len(records(target)), 4, "records")
    one_line(iomodels("compare", "--resume", target, *server_options(),
                      exit_code=BAD_INPUT), "iomodels book")
    (target / "refused.json").write_text("{}", encoding="utf-8")
    one_line(book("--resume", target, exit_code=BAD_INPUT), "refused.json",
             "not a list of skipped")
    one_line(iomodels("table", target, "--book", exit_code=BAD_INPUT),
             "refused.json")


def case_what_stops(scratch):
    """Refused by the server's own limit: named, counted, with its moment."""
    text = book("--models", "iocp", "--tiers", "40", "--max-connections", "25",
                "--output", scratch / "run", "--no-plots", *SHORT, *RATE).stdout
    require_in(text, "0 of 1 rows connected every attempt",
               "iocp at 40 (flat out): 15 attempts", "(at the limited rate)",
               "the server refused: connection_limit 15")
    each(records(scratch / "run").items(), check_valid)


def case_nothing_fits(scratch):
    done = book("--tiers", TOO_MANY, "--models", "iocp", "--output",
                scratch / "run", *NARROW, exit_code=BAD_INPUT)
    require_in(done.stderr.strip().splitlines()[-1], "no tier is within")
    require(not (scratch / "run").exists(), "a folder was made")


def case_quick(scratch):
    done = book("--quick", "--tiers", "25", "--models", "iocp", "--duration",
                "1s", "--output", scratch / "run", "--no-plots", exit_code=None)
    for record in records(scratch / "run").values():
        # Half of what it carried is too much where others came meanwhile.
        require(all(reason.startswith("rate_not_reached")
                    for reason in record["reasons"]), record["reasons"])
    flat, limited = sorted(records(scratch / "run").values(),
                           key=lambda record: record["asked"]["pattern"])
    require_equal([[record["asked"][key] for key in ("warmup_s", "duration_s")]
                   for record in (flat, limited)], [[0.5, 0.5], [0.5, 1]])
    share = (limited["asked"]["rate_bytes_per_s"]
             / flat["throughput"]["server"]["send_bytes_per_s"])
    require(0.45 <= share <= 0.5, f"the rate is {share} of iocp's")
    require_in(done.stderr, "limited rate: ", "half of what iocp, the slowest")


main(globals())
