"""What a connection takes of the load generator's memory: one thread with 15,000
connections, each of which sends once a second and has every byte of its echoes
checked, above the same with 100 connections. The buffers for messages are the
thread's and no connection's, so nothing is taken off.

Counted is the Pss of the process (/proc/PID/smaps_rollup) at the end of the
window, while all connections are open: pages that it alone has count whole, so
that libraries that others have, too, do not blur it. What the kernel keeps for a
socket is not the load generator's, and not in it.

    load_memory.py --iomodels PATH --echo-server PATH [--connections N]"""

import pathlib
import re
import sys

import drive

FEW, MOST = 100, 2048


def pss(process):
    text = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text()
    return int(re.search(r"^Pss: +(\d+) kB$", text, re.MULTILINE)[1]) * 1024


def measure(connections):
    """Bytes of memory, after every connection and every byte was found right."""
    found, begun = [], []

    def watch(line):
        if line["event"] == "ready":
            begun.append(line)
        if line.get("mark") == "end":
            found.append(pss(begun[0]["pid"]))

    with drive.server(drive.arguments.echo_server, "--sample-ms",
                      "0") as server:
        load = drive.Load(
            server, "--connections", str(connections), "--threads", "1",
            "--message", "64", "--pattern", "paced", "--rate",
            str(connections * 64), "--warmup", "1s", "--duration", "3s",
            watch=watch)
        counted = server.stop().last
    final = load.final
    drive.require(begun[0]["threads"] == 1, begun)
    drive.require(final["ends"]["completed"] == connections, final["ends"])
    drive.require(final["sent_bytes"] == final["received_bytes"]
                  == counted["recv_bytes"] == counted["send_bytes"],
                  (final, counted))
    drive.require(load.passed("messages_echoed") >= 2 * connections
                  and not final["saturated"],
                  f"{load.passed('messages_echoed')} echoes of {connections} "
                  "connections in the window: repeat on an idle machine")
    print(f"{connections:6,} connections: {found[0] / 1024:8,.0f} KiB, "
          f"{final['received_bytes']:,} bytes checked, none wrong", flush=True)
    return found[0]


def main():
    connections = drive.option("--connections", 15000)
    drive.raise_files(connections)
    few = measure(FEW)
    each = (measure(connections) - few) / (connections - FEW)
    print(f"{each:.0f} bytes each, less than {MOST} wanted")
    return each >= MOST


sys.exit(main())
