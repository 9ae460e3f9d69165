#!/usr/bin/env python3
"""iomodels load against a file server: each request is answered by the bytes
that it asks for, and wrong ones are found."""

import struct

from loadtest import AT, Built, Load, main, require, require_equal

import file_client


class BuiltFile(Built):
    """A file server with faults."""

    def echo(self, sock, number):
        offset = 0
        try:
            with sock, sock.makefile("rb") as requests:
                # A hostile one may end within a request.
                while len(request := requests.read(file_client.REQUEST)) == 16:
                    self.add("recv_bytes", len(request))
                    at, size = struct.unpack("<QQ", request)
                    require(at + size <= file_client.SIZE, (at, size))
                    data = bytearray(file_client.FILE[at:at + size])
                    if not self.reply(sock, self.faults, offset, data):
                        break
                    offset += size
        except OSError:
            pass
        self.add("closes", 1)


def run_file(more, faults=None):
    with BuiltFile(faults) as server:
        return Load(server.port, f"--service file --file-size "
                                 f"{file_client.SIZE} {more}"), server.final


def right(message, more):
    load, served = run_file(f"--duration 500ms --message {message} {more}")
    final = load.final
    require_equal((load.code, load.mismatches, load.ends.keys()),
                  (0, 0, {"completed"}), final)
    messages = final["messages_echoed"]
    require(messages > 5 and messages == final["messages_sent"], final)
    require(final["sent_bytes"] == served["recv_bytes"]
            == messages * file_client.REQUEST, final)
    require(final["received_bytes"] == served["send_bytes"]
            == messages * message, final)


def case_mixed():
    load, _ = run_file("--pattern mixed --hostile 20% --message 5000 "
                       "--connections 20")
    require_equal((load.code, load.mismatches), (0, 0), load.final)


def wrong(fault):
    """What is not the file's is found, where it is: by this seed the byte after
    one that is dropped is another."""
    load, _ = run_file("--io-timeout 2s --seed 1", {fault: AT})
    first = load.final["first_mismatch"]
    require_equal((load.code, first["kind"], first["offset"]),
                  (1, "changed", AT), load.final)


ROWS = [(right, 1, ""), (right, 1000, "--pipeline 7"), (right, 65537, ""),
        (right, file_client.SIZE, ""),
        (right, 3000, "--pattern sparse --active 2"),
        (right, 4096, "--pattern idle --think 50ms"),
        (wrong, "wrong_byte"), (wrong, "drop_byte")]
main(globals() | {f"case_{check.__name__}_{row[0]}":
                  lambda *, check=check, row=row: check(*row)
                  for check, *row in ROWS}, at_once=4)
