#!/usr/bin/env python3
"""Records that prove nothing, contradict themselves, are not JSON or lie there
twice, and what else may lie in their folder: each is refused in one line that
names the file, by every command that reads records."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import (BAD_INPUT, BAD_RUN, Missing, Skip, iomodels, main, one_line,
                 require, under_wine)

ROOT = HERE.parent.parent
SCHEMA = ROOT / "results" / "schema" / "run.schema.json"


def make(folder, *words):
    subprocess.run([sys.executable, HERE.parent / "make_records.py", folder,
                    "--models", "iocp", "--connections", "1000", *words],
                   check=True)
    return folder


def few(cases):
    """Under Wine, where a start takes a second, a few of them: the code is the
    same as where all are tried."""
    cases = list(cases)
    return cases[::12] if under_wine else cases


def one_record(scratch):
    """A sound record's path and text."""
    path, = make(scratch / "sound").glob("*.json")
    return path, path.read_text(encoding="utf-8")


def change(record, pointer, value):
    *way, last = pointer.strip("/").split("/")
    for key in way:
        record = record[int(key) if isinstance(record, list) else key]
    last = int(last) if isinstance(record, list) else last
    if value == "+1":
        record[last] += 1
    elif value == "short":
        record[last].pop()
    else:
        record[last] = value


def refused(path, text, pointer, scratch, bad, code=BAD_RUN):
    """By validate, which tells all, and by those who show figures."""
    path.write_bytes(text)
    try:
        done = iomodels("validate", path, exit_code=code)
        require(pointer in done.stdout + done.stderr, done.stdout)
        for words in (["table", path.parent],
                      ["plot", path.parent, "--output", scratch / "charts"],
                      ["report", path.parent, "--output", scratch / "r.html"],
                      ["check", path.parent, path.parent]):
            one_line(iomodels(*words, exit_code=BAD_INPUT), path.name, pointer)
    except AssertionError as error:
        bad.append(f"{pointer} of {text[:60]}: {error}")


# JSON pointer and what it is changed to, more of them, and the pointer that
# must be told when it is another one than the first.
CONTRADICTIONS = [
    *[[(pointer, None)] for pointer in (
        "/connections/attempted", "/connections/connected",
        "/connections/outcomes", "/connections/ends",
        "/traffic/server/opens", "/traffic/server/recv_bytes",
        "/traffic/client/received_bytes", "/integrity/mismatches",
        "/latency_us", "/latency_us/from_send", "/phases/window_s",
        "/throughput/round_trips_per_s", "/machine/server", "/machine/load")],
    [("/connections/connected", 0), ("/connections/attempted", 0),
     ("/connections/outcomes", {}), ("/connections/ends", {})],
    [("/integrity/mismatches", 1), "/valid"],
    [("/asked/connections", 1001), "/connections/attempted"],
    [("/traffic/server/opens", 999), ("/traffic/server/closes", 999),
     ("/traffic/server/accepted", 999)],
    [("/traffic/window/client/sent_bytes", 10**12),
     ("/throughput/client/sent_bytes_per_s", 10**12 / 4),
     "/traffic/window/client"],
    [("/traffic/window/client/messages_echoed", 0),
     ("/throughput/round_trips_per_s", 0)],
    [("/throughput/round_trips_per_s", "+1")],
    [("/throughput/server/recv_bytes_per_s", 1e6)],
    [("/latency_us/from_send/count", "+1"), "/latency_us"],
    [("/latency_us/from_send/counts", []), "/latency_us"],
    [("/latency_us/from_send/p50", 1e9), "/latency_us"],
    [("/latency_us/connect/p99", None), "/latency_us"],
    [("/samples/server/rows/2", "short"), "/samples/server/rows"],
    [("/traffic/client/sent_bytes", "+1"), "/traffic/server/recv_bytes"],
    [("/connections/outcomes/connected", "+1"), "/connections/outcomes"],
    [("/started_at", "yesterday")],
    [("/started_at", "2026-02-30T00:00:00.000Z")],
    [("/asked/pattern", "ecko")],
]


def case_contradictions(scratch):
    """valid: true must be proved, whoever reads it."""
    path, sound = one_record(scratch)
    bad = []
    for changes in few(CONTRADICTIONS):
        pointer = changes[-1] if isinstance(changes[-1], str) \
            else changes[0][0]
        record = json.loads(sound)
        for where, value in [one for one in changes if one is not pointer]:
            change(record, where, value)
        refused(path, json.dumps(record).encode(), pointer, scratch, bad)
    require(not bad, "\n".join(bad))


