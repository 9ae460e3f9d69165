#!/usr/bin/env python3
"""Estimates of made-up records whose answers are known by hand."""

import json
import math
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import iomodels, main, make_records, require, require_equal, require_in
from make_records import write

T = 12.706  # of two-sided 95 % with one degree of freedom


def run(model, connections, memory, server_us, **more):
    """A server of 1 MiB and 5,000 bytes and 2 threads for each connection."""
    return {
        "asked": {"model": model, "connections": connections,
                  "pattern": "echo", "message_bytes": 1000},
        "connections": {"attempted": connections, "connected": connections,
                        "per_s": 2000},
        "memory": {"loaded": {"working_set_bytes": memory}, "load": {
            "working_set_bytes": 1000000 + 200 * connections}},
        "threads": {"end": 3 + 2 * connections},
        "cpu": {"per_round_trip_us": {"server": server_us, "wineserver": 40,
                                      "load": 10}},
        "machine": {"server": {"os": "Wine", "cores": 4,
                               "memory_bytes": 10000000000},
                    "load": {"cores": 4, "usable_processors": 1,
                             "dynamic_ports": [32768, 28232]}}, **more}


RUNS = [run("iocp", 100, 1500000, 50), run("iocp", 1000, 6000000, 70),
        run("iocp", 4000, 21000000, 60),
        run("iocp", 4000, 9e9, 9000, valid=False, reasons=["x: 1"]),
        # Not on a line: (0, 0), (1, 1), (2, 3), as 1000 connections and MB.
        run("apc", 1000, 1000000, 60), run("apc", 2000, 2000000, 60),
        run("apc", 3000, 4000000, 60)]


def estimate(folder, runs, *words):
    """The whole, and the models by their names."""
    write(folder, runs)
    whole = json.loads(iomodels("estimate", folder, "--format", "json",
                                *words).stdout)
    return whole, {model["model"]: model for model in whole["models"]}


def at(value, pointer):
    for key in pointer.split("/"):
        value = (value[int(key)] if isinstance(value, list)
                 else value.get(key))
        if value is None:
            return None
    return value


def about(value, figures):
    for pointer, wanted in figures.items():
        found = at(value, pointer)
        require(found is not None and math.isclose(found, wanted,
                                                   rel_tol=1e-4),
                f"{pointer} is {found}, not {wanted}")


def case_figures(scratch):
    whole, models = estimate(scratch, RUNS)
    iocp = models["iocp"]
    about(iocp, {
        "costs/server_memory_bytes/value": 5000,
        "costs/server_memory_bytes/low": 5000,
        "costs/server_memory_bytes/r_squared": 1,
        "costs/server_memory_bytes/runs": 3,
        "costs/load_memory_bytes/value": 200, "costs/threads/value": 2,
        "costs/server_cpu_us/value": 60, "costs/server_cpu_us/low": 50,
        "costs/server_cpu_us/high": 70,
        "at/0/server_memory_bytes/value": 1e6 + 5e8,
        "at/1/server_memory_bytes/value": 1e6 + 5e9,
        "at/1/threads/value": 2000003,
        # 10,000 and 100,000 messages a second.
        "at/0/server_processors/value": 0.6, "at/0/server_processors/low": 0.5,
        "at/1/wineserver_processors/value": 4,
        "at/1/load_processors/value": 1, "at/1/load_machines/value": 1,
        "at/1/connect_s/value": 500,
        "limits/memory/value": (1e10 - 1e6) / 5000,
        "limits/server CPU/value": 4 * 1e7 / 60,
        "limits/wineserver CPU/value": 250000,
        "limits/load CPU/value": 1e6})
    require_equal((at(iocp, "costs/nonpaged_pool_bytes"),
                   at(iocp, "at/0/threads/how"), at(iocp, "limits/first")),
                  (None, "extrapolated", "wineserver CPU"))
    about(whole, {
        "needs/1/messages_per_s/value": 100000,
        "needs/1/bits_per_s_each_way/value": 8e8,
        "needs/0/source_addresses/value": 4,
        "needs/1/source_addresses/value": 36,
        "needs/0/load_open_files/value": 100064,
        "needs/0/wineserver_open_files/value": 100400})
    # Of (1, 1), (2, 2), (3, 4): rise 1.5, off by T * sqrt(1/6 / 2).
    off = T * math.sqrt(1 / 12)
    about(models["apc"], {
        "costs/server_memory_bytes/value": 1500,
        "costs/server_memory_bytes/low": 1000 * (1.5 - off),
        "costs/server_memory_bytes/high": 1000 * (1.5 + off),
        "costs/server_memory_bytes/r_squared": 27 / 28,
        "at/0/server_memory_bytes/value": 1e6 * (-2 / 3 + 150),
        "at/0/server_memory_bytes/high": 1e6 * (-2 / 3 + 150 + T * math.sqrt(
            1 / 6 * (1 / 3 + 98 ** 2 / 2)))})


def case_few_runs(scratch):
    """Two have a line and no interval, one has neither; those that are within
    the measured connections are not called extrapolated."""
    whole, models = estimate(
        scratch, [run("iocp", 1000, 1000000, 50),
                  run("iocp", 2000, 3000000, 50),
                  run("select", 1000, 1000000, 50)],
        "--connections", "1500", "--message", "64", "--every", "5s")
    about(models["iocp"], {"at/0/server_memory_bytes/value": 2000000})
    require_equal((at(models["iocp"], "at/0/threads/low"),
                   at(models["iocp"], "at/0/threads/how"),
                   at(models["select"], "at/0/threads"),
                   at(models["select"], "limits/memory")),
                  (None, "interpolated", None, None))
    about(models["select"], {"at/0/server_processors/value": 0.015})
    about(whole, {"needs/0/bits_per_s_each_way/value": 300 * 64 * 8})


def case_texts(scratch):
    folder = write(scratch / "made up", RUNS)
    text = iomodels("estimate", folder).stdout
    require(max(map(len, text.splitlines())) <= 80, text)
    require_in(text, "\nServer of 100,000 connections\n",
               "\nServer of 1,000,000 connections\n", "not Windows figures")
    require("non-paged" not in text, text)
    page = scratch / "estimate.md"
    iomodels("estimate", folder, "--format", "markdown", "--output", page)
    require_in(page.read_text("utf-8"), "Made by `iomodels estimate ",
               f"--format markdown --output {page}`",
               "| iocp | wineserver CPU | 1,999,800 | 666,666 | 250,000 | "
               "1,000,000 |",
               "| iocp | 0.47 (0.47..0.47) | 200,003 (200,003..200,003) | 0.60 "
               "(0.50..0.70) | 0.40 (0.40..0.40) |")


def case_windows(scratch):
    """Has no wineserver, and its pool is estimated, too."""
    folder = make_records(scratch, "--os", "Windows")
    text = iomodels("estimate", folder).stdout
    require("ineserver" not in text and "Wine" not in text, text)
    require_in(text, "non-paged")


main(globals())
