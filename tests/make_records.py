"""make_records.py FOLDER [options]: writes made-up records, for tests of what
is made of records. Nothing in them was measured: they say "synthetic", and
none belongs under results/."""

import argparse
import json
import math
import os
import random

MODELS = ["blocking", "nonblocking", "select", "async_select",
          "event_select", "overlapped", "apc", "iocp"]
# Round trips a second at 100 connections, and how they fall with more.
SPEED = {"blocking": (9000, -0.15), "nonblocking": (7000, -0.75),
         "select": (8000, -0.9), "async_select": (9500, -0.1),
         "event_select": (9800, -0.05), "overlapped": (10200, -0.06),
         "apc": (10100, -0.04), "iocp": (10800, -0.02)}
MIB = 1024 * 1024


def usage(user, kernel, seconds):
    return {"user_s": round(user, 6), "kernel_s": round(kernel, 6),
            "cores_percent": round(100 * (user + kernel) / seconds, 6)}


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


def machine(wine):
    if wine:
        return {"os": "Wine", "os_version": "10.0.19043",
                "os_edition": None, "os_build": None, "wine_version": "8.0",
                "wine_host": "Linux 6.1.0-synthetic", "cpu": "Synthetic CPU",
                "cores": 2, "memory_bytes": 8 * 1024 * MIB,
                "computer_arch": "x86_64", "dynamic_ports": [49152, 16384],
                "loopback_mode": None}
    return {"os": "Windows", "os_version": "10.0.20348",
            "os_edition": "Windows Server 2022 Standard",
            "os_build": "20348.2762", "wine_version": None,
            "wine_host": None, "cpu": "Synthetic CPU", "cores": 4,
            "memory_bytes": 16 * 1024 * MIB, "computer_arch": "x86_64",
            "dynamic_ports": [49152, 16384], "loopback_mode": "adaptive"}


