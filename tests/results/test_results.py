#!/usr/bin/env python3
"""What is made of records, from made-up ones: repeats, Windows, runs that are
not valid."""

import csv
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import (BAD_INPUT, Skip, iomodels, main, need_gnuplot, one_line,
                 require)

FIGURES = {"throughput", "cpu", "memory", "threads", "latency_p50",
           "latency_p99", "connected"}
MODELS = ("blocking", "nonblocking", "select", "async_select", "event_select",
          "overlapped", "apc", "iocp")


def make(folder, *words):
    subprocess.run([sys.executable, HERE.parent / "make_records.py", folder,
                    *words], check=True)
    return folder


def drawn(folder, kind):
    return {path.stem for path in folder.glob(f"*.{kind}")
            if path.stat().st_size > 1000}


def case_repeats(scratch):
    """Medians over the valid repeats, the interval around them."""
    folder = make(scratch / "r", "--repeat", "5", "--connections", "100,1000",
                  "--models", "iocp,select", "--invalid", "select:1000")
    values = {}
    for path in folder.glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["valid"]:
            asked = record["asked"]
            key = asked["model"], str(asked["connections"])
            values.setdefault(key, []).append(
                record["throughput"]["round_trips_per_s"])
    rows = list(csv.DictReader(io.StringIO(
        iomodels("table", folder, "--format", "csv").stdout)))
    require(len(rows) == 4, f"{len(rows)} rows")
    for row in rows:
        mine = sorted(values[row["model"], row["attempted"]])
        middle = (mine[(len(mine) - 1) // 2] + mine[len(mine) // 2]) / 2
        require(abs(float(row["round_trips_per_s"]) - middle) < 1e-6, str(row))
        require(mine[0] <= float(row["round_trips_per_s_low"]) <= middle
                <= float(row["round_trips_per_s_high"]) <= mine[-1], str(row))
        require(int(row["valid_runs"]) == len(mine), str(row))
        require(("timed_out" in row["notes"]) == (len(mine) == 4), str(row))
    text = iomodels("table", folder).stdout
    require("select !" in text and "1 of 5 runs not valid" in text, text)


def case_windows(scratch):
    """Windows knows its pool, and nothing is labelled as Wine's."""
    folder = make(scratch / "w", "--os", "Windows", "--connections", "100")
    text = iomodels("table", folder).stdout
    require("n/a" not in text and "Wine" not in text, text)
    need_gnuplot()
    iomodels("plot", folder, "--output", scratch / "charts", "--format", "png")
    require(drawn(scratch / "charts", "png") == FIGURES | {"pool"},
            str(drawn(scratch / "charts", "png")))
    require(not list((scratch / "charts").glob("*.svg")), "svg unasked")


def picture(path):
    """What shows: gnuplot leaves empty groups behind that tell what it drew
    before."""
    return re.sub(r"<g [^>]*>\s*</g>", "", path.read_text(encoding="utf-8"))


def case_redraw(scratch):
    """A script left behind draws the same picture again by itself."""
    need_gnuplot()
    folder = make(scratch / "w", "--connections", "100,1000", "--repeat", "2")
    charts = scratch / "charts"
    iomodels("plot", folder, "--output", charts)
    require(drawn(charts, "png") == drawn(charts, "svg")
            == FIGURES | {"host_tcp_memory"}, str(drawn(charts, "png")))
    require(not (charts / "gnuplot.log").exists(), "a log is left")
    before = picture(charts / "cpu.svg")
    (charts / "cpu.svg").unlink()
    subprocess.run(["gnuplot", "cpu.gp"], cwd=charts, check=True)
    require(picture(charts / "cpu.svg") == before, "another picture")


def root_of(path):
    return xml.etree.ElementTree.parse(path).getroot()


def words_of(root):
    return [" ".join("".join(one.itertext()).split()) for one in
            root.iter("{http://www.w3.org/2000/svg}text")]


MESSAGES = "1024", "4096", "16384", "65536"


def four_settings(folder):
    """Thirty-two lines."""
    for message in MESSAGES:
        part = make(folder.with_name(f"part{message}"), "--message", message,
                    "--invalid", "select:1000")
        folder.mkdir(exist_ok=True)
        for path in part.glob("*.json"):
            (folder / f"{message}-{path.name}").write_bytes(path.read_bytes())
    return folder


def case_legend(scratch):
    """Every line has its words and a style of its own, however many."""
    need_gnuplot()
    folder = four_settings(scratch / "r")
    iomodels("plot", folder, "--output", scratch / "charts")
    for name in FIGURES:
        root = root_of(scratch / "charts" / f"{name}.svg")
        words = words_of(root)
        for model in MODELS:
            for message in MESSAGES:
                label = f"{model} message_bytes={message}"
                require(words.count(label) == 1, f"{name}: {label}: {words}")
        require("not valid" in words, f"{name}: {words}")
        script = (scratch / "charts" / f"{name}.gp").read_text("utf-8")
        styles = re.findall(r"^styles\[\d+\] = (\d+)$", script, re.M)
        require(len(set(styles)) == 32, str(styles))


def case_axes(scratch):
    """Both axes say what the data needs; no marker of a tier hides another."""
    need_gnuplot()
    folder = make(scratch / "r")
    iomodels("plot", folder, "--output", scratch / "charts")
    root = root_of(scratch / "charts" / "threads.svg")
    words = words_of(root)
    for tic in ("5", "10", "20", "1000", "2000", "100", "1,000", "4,000",
                "threads (log scale)"):
        require(tic in words, f"{tic}: {words}")
    words = words_of(root_of(scratch / "charts" / "throughput.svg"))
    require("0" in words and "round trips/s" in words, str(words))
    places = {float(x) for x in re.findall(
        r"<use [^>]*translate\(([\d.]+),[\d.]+\) scale\(4.63\)",
        (scratch / "charts" / "threads.svg").read_text("utf-8"))}
    require(len(places) >= 24, f"{len(places)} places: {sorted(places)}")
    for one, other in zip(sorted(places), sorted(places)[1:]):
        require(other - one >= 10, f"markers at {one} and {other}")


def case_letters(scratch):
    """No letter is lower than 11 pixels where the picture is 900 wide."""
    need_gnuplot()
    folder = book_records(scratch / "r", "--repeat", "2")
    iomodels("plot", folder, "--output", scratch / "charts")
    for path in (scratch / "charts").glob("*.svg"):
        root = root_of(path)
        require(root.get("viewBox").split()[2] == "900", root.get("viewBox"))
        text = path.read_text(encoding="utf-8")
        sizes = {float(size) for size in
                 re.findall(r"font-size=\"([\d.]+)\"", text)}
        require(sizes and min(sizes) >= 11, f"{path.name}: {sizes}")


def book_records(folder, *words):
    """Made-up records as the command book would have made them."""
    make(folder, "--connections", "7000,12000", "--pattern", "stream", *words)
    for path in folder.glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        record["suite"]["command"] = "book"
        path.write_text(json.dumps(record), encoding="utf-8")
    return folder


def case_book_chart(scratch):
    """Bars of runs that are not valid are told from others, a 0 of the book
    from what the book does not say."""
    need_gnuplot()
    for invalid in ("", "iocp:7000"):
        folder = book_records(scratch / f"b{invalid[:4]}", "--models",
                              "nonblocking,iocp", "--invalid", invalid)
        page = scratch / "page" / "report.html"
        iomodels("report", folder, "--output", page)
        root = root_of(page.parent / "charts" / "book.svg")
        texts = words_of(root)
        # On each of the two axes, and of nonblocking's two rows.
        require(texts.count("0") == texts.count("0?") == 2, str(texts))
        require(("here, not valid" in texts) == bool(invalid), str(texts))


def case_gnuplot_fails(scratch):
    """What gnuplot says reaches people, and no old picture passes for new."""
    need_gnuplot()
    if os.name == "nt":
        raise Skip("the stand-in for gnuplot is a shell script")
    folder = make(scratch / "w", "--connections", "100")
    charts = scratch / "charts"
    charts.mkdir()
    (charts / "cpu.png").write_bytes(b"old")
    fake = scratch / "gnuplot-fake"
    for script, wanted in (
            ("echo 'no such terminal' >&2; exit 3", "no such terminal"),
            ("exit 0", "left no picture")):
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)
        done = iomodels("plot", folder, "--output", charts, "--gnuplot", fake,
                        exit_code=BAD_INPUT)
        one_line(done, wanted, "gnuplot")
        require(not (charts / "cpu.png").exists(), "an old picture is left")


def case_unwritable(scratch):
    need_gnuplot()
    folder = make(scratch / "w", "--connections", "100")
    blocker = scratch / "file"
    blocker.write_text("in the way")
    one_line(iomodels("plot", folder, "--output", blocker / "charts",
                      exit_code=BAD_INPUT), "file.charts")
    one_line(iomodels("table", folder, "--output", blocker / "table.txt",
                      exit_code=BAD_INPUT), "table.txt")


main(globals())
