#!/usr/bin/env python3
"""What is made of records, from made-up ones: repeats, Windows, runs that are
not valid."""

import csv
import io
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import (BAD_INPUT, Skip, each, edit_records, iomodels, main,
                 make_records, need_gnuplot, one_line, records, require,
                 require_equal, require_in)
from make_records import MODELS

FIGURES = {"throughput", "cpu", "memory", "threads", "latency_p50",
           "latency_p99", "connected"}


def plot(folder, charts, *words, pictures=("png", "svg"), names=FIGURES):
    """Draws, and requires these charts in these formats alone, whatever people
    have told gnuplot by GNUTERM and in a ~/.gnuplot of theirs."""
    need_gnuplot()
    with tempfile.TemporaryDirectory() as home:
        pathlib.Path(home, ".gnuplot").write_text("exit status 3\n")
        iomodels("plot", folder, "--output", charts, *words,
                 environment={"GNUTERM": "nosuchterminal", "HOME": home})
    for kind in "png", "svg":
        require_equal({path.stem for path in charts.glob(f"*.{kind}")},
                      names if kind in pictures else set(), kind)
    each(sorted(charts.glob("*.png")), check_picture)
    return charts


def check_picture(picture):
    head = picture.read_bytes()
    require(head[:8] == b"\x89PNG\r\n\x1a\n", "no PNG")
    width, height = struct.unpack(">II", head[16:24])
    require(width >= 900 and height >= 400, f"{width} x {height}")
    require(len(head) > 5000, "blank")


def case_repeats(scratch):
    """Medians over the valid repeats, the interval around them."""
    folder = make_records(scratch, "--repeat", 5, "--connections", "100,1000",
                          "--models", "iocp,select", "--invalid",
                          "select:1000")
    values = {}
    for record in records(folder).values():
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
    require_in(text, "select !", "1 of 5 runs not valid")


def case_windows(scratch):
    """Windows knows its pool, and nothing is labelled as Wine's."""
    folder = make_records(scratch / "w", "--os", "Windows", "--connections",
                          100)
    text = iomodels("table", folder, "--wide").stdout
    require("n/a" not in text and "Wine" not in text, text)
    require_in(text, "system CPU", "% of all")
    plot(folder, scratch / "charts", "--format", "png", pictures=["png"],
         names=FIGURES | {"pool"})
    # No column for what no record has.
    edit_records(folder, lambda r: r["cpu"]["system"].clear())
    text = iomodels("table", folder, "--wide").stdout
    require("n/a" not in text and "system CPU" not in text, text)


def picture(path):
    """What shows: gnuplot leaves empty groups behind that tell what it drew
    before."""
    return re.sub(r"<g [^>]*>\s*</g>", "", path.read_text(encoding="utf-8"))


def case_redraw(scratch):
    """A script left behind draws the same picture again by itself."""
    folder = make_records(scratch / "w", "--connections", "100,1000",
                          "--repeat", 2)
    charts = plot(folder, scratch / "charts",
                  names=FIGURES | {"host_tcp_memory"})
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


def case_legend(scratch):
    """Every line has its words and a style of its own, however many."""
    messages = "1024", "4096", "16384", "65536"
    folder = scratch / "r"
    for message in messages:
        make_records(folder, "--message", message, "--invalid", "select:1000")
    charts = plot(folder, scratch / "charts",
                  names=FIGURES | {"host_tcp_memory"})
    for name in FIGURES:
        words = words_of(root_of(charts / f"{name}.svg"))
        for label in [f"{model} message_bytes={message}"
                      for model in MODELS for message in messages]:
            require(words.count(label) == 1, f"{name}: {label}: {words}")
        require("not valid" in words, f"{name}: {words}")
        script = (charts / f"{name}.gp").read_text("utf-8")
        styles = re.findall(r"^styles\[\d+\] = (\d+)$", script, re.M)
        require_equal(len(set(styles)), 32, "lines")


