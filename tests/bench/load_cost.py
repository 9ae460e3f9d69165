#!/usr/bin/env python3
"""What a round trip costs the load generator, against a bare epoll loop.

Both drive the same native echo server, in turn, so that a slower moment of
the machine meets both: server on one core, client on another, processor time
by getrusage over the measured window. Fails when the median of the ratios is
over the limit.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

SERVER_CORE, CLIENT_CORE = 0, 1


def pinned(core):
    """Pins where there is a second core to pin to."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return lambda: None
    return lambda: os.sched_setaffinity(0, {cores[core]})


class Server:
    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, "--sample-ms", "0"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, preexec_fn=pinned(SERVER_CORE))
        self.port = json.loads(self.process.stdout.readline())["port"]

    def stop(self):
        self.process.communicate(b"stop\n", timeout=10)


def floor(args, port):
    """Microseconds of processor time a round trip."""
    out = subprocess.run(
        [args.floor, str(port), str(args.connections), str(args.message),
         str(args.warmup), str(args.seconds)],
        stdout=subprocess.PIPE, check=True, timeout=args.seconds + 60,
        preexec_fn=pinned(CLIENT_CORE)).stdout
    seen = json.loads(out)
    return seen["cpu_us"] / seen["round_trips"]


def load(args, port):
    process = subprocess.Popen(
        [args.iomodels, "load", "--json-stream",
         "--target", f"127.0.0.1:{port}",
         "--connections", str(args.connections),
         "--message", str(args.message), "--sample-ms", "200",
         "--warmup", f"{args.warmup}s", "--duration", f"{args.seconds}s"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        preexec_fn=pinned(CLIENT_CORE))
    marks = {}
    process.stdin.write(b"go\nstart\ndrain\n")
    process.stdin.flush()
    for line in process.stdout:
        event = json.loads(line)
        if event.get("mark"):
            marks[event["mark"]] = event
    process.stdin.close()
    if process.wait(timeout=10) != 0:
        sys.exit("the load failed")

    def passed(*names):
        return sum(marks["end"][n] - marks["begin"][n] for n in names)

    return passed("user_us", "kernel_us") / passed("messages_echoed")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("iomodels")
    parser.add_argument("floor")
    parser.add_argument("server")
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--message", type=int, default=64)
    parser.add_argument("--warmup", type=float, default=0.5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--limit", type=float, default=1.15)
    args = parser.parse_args()

    server = Server(args.server)
    pairs = []
    try:
        for i in range(args.rounds):
            # Each goes first as often as the other.
            if i % 2 == 0:
                low, high = floor(args, server.port), load(args, server.port)
            else:
                high, low = load(args, server.port), floor(args, server.port)
            pairs.append((low, high))
            print(f"round {i + 1}: floor {low:.3f} us, load {high:.3f} us, "
                  f"ratio {high / low:.3f}", flush=True)
    finally:
        server.stop()
    ratio = statistics.median(high / low for low, high in pairs)
    print(f"processor time a round trip, {args.connections} connections, "
          f"{args.message} bytes: floor "
          f"{statistics.median(p[0] for p in pairs):.3f} us, load "
          f"{statistics.median(p[1] for p in pairs):.3f} us; "
          f"median ratio {ratio:.3f} (limit {args.limit})")
    sys.exit(ratio > args.limit)


if __name__ == "__main__":
    main()
