#!/usr/bin/env python3
"""What readers of records refuse, each in one line that names the file, and
what they do not: whether a run is valid was judged when it was written."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import BAD_INPUT, Skip, iomodels, main, one_line, require, under_wine


def one_record(scratch):
    """A sound record's path and content."""
    folder = scratch / "records"
    subprocess.run([sys.executable, HERE.parent / "make_records.py", folder,
                    "--models", "iocp", "--connections", "1000"], check=True)
    path, = folder.glob("*.json")
    return path, json.loads(path.read_text(encoding="utf-8"))


def readers(path, scratch):
    return (["table", path.parent], ["check", path.parent, path.parent],
            ["plot", path.parent, "--output", scratch / "charts"],
            ["report", path.parent, "--output", scratch / "r.html"])


def change(record, pointer, value):
    *way, last = pointer.strip("/").split("/")
    for key in way:
        record = record[key]
    record[last] = value


def case_not_json(scratch):
    path, record = one_record(scratch)
    text = json.dumps(record)
    for bad in ("", "{", text[:-1], text + "}", "x" + text):
        path.write_text(bad, encoding="utf-8")
        for words in readers(path, scratch):
            one_line(iomodels(*words, exit_code=BAD_INPUT), path.name,
                     "not JSON at byte", "measure that run again")


def case_not_usable(scratch):
    path, sound = one_record(scratch)
    for pointer, value, words in (
            ("/schema", None, "not a record of iomodels"),
            ("/schema", "other/run", "not a record of iomodels"),
            ("/schema_version", 2, "newer iomodels"),
            ("/schema_version", None, "schema_version"),
            ("/valid", None, "valid"), ("/valid", "true", "valid"),
            ("/asked", None, "asked.model"), ("/asked/model", 1, "asked.model"),
            ("/asked/connections", 0, "asked.connections"),
            ("/asked/connections", 1e300, "asked.connections")):
        record = json.loads(json.dumps(sound))
        change(record, pointer, value)
        path.write_text(json.dumps(record), encoding="utf-8")
        one_line(iomodels("table", path.parent, exit_code=BAD_INPUT),
                 path.name, words)
    for text in ("[]", "1", '"x"'):
        path.write_text(text, encoding="utf-8")
        one_line(iomodels("table", path.parent, exit_code=BAD_INPUT),
                 path.name, "not a record")


def case_missing_figures(scratch):
    """Figures that are missing, of another type or beyond all numbers are not
    known; nothing else follows from them."""
    path, sound = one_record(scratch)
    for value in (None, "7", [1], {"a": 1}, True, 1e308, 1e19):
        for section in sound:
            if section in ("schema", "schema_version", "valid", "asked"):
                continue
            record = dict(sound, **{section: value})
            path.write_text(json.dumps(record), encoding="utf-8")
            iomodels("table", path.parent)
        for pointer in ("/throughput/round_trips_per_s", "/threads/max",
                        "/latency_us/from_send/p50", "/asked/pattern",
                        "/samples/server/rows", "/samples/server/columns"):
            record = json.loads(json.dumps(sound))
            change(record, pointer, value)
            path.write_text(json.dumps(record), encoding="utf-8")
            for words in (readers(path, scratch) if value == "7" else
                          [["table", path.parent], ["table", path.parent,
                           "--explain", "iocp:1000:round_trips_per_s"]]):
                iomodels(*words)
        if under_wine:
            return
    record = json.loads(json.dumps(sound))
    record["throughput"]["round_trips_per_s"] = "fast"
    path.write_text(json.dumps(record), encoding="utf-8")
    require("n/a" in iomodels("table", path.parent).stdout, "it has a value")


def case_judged_once(scratch):
    """A reader does not judge a run again."""
    path, record = one_record(scratch)
    record["connections"]["attempted"] += 1
    path.write_text(json.dumps(record), encoding="utf-8")
    require("iocp !" not in iomodels("table", path.parent).stdout, "judged")
    record["valid"], record["reasons"] = False, ["sums_differ: x is 1, y is 2"]
    path.write_text(json.dumps(record), encoding="utf-8")
    table = iomodels("table", path.parent).stdout
    require("iocp !" in table and "sums_differ: x is 1" in table, table)


def case_twice(scratch):
    """A record that was copied is not a repeat."""
    path, _ = one_record(scratch)
    copy = path.with_name("0002-copy.json")
    shutil.copy(path, copy)
    for words in (["table", path.parent], ["check", path.parent, path.parent]):
        one_line(iomodels(*words, exit_code=BAD_INPUT), path.name, copy.name,
                 "same run", "delete one")


SKIPPED = {"schema": "iomodels/refused", "schema_version": 1, "plan": "x",
           "refused": [{"connections": 50000, "model": None, "limit": "a",
                        "name": "b", "value": 1, "need": 2, "unit": "files",
                        "how_to_fix": "c"}]}


def case_beside(scratch):
    """Other files of ours beside the records."""
    path, _ = one_record(scratch)
    skipped = path.with_name("refused.json")
    path.with_name("plan.json").write_text('{"schema": "iomodels/plan"}',
                                           encoding="utf-8")
    skipped.write_text(json.dumps(SKIPPED), encoding="utf-8")
    require(not iomodels("table", path.parent).stderr, "something was said")
    huge = json.loads(json.dumps(SKIPPED))
    huge["refused"][0]["need"] = 1e300
    for text in ('{"schema": "iomodels/refused"}', json.dumps(huge),
                 '{"schema": "iomodels/refused", "refused": [1]}'):
        skipped.write_text(text, encoding="utf-8")
        one_line(iomodels("table", path.parent, exit_code=BAD_INPUT),
                 "refused.json", "delete it")


def case_no_file(scratch):
    """A pipe that nobody writes to holds nobody up."""
    if os.name == "nt" or under_wine:
        raise Skip("there are no such files")
    path, _ = one_record(scratch)
    os.mkfifo(path.with_name("x.json"))
    iomodels("table", path.parent, timeout=20)
    path.with_name("y.json").symlink_to("nowhere")
    one_line(iomodels("table", path.parent, exit_code=BAD_INPUT), r"y\.json")


def case_control_characters(scratch):
    """No terminal gets them."""
    path, record = one_record(scratch)
    odd = "\x1b[31m\x07\r\n\x7f\x9b"
    record["valid"], record["reasons"] = False, [f"timed_out: {odd}"]
    record["asked"]["model"] = f"m{odd}"
    record["machine"]["server"]["cpu"] = f"c{odd}"
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    for words in (["table", path.parent],
                  ["table", path.parent, "--format", "csv"],
                  ["table", path.parent, "--format", "markdown"]):
        out = iomodels(*words).stdout
        require(not any(c in out for c in "\x1b\x07\r\x7f\x9b"), repr(out))
        require("m?[31m" in out.replace("\\", ""), out)


main(globals())
