"""What the harness costs: round trips a second of the iocp model over those of
a bare completion-port echo, both up at once and loaded in turn.

    iocp_floor.py FLOOR --iomodels PATH --server PATH [--server-via LAUNCHER]
        [--pairs N]"""

import statistics
import sys

import drive

LEAST = 0.97
LOAD = ["--connections", "100", "--message", "64", "--duration", "1s",
        "--warmup", "300ms"]


def main():
    ratios = []
    with drive.server(drive.arguments.server, "--model", "iocp", "--listen",
                      "127.0.0.1:0") as model, \
            drive.server(drive.others[0], str(model.first["threads"])) as floor:
        for pair in range(drive.option("--pairs", 21)):
            turns = [floor, model] if pair % 2 else [model, floor]
            rate = {server: drive.Load(server, *LOAD).speed()[0]
                    for server in turns}
            ratios.append(rate[model] / rate[floor])
            print(f"iocp {rate[model]:8.0f}/s  floor {rate[floor]:8.0f}/s  "
                  f"ratio {ratios[-1]:.3f}", flush=True)
    median = statistics.median(ratios)
    print(f"median of {len(ratios)} ratios: {median:.3f}, "
          f"at least {LEAST} wanted")
    return median < LEAST


sys.exit(main())
