#!/usr/bin/env python3
"""The book's table: a small one, what is refused beforehand, what stops a
model, the formats, going on, and what cannot be read."""

import atexit
import csv
import io
import json
import pathlib
import re
import shutil
import tempfile
import xml.etree.ElementTree

from e2e import (BAD_INPUT, iomodels, left_behind, main, need_gnuplot,
                 no_plots, one_line, records, require, server_options)

MODELS = ["select", "iocp"]
SHORT = ["--duration", "1s", "--warmup", "200ms", "--rate", "400000"]
# On any machine: more connects at a time than the backlog holds. (The smaller
# tiers have fewer.)
TOO_MANY = 900000
NARROW = ["--backlog", "130", "--connect-window", "150"]

# One run of the book serves most cases.
shared = pathlib.Path(tempfile.mkdtemp(prefix="iomodels-book-"))
atexit.register(shutil.rmtree, shared, ignore_errors=True)
folder = shared / "a folder"


def book(*words, **more):
    return iomodels("book", *words, *server_options(), **more)


def case_book(_):
    done = book("--models", ",".join(MODELS), "--tiers", f"30,120,{TOO_MANY}",
                "--seed", "7", "--output", folder, *no_plots, *SHORT, *NARROW)
    found = records(folder)
    matrix = sorted((r["asked"]["model"], r["asked"]["connections"])
                    for r in found.values())
    require(matrix == sorted((m, c) for m in MODELS for c in (30, 120)),
            f"the records are of {matrix}")
    for name, record in found.items():
        asked = record["asked"]
        require(record["valid"] is True, f"{name}: {record['reasons']}")
        require(record["suite"]["command"] == "book", name)
        require((asked["pattern"], asked["message_bytes"]) ==
                ("stream", 4096), str(asked))
        require(asked["rate_bytes_per_s"] == 400000, str(asked))
        require(asked["connect_retries"] == 3, str(asked))
        require(asked["connect_budget_s"] ==
                15 + 0.004 * asked["connections"], str(asked))
        require(record["connections"]["retries"] ==
                {"refused": 0, "timed_out": 0}, name)
        rate = record["throughput"]["server"]["recv_bytes_per_s"]
        require(0.9 < rate / 400000 < 1.1, f"{name}: {rate} bytes/s")
    require(re.search(r"^iomodels: 900,000 connections are refused: .*"
                      r"[\d,.]+.* needed, [\d,.]+.* available;",
                      done.stderr, re.MULTILINE), done.stderr)
    require("skipped" in done.stdout and "a folder" in done.stdout,
            done.stdout)
    require(not left_behind(), f"left behind: {left_behind(0)}")


def case_refused_is_data(_):
    refused = json.loads((folder / "refused.json").read_text("utf-8"))
    require(refused["schema"] == "iomodels/refused", str(refused))
    require(refused["refused"], "an empty list")
    require("backlog" in [one["limit"] for one in refused["refused"]],
            str(refused))
    for one in refused["refused"]:
        require(one["connections"] == TOO_MANY and one["model"] is None
                and one["need"] > one["value"] > 0
                and len(one["how_to_fix"]) > 10, str(one))


def case_table_text(_):
    done = iomodels("table", folder, "--book")
    for model in MODELS:
        rows = [line for line in done.stdout.splitlines()
                if re.match(rf"{model} +[\d,]+ ", line)]
        require(len(rows) == 3, f"rows of {model}: {done.stdout}")
        require("900,000  skipped" in rows[-1], rows[-1])
    for needle in ("900,000 connections were skipped: ",
                   "Bytes sent per second at 120 connections, highest first",
                   "CPU in % of one processor at 120 connections",
                   "Memory in KiB at 120 connections",
                   "4 of 4 rows connected every attempt",
                   "Pentium 4 Xeon", "400,000 bytes/s"):
        require(needle in done.stdout, f"no {needle!r} in: {done.stdout}")