def case_axes(scratch):
    """Both axes say what the data needs; no marker of a tier hides another."""
    charts = plot(make_records(scratch / "r"), scratch / "charts",
                  names=FIGURES | {"host_tcp_memory"})
    words = words_of(root_of(charts / "threads.svg"))
    for tic in ("5", "10", "20", "1000", "2000", "100", "1,000", "4,000",
                "threads (log scale)"):
        require(tic in words, f"{tic}: {words}")
    words = words_of(root_of(charts / "throughput.svg"))
    require("0" in words and "round trips/s" in words, str(words))
    places = {float(x) for x in re.findall(
        r"<use [^>]*translate\(([\d.]+),[\d.]+\) scale\(4.63\)",
        (charts / "threads.svg").read_text("utf-8"))}
    require(len(places) >= 24, f"{len(places)} places: {sorted(places)}")
    for one, other in zip(sorted(places), sorted(places)[1:]):
        require(other - one >= 10, f"markers at {one} and {other}")


def case_letters(scratch):
    """No letter is lower than 11 pixels where the picture is 900 wide."""
    charts = plot(book_records(scratch / "r", "--repeat", "2"),
                  scratch / "charts",
                  names=FIGURES | {"host_tcp_memory", "book"})
    for path in charts.glob("*.svg"):
        root = root_of(path)
        require(root.get("viewBox").split()[2] == "900", root.get("viewBox"))
        text = path.read_text(encoding="utf-8")
        sizes = {float(size) for size in
                 re.findall(r"font-size=\"([\d.]+)\"", text)}
        require(sizes and min(sizes) >= 11, f"{path.name}: {sizes}")


def book_records(folder, *words):
    """Made-up records as the command book would have made them."""
    make_records(folder, "--connections", "7000,12000", "--pattern", "stream",
                 *words)

    def edit(record):
        record["suite"]["command"] = "book"
        record["asked"]["rate_bytes_per_s"] = 5000000

    return edit_records(folder, edit)


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
        # On each of the four axes, and of nonblocking's two rows.
        require(texts.count("0") == 2 * texts.count("0?") == 4, str(texts))
        require(("not valid" in texts) == bool(invalid), str(texts))
        require("disturbed" not in texts, str(texts))
        require(any("hollow" in text for text in texts) == bool(invalid)
                and not any("pale" in text for text in texts), str(texts))


def case_disturbed(scratch):
    """A run that was disturbed is marked in the table, each chart, the page."""
    need_gnuplot()

    def disturb(record):
        asked = record["asked"]
        if (asked["model"], asked["connections"], asked["repeat"]) == (
                "iocp", 7000, 2):
            record["cautions"] = ["stolen: 7 % of the window; x"]

    folder = edit_records(book_records(
        scratch, "--models", "nonblocking,iocp", "--repeat", "2"), disturb)
    require_in(iomodels("table", folder).stdout, "iocp ~")
    require_in(iomodels("table", folder, "--wide").stdout,
               "] iocp at 7,000: 1 of 2 runs disturbed: stolen: 7 %")
    iomodels("report", folder)
    for path in (folder / "charts").glob("*.svg"):
        texts = words_of(root_of(path))
        require("disturbed" in texts and "not valid" not in texts,
                f"{path.name}: {texts}")
        text = " ".join(texts)
        require_in(text, "the table names the cause",
                   *([] if path.stem == "book" else
                     ["; median of up to 2 runs", "Bars: the bootstrap"]))
    page = (folder / "report.html").read_text("utf-8")
    require_in(page, "8 of them valid (1 disturbed)",
               "valid; disturbed: stolen: 7 % of the window", " (disturbed)")


def case_gnuplot_fails(scratch):
    """What gnuplot says reaches people, and no old picture passes for new."""
    need_gnuplot()
    if os.name == "nt":
        raise Skip("the stand-in for gnuplot is a shell script")
    folder = make_records(scratch / "w", "--connections", 100)
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


main(globals())
