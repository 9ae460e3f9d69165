"""How fast the load generator connects, against a bare loop of non-blocking
connects: in both a connection counts once the echo of its first message is here,
as many attempts are under way at once, and they come from an address that was
chosen, since more connections than one address has ports need that.

Both connect to the same native echo server, started anew for each, in turn, so
that a slower moment of the machine meets both: server on one core, client on
another. Judged is the median of connections for the same processor time: the rates
themselves, printed too, are the server's where that waits for its processor.

    connect_rate.py FLOOR --iomodels PATH --echo-server PATH [--rounds N]
        [--connections N]"""

import json
import pathlib
import statistics
import subprocess
import sys

import drive

MESSAGE, WINDOW, SOURCE = "64", "128", "127.0.0.2"
LIMIT = 0.95


def server():
    return drive.server(drive.arguments.echo_server, "--sample-ms", "0")


def floor(connections):
    """Connections a second, and microseconds of processor time for each."""
    with server() as target:
        out = subprocess.run(
            [*drive.pinned(1), drive.others[0], str(target.port),
             str(connections), MESSAGE, WINDOW, SOURCE],
            stdout=subprocess.PIPE, check=True, timeout=60).stdout
    seen = json.loads(out)
    return connections / seen["seconds"], seen["cpu_us"] / connections


def used_us(process):
    return sum(int(path.read_text().split()[0]) / 1e3 for path in
               pathlib.Path(f"/proc/{process}/task").glob("*/schedstat"))


def load(connections):
    """The same; ended by resets, as the bare loop's are, so that no port stays in
    TIME_WAIT for the next round."""
    with server() as target, drive.Program(
            *drive.pinned(1), *drive.iomodels_command(
                "load", "--json-stream", "--target", "%s:%d" % target.address,
                "--connections", connections, "--message", MESSAGE,
                "--connect-window", WINDOW, "--threads", 1,
                "--local-addresses", SOURCE)) as program:
        process = program.until(lambda line: True)[-1]["pid"]
        used = used_us(process)
        program.say("go")
        lines = program.until(lambda line: line.get("phase") == "connected")
        used = used_us(process) - used
        program.say("stop")
        final = program.until(lambda line: line["event"] == "final")[-1]
    drive.require(final["outcomes"]["connected"] == connections
                  and not final["mismatches"], final["outcomes"])
    begun = {line["phase"]: line["t_us"] for line in lines
             if line["event"] == "phase"}
    return (connections * 1e6 / (begun["connected"] - begun["connecting"]),
            used / connections)


def main():
    connections = drive.option("--connections", 10000)
    drive.raise_files(connections)
    rates, costs = [], []
    for number in range(drive.option("--rounds", 15)):
        # Each goes first as often as the other.
        if number % 2 == 0:
            low, high = floor(connections), load(connections)
        else:
            high, low = load(connections), floor(connections)
        rates.append(high[0] / low[0])
        costs.append(low[1] / high[1])
        print(f"round {number + 1}: bare loop {low[0]:,.0f}/s, {low[1]:.1f} us of "
              f"CPU each, load {high[0]:,.0f}/s, {high[1]:.1f} us; ratios "
              f"{rates[-1]:.3f}, {costs[-1]:.3f}", flush=True)
    rate, cost = map(statistics.median, (rates, costs))
    print(f"{connections:,} connections, each with an echo of {MESSAGE} bytes, load "
          f"to bare loop: median of the rates {rate:.3f}, of connections for the "
          f"same processor time {cost:.3f} (at least {LIMIT} wanted)")
    return cost < LIMIT


sys.exit(main())
