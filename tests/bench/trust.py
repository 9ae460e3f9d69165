"""Whether a record tells what disturbed its run: each disturbance of
test_disturbance.py several times, which must not pass unmarked, and runs of a
machine that is left alone, which must raise no alarm (but for time stolen by a
host: that is real, and shown apart).

    trust.py --iomodels PATH --server PATH [--server-via LAUNCHER]
        [--repeat N] [--quiet N]"""

import pathlib
import sys
import tempfile

import drive

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import test_disturbance


def alarms(record):
    return [text for text in record["reasons"] + record["cautions"]
            if not text.startswith("stolen")]


def measure(folder, count, name, disturb):
    """How many of the runs raise an alarm, or are invalid."""
    records = [test_disturbance.measure(folder / f"{name}-{number}", disturb)
               for number in range(count)]
    marked = [alarms(record) for record in records]
    print(f"{name:15} {sum(map(bool, marked)):3} of {count} marked, "
          f"{sum(not record['valid'] for record in records):3} invalid",
          flush=True)
    for text in sorted({text for texts in marked for text in texts}):
        print(f"    {text}", flush=True)
    return sum(map(bool, marked))


def main():
    repeat, quiet = drive.option("--repeat", 3), drive.option("--quiet", 50)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        good = measure(folder, quiet, "left_alone", lambda runner: None) == 0
        for name, (disturb, _, _) in test_disturbance.DISTURBANCES.items():
            good &= measure(folder, repeat, name, disturb) == repeat
    return 0 if good else 1


sys.exit(main())
