"""test_reuse.py iocp_reuse OUTSIDE --server PATH: sockets that are used again,
or the server says why not. Under Wine only a socket's first life works; that
its connection ends as others do can be tested there all the same. Prints
TAP."""

from fixture import case
from iotest import main, require, require_equal, require_in, wrapper


def serve(f, by, finishes):
    """As many connections as there are first lives: no socket has a second."""
    f.serve(f"--threads 2 --tune test=off --tune by={by}", warm=False)
    require_equal(f.server.first["fallback"], None)
    crowd = f.crowd(8, echo=5000)
    for c in crowd[:5]:
        if finishes:
            c.finish()
        c.close()
    crowd[5].reset()
    f.await_open(2)
    f.say("stop")
    require(set(f.final(8)["errors"]) <= {"WSAECONNRESET"}, "other errors")


def fallback(f, by):
    """Many connections, one after another, whatever the system can do."""
    f.serve(f"--threads 2 --tune by={by} --tune accepts=2", warm=False)
    why = f.server.first["fallback"]
    if by == "close":
        require_equal(why, None)
    elif wrapper:
        require_in(why, "closed, not used again")
    for _ in range(20):
        c = f.connect()
        c.echo(1000)
        c.finish()
        c.close()
    f.end(20, whole=True)


main({"case_disconnect": case(serve, "disconnect", True),
      # Wine's TransmitFile does not send the FIN.
      "case_transmit": case(serve, "transmit", not wrapper),
      **{f"case_fallback_{by}": case(fallback, by)
         for by in ("disconnect", "transmit", "packets", "close")}})
