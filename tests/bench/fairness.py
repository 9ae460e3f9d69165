"""That no connection starves: the 99th percentile of the latency over the 50th
at 1,000 connections, for the models that are told what is ready.

    fairness.py IOMODELS SERVER [--server-via LAUNCHER] [--repeat N]"""
import argparse
import statistics
import sys

import drive

MODELS = ["async_select", "overlapped", "apc", "iocp"]
MOST = 1.3
LOAD = ["--connections", "1000", "--message", "64", "--duration", "3s",
        "--warmup", "1s"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("iomodels")
    parser.add_argument("server")
    parser.add_argument("--server-via", default="")
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()

    ratios = {model: [] for model in MODELS}
    for _ in range(args.repeat):
        for model in MODELS:
            server = drive.Server(args.server_via, [
                args.server, "--model", model, "--listen", "127.0.0.1:0"])
            try:
                rate, final = drive.load(args.iomodels, server, *LOAD)
            finally:
                server.end()
            latency = final["latency_us"]["from_send"]
            ratios[model].append(latency["p99"] / latency["p50"])
            print(f"{model:12} {rate:8.0f}/s  p50 {latency['p50'] / 1000:6.1f}"
                  f" ms  p99 {latency['p99'] / 1000:6.1f} ms  ratio "
                  f"{ratios[model][-1]:.3f}", flush=True)
    worst = 0
    for model in MODELS:
        median = statistics.median(ratios[model])
        worst = max(worst, median)
        print(f"{model:12} median ratio {median:.3f}, at most {MOST} wanted")
    return worst > MOST


if __name__ == "__main__":
    sys.exit(main())
