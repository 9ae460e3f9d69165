"""validate_records.py SCHEMA FILE|FOLDER...: checks records with a validator
that is not ours (Debian: python3-jsonschema). Exit code 0: all are good, 1:
some are not, 2: a file cannot be read, none was given, or no validator."""

import json
import math
import os
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("python3-jsonschema is missing; apt-get install python3-jsonschema",
          file=sys.stderr)
    sys.exit(2)


def files_of(paths):
    for path in paths:
        if os.path.isdir(path):
            for name in sorted(os.listdir(path)):
                if name.endswith(".json"):
                    yield os.path.join(path, name)
        else:
            yield path


def unique(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"an object has a key twice: {list(found)}")
    return found


def finite(text):
    """A number that JSON may write and that can be held."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"no number of JSON's, or too large: {text[:40]}")
    return number


def whole(text):
    finite(text)
    return int(text)


def load(file):
    return json.load(file, object_pairs_hook=unique, parse_float=finite,
                     parse_int=whole, parse_constant=finite)


def faults_of(validator, path, record):
    faults = 0
    for error in validator.iter_errors(record):
        faults += 1
        pointer = "".join(f"/{part}" for part in error.absolute_path)
        print(f"{path}: {pointer or '/'}: {error.message}")
    return faults


def main(schema_path, *paths):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    checked = bad = unreadable = 0
    for path in files_of(paths):
        try:
            with open(path, encoding="utf-8") as file:
                record = load(file)
        except (OSError, ValueError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            unreadable += 1
            continue
        kind = record.get("schema") if isinstance(record, dict) else None
        if str(kind).startswith("iomodels/") and kind != "iomodels/run":
            continue
        checked += 1
        bad += faults_of(validator, path, record) > 0
    print(f"{checked} records checked, {bad} bad, {unreadable} unreadable")
    if unreadable or checked == 0:
        return 2
    return 1 if bad else 0


if len(sys.argv) < 3:
    print(__doc__, file=sys.stderr)
    sys.exit(2)
sys.exit(main(*sys.argv[1:]))
