"""Instructions of its own that the load generator needs for a round trip, to make
a message, check its echo, time and count it, by callgrind: 100 connections of 64
bytes. Unlike load_cost's processor time the count is the same on any machine, and
tells what of it is the load generator's: the kernel has the rest, and as much of
it for a bare loop.

    load_instructions.py --iomodels PATH --echo-server PATH"""

import pathlib
import re
import shutil
import sys
import tempfile

import drive

MOST = 950
SKIP = 77


def measure(server, file, seconds):
    """Instructions of the load thread, the second one, and its round trips."""
    words = ["valgrind", "-q", "--tool=callgrind", "--separate-threads=yes",
             f"--callgrind-out-file={file}"]
    with drive.Program(*words, *drive.iomodels_command(
            "load", "--json-stream", "--target", "%s:%d" % server.address,
            "--connections", 100, "--message", 64, "--threads", 1,
            "--warmup", 0, "--sample-ms", 0, "--duration",
            f"{seconds}s")) as program:
        program.say("go\nstart\ndrain")
        final = program.until(lambda line: line["event"] == "final",
                              timeout=120)[-1]
        drive.require(program.wait().returncode == 0, "failed")
    counted = re.search(r"^totals: (\d+)$", pathlib.Path(f"{file}-02").read_text(),
                        re.MULTILINE)
    return int(counted[1]), final["messages_echoed"]


def main():
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: apt-get install valgrind")
        return SKIP
    with tempfile.TemporaryDirectory() as folder, drive.server(
            drive.arguments.echo_server, "--sample-ms", "0") as server:
        file = pathlib.Path(folder, "callgrind.out")
        # The start and the end of a run are the same in both.
        short, long = (measure(server, file, seconds) for seconds in (1, 4))
    trips = long[1] - short[1]
    cost = (long[0] - short[0]) / trips
    print(f"{cost:.0f} instructions a round trip ({trips:,} of them), at most "
          f"{MOST} wanted")
    return cost > MOST


sys.exit(main())
