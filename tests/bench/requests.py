"""What a round trip costs of Wine's server process: requests to wineserver, by
kind, at 100 connections x 64 bytes. Unlike a timing the count is the same on any
machine; on Windows most of these are system calls, too.

The models run in a copy of the prefix whose wineserver writes a trace. Of that
the middle half is counted, by the threads that send; a round trip has one send.
While a load generator that is held up does not answer, receives wait, which costs
more: a count that is too high is taken again, at most twice.

event_select's ten are what its four calls need: WSAWaitForMultipleEvents one,
recv and send three each (the socket's descriptor, the call, its result), and
WSAEnumNetworkEvents three (it resets the event, asks, waits for the answer). There
is no further call: that one also resets the event, and recv re-enables FD_READ.

    requests.py --iomodels PATH --server PATH [--server-via LAUNCHER]"""

import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import drive

# The words of a server, and the most requests a round trip, by Wine 8.
MODELS = [(["iocp"], 6.3),
          (["iocp", "--tune", "batch=1", "--tune", "inline=0"], 8.1),
          (["overlapped"], 6.1),
          (["nonblocking"], 6.1),
          (["apc"], 8.1),
          (["event_select"], 10.1)]
LOAD = ["--connections", "100", "--message", "64", "--duration", "1s",
        "--warmup", "200ms"]
REQUEST = re.compile(rb"([0-9a-f]{4}): (\w+)\( ")


def copy_prefix(folder):
    """Its registry; the files are the same."""
    prefix = pathlib.Path(os.environ["WINEPREFIX"]).resolve()
    for file in [*prefix.glob("*.reg"), *prefix.glob(".update-timestamp")]:
        shutil.copy(file, folder)
    for name in "drive_c", "dosdevices":
        (folder / name).symlink_to(prefix / name)
    os.environ.update(WINEPREFIX=str(folder), WINEDEBUG="+server")


def trace(words, file):
    """Runs a model under a wineserver that traces into the file."""
    with open(file, "wb") as output:
        wineserver = subprocess.Popen(
            [*drive.pinned(0), "wineserver", "-f", "-p"], stderr=output,
            stdin=subprocess.DEVNULL)
    try:
        with drive.server(drive.arguments.server, "--model", *words, "--listen",
                          "127.0.0.1:0", "--sample-ms", "0") as server:
            drive.Load(server, *LOAD)
    finally:
        wineserver.send_signal(signal.SIGINT)  # as wineserver -k does
        wineserver.wait()


def requests(file):
    """Requests a round trip by kind, the most frequent first."""
    with open(file, "rb") as lines:
        made = [found.groups() for found in map(REQUEST.match, lines) if found]
    sends = [at for at, (_, kind) in enumerate(made) if kind == b"send_socket"]
    begin, end = len(sends) // 4, len(sends) * 3 // 4
    drive.require(end - begin > 100, f"only {len(sends)} sends in the trace")
    middle = made[sends[begin]:sends[end]]
    senders = {thread for thread, kind in middle if kind == b"send_socket"}
    count = collections.Counter(kind.decode() for thread, kind in middle
                                if thread in senders)
    return {kind: number / (end - begin) for kind, number in count.most_common()}


def measure(words, most, folder):
    """The total over what is wanted."""
    for _ in range(3):
        trace(words, folder / "trace")
        kinds = requests(folder / "trace")
        total = sum(kinds.values())
        print(f"{' '.join(words):24} {total:6.2f}, at most {most} wanted: "
              + ", ".join(f"{kind} {number:.2f}" for kind, number
                          in kinds.items() if number >= 0.005), flush=True)
        if total <= most:
            break
    return total / most


def main():
    if not drive.arguments.server_via.split()[-1:] == ["wine"]:
        sys.exit("requests are counted under Wine: give --server-via wine")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = pathlib.Path(scratch)
        copy_prefix(folder)
        return max(measure(*row, folder) for row in MODELS) > 1


sys.exit(main())
