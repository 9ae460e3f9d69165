#!/usr/bin/env python3
"""A small comparison, and everything that is made of its records."""

import atexit
import csv
import importlib.util
import io
import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

from e2e import (BAD_RUN, Missing, check_records, iomodels, left_behind, main,
                 need_gnuplot, no_plots, records, require, server_options)

MODELS = ["select", "event_select", "iocp"]
TIERS = [10, 60]
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent

# One comparison serves all cases.
shared = pathlib.Path(tempfile.mkdtemp(prefix="iomodels-compare-"))
atexit.register(shutil.rmtree, shared, ignore_errors=True)
folder = shared / "a folder"


def case_compare(_):
    done = iomodels(
        "compare", "--models", ",".join(MODELS),
        "--connections", ",".join(map(str, TIERS)), "--duration", "1s",
        "--warmup", "200ms", "--seed", "7", "--output", folder,
        *no_plots, *server_options())
    found = records(folder)
    matrix = sorted((r["asked"]["model"], r["asked"]["connections"])
                    for r in found.values())
    require(matrix == sorted((m, c) for m in MODELS for c in TIERS),
            f"the records are of {matrix}")
    for model in MODELS:
        require(re.search(rf"^\W*{model}\b.*\d", done.stdout, re.MULTILINE),
                f"no row of {model} in: {done.stdout}")
    require("a folder" in done.stdout, f"no path of records: {done.stdout}")
    require("\r" not in done.stdout, "a progress line in a pipe")
    require(not left_behind(), f"left behind: {left_behind(0)}")


def case_records(_):
    found = records(folder)
    require(found, "no records")
    places = sorted(r["asked"]["place"] for r in found.values())
    require(places == list(range(1, len(found) + 1)), f"places {places}")
    for name, record in found.items():
        check_record(name, record)


def check_record(name, record):
    require(record["valid"] is True, f"{name}: {record['reasons']}")
    connections = record["connections"]
    wanted = record["asked"]["connections"]
    require(connections["attempted"] == connections["connected"] == wanted,
            f"{name}: {connections}")
    require(sum(connections["outcomes"].values()) == wanted, name)
    require(sum(connections["ends"].values()) == wanted, name)
    client, server = (record["traffic"][side] for side in ("client", "server"))
    require(client["sent_bytes"] == server["recv_bytes"]
            and client["received_bytes"] == server["send_bytes"]
            and client["sent_bytes"] == client["received_bytes"] > 0,
            f"{name}: {client} {server}")
    require(server["opens"] == server["closes"] == wanted, name)
    window = record["phases"]["window_s"]
    require(0.9 < window < 3, f"{name}: a window of {window} s")
    rate = record["throughput"]["round_trips_per_s"]
    count = record["latency_us"]["from_send"]["count"]
    require(rate > 10 and 0.5 < rate * window / count < 2,
            f"{name}: {rate}/s in {window} s, but {count} latencies")
    require(record["integrity"]["mismatches"] == 0, name)
    rows = record["samples"]["server"]["rows"]
    require(len(rows) >= 5, f"{name}: {len(rows)} samples of the server")
    columns = record["samples"]["server"]["columns"]
    mark, is_open = columns.index("mark"), columns.index("connections")
    require([row[is_open] for row in rows if row[mark] == "end"] == [wanted],
            f"{name}: not all connections are open in the sample `end`")


def case_schema(_):
    if not importlib.util.find_spec("jsonschema"):
        raise Missing("python3-jsonschema is missing")
    require(records(folder), "no records")
    check_records(folder)


def case_table_text(_):
    done = iomodels("table", folder)
    lines = done.stdout.splitlines()
    for model in MODELS:
        rows = [line for line in lines if re.match(rf"\W*{model}\b", line)]
        require(len(rows) >= len(TIERS) or
                sum(f"{tier}/{tier}" in done.stdout.replace(" ", "")
                    for tier in TIERS) == len(TIERS),
                f"rows of {model}: {done.stdout}")
    require(re.search("wine|windows", done.stdout, re.IGNORECASE),
            "the machine is not named")


def case_table_markdown(scratch):
    iomodels("table", folder, "--format", "markdown", "--output",
             scratch / "table.md")
    text = (scratch / "table.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    widths = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
    require(len(widths) == 1, f"rows of different widths {widths}: {text}")
    require(re.fullmatch(r"[|\s:-]+", rows[1]), f"no header line: {text}")
    require(len(rows) == 2 + len(MODELS) * len(TIERS), f"rows: {text}")


def case_table_csv(_):
    done = iomodels("table", folder, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    require(len(rows) == len(MODELS) * len(TIERS), done.stdout)
    require(None not in rows[0] and all(None not in r.values() for r in rows),
            "rows of different lengths")
    numbers = {round(float(cell)) for row in rows for cell in row.values()
               if re.fullmatch(r"\d+(\.\d+)?", cell or "")}
    for name, record in records(folder).items():
        rate = record["throughput"]["round_trips_per_s"]
        require(any(abs(number - rate) <= 1 + rate * 1e-3
                    for number in numbers),
                f"{name}: its {rate} round trips/s are in no cell")


def png_size(path):
    head = path.read_bytes()[:24]
    require(head[:8] == b"\x89PNG\r\n\x1a\n", f"{path.name} is no PNG")
    return struct.unpack(">II", head[16:24])


def case_plot(scratch):
    need_gnuplot()
    iomodels("plot", folder, "--output", scratch / "charts")
    pictures = sorted((scratch / "charts").glob("*.png"))
    names = " ".join(p.stem for p in pictures)
    for figure in ("throughput", "cpu", "memory", "threads", "latency",
                   "connect"):
        require(figure in names, f"no figure of {figure}: {names}")
    for picture in pictures:
        width, height = png_size(picture)
        require(width >= 900 and height >= 400, f"{picture.name} is small")
        require(picture.stat().st_size > 5000, f"{picture.name} is blank")
        check_svg(picture.with_suffix(".svg"))


def check_svg(path):
    root = xml.etree.ElementTree.parse(path).getroot()
    require(root.tag.endswith("svg"), f"{path.name} is no SVG")
    text = " ".join(root.itertext())
    for model in MODELS:
        require(model in text, f"{path.name} does not name {model}")


if __name__ == "__main__":
    main(globals())