def case_what_is_no_contradiction(scratch):
    """What a valid run may lack; models of others; runs that failed."""
    path, sound = one_record(scratch)
    for changes in ([("/pool/host_tcp_memory", None)],
                    [("/latency_us/connect", None)],
                    [("/asked/model", "kqueue")],
                    [("/traffic/server/opens", "+1"),
                     ("/traffic/server/closes", "+1"),
                     ("/traffic/server/accepted", "+1")],
                    [("/asked/pattern", "churn"), ("/asked/connections", 900)],
                    [("/valid", False), ("/reasons", ["load_died: x"]),
                     ("/latency_us", None), ("/connections/attempted", None)]):
        record = json.loads(sound)
        for where, value in changes:
            change(record, where, value)
        path.write_text(json.dumps(record), encoding="utf-8")
        iomodels("validate", path)
        iomodels("table", path.parent)


def not_json(sound):
    """Texts that some take for JSON; what of it must be told."""
    text = sound.encode()
    seed, ident = b'"seed": 1,', b'"id": "'
    require(seed in text and ident in text, "the text is another one")
    for old, new in ((ident, b'"id": "a\0'), (ident, b'"id": "a\n'),
                     (ident, b'"id": "\xff'), (ident, b'"id": "\xed\xa0\x80'),
                     (ident, b'"id": "\\u0000'), (ident, b'"id": "\\ud800'),
                     (seed, b'"seed": 09136,'), (seed, b'"seed": +1,'),
                     (seed, b'"seed": NaN,'), (seed, b'"seed": 1.,')):
        yield text.replace(old, new), "not JSON at byte"
    yield b"\xef\xbb\xbf" + text, "not JSON at byte 0"
    yield text + b"\0", "not JSON at byte"
    yield text.replace(seed, b'"seed": 1, "seed": 1,'), '"seed" twice'
    for number in (b"1e999", b"1" * 400):
        yield text.replace(seed, b'"seed": ' + number + b","), '"seed" is too'


def case_not_json(scratch):
    path, sound = one_record(scratch)
    bad = []
    for text, what in few(not_json(sound)):
        refused(path, text, what, scratch, bad, code=BAD_INPUT)
    require(not bad, "\n".join(bad))


def case_independent(scratch):
    """A validator of others refuses the same."""
    path, sound = one_record(scratch)
    texts = [text for text, _ in not_json(sound)
             if b"\\u0000" not in text and b"\\ud800" not in text]
    texts.append(sound.replace('"seed": 1,', '"seed": 1e16,').encode())
    for text in [sound.encode(), *texts]:
        path.write_bytes(text)
        done = subprocess.run(
            [sys.executable, HERE.parent / "validate_records.py", SCHEMA,
             path], capture_output=True, text=True, check=False)
        if "python3-jsonschema is missing" in done.stderr:
            raise Missing(done.stderr)
        require((done.returncode == 0) == (text == sound.encode()),
                f"{text[:80]}: {done.returncode} {done.stdout}{done.stderr}")


def case_huge(scratch):
    """No figure is beyond what whole numbers are exact up to."""
    path, sound = one_record(scratch)
    bad = []
    for pointer in few([
            "/throughput/round_trips_per_s", "/asked/connections",
            "/asked/seed", "/connections/attempted", "/threads/max",
            "/latency_us/from_send/p50", "/samples/server/rows/0/1"]):
        for value in (1e308, 1e19):
            record = json.loads(sound)
            change(record, pointer, value)
            refused(path, json.dumps(record).encode(), pointer, scratch, bad)
    require(not bad, "\n".join(bad))


def case_twice(scratch):
    """A record that was copied is not a repeat."""
    path, _ = one_record(scratch)
    copy = path.with_name("0002-copy.json")
    shutil.copy(path, copy)
    for words in (["table", path.parent], ["check", path.parent, path.parent]):
        one_line(iomodels(*words, exit_code=BAD_INPUT), path.name, copy.name,
                 "same run", "delete one")
    done = iomodels("validate", path.parent, exit_code=BAD_RUN)
    require(path.name in done.stdout and copy.name in done.stdout, done.stdout)
    iomodels("validate", path, copy)


