#!/usr/bin/env python3
"""test_file.py iocp_file OUTSIDE --server PATH: the model that serves a file, in
each of its ways: the cases of other models that hold for it, where a client asks
for as many bytes as it would send, and its own. Prints TAP."""

import fixture
from file_client import REQUEST, SIZE
from iotest import main, require_equal, require_in, wrapper
from test_cases import CASES


def pieces(f):
    """Of any size, at both ends of the file, many at once, and in bytes."""
    f.serve("--buffer 1000")
    c, other = f.connect(), f.connect()
    asked = [(0, 1), (SIZE - 1, 1), (0, SIZE), (999, 1002), (SIZE - 5000, 5000),
             (12345, 1000)]
    for n, (offset, size) in enumerate(asked * 2):
        c.ask(offset, size)
        request, c.rest = c.rest, b""
        for part in ([request[i:i + 1] for i in range(REQUEST)] if n == 3
                     else [request]):
            c.sock.sendall(part)
        c.sent = c.offered
    other.echo(3000)
    c.finish()
    other.finish()
    final = f.end(2, whole=True)
    f.expect(final, recv_bytes=(2 * len(asked) + 1) * REQUEST,
             partial_sends=0)
    require_equal(final["errors"], {})


def bad_requests(f):
    """For what is not in the file: they end, and others are served."""
    f.serve()
    healthy = f.connect()
    wrong = [(SIZE, 1), (SIZE - 1, 2), (0, 0), (0, SIZE + 1), (2**64 - 1, 2),
             (2, 2**64 - 1)]
    for offset, size in wrong:
        c = f.client().connect()
        f.clients.remove(c)
        c.ask(offset, size)
        c.sock.sendall(c.rest)
        c.until_end()
        require_equal(c.received, 0)
        c.close()
        healthy.echo(100)
    healthy.finish()
    f.rest()
    f.say("stop")
    final = f.final(len(wrong) + 1)
    require_equal(final["errors"], {"WSAEINVAL": len(wrong)})


def says_what_it_does(f):
    f.serve()
    require_equal(f.server.first["file_bytes"], SIZE)
    why = f.server.first["fallback"]
    if wrapper and "by=packets" in fixture.served_by:
        require_in(why, "sent by reads")
    else:
        require_equal(why, None)
    f.end(0)


def case(by, *row):
    def run():
        # Wine keeps the buffer that it makes for a TransmitFile: 64 KB.
        fixture.served_by[:] = ["--tune", f"by={by}", "--tune", "chunk=4096"]
        fixture.case(*row)()
    return run


OWN = {function.__name__: (function,)
       for function in (pieces, bad_requests, says_what_it_does)}
COMMON = ["split", "half_close"]
# Not by Wine's TransmitFile, which a reset or stop can leave without an end.
ENDS = ["reset", "stop_connecting", "reset_mid_receive", "reset_while_waiting",
        "reset_mid_send", "stop_non_reading"]

found = {}
for way in "read", "transmit", "packets":
    whole = not wrapper or way == "read"
    names = ["limit", *(COMMON if whole or way == "transmit" else []),
             *(ENDS if whole else [])]
    rows = OWN | {name: CASES[name] for name in names}
    found |= {f"case_{way}_{name}": case(way, *row)
              for name, row in rows.items()}
main(found)
