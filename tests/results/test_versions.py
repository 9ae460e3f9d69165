#!/usr/bin/env python3
"""Records of other versions: older ones are read with what they lack missing,
what a newer one added is read past, and what nobody here can know is refused
in one line. The rule stands in results/record_file.h."""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import BAD_INPUT, iomodels, main, need_gnuplot, one_line, require

OLDER = HERE / "older"


def readers(folder, scratch):
    """Every command that reads records."""
    return [["table", folder], ["table", folder, "--book"],
            ["table", folder, "--format", "markdown"],
            ["table", folder, "--format", "csv"],
            ["table", folder, "--explain", "iocp:5:round_trips_per_s"],
            ["plot", folder, "--output", scratch / "charts"],
            ["report", folder, "--output", scratch / "report.html"],
            ["check", folder, folder]]


def read_all(folder, scratch):
    """What each command says; all must read the folder."""
    return [iomodels(*words).stdout for words in readers(folder, scratch)]


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
        (folder / path.name).write_text(json.dumps(record), encoding="utf-8")
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


if __name__ == "__main__":
    main(globals())
