#!/usr/bin/env python3
"""What readers of records read, and what they refuse, each in one line that
names the file: records that are damaged, incomplete or of other versions.
Whether a run is valid was judged when it was written. The rule of versions
stands in results/record_file.h."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import (BAD_INPUT, Skip, iomodels, main, need_gnuplot, one_line,
                 require, under_wine)

OLDER = HERE / "older"


def one_record(scratch):
    """A sound record's path and content."""
    folder = scratch / "records"
    subprocess.run([sys.executable, HERE.parent / "make_records.py", folder,
                    "--models", "iocp", "--connections", "1000"], check=True)
    path, = folder.glob("*.json")
    return path, json.loads(path.read_text(encoding="utf-8"))


def readers(folder, scratch, cell="iocp:1000:round_trips_per_s"):
    """Every command that reads records."""
    return [["table", folder], ["table", folder, "--book"],
            ["table", folder, "--format", "markdown"],
            ["table", folder, "--format", "csv"],
            ["table", folder, "--explain", cell],
            ["plot", folder, "--output", scratch / "charts"],
            ["report", folder, "--output", scratch / "report.html"],
            ["check", folder, folder]]


def write(path, record):
    path.write_text(json.dumps(record), encoding="utf-8")


def changed(record, pointer, value):
    record = json.loads(json.dumps(record))
    holder = record
    *way, last = pointer.strip("/").split("/")
    for key in way:
        holder = holder[key]
    holder[last] = value
    return record


def case_not_json(scratch):
    path, record = one_record(scratch)
    text = json.dumps(record)
    for bad in ("", "{", text[:-1], text + "}", "x" + text):
        path.write_text(bad, encoding="utf-8")
        for words in readers(path.parent, scratch):
            one_line(iomodels(*words, exit_code=BAD_INPUT), path.name,
                     "not JSON at byte", "measure that run again")


def case_not_usable(scratch):
    path, sound = one_record(scratch)
    for pointer, value, words in (
            ("/schema", None, "not a record of iomodels"),
            ("/schema", "other/run", "not a record of iomodels"),
            ("/schema_version", None, "schema_version"),
            ("/valid", None, "valid"), ("/valid", "true", "valid"),
            ("/asked", None, "asked.model"),
            ("/asked/model", 1, "asked.model"),
            ("/asked/connections", 0, "asked.connections"),
            ("/asked/connections", 1e300, "asked.connections")):
        write(path, changed(sound, pointer, value))
        one_line(iomodels("table", path.parent, exit_code=BAD_INPUT),
                 path.name, words)
    for value in ([], 1, "x"):
        write(path, value)
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
            write(path, dict(sound, **{section: value}))
            iomodels("table", path.parent)
        for pointer in ("/throughput/round_trips_per_s", "/threads/max",
                        "/latency_us/from_send/p50", "/asked/pattern",
                        "/samples/server/rows", "/samples/server/columns"):
            write(path, changed(sound, pointer, value))
            commands = readers(path.parent, scratch)
            for words in commands if value == "7" else commands[0:5:4]:
                iomodels(*words)
        if under_wine:
            return
    write(path, changed(sound, "/throughput/round_trips_per_s", "fast"))
    require("n/a" in iomodels("table", path.parent).stdout, "it has a value")


def case_judged_once(scratch):
    """A reader does not judge a run again."""
    path, record = one_record(scratch)
    record["connections"]["attempted"] += 1
    write(path, record)
    require("iocp !" not in iomodels("table", path.parent).stdout, "judged")
    record["valid"], record["reasons"] = False, ["sums_differ: x is 1, y is 2"]
    write(path, record)
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
    write(path.with_name("plan.json"), {"schema": "iomodels/plan"})
    write(skipped, SKIPPED)
    require(not iomodels("table", path.parent).stderr, "something was said")
    huge = json.loads(json.dumps(SKIPPED))
    huge["refused"][0]["need"] = 1e300
    for bad in ({"schema": "iomodels/refused"}, huge,
                {"schema": "iomodels/refused", "refused": [1]}):
        write(skipped, bad)
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


def read_all(folder, scratch):
    """What each command says; all must read the folder."""
    return [iomodels(*words).stdout for words in
            readers(folder, scratch, "iocp:5:round_trips_per_s")]


def case_older(scratch):
    need_gnuplot()
    texts = [path.read_text(encoding="utf-8") for path in OLDER.glob("*.json")]
    require(len(texts) == 2 and not any("retries" in text for text in texts),
            "the fixture is not of the older writer")
    table, book, markdown, comma, explained, _, _, check = read_all(OLDER,
                                                                    scratch)
    for text in (table, markdown, comma, check):
        require("iocp" in text and "select" in text, text)
    require("iocp" in book, book)
    require("iocp-5-stream-r1.json" in explained, explained)
    for name in ("report.html", "charts/throughput.svg"):
        require("iocp" in (scratch / name).read_text(encoding="utf-8"), name)


# Objects whose keys are names, not the record's own words: there a new key is
# a new thing, not a new kind of thing.
NAMES = ("tuning", "errors", "refusals", "unknown", "machine")


def add_keys(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in NAMES:
                add_keys(inner)
        value["added_later"] = {"unit": "us", "values": [1, None, "x"]}
    elif isinstance(value, list):
        for inner in value:
            add_keys(inner)


def later(folder, change):
    """The older records, changed, in a folder."""
    folder.mkdir()
    for path in OLDER.glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        change(record)
        write(folder / path.name, record)
    return folder


def newer_writer(record):
    add_keys(record)
    record["suite"]["version"] = "0.10.0"


def case_added_keys(scratch):
    """A newer writer's keys change nothing of what is made of the rest."""
    need_gnuplot()
    (scratch / "a").mkdir()
    (scratch / "b").mkdir()
    plain = later(scratch / "a" / "records", lambda record: None)
    more = later(scratch / "b" / "records", newer_writer)
    before = read_all(plain, scratch / "a")
    after = read_all(more, scratch / "b")
    for one, other in zip(before, after):
        require(one.replace(str(scratch / "a"), "")
                == other.replace(str(scratch / "b"), ""),
                f"before: {one}\nwith more keys: {other}")


def case_newer_schema(scratch):
    """A higher schema version: refused by everyone, in one line."""
    def change(record):
        record["schema_version"] = 2
        record["asked"] = "something else altogether"
    folder = later(scratch / "records", change)
    for words in readers(folder, scratch):
        done = iomodels(*words, exit_code=BAD_INPUT)
        one_line(done, r"\.json", "newer iomodels", "use that")
    require(not (scratch / "report.html").exists()
            and not list(scratch.glob("charts/*")), "something was written")


main(globals())
