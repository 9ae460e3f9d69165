"""validate_records.py FILE|FOLDER...: checks records against
results/schema/run.schema.json with python3-jsonschema. Exit code 0: all are
good, 1: some are not, 2: a file cannot be read, none was given, or
python3-jsonschema is missing."""

import json
import pathlib
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("python3-jsonschema is missing; apt-get install python3-jsonschema",
          file=sys.stderr)
    sys.exit(2)

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "results" / "schema" / "run.schema.json"


def files_of(paths):
    for path in map(pathlib.Path, paths):
        if path.is_dir():
            yield from sorted(path.glob("*.json"))
        else:
            yield path


def main(*paths):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    checked = bad = unreadable = 0
    for path in files_of(paths):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            unreadable += 1
            continue
        kind = record.get("schema") if isinstance(record, dict) else None
        if str(kind).startswith("iomodels/") and kind != "iomodels/run":
            continue
        checked += 1
        errors = list(validator.iter_errors(record))
        for error in errors:
            pointer = "".join(f"/{part}" for part in error.absolute_path)
            print(f"{path}: {pointer or '/'}: {error.message}")
        bad += bool(errors)
    print(f"{checked} records checked, {bad} bad, {unreadable} unreadable")
    if unreadable or checked == 0:
        return 2
    return 1 if bad else 0


if len(sys.argv) < 2:
    print(__doc__, file=sys.stderr)
    sys.exit(2)
sys.exit(main(*sys.argv[1:]))
