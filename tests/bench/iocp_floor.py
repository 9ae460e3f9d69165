"""What the harness costs: round trips a second of the iocp model over those of
a bare completion-port echo, both up at once and loaded in turn.

    iocp_floor.py IOMODELS SERVER FLOOR [--server-via LAUNCHER] [--pairs N]"""
import argparse
import statistics
import sys

import drive

LEAST = 0.97
LOAD = ["--connections", "100", "--message", "64", "--duration", "1s",
        "--warmup", "300ms"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("iomodels")
    parser.add_argument("server")
    parser.add_argument("floor")
    parser.add_argument("--server-via", default="")
    parser.add_argument("--pairs", type=int, default=21)
    args = parser.parse_args()

    model = drive.Server(args.server_via, [
        args.server, "--model", "iocp", "--listen", "127.0.0.1:0"])
    floor = drive.Server(args.server_via, [
        args.floor, str(model.hello["threads"])])
    ratios = []
    try:
        for pair in range(args.pairs):
            turns = [floor, model] if pair % 2 else [model, floor]
            rate = {server: drive.load(args.iomodels, server, *LOAD)[0].mean
                    for server in turns}
            ratios.append(rate[model] / rate[floor])
            print(f"iocp {rate[model]:8.0f}/s  floor {rate[floor]:8.0f}/s  "
                  f"ratio {ratios[-1]:.3f}", flush=True)
    finally:
        model.end()
        floor.end()
    median = statistics.median(ratios)
    print(f"median of {args.pairs} ratios: {median:.3f}, "
          f"at least {LEAST} wanted")
    return median < LEAST


if __name__ == "__main__":
    sys.exit(main())
