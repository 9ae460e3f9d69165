"""That no connection starves at 1,000 connections, for the models that are told
what is ready: the 99th percentile over the 50th.

Of latency this is the spread of the machine's speed as much as the model's
choice whom to serve: when all stand in one queue, a machine that slows down by
half for a moment doubles everybody's latency. So the same percentiles are taken
of turns too (`iomodels load --turns`: how many echoes all connections had had
between two of one, over their number), which the speed cannot change. Both are
judged, and printed with the range of the speed in the window: one that only
latency misses is the machine's, on a day when the speed varied as much.

    fairness.py --iomodels PATH --server PATH [--server-via LAUNCHER]
        [--repeat N]"""

import statistics
import sys

import drive

MODELS = ["async_select", "overlapped", "apc", "iocp"]
MOST = 1.25
LOAD = ["--connections", "1000", "--message", "64", "--duration", "3s",
        "--warmup", "1s", "--turns", "--threads", "1"]


def measure(model):
    """p99 over p50 of latency and of turns."""
    with drive.server(drive.arguments.server, "--model", model, "--listen",
                      "127.0.0.1:0") as server:
        load = drive.Load(server, *LOAD)
    mean, low, high = load.speed()
    latency, turns = [part["p99"] / part["p50"] for part in (
        load.final["latency_us"]["from_send"], load.final["turns"])]
    print(f"{model:12} {mean:8.0f}/s ({low:.0f} to {high:.0f})  p99/p50 of "
          f"latency {latency:.3f}, of turns {turns:.3f}", flush=True)
    return latency, turns


def main():
    repeat = drive.option("--repeat", 3)
    ratios = [[measure(model) for model in MODELS] for _ in range(repeat)]
    worst = 0
    for model, both in zip(MODELS, zip(*ratios)):
        latency, turns = map(statistics.median, zip(*both))
        worst = max(worst, latency, turns)
        print(f"{model:12} medians: latency {latency:.3f}, turns {turns:.3f}, "
              f"at most {MOST} wanted")
    return worst > MOST


sys.exit(main())
