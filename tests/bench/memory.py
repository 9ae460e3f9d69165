"""What a connection of the iocp model takes of the server's working set at 10,000
connections that have each had an echo of 4 KB: above the empty server, its buffer
of 4,096 bytes included.

    memory.py --iomodels PATH --server PATH [--server-via LAUNCHER]"""

import sys

import drive

MOST = 4600
CONNECTIONS = 10000


def main():
    with drive.server(drive.arguments.server, "--model", "iocp", "--listen",
                      "127.0.0.1:0", "--sample-ms", "0") as server:
        taken = [server.mark()["working_set_bytes"]]

        def watch(line):
            if line.get("mark") == "end":
                taken.append(server.mark()["working_set_bytes"])

        drive.Load(server, "--connections", str(CONNECTIONS), "--message", "4K",
                   "--duration", "1s", "--io-timeout", "60s", watch=watch)
    empty, full = taken
    each = (full - empty) / CONNECTIONS
    print(f"empty {empty / 1024:.0f} KiB, with {CONNECTIONS:,} connections "
          f"{full / 1024:.0f} KiB: {each:.0f} bytes each, at most {MOST} "
          "wanted")
    return each > MOST


sys.exit(main())
