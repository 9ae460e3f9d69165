"""How fast the load generator connects, against a bare loop of non-blocking
connects: in both a connection counts once the echo of its first message is here,
and as many attempts are under way at once.

Both connect to the same native echo server, started anew for each, in turn, so
that a slower moment of the machine meets both: server on one core, client on
another. Fails when the median of the ratios is under the limit.

    connect_rate.py FLOOR --iomodels PATH --echo-server PATH [--rounds N]
        [--connections N]"""

import json
import statistics
import subprocess
import sys

import drive

MESSAGE, WINDOW = "64", "128"
LIMIT = 0.95


def server():
    return drive.server(drive.arguments.echo_server, "--sample-ms", "0")


def floor(connections):
    """Connections a second."""
    with server() as target:
        out = subprocess.run(
            [*drive.pinned(1), drive.others[0], str(target.port),
             str(connections), MESSAGE, WINDOW],
            stdout=subprocess.PIPE, check=True, timeout=60).stdout
    return connections / json.loads(out)["seconds"]


def load(connections):
    with server() as target:
        one = drive.Load(target, "--connections", str(connections),
                         "--message", MESSAGE, "--connect-window", WINDOW,
                         "--threads", "1", "--warmup", "0", "--duration",
                         "100ms")
    return connections / one.connecting_s


def main():
    connections = drive.option("--connections", 10000)
    drive.raise_files(connections)
    ratios = []
    for number in range(drive.option("--rounds", 9)):
        # Each goes first as often as the other.
        if number % 2 == 0:
            low, high = floor(connections), load(connections)
        else:
            high, low = load(connections), floor(connections)
        ratios.append(high / low)
        print(f"round {number + 1}: bare loop {low:,.0f}/s, load {high:,.0f}/s, "
              f"ratio {ratios[-1]:.3f}", flush=True)
    ratio = statistics.median(ratios)
    print(f"{connections:,} connections, each with an echo of {MESSAGE} bytes: "
          f"median ratio of the rates {ratio:.3f} (at least {LIMIT} wanted)")
    return ratio < LIMIT


sys.exit(main())
