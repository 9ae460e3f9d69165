#!/usr/bin/env python3
"""What readers of records read, and what they refuse, each in one line that
names the file: records that are damaged, incomplete or of other versions.
Whether a run is valid was judged when it was written. The rule of versions
stands in results/record_file.h."""

import copy
import json
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import (BAD_INPUT, OLDER, Skip, edit_records, iomodels, main,
                 make_records, need_gnuplot, one_line, put, require,
                 require_equal, require_in, under_wine)


def one_record(folder):
    """A sound record's path and content."""
    make_records(folder, "--models", "iocp", "--connections", "1000")
    path, = folder.glob("*.json")
    return path, json.loads(path.read_text(encoding="utf-8"))


def readers(folder, target, cell="iocp:1000:round_trips_per_s"):
    """Every command that reads records."""
    return [["table", folder], ["table", folder, "--explain", cell],
            ["table", folder, "--book"],
            ["table", folder, "--format", "markdown"],
            ["table", folder, "--format", "csv"],
            ["plot", folder, "--output", target / "charts"],
            ["report", folder, "--output", target / "report.html"],
            ["check", folder, folder]]


def write(path, record):
    path.write_text(json.dumps(record), encoding="utf-8")


def changed(record, pointer, value):
    record = copy.deepcopy(record)
    put(record, pointer, value)
    return record


def refused(words, *needles):
    one_line(iomodels(*words, exit_code=BAD_INPUT), *needles)


def case_not_json(folder):
    path, record = one_record(folder)
    text = json.dumps(record)
    for bad in ("", "{", text[:-1], text + "}", "x" + text, "\0" * 100,
                "[" * 100000):  # deeper than the parser goes
        path.write_text(bad, encoding="utf-8")
        for words in readers(folder, folder):
            refused(words, path.name, "not JSON at byte",
                    "measure that run again")


def case_not_usable(folder):
    path, sound = one_record(folder)
    no_record = "not a record of iomodels"
    for record, needle in (
            ([], no_record), (1, no_record), ("x", no_record),
            *((changed(sound, pointer, value), needle)
              for pointer, value, needle in (
                  ("/schema", None, no_record),
                  ("/schema", "other/run", no_record),
                  ("/schema_version", None, "schema_version"),
                  ("/valid", None, "valid"), ("/valid", "true", "valid"),
                  ("/asked", None, "asked.model"),
                  ("/asked/model", 1, "asked.model"),
                  ("/asked/connections", 0, "asked.connections"),
                  ("/asked/connections", 1e300, "asked.connections")))):
        write(path, record)
        refused(["table", folder], path.name, needle)


def case_missing_figures(folder):
    """Figures that are missing, of another type or beyond all numbers are not
    known; nothing else follows from them."""
    path, sound = one_record(folder)
    sections = [f"/{name}" for name in sound if name not in (
        "schema", "schema_version", "valid", "asked")]
    figures = ["/throughput/round_trips_per_s", "/threads/max",
               "/latency_us/from_send/p50", "/asked/pattern",
               "/samples/server/rows", "/samples/server/columns"]
    for value in (None, "7", [1], {"a": 1}, True, 1e308, 1e19):
        for pointer in sections + figures:
            write(path, changed(sound, pointer, value))
            count = (1 if pointer in sections else 8 if value == "7" else 2)
            for words in readers(folder, folder)[:count]:
                iomodels(*words)
        if under_wine:
            return
    write(path, changed(sound, "/throughput/round_trips_per_s", "fast"))
    require_in(iomodels("table", folder, "--wide").stdout, "n/a")


def case_judged_once(folder):
    """A reader does not judge a run again."""
    path, record = one_record(folder)
    record["connections"]["attempted"] += 1
    write(path, record)
    require("iocp !" not in iomodels("table", folder).stdout, "judged")
    record["valid"], record["reasons"] = False, ["sums_differ: x is 1, y is 2"]
    write(path, record)
    require_in(iomodels("table", folder).stdout, "iocp !",
               "sums_differ: x is 1")


