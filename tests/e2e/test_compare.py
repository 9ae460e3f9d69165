#!/usr/bin/env python3
"""A small comparison, and everything that is made of its records."""

import csv
import io
import re
import struct
import xml.etree.ElementTree

from e2e import (check_nothing_left, check_records, check_valid, each,
                 iomodels, main, need_gnuplot, no_plots, records, require,
                 require_equal, server_options, shared_folder)

MODELS = ["select", "event_select", "iocp"]
TIERS = [10, 60]
folder = shared_folder("compare")  # one comparison serves all cases


def case_compare():
    done = iomodels(
        "compare", "--models", ",".join(MODELS),
        "--connections", ",".join(map(str, TIERS)), "--duration", "1s",
        "--warmup", "200ms", "--seed", "7", "--output", folder,
        *no_plots, *server_options())
    require_equal(sorted((r["asked"]["model"], r["asked"]["connections"])
                         for r in records(folder).values()),
                  sorted((m, c) for m in MODELS for c in TIERS))
    for pattern in (*(rf"^\W*{model}\b.*\d" for model in MODELS), "a folder"):
        require(re.search(pattern, done.stdout, re.MULTILINE),
                f"no {pattern} in: {done.stdout}")
    require("\r" not in done.stdout, "a progress line in a file")
    check_nothing_left()


def case_records():
    found = records(folder)
    require_equal(sorted(r["asked"]["place"] for r in found.values()),
                  list(range(1, len(MODELS) * len(TIERS) + 1)), "places")
    each(found.items(), check_record)
    check_records(folder)


def check_record(name, record):
    check_valid(name, record)
    made, wanted = record["connections"], record["asked"]["connections"]
    client, server = (record["traffic"][side] for side in ("client", "server"))
    require(wanted == made["attempted"] == made["connected"]
            == sum(made["outcomes"].values()) == sum(made["ends"].values())
            == server["opens"] == server["closes"], f"{made} {server}")
    require(client["sent_bytes"] == server["recv_bytes"]
            == client["received_bytes"] == server["send_bytes"] > 0,
            f"{client} {server}")
    window = record["phases"]["window_s"]
    require(0.9 < window < 3, f"a window of {window} s")
    rate = record["throughput"]["round_trips_per_s"]
    count = record["latency_us"]["from_send"]["count"]
    require(rate > 10 and 0.5 < rate * window / count < 2,
            f"{rate}/s in {window} s, but {count} latencies")
    require_equal(record["integrity"]["mismatches"], 0)
    samples = record["samples"]["server"]
    rows = [dict(zip(samples["columns"], row)) for row in samples["rows"]]
    require(len(rows) >= 5, f"{len(rows)} samples of the server")
    require_equal([row["connections"] for row in rows if row["mark"] == "end"],
                  [wanted], "open at the end")


def case_table_text():
    text = iomodels("table", folder).stdout
    for model in MODELS:
        rows = re.findall(rf"^\W*{model}\b", text, re.MULTILINE)
        require(len(rows) >= len(TIERS) or
                all(f"{tier}/{tier}" in text.replace(" ", "")
                    for tier in TIERS), f"rows of {model}: {text}")
    require(re.search("wine|windows", text, re.IGNORECASE),
            "the machine is not named")


def case_table_markdown(scratch):
    iomodels("table", folder, "--format", "markdown", "--output",
             scratch / "table.md")
    text = (scratch / "table.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    widths = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
    require_equal(len(widths), 1, f"widths of rows: {text}")
    require(re.fullmatch(r"[|\s:-]+", rows[1]), f"no header line: {text}")
    require_equal(len(rows), 2 + len(MODELS) * len(TIERS), text)


def case_table_csv():
    text = iomodels("table", folder, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    require_equal(len(rows), len(MODELS) * len(TIERS), text)
    require(all(None not in row and None not in row.values() for row in rows),
            "rows of different lengths")
    numbers = {round(float(cell)) for row in rows for cell in row.values()
               if re.fullmatch(r"\d+(\.\d+)?", cell)}
    for name, record in records(folder).items():
        rate = record["throughput"]["round_trips_per_s"]
        require(any(abs(number - rate) <= 1 + rate * 1e-3
                    for number in numbers),
                f"{name}: its {rate} round trips/s are in no cell")


def case_plot(scratch):
    need_gnuplot()
    iomodels("plot", folder, "--output", scratch / "charts")
    pictures = sorted((scratch / "charts").glob("*.png"))
    names = " ".join(p.stem for p in pictures)
    for figure in ("throughput", "cpu", "memory", "threads", "latency",
                   "connect"):
        require(figure in names, f"no figure of {figure}: {names}")
    each(pictures, check_picture)


def check_picture(picture):
    head = picture.read_bytes()
    require(head[:8] == b"\x89PNG\r\n\x1a\n", "no PNG")
    width, height = struct.unpack(">II", head[16:24])
    require(width >= 900 and height >= 400, f"{width} x {height}")
    require(len(head) > 5000, "blank")
    root = xml.etree.ElementTree.parse(picture.with_suffix(".svg")).getroot()
    require(root.tag.endswith("svg"), "no SVG")
    text = " ".join(root.itertext())
    require(all(model in text for model in MODELS), f"not each model: {text}")


main(globals())
