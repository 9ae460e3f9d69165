#!/usr/bin/env python3
"""The schema of records, by python3-jsonschema: it holds for the committed
records, for older ones and for made-up ones, and it describes every key.
test_record.py has those of runs that went wrong."""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import (OLDER, SCHEMA, edit_records, main, make_records, misfits,
                 one_record, put, records, require, require_equal, schema_faults)

RESULTS = HERE.parent.parent / "results"


def one(folder, *words):
    return make_records(folder, "--models", "iocp", "--connections", "100",
                        *words)


def case_committed():
    folders = [path for path in RESULTS.iterdir()
               if path.is_dir() and any(path.glob("*-r1.json"))]
    require(len(folders) >= 3, folders)
    # All 200 would take a minute: one in eight of each folder.
    some = {name: record for folder in folders
            for name, record in list(records(folder).items())[::8]}
    require(len(some) >= 3 * 8, list(some))
    require_equal(misfits(some), [])
    require_equal(schema_faults(OLDER), [])


def case_made_up(scratch):
    require_equal(schema_faults(one(scratch / "wine"), one(
        scratch / "windows", "--os", "Windows")), [])


def case_refused(scratch):
    """It is no schema that allows everything."""
    sound = one_record(one(scratch))
    for pointer, value in (("/schema_version", 2), ("/valid", 1),
                           ("/asked/pattern", "ecko"),
                           ("/connections/attempted", -1),
                           ("/threads/max", "7"), ("/new", 1),
                           ("/memory/loaded/new_bytes", "many"),
                           ("/throughput/round_trips_per_s", 1e300),
                           ("/latency_us/from_send/unit", "ms")):
        def change(record):
            record.clear()
            record.update(json.loads(json.dumps(sound)))
            put(record, pointer, value)

        fault, = schema_faults(edit_records(scratch, change))
        require(pointer.rsplit("/", 1)[0].replace("/", ".") in fault, fault)


# Sections where further figures may stand: numbers or null.
SECTIONS = """/phases /connections /throughput /throughput/server
/throughput/client /cpu /cpu/server /cpu/wineserver /cpu/load /cpu/system
/cpu/per_round_trip_us /memory /memory/empty /memory/load /pool
/pool/system_nonpaged /threads /traffic/client /traffic/server
/traffic/window/server /integrity""".split()


def case_figure_added(scratch):
    def change(record):
        for section in SECTIONS:
            put(record, f"{section}/new", 1.5)
        record["threads"]["newer"] = None

    require_equal(schema_faults(edit_records(one(scratch), change)), [])


def figures_of(record, at=()):
    """The pointers of all keys, except keys that are names of options or errors."""
    for key, value in record.items():
        if at or key not in ("unknown", "samples"):
            yield at + (key,)
            if isinstance(value, dict) and key not in ("tuning", "errors",
                                                       "refusals", "hostile"):
                yield from figures_of(value, at + (key,))


def case_described():
    """The schema describes every key that records have."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    record = next(iter(records(RESULTS / "wine-8.0-debian-12").values()))
    for pointer in figures_of(record):
        at = schema
        for key in pointer:
            require(key in at["properties"], f"{pointer} is not described")
            at = at["properties"][key]
            if "$ref" in at:
                at = schema["$defs"][at["$ref"].rsplit("/", 1)[1]]


main(globals())
