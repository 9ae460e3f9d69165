"""test_reuse.py --server PATH: iocp_reuse, whose sockets are used again, or the
server says why not. Under Wine only a socket's first life works; that its
connection ends as others do can be tested there all the same. Prints TAP."""

import sys
import pathlib
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from echo_client import EchoClient
from iotest import (Server, arguments, launched, main, require, require_equal,
                    require_in, wrapper)


def start(*words):
    return Server("--model", "iocp_reuse", "--sample-ms", "0", "--threads",
                  "2", *words, command=launched(arguments.server))


def await_open(server, count):
    end = time.monotonic() + 10
    while True:
        server.say("mark now")
        if server.line(10)["connections"] == count:
            return
        require(time.monotonic() < end, f"there are not {count} connections")


def serve(by, finishes):
    """As many connections as there are first lives: no socket has a second."""
    with start("--tune", "test=off", "--tune", f"by={by}") as server:
        require_equal(server.first["fallback"], None)
        crowd = [EchoClient(server.address, n).connect() for n in range(8)]
        for c in crowd:
            c.echo(5000)
        for c in crowd[:5]:
            if finishes:
                c.finish()
            c.close()
        crowd[5].reset()
        await_open(server, 2)
        done = server.stop(20)
    require_equal((done.returncode, done.last["opens"], done.last["closes"]),
                  (0, 8, 8), done)
    require(set(done.last["errors"]) <= {"WSAECONNRESET"}, done.last)


def case_disconnect():
    serve("disconnect", finishes=True)


def case_transmit():
    # Wine's TransmitFile does not send the FIN.
    serve("transmit", finishes=not wrapper)


def case_fallback():
    """Many connections, one after another, whatever the system can do."""
    for by in "disconnect", "transmit", "packets", "close":
        with start("--tune", f"by={by}", "--tune", "accepts=2") as server:
            why = server.first["fallback"]
            if by == "close":
                require_equal(why, None)
            elif wrapper:
                require_in(why, "closed, not used again")
            for n in range(20):
                c = EchoClient(server.address, n).connect()
                c.echo(1000)
                c.finish()
                c.close()
            done = server.stop(20)
            require_equal((done.returncode, done.last["opens"]), (0, 20), done)


main(globals())