def case_table_csv(_):
    done = iomodels("table", folder, "--book", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    require(len(rows) == len(MODELS) * 3, done.stdout)
    require(all(None not in row and None not in row.values() for row in rows),
            "rows of different lengths")
    for name, record in records(folder).items():
        mine = [row for row in rows
                if row["model"] == record["asked"]["model"]
                and int(row["attempted"]) == record["asked"]["connections"]]
        require(len(mine) == 1, name)
        sent = record["throughput"]["server"]["send_bytes_per_s"]
        require(abs(float(mine[0]["send_bytes_per_s"]) - sent) < 1, name)
        cpu = [float(mine[0][f"cpu_{part}_percent"])
               for part in ("lowest", "highest")]
        require(0 <= cpu[0] <= cpu[1] < 300, f"{name}: {cpu}")
    require(sum(row["refused"] == "yes" for row in rows) == len(MODELS),
            done.stdout)


def case_chart(_):
    charts = folder / "charts"
    need_gnuplot()
    require((charts / "book.png").stat().st_size > 5000, "book.png is blank")
    root = xml.etree.ElementTree.parse(charts / "book.svg").getroot()
    text = " ".join(root.itertext())
    for needle in ("skipped", *(f"{model} 120" for model in MODELS)):
        require(needle in text, f"book.svg does not say {needle}")


def case_resume(scratch):
    target = scratch / "run"
    shutil.copytree(folder, target)
    gone = sorted(records(target))[0]
    (target / gone).unlink()
    book("--resume", target, "--no-plots")
    require(len(records(target)) == 4, "the missing run was not made")
    done = iomodels("compare", "--resume", target, *server_options(),
                    exit_code=BAD_INPUT)
    one_line(done, "iomodels book")
    (target / "refused.json").write_text("{}", encoding="utf-8")
    one_line(book("--resume", target, exit_code=BAD_INPUT), "refused.json",
             "not a list of skipped")
    one_line(iomodels("table", target, "--book", exit_code=BAD_INPUT),
             "refused.json")


def case_what_stops(scratch):
    """Refused by the server's own limit: named, counted, with its moment."""
    done = book("--models", "iocp", "--tiers", "40", "--max-connections", "25",
                "--output", scratch / "run", "--no-plots", *SHORT)
    require(re.search(r"Stopped: iocp at 2\d of 40 connections "
                      r"\(connection_limit of the server\)\.", done.stdout),
            done.stdout)
    require("the server refused: connection_limit 15" in done.stdout,
            done.stdout)
    (record,) = records(scratch / "run").values()
    require(record["valid"] is True, f"{record['reasons']}")


def case_nothing_fits(scratch):
    done = book("--tiers", TOO_MANY, "--models", "iocp", "--output",
                scratch / "run", *NARROW, exit_code=BAD_INPUT)
    lines = done.stderr.strip().splitlines()
    require("no tier fits" in lines[-1], done.stderr)
    require(not (scratch / "run").exists(), "a folder was made")


def case_quick(scratch):
    done = book("--quick", "--tiers", "25", "--models", "iocp", "--duration",
                "1s", "--output", scratch / "run", "--no-plots")
    (record,) = records(scratch / "run").values()
    require(record["asked"]["rate_bytes_per_s"] == 500000
            and record["asked"]["warmup_s"] == 0.5
            and record["asked"]["duration_s"] == 1, str(record["asked"]))
    require("iocp" in done.stdout, done.stdout)


def case_bad_input(scratch):
    for words, needle in ((["--tiers", "7x"], "--tiers"),
                          (["--tiers", "10,10"], "twice"),
                          (["--tiers", "0"], "--tiers"),
                          (["--models", "icop"], "iocp"),
                          (["--pattern", "echo"], "--pattern"),
                          (["--message", "1"], "--message"),
                          (["--rate", "0"], "--rate"),
                          (["--connect-retries", "-1"], "--connect-retries")):
        one_line(book(*words, "--output", scratch / "x", exit_code=BAD_INPUT),
                 needle)
    require(not (scratch / "x").exists(), "a folder was made")


if __name__ == "__main__":
    main(globals())