def record(model, connections, repeat, args, rng, place, reasons=()):
    seconds, message = 4.0, args.message
    wine = args.os == "Wine"
    limit = 3412 if model == "blocking" else connections
    connected = min(connections, limit)
    at_100, slope = SPEED.get(model, (5000, -0.1))
    rate = (at_100 * (connections / 100) ** slope
            * rng.uniform(1 - args.noise, 1 + args.noise)) / (1 + args.slow)
    trips = int(rate * seconds)
    rate = trips / seconds
    served = trips * message / (seconds + 0.001)
    total = int(trips * 1.4) + connected
    latency = 1e6 * max(connected, 1) / rate
    threads = threads_of(model, connected)
    cpu = 0.35 * seconds * rng.uniform(0.95, 1.05)
    wine_cpu = 0.55 * seconds
    working = 6 * MIB + connected * 4300 + threads * (MIB if wine else 24000)
    empty_level = {"working_set_bytes": 6 * MIB,
                   "peak_working_set_bytes": 7 * MIB}
    loaded_level = {"working_set_bytes": working,
                    "peak_working_set_bytes": working + 4096}
    nulls = {"private_bytes": "Wine does not keep it",
             "paged_pool_bytes": "Wine has no paged pool",
             "nonpaged_pool_bytes": "Wine has no non-paged pool"}
    unknown = {}
    for part, level in (("empty", empty_level), ("loaded", loaded_level)):
        for name, why in nulls.items():
            level[name] = None if wine else 2 * MIB
            if wine:
                unknown[f"/memory/{part}/{name}"] = why
    pool = {"baseline_bytes": 90 * MIB,
            "end_bytes": 90 * MIB + connected * 4096,
            "change_bytes": connected * 4096}
    none = {"baseline_bytes": None, "end_bytes": None, "change_bytes": None}
    if wine:
        for name in none:
            unknown[f"/pool/system_nonpaged/{name}"] = nulls[
                "nonpaged_pool_bytes"]
        for name in ("empty", "end", "max"):
            unknown[f"/handles/{name}"] = "Wine does not count them"
        unknown["/cpu/server/cycles"] = "Wine cannot tell"
        unknown["/cpu/server/context_switches"] = "Wine does not count them"
    traffic = {"sent_bytes": total * message, "received_bytes": total * message,
               "messages_sent": total, "messages_echoed": total}
    window = {"sent_bytes": trips * message, "received_bytes": trips * message,
              "messages_sent": trips, "messages_echoed": trips}

    def server_counts(messages):
        return {"recv_bytes": messages * message,
                "send_bytes": messages * message, "recvs": messages,
                "sends": messages, "partial_sends": 0, "blocked_sends": 0}

    missing = connections - connected
    outcomes = {"connected": connected}
    refusals = {}
    if missing:
        outcomes["timed_out"] = missing
        refusals = {"ERROR_NOT_ENOUGH_MEMORY": 3}
    us = 1e6 / rate / seconds
    rows = [[round(0.1 + 0.2 * i, 6), connected, threads, int(i * rate / 5)]
            for i in range(5)]
    return {
        "schema": "iomodels/run", "schema_version": 1,
        "id": f"synthetic-{args.seed}-{model}-{connections}-{args.pattern}"
              f"-{message}-{repeat}",
        "started_at": f"2026-01-01T00:{place // 60:02}:{place % 60:02}.000Z",
        "suite": {"version": "0.1.0", "command": "synthetic", "plan": None},
        "valid": not reasons, "reasons": list(reasons),
        "asked": {"model": model, "connections": connections,
                  "pattern": args.pattern, "message_bytes": message,
                  "pipeline": 1, "think_s": 0, "rate_bytes_per_s": None,
                  "warmup_s": 1.0, "duration_s": seconds, "seed": place,
                  "repeat": repeat, "repeats": args.repeat, "place": place,
                  "places": 1000},
        "phases": {"connect_s": connected / 3500 + 0.01, "warmup_s": 1.0,
                   "window_s": seconds, "drain_s": 0.1,
                   "server_window_s": seconds + 0.001},
        "connections": {"attempted": connections, "connected": connected,
                        "outcomes": outcomes, "ends": {"completed": connected},
                        "per_s": 3500.0},
        "throughput": {"round_trips_per_s": rate,
                       "client": {"sent_bytes_per_s": rate * message,
                                  "received_bytes_per_s": rate * message},
                       "server": {"recv_bytes_per_s": served,
                                  "send_bytes_per_s": served}},
        "latency_us": {"from_send": histogram(latency, trips),
                       "from_intended": None,
                       "first_echo": histogram(900.0, connected),
                       "connect": histogram(200.0, connected)},
        "cpu": {"server": dict(usage(cpu * 0.3, cpu * 0.7, seconds),
                               cycles=None if wine else 12345678901,
                               context_switches=None if wine else trips),
                "wineserver": usage(0.6, wine_cpu - 0.6, seconds) if wine
                else None,
                "load": usage(0.8, 1.1, seconds),
                "system": {"busy_percent": 71.5},
                "per_round_trip_us": {
                    "total": us * (cpu + (wine_cpu if wine else 0)),
                    "server": us * cpu,
                    "wineserver": us * wine_cpu if wine else None,
                    "load": us * 1.9}},
        "memory": {"empty": empty_level, "loaded": loaded_level,
                   "per_connection_bytes": (working - 6 * MIB) / connected,
                   "load": {"working_set_bytes": 20 * MIB}},
        "pool": {"system_nonpaged": none if wine else pool,
                 "host_tcp_memory": {"baseline_bytes": 8192,
                                     "end_bytes": 8192 + connected * 8192,
                                     "change_bytes": connected * 8192}
                 if wine else None},
        "threads": {"empty": 3, "end": threads, "max": threads},
        "handles": {"empty": None, "end": None, "max": None} if wine else
                   {"empty": 90, "end": 90 + connected, "max": 90 + connected},
        "traffic": {"client": traffic,
                    "server": dict({"accepted": connected + (3 if missing
                                                             else 0),
                                    "opens": connected, "closes": connected,
                                    "refused": 3 if missing else 0},
                                   **server_counts(total), errors={},
                                   refusals=refusals),
                    "window": {"client": window,
                               "server": server_counts(trips)}},
        "integrity": {"mismatches": 0, "first_mismatch": None},
        "machine": {"server": dict(machine(wine), process={"pid": 4}),
                    "load": {"os": "Linux", "os_version": "synthetic",
                             "process": {"pid": 5, "engine": "epoll",
                                         "threads": 1}}},
        "unknown": unknown,
        "samples": {"server": {"columns": ["t_s", "connections", "threads",
                                           "recvs"], "rows": rows},
                    "load": {"columns": ["t_s", "phase", "messages_echoed"],
                             "rows": [[0.1, "measuring", 17]]}},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
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
    args = parser.parse_args()
    rng = random.Random(args.seed)
    os.makedirs(args.folder, exist_ok=True)
    place = 0
    for repeat in range(1, args.repeat + 1):
        for model in args.models.split(","):
            for connections in map(int, args.connections.split(",")):
                place += 1
                wrong = (f"{model}:{connections}" == args.invalid
                         and repeat == 1)
                made = record(model, connections, repeat, args, rng, place,
                              ["timed_out: synthetic"] if wrong else [])
                name = (f"{place:04}-{model}-{connections}-{args.pattern}"
                        f"-{args.message}-r{repeat}.json")
                path = os.path.join(args.folder, name)
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(made, file, indent=1)


main()
