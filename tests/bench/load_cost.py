#!/usr/bin/env python3
"""What a round trip costs the load generator, against a bare epoll loop.

Both drive the same native echo server, in turn, so that a slower moment of
the machine meets both: server on one core, client on another, processor time
by getrusage over the measured window. Fails when the median of the ratios is
over the limit.

System calls are the same, one recv and one send. The load generator receives
what is there before it sends, which spares the kernel about 2 %; what it needs
above the loop takes as much: it looks at the clock for each, makes and checks the
bytes, and records the time (load_instructions counts it), and its main thread beats
and takes samples. The bare loop against itself gives up to 1.02.

    load_cost.py FLOOR --iomodels PATH --echo-server PATH [--rounds N]"""

import json
import statistics
import subprocess
import sys

import drive

CONNECTIONS, MESSAGE, WARMUP, SECONDS = "100", "64", "0.5", "1.5"
LIMIT = 1.0


def floor(server):
    """Microseconds of processor time a round trip."""
    out = subprocess.run(
        [*drive.pinned(1), drive.others[0], str(server.port), CONNECTIONS,
         MESSAGE, WARMUP, SECONDS],
        stdout=subprocess.PIPE, check=True, timeout=60).stdout
    seen = json.loads(out)
    return seen["cpu_us"] / seen["round_trips"]


def load(server):
    one = drive.Load(server, "--connections", CONNECTIONS, "--message",
                     MESSAGE, "--sample-ms", "200", "--warmup", f"{WARMUP}s",
                     "--duration", f"{SECONDS}s")
    return one.passed("user_us", "kernel_us") / one.passed("messages_echoed")


def main():
    lows, highs, ratios = [], [], []
    with drive.server(drive.arguments.echo_server, "--sample-ms",
                      "0") as server:
        for i in range(drive.option("--rounds", 9)):
            # Each goes first as often as the other.
            if i % 2 == 0:
                low, high = floor(server), load(server)
            else:
                high, low = load(server), floor(server)
            lows.append(low)
            highs.append(high)
            ratios.append(high / low)
            print(f"round {i + 1}: floor {low:.3f} us, load {high:.3f} us, "
                  f"ratio {high / low:.3f}", flush=True)
    low, high, ratio = map(statistics.median, (lows, highs, ratios))
    print(f"processor time a round trip, {CONNECTIONS} connections, {MESSAGE} "
          f"bytes: floor {low:.3f} us, load {high:.3f} us; median ratio "
          f"{ratio:.3f} (limit {LIMIT})")
    return ratio > LIMIT


sys.exit(main())
