"""make_records.py FOLDER [options]: writes made-up records, for tests of what
is made of records: a committed one with other figures. Nothing in them was
measured: they say "synthetic", and none belongs under results/."""

import argparse
import copy
import json
import math
import pathlib
import random
import sys

MODELS = ["blocking", "nonblocking", "select", "async_select",
          "event_select", "overlapped", "apc", "iocp"]
# Round trips a second at 100 connections, and how they fall with more.
SPEED = {"blocking": (9000, -0.15), "nonblocking": (7000, -0.75),
         "select": (8000, -0.9), "async_select": (9500, -0.1),
         "event_select": (9800, -0.05), "overlapped": (10200, -0.06),
         "apc": (10100, -0.04), "iocp": (10800, -0.02)}
MIB = 1024 * 1024
COMMITTED = (pathlib.Path(__file__).resolve().parents[1] / "results"
             / "wine-8.0-debian-12")
WINE = {"cpu": "Synthetic CPU", "memory_bytes": 8 * 1024 * MIB}
WINDOWS = {"os": "Windows", "os_version": "10.0.20348",
           "os_edition": "Windows Server 2022 Standard",
           "os_build": "20348.2762", "wine_version": None, "wine_host": None,
           "cpu": "Synthetic CPU", "cores": 4,
           "memory_bytes": 16 * 1024 * MIB, "dynamic_ports": [49152, 16384],
           "loopback_mode": "adaptive"}


def put(record, pointer, value):
    *way, last = pointer.strip("/").split("/")
    for key in way:
        record = record[key]
    record[last] = value


