"""The control lines, and stops at every moment: cases of test_cases.py."""

import time

from fixture import PATIENCE_S, SOCKET, Ended, within
from iotest import require, require_equal

CROWD = 20


def everybody_sees_it(f):
    for c in f.clients:
        c.until_end()


def stopped_by(f, who, opens):
    final = f.final(opens, whole=True)
    require_equal(final["stopped_by"], who)
    require_equal((type(final["errors"]), type(final["refusals"])),
                  (dict, dict))


def protocol(f):
    f.serve()
    sample = f.mark("empty")
    f.expect(sample, connections=0, recv_bytes=0)
    require(sample["threads"] and sample["working_set_bytes"] > 100000, sample)
    f.say("sing")
    f.event("error")
    c, = f.crowd(1, echo=5000)
    f.settle()
    f.expect(f.mark("loaded"), connections=1, recv_bytes=5000)
    c.finish()
    f.rest()
    f.say("stop")
    stopped_by(f, "stop", 1)


def stop_empty(f):
    f.serve(warm=False)
    f.expect(f.end(0, whole=True), accepted=0)


def stop_idle(f):
    """Half of them idle after an echo, half never sent a byte."""
    f.serve()
    f.crowd(CROWD // 2, echo=64)
    f.crowd(CROWD // 2)
    f.settle()
    f.say("stop")
    f.final(whole=True)
    everybody_sees_it(f)


def stop_under(f, options, non_reading_ones):
    """Everybody must see the end, and no wrong byte before it."""
    def busy(c, reads):
        try:
            while True:
                c.echo(4096) if reads else c.send(65536)
        except Ended:
            return c.sent

    f.serve(options)
    # All are accepted before the stop.
    busy_ones = [f.spawn(busy, c, n >= non_reading_ones)
                 for n, c in enumerate(f.crowd(CROWD, echo=64))]
    time.sleep(0.5)
    f.say("stop\nstop")
    f.final(CROWD)
    for one in busy_ones:
        require(one.result() > 64, "a client was never busy")


def stop_connecting(f):
    """They come and go until nobody is there any more."""
    came = []

    def visit():
        """Whether it came after the end."""
        for turn in range(80):
            c = f.client()
            gone = f.turned_away(c)
            c.reset() if turn % 2 else c.close()
            came.append(c)
            if gone:
                return True
        return False

    f.serve()
    visitors = [f.spawn(visit) for _ in range(6)]
    for _ in within(PATIENCE_S, 0.005):
        if len(came) >= 18:
            break
    f.say("stop\nstop")
    f.final()
    late = [visitor.result() for visitor in visitors]
    require(any(late), "all had come before the stop: this case tests nothing")


def stop_backlog(f):
    """The word comes while they wait to be accepted."""
    f.serve()
    f.outside("freeze")
    for n in range(CROWD):
        f.connect().send(n % 2 * 100)
    f.say("stop")
    f.outside("thaw")
    f.final()
    everybody_sees_it(f)


def stop_with(f, text, who):
    """One echo of a client that stays; the words, then the end of the input.
    One `final` only, and nothing after it: final() sees to that."""
    f.serve()
    f.crowd(1, echo=64)
    f.settle()
    if text:
        f.say(text)
    f.server.close_input()
    stopped_by(f, who, 1)
    everybody_sees_it(f)


PLAIN = (protocol, stop_empty, stop_idle, stop_connecting, stop_backlog)
ROWS = {
    "stop_busy": (stop_under, "", 0),
    # Some never read: the server's sends to them are blocked.
    "stop_non_reading": (stop_under, f"--sndbuf {SOCKET} --rcvbuf {SOCKET}",
                         CROWD // 2),
    "stop_by_eof": (stop_with, "", "eof"),
    "stop_twice": (stop_with, "stop\nstop", "stop"),
}
