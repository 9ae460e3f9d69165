"""make_noise.py FOLDER...: how much runs of the same kind differ, for
tests/unit/check_noise.csv. A line a valid run, of each kind that was run 8
times or more: round trips/s, p50, p99 and processor time a round trip, each
divided by the median of its kind."""

import json
import pathlib
import statistics
import sys

FEWEST = 8
POINTERS = (("throughput", "round_trips_per_s"),
            ("latency_us", "from_send", "p50"),
            ("latency_us", "from_send", "p99"),
            ("cpu", "per_round_trip_us", "total"))


def value(record, keys):
    return value(record[keys[0]], keys[1:]) if keys else record


def main(*folders):
    kinds, machines = {}, set()
    for path in sorted(path for folder in folders
                       for path in pathlib.Path(folder).glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["schema"] != "iomodels/run" or not record["valid"]:
            continue
        asked, server = record["asked"], record["machine"]["server"]
        kinds.setdefault(
            (path.parent, asked["model"], asked["connections"]), []).append(
                [value(record, keys) for keys in POINTERS])
        machines.add(f"{server['os']} "
                     f"{server['wine_version'] or server['os_version']}, "
                     f"{server['cpu']}, {server['cores']} processors")
    print(f"# {'; '.join(sorted(machines))}")
    for (_, model, connections), runs in sorted(kinds.items()):
        if len(runs) < FEWEST:
            continue
        print(f"# {model}, {connections} connections, {len(runs)} runs")
        medians = [statistics.median(column) for column in zip(*runs)]
        for run in runs:
            print(",".join(f"{one / median:.4f}"
                           for one, median in zip(run, medians)))


main(*sys.argv[1:])