PLAN = {"schema": "iomodels/plan", "schema_version": 1, "id": "x",
        "version": "0.1.0", "arguments": []}
REFUSED = {"schema": "iomodels/refused", "schema_version": 1, "plan": "x",
           "refused": [{"connections": 50000, "model": None, "limit": "a",
                        "name": "b", "value": 1, "need": 2, "unit": "files",
                        "how_to_fix": "c"}]}


def case_beside(scratch):
    """What lies beside records is judged as what it is, with its remedy."""
    path, _ = one_record(scratch)
    plan, gone = path.with_name("plan.json"), path.with_name("refused.json")
    plan.write_text(json.dumps(PLAN), encoding="utf-8")
    gone.write_text(json.dumps(REFUSED), encoding="utf-8")
    done = iomodels("validate", path.parent)
    require(not done.stderr, done.stderr)
    one_line(iomodels("validate", plan, exit_code=BAD_INPUT), "is a plan, not")
    one_line(iomodels("validate", gone, exit_code=BAD_INPUT),
             "is a list of what was refused, not")
    for text in ("", "{", "[]", '{"schema": "x"}'):
        plan.write_text(text, encoding="utf-8")
        for words in (["table", path.parent], ["validate", path.parent]):
            line = one_line(iomodels(*words, exit_code=BAD_INPUT), "plan.json",
                            "damaged", "delete it: only --resume")
            require("measure" not in line, line)
    plan.write_text('{"schema": "iomodels/plan"}', encoding="utf-8")
    iomodels("table", path.parent)
    one_line(iomodels("validate", path.parent, exit_code=BAD_INPUT),
             "plan.json", "not a plan, or not a whole one", "--resume")
    plan.unlink()
    huge = json.loads(json.dumps(REFUSED))
    huge["refused"][0]["need"] = 1e300
    for text in few(["", "{", '{"schema": "iomodels/other"}', json.dumps(PLAN),
                     '{"schema": "iomodels/refused", "refused": [1]}',
                     json.dumps(huge)]):
        gone.write_text(text, encoding="utf-8")
        for words in (["table", path.parent], ["validate", path.parent],
                      ["validate", gone]):
            one_line(iomodels(*words, exit_code=BAD_INPUT), "refused.json",
                     "damaged", "delete it: what it refused")


def case_no_file(scratch):
    """A pipe that nobody writes to holds nobody up; a device is no record."""
    if os.name == "nt" or under_wine:
        raise Skip("there are no such files")
    path, _ = one_record(scratch)
    pipe = path.with_name("x.json")
    os.mkfifo(pipe)
    iomodels("table", path.parent, timeout=20)
    iomodels("validate", path.parent, timeout=20)
    for odd in (pipe, "/dev/zero"):
        one_line(iomodels("validate", odd, exit_code=BAD_INPUT, timeout=20),
                 str(odd), "not a regular file")
    (path.with_name("y.json")).symlink_to("nowhere")
    one_line(iomodels("table", path.parent, exit_code=BAD_INPUT), r"y\.json")


def case_control_characters(scratch):
    """They are shown; no terminal gets them."""
    path, sound = one_record(scratch)
    odd = "\x1b[31m\x07\r\n\x7f\x9b"
    record = json.loads(sound)
    record["valid"], record["reasons"] = False, [f"timed_out: {odd}"]
    record["asked"]["model"] = f"m{odd}"
    record["machine"]["server"]["cpu"] = f"c{odd}"
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    require(b"\x7f\xc2\x9b" in path.read_bytes(), "it is not in the file")
    shown = r"\u001b[31m\u0007\u000d\u000a\u007f\u009b"
    for words in (["table", path.parent], ["validate", path],
                  ["table", path.parent, "--format", "csv"],
                  ["table", path.parent, "--format", "markdown"]):
        out = iomodels(*words).stdout
        require(not any(c in out for c in "\x1b\x07\r\x7f\x9b"), repr(out))
        require(shown.replace("\\", "") in out.replace("\\", ""), out)
    record["asked"]["pattern"] = odd
    path.write_text(json.dumps(record), encoding="utf-8")
    done = iomodels("table", path.parent, exit_code=BAD_INPUT)
    one_line(done, "pattern")
    require("\x1b" not in done.stderr, repr(done.stderr))


main(globals())
