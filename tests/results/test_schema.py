#!/usr/bin/env python3
"""The schema of records, by python3-jsonschema: it holds for the committed
records, for older ones, for made-up ones and for records of runs that went
wrong in every way that the unit tests know; and it describes every key."""

import copy
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
UNIT_TEST = sys.argv.pop()  # test_results_record, which writes records

from e2e import Missing, main, require, wrapper

ROOT = HERE.parent.parent
SCHEMA = ROOT / "results" / "schema" / "run.schema.json"


def validate(*paths, code=0):
    if not importlib.util.find_spec("jsonschema"):
        raise Missing("python3-jsonschema is missing")
    done = subprocess.run(
        [sys.executable, HERE.parent / "validate_records.py", *paths],
        capture_output=True, text=True, check=False, timeout=300)
    require(done.returncode == code, done.stdout[-3000:] + done.stderr)
    return done.stdout


def make(folder, *words):
    subprocess.run([sys.executable, HERE.parent / "make_records.py", folder,
                    "--models", "iocp", "--connections", "100", *words],
                   check=True)
    return folder


def case_committed(_):
    folders = [path for path in (ROOT / "results").iterdir()
               if path.is_dir() and any(path.glob("*-r1.json"))]
    require(len(folders) >= 3, folders)
    validate(*folders, HERE / "older")


def case_made_up(scratch):
    validate(make(scratch / "wine"), make(scratch / "w", "--os", "Windows"))


def case_built(scratch):
    """What record_build makes of streams that end early, lie or never came."""
    folder = scratch / "built"
    folder.mkdir()
    program = [os.path.abspath(UNIT_TEST)]
    if UNIT_TEST.endswith(".exe"):
        program = wrapper + program
    # It stands in the folder: getenv on Windows has no letters beyond the code
    # page's, and this folder's name has some.
    subprocess.run(program, check=True, stdout=subprocess.DEVNULL, cwd=folder,
                   env={**os.environ, "IOMODELS_RECORDS": "."}, timeout=60)
    require(len(list(folder.glob("*.json"))) > 20, "few records were built")
    validate(folder)


def change(record, pointer, value):
    *way, last = pointer.strip("/").split("/")
    for key in way:
        record = record[key]
    record[last] = value


def case_refused(scratch):
    """It is no schema that allows everything."""
    path, = make(scratch / "made").glob("*.json")
    sound = json.loads(path.read_text(encoding="utf-8"))
    for pointer, value in (("/schema_version", 2), ("/valid", 1),
                           ("/asked/pattern", "ecko"), 
                           ("/connections/attempted", -1),
                           ("/threads/max", "7"), ("/new", 1),
                           ("/memory/loaded/new_bytes", "many"),
                           ("/throughput/round_trips_per_s", 1e300),
                           ("/latency_us/from_send/unit", "ms")):
        record = copy.deepcopy(sound)
        change(record, pointer, value)
        path.write_text(json.dumps(record), encoding="utf-8")
        text = validate(path, code=1)
        require(pointer.rsplit("/", 1)[0] in text, text)


def case_figure_added(scratch):
    """Where figures are, further ones may stand: numbers or null."""
    path, = make(scratch / "made").glob("*.json")
    record = json.loads(path.read_text(encoding="utf-8"))
    for pointer in ("/phases/new_s", "/connections/new", "/throughput/new",
                    "/throughput/server/new", "/throughput/client/new",
                    "/cpu/new", "/cpu/server/new", "/cpu/wineserver/new",
                    "/cpu/load/new", "/cpu/system/new",
                    "/cpu/per_round_trip_us/new", "/memory/new",
                    "/memory/empty/new", "/memory/load/new", "/pool/new",
                    "/pool/system_nonpaged/new", "/threads/new",
                    "/traffic/client/new", "/traffic/server/new",
                    "/traffic/window/server/new", "/integrity/new"):
        change(record, pointer, 1.5)
    record["threads"]["newer"] = None
    path.write_text(json.dumps(record), encoding="utf-8")
    validate(path)


def figures_of(record, at=()):
    """The pointers of all keys of the sections that hold figures."""
    for key, value in record.items():
        if at or key not in ("machine", "unknown", "samples"):
            yield at + (key,)
            if isinstance(value, dict) and key not in ("tuning", "errors",
                                                       "refusals", "hostile"):
                yield from figures_of(value, at + (key,))


def case_described(_):
    """The schema describes every key that records have."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    path = next((ROOT / "results" / "wine-8.0-debian-12").glob("*-r1.json"))
    record = json.loads(path.read_text(encoding="utf-8"))
    for pointer in figures_of(record):
        at = schema
        for key in pointer:
            require(key in at["properties"], f"{pointer} is not described")
            at = at["properties"][key]
            if "$ref" in at:
                at = schema["$defs"][at["$ref"].rsplit("/", 1)[1]]


main(globals())