def case_twice(folder):
    """A record that was copied is not a repeat."""
    path, _ = one_record(folder)
    copied = shutil.copy(path, path.with_name("0002-copy.json"))
    for words in (["table", folder], ["check", folder, folder]):
        refused(words, path.name, copied.name, "same run", "delete one")


SKIPPED = {"schema": "iomodels/refused", "schema_version": 1, "plan": "x",
           "refused": [{"connections": 50000, "model": None, "limit": "a",
                        "name": "b", "value": 1, "need": 2, "unit": "files",
                        "how_to_fix": "c"}]}


def case_beside(folder):
    """Other files of ours beside the records, and a Mac's, which leaves ._NAME
    beside each file on a share or stick."""
    path, _ = one_record(folder)
    write(folder / "plan.json", {"schema": "iomodels/plan"})
    write(folder / "refused.json", SKIPPED)
    (folder / f"._{path.name}").write_bytes(b"\0\5\26\7Mac OS X")
    done = iomodels("table", folder)
    require("iocp" in done.stdout and not done.stderr, done)
    for bad in ({"schema": "iomodels/refused"},
                {"schema": "iomodels/refused", "refused": [1]},
                changed(SKIPPED, "/refused",
                        [dict(SKIPPED["refused"][0], need=1e300)])):
        write(folder / "refused.json", bad)
        refused(["table", folder], "refused.json", "delete it")
    (folder / "refused.json").write_text('{"schema":', encoding="utf-8")
    refused(["table", folder], "refused.json")


def case_no_file(folder):
    """A pipe that nobody writes to holds nobody up."""
    if os.name == "nt" or under_wine:
        raise Skip("there are no such files")
    one_record(folder)
    os.mkfifo(folder / "x.json")
    iomodels("table", folder, timeout=20)
    (folder / "y.json").symlink_to("nowhere")
    refused(["table", folder], r"y\.json")


def case_control_characters(folder):
    """No terminal gets them."""
    path, record = one_record(folder)
    odd = "\x1b[31m\x07\r\n\x7f\x9b"
    record["valid"], record["reasons"] = False, [f"timed_out: {odd}"]
    record["asked"]["model"] = f"m{odd}"
    record["machine"]["server"]["cpu"] = f"c{odd}"
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    for kind in "text", "csv", "markdown":
        out = iomodels("table", folder, "--format", kind).stdout
        require(not any(c in out for c in "\x1b\x07\r\x7f\x9b"), repr(out))
        require_in(out.replace("\\", ""), "m?[31m")


def read_all(folder):
    """What each command says; all must read the folder."""
    return [iomodels(*words).stdout.replace(str(folder), "") for words in
            readers(folder, folder, "iocp:5:round_trips_per_s")]


def case_older(scratch):
    need_gnuplot()
    folder = shutil.copytree(OLDER, scratch / "records")
    texts = [path.read_text(encoding="utf-8") for path in
             folder.glob("*.json")]
    require(len(texts) == 2 and not any("retries" in text for text in texts),
            "the fixture is not of the older writer")
    table, explained, book, markdown, comma, _, _, check = read_all(folder)
    for text in (table, markdown, comma, check):
        require_in(text, "iocp", "select")
    require_in(book, "iocp")
    require_in(explained, "iocp-5-stream-r1.json")
    for name in ("report.html", "charts/throughput.svg"):
        require_in((folder / name).read_text(encoding="utf-8"), "iocp")


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


def case_added_keys(scratch):
    """A newer writer's keys change nothing of what is made of the rest."""
    def newer_writer(record):
        add_keys(record)
        record["suite"]["version"] = "0.10.0"

    need_gnuplot()
    plain, more = (shutil.copytree(OLDER, scratch / name / "records")
                   for name in "ab")
    edit_records(more, newer_writer)
    for one, other in zip(read_all(plain), read_all(more)):
        require_equal(other, one, "with more keys")


def case_newer_schema(folder):
    """A higher schema version: refused by everyone, in one line."""
    path, record = one_record(folder)
    write(path, dict(record, schema_version=2,
                     asked="something else altogether"))
    for words in readers(folder, folder):
        refused(words, r"\.json", "newer iomodels", "use that")
    require_equal([path.name], os.listdir(folder), "files")


main(globals())