def write(folder, runs):
    """A record of each run, with nothing in it but what is said of the run."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for place, run in enumerate(runs, 1):
        record = {"schema": "iomodels/run", "schema_version": 1,
                  "id": f"made-up-{place}", "valid": True, "reasons": [],
                  "started_at": f"2026-01-01T00:00:00.{place:03}Z",
                  "cautions": [], **run}
        (folder / f"{place:04}.json").write_text(json.dumps(record),
                                                 encoding="utf-8")
    return folder


def histogram(mid, count):
    counts = [[round(mid * 0.8, 1), count // 2],
              [round(mid, 1), count - count // 2 - count // 100],
              [round(mid * 1.3, 1), count // 100]]
    return {"count": count, "min": counts[0][0], "mean": round(mid * 0.9, 3),
            "max": round(mid * 1.35, 1), "p50": round(mid * 0.95, 1),
            "p90": round(mid, 1), "p99": round(mid * 1.3, 1),
            "p999": round(mid * 1.35, 1), "unit": "us", "counts": counts}


def threads_of(model, connections):
    return {"blocking": connections + 2,
            "event_select": math.ceil(connections / 63) + 2,
            "overlapped": math.ceil(connections / 63) + 2,
            "iocp": 4}.get(model, 3)


def fill(record, args, rng):
    """The figures of what was requested."""
    asked = record["asked"]
    model, connections = asked["model"], asked["connections"]
    wine, seconds = args.os == "Wine", asked["duration_s"]
    connected = min(connections, 3412 if model == "blocking" else connections)
    at_100, slope = SPEED.get(model, (5000, -0.1))
    rate = round(at_100 * (connections / 100) ** slope / (1 + args.slow)
                 * rng.uniform(1 - args.noise, 1 + args.noise), 6)
    cpu, wineserver = 0.35 * rng.uniform(0.95, 1.05), 0.55 if wine else None
    threads = threads_of(model, connected)
    memory = 6 * MIB + connected * 4300 + threads * (MIB if wine else 24000)
    # What Wine does not know, Windows does.
    for pointer in record["unknown"]:
        put(record, pointer, None if wine else 2 * MIB)
    if not wine:
        record["unknown"] = {}
        record["cpu"]["wineserver"] = record["pool"]["host_tcp_memory"] = None
    else:
        record["cpu"]["wineserver"]["cores_percent"] = 100 * wineserver
        record["pool"]["host_tcp_memory"]["change_bytes"] = connected * 8192
    record["machine"]["server"].update(WINE if wine else WINDOWS)
    record["connections"].update(attempted=connections, connected=connected)
    record["connections"]["outcomes"].update(
        connected=connected, timed_out=connections - connected)
    record["connections"]["ends"]["completed"] = connected
    record["throughput"].update(round_trips_per_s=rate)
    for side, names in (("client", ("sent", "received")),
                        ("server", ("recv", "send"))):
        for name in names:
            record["throughput"][side][f"{name}_bytes_per_s"] = (
                rate * args.message)
    record["latency_us"].update(
        from_send=histogram(1e6 * connected / rate, int(rate * seconds)),
        first_echo=histogram(900.0, connected),
        connect=histogram(200.0, connected), lateness=None)
    record["cpu"]["server"]["cores_percent"] = 100 * cpu
    record["cpu"]["per_round_trip_us"].update(
        total=1e6 / rate * (cpu + (wineserver or 0)), server=1e6 / rate * cpu,
        wineserver=1e6 / rate * wineserver if wine else None)
    record["memory"]["empty"].update(working_set_bytes=6 * MIB,
                                     peak_working_set_bytes=7 * MIB)
    record["memory"]["loaded"].update(working_set_bytes=memory,
                                      peak_working_set_bytes=memory + 4096)
    record["memory"]["per_connection_bytes"] = (memory - 6 * MIB) / connected
    record["threads"].update(empty=3, end=threads, max=threads)
    record["traffic"]["server"].update(opens=connected, closes=connected)
    record["samples"] = {
        "server": {"columns": ["t_s", "connections", "threads", "recvs"],
                   "rows": [[round(0.1 + 0.2 * i, 6), connected, threads,
                             int(i * rate / 5)] for i in range(5)]},
        "load": {"columns": ["t_s", "phase", "messages_echoed"],
                 "rows": [[0.1, "measuring", 17]]}}


def make(folder, *words):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--os", choices=["Wine", "Windows"], default="Wine")
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--connections", default="100,1000,4000")
    parser.add_argument("--pattern", default="echo")
    parser.add_argument("--message", type=int, default=4096)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--noise", type=float, default=0.05)
    parser.add_argument("--slow", type=float, default=0,
                        help="0.1: a round trip takes 10 %% more time")
    parser.add_argument("--invalid", default="",
                        help="MODEL:CONNECTIONS whose first run is not valid")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(map(str, words))
    rng = random.Random(args.seed)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    template = json.loads(next(COMMITTED.glob("*-iocp-1000-*-r1.json"))
                          .read_text("utf-8"))
    runs = [(repeat, model, int(connections))
            for repeat in range(1, args.repeat + 1)
            for model in args.models.split(",")
            for connections in args.connections.split(",")]
    for place, (repeat, model, connections) in enumerate(runs, 1):
        record = copy.deepcopy(template)
        name = f"{model}-{connections}-{args.pattern}-{args.message}-r{repeat}"
        record.update(
            id=f"synthetic-{args.seed}-{name}",
            started_at=f"2026-01-01T00:{place // 60:02}:{place % 60:02}.000Z",
            suite={"version": "0.1.0", "command": "synthetic", "plan": None})
        record["asked"].update(
            model=model, connections=connections, pattern=args.pattern,
            message_bytes=args.message, seed=place, repeat=repeat,
            repeats=args.repeat, place=place, places=1000)
        fill(record, args, rng)
        if f"{model}:{connections}" == args.invalid and repeat == 1:
            record.update(valid=False, reasons=["timed_out: synthetic"])
        (folder / f"{place:04}-{name}.json").write_text(
            json.dumps(record), encoding="utf-8")
    return folder


if __name__ == "__main__":
    make(*sys.argv[1:])
