#!/usr/bin/env python3
"""test_cases.py MODEL OUTSIDE --server PATH [--case NAME...]: one model of the
built server by the cases that hold for all of them. Prints TAP."""

import socket
import time

import stops
from fixture import (SOCKET, Ended, Fixture, case, has_ipv6, model_listed,
                     smallest, within)
from iotest import Skip, main, require, require_equal, wrapper

BUFFER = "--buffer 4096"
SMALL = f"--buffer 4096 --sndbuf {SOCKET} --rcvbuf {SOCKET}"


# --- every byte comes back, however it was sent ------------------------------

def alone(f, options, talk):
    """One connection, which ends by a FIN after every byte."""
    f.serve(options)
    c = f.connect()
    talk(c)
    c.finish()
    f.end(1, whole=True)


def one_byte(c):
    for _ in range(300):
        c.echo(1)


def split(c):
    for piece in (1, 2, 997, 4000, 1, 4096, 903):
        c.send(piece)
        time.sleep(0.025)


def coalesced(c):
    """Many messages in one send, then an echo of each."""
    for _ in range(4):
        c.send(1000 * 16)
        for _ in range(1000):
            c.receive(16)


def ipv6(f):
    if not has_ipv6():
        raise Skip("this machine has no ::1")
    alone(f, "--listen [::1]:0", lambda c: c.echo(65536))
    require(":" in f.server.address[0], f.server.first)


def through(f, count, then_close):
    """Sends in a thread of its own, and receives meanwhile."""
    c = f.connect()

    def send():
        c.send(count)
        if then_close:
            c.half_close()

    sender = f.spawn(send)
    c.receive(count)
    sender.result()
    if not then_close:
        c.half_close()
    c.drain()
    return f.end(1, whole=True)


def larger_than_buffer(f):
    f.serve(BUFFER)
    final = through(f, 1 << 20, then_close=False)
    require(f.count(final, "recvs") >= (1 << 20) // 4096,
            "more than a buffer was received at once")


def half_close(f):
    """The FIN goes out long before the echo is complete."""
    f.serve(BUFFER)
    through(f, 10 << 20, then_close=True)


def slow_reader(f):
    """Reads nothing for a second: the server's sends block, and others are
    served on."""
    f.serve(SMALL)
    slow, other = f.connect(SOCKET), f.connect()
    sender = f.spawn(slow.send, 8 << 20)
    time.sleep(0.3)
    for _ in within(0.7, 0.02):
        other.echo(512)
    require(other.received >= 512 * 5, f"beside one that does not read {other}")
    require(not sender.done(),
            "the sender never blocked: this case tests nothing")
    slow.receive(8 << 20)
    sender.result()
    slow.finish()
    other.finish()
    f.end(2, whole=True)


def reset(f):
    f.serve(BUFFER)
    healthy = f.connect()
    for turn in range(20):
        c = f.connect()
        if turn % 2:
            c.echo(100)  # the server has met it
        c.send(50000)    # the echo is never read
        c.reset()
        healthy.echo(1000)
    later = f.connect()
    later.echo(100000)
    later.finish()
    healthy.finish()
    f.end()


def idle_sleeps(f):
    """A model that asks again and again sleeps meanwhile, and says how long."""
    f.serve()
    c, = f.crowd(1, echo=1000)
    time.sleep(0.5)
    c.finish()
    final = f.end(1, whole=True)
    sleeps = [final.get(key) for key in ("sleeps", "sleep_asked_us", "slept_us")]
    if f.server.first["model"] == "nonblocking":
        require(sleeps[0] >= 5 and 5 * 50 < sleeps[1] < 2 * sleeps[2], sleeps)
    else:
        require_equal(sleeps, [None] * 3)


# --- ends at every moment of a connection's life -----------------------------

def non_reading(f):
    """A client that never reads and sends until nothing goes in any more: the
    server's send to it is blocked then, and what it sent waits unread."""
    c = f.connect(SOCKET)
    last = time.monotonic()
    while time.monotonic() < last + 0.2:
        if c.try_send(65536):
            last = time.monotonic()
        else:
            time.sleep(0.005)
    return c


def fin_in_blocked_send(f):
    """The FIN waits behind bytes that the server cannot take yet."""
    f.serve(SMALL)
    healthy, = f.crowd(1, echo=1000)
    stuck = non_reading(f)
    require(stuck.sent > 65536, f"the one that never reads sent little: {stuck}")
    stuck.half_close()
    time.sleep(0.1)
    healthy.echo(1000)
    stuck.drain()
    healthy.echo(10000)
    healthy.finish()
    f.end(2, whole=True)


def after_accept(f):
    c = f.connect()
    f.await_open(2)
    c.reset()


def mid_receive(f):
    c, = f.crowd(1, echo=100)
    c.send(1)
    c.reset()


def while_waiting(f):
    c, = f.crowd(1, echo=5000)
    c.reset()


def mid_send(f):
    non_reading(f).reset()


def while_closing(f):
    """The FIN is there, its answer under way."""
    c = f.connect()
    c.send(3000)
    c.half_close()
    c.reset()


def closing_stuck(f):
    """FIN behind what cannot be sent, then the reset."""
    c = non_reading(f)
    c.half_close()
    time.sleep(0.02)
    c.reset()


def receiving(f):
    """Closes the direction it receives by: Windows answers what still comes
    with a reset, Linux drops it."""
    c, = f.crowd(1, echo=1000)
    c.sock.shutdown(socket.SHUT_RD)
    try:
        c.send(20000)
    except Ended:
        pass
    c.close()


def ends_beside(f, end, times):
    """A healthy connection notices nothing."""
    f.serve(SMALL)
    healthy, = f.crowd(1, echo=1000)
    for _ in range(times):
        end(f)
        f.await_open(1)
        healthy.echo(1000)
    for c in *f.crowd(1, echo=1000), healthy:
        c.echo(10000)
        c.finish()
    f.end()


# --- many: at once, too many, come and gone ----------------------------------

def hundred_at_once(f):
    def echoes(c):
        for _ in range(8):
            c.echo(1000 + 321 * c.number % 4000)
        c.finish()

    f.serve()
    crowd = [f.client() for _ in range(100)]
    f.together(lambda c: c.connect().echo(64), crowd)
    f.expect(f.mark(), connections=100, opens=100, recv_bytes=100 * 64)
    f.together(echoes, crowd)
    f.end(100, whole=True)


def threads(f):
    """The server has as many threads as requested, once it has connections."""
    def counted(f, threads):
        f.serve(f"--threads {threads}", warm=False)
        f.crowd(6, echo=64)
        return f.mark()["threads"]

    one = counted(f, 1)
    f.end(6, whole=True)
    with Fixture() as other:
        more = counted(other, 3) - one
        other.end(6, whole=True)
    require_equal(more, 0 if model_listed()["connections_per_thread"] == 1 else 2)


def burst(f, options, count):
    f.serve(options)
    crowd = [f.client() for _ in range(count)]
    for c in crowd:
        c.begin()
    for n, c in enumerate(crowd):
        c.connected().send(64 + n)
    for n, c in enumerate(crowd):
        c.receive(64 + n)
    for c in crowd:
        c.finish()
    f.end(count, whole=True)


def burst_smallest(f):
    burst(f, smallest(), 500)


def fill(f, limit):
    crowd = f.crowd(limit, echo=64)
    require(f.turned_away(f.client()), "one above the limit was served")
    return crowd


def limited(f, limit):
    """Exactly the limit, one above, again after one has left, and all of it
    again after all have."""
    refused = 2
    # One thread: 63 connections are all that some have room for on it.
    f.serve(f"--max-connections {limit} --threads 1")
    crowd = fill(f, limit)
    for c in crowd:
        c.echo(64)  # nobody suffers from it
    crowd[limit // 2].finish()
    crowd[limit // 2].close()
    # Its FIN may reach us just before its place is free.
    for _ in within(5, 0.05):
        if not f.turned_away(f.client()):
            break
        refused += 1
    else:
        raise AssertionError("the place of one that left stays taken")
    f.rest()
    fill(f, limit)
    final = f.end(2 * limit + 1)
    f.expect(final, refused=refused)
    require(final["refusals"], "`refusals` names no reason")


def vanish_in_backlog(f):
    """Come and gone while the server stands still; some of them stay."""
    f.serve(smallest())
    before, = f.crowd(1, echo=1000)
    f.outside("freeze")
    crowd = [f.connect() for _ in range(100)]
    for n, c in enumerate(crowd):
        if n % 4 == 3:
            c.send(10)
        if n % 5:
            c.reset() if n % 2 else c.close()
    f.outside("thaw")
    for c in crowd[::5]:
        c.send(1000)
        c.finish()
    before.echo(10000)
    before.finish()
    f.end()


def come_and_go(f):
    """Places are used again, and nobody meets the bytes of the one before."""
    f.serve("--max-connections 64")
    for turn in range(60):
        crowd = [f.connect() for _ in range(4)]
        for c in crowd:
            c.send(100 + 37 * turn)
        for c in crowd:
            c.finish()
            c.close()
    f.end(60 * 4, whole=True)


def await_buffers(f, count):
    for _ in within():
        lent = f.mark()["buffers"]
        if lent == count:
            return
    raise AssertionError(f"{lent} buffers are lent, not {count}")


def idle_lends_nothing(f, pool):
    """A model that borrows has no buffer while its connections are idle, and
    owed bytes keep theirs; other models have one for each connection."""
    if not model_listed()["borrows"]:
        if pool:
            raise Skip("this model has no pool")
        f.serve()
        f.crowd(3, echo=64)
        f.expect(f.mark(), connections=3, buffers=3)
        return
    f.serve(f"{SMALL} {pool}")
    idle = f.crowd(5, echo=10000)
    f.settle()
    # A model that looks for data has a buffer while it looks.
    await_buffers(f, 0)
    stuck = non_reading(f)
    await_buffers(f, 1)
    stuck.reset()
    f.await_open(5)
    await_buffers(f, 0)
    for c in idle:
        c.echo(10000)
        c.finish()
    require_equal(f.end()["buffers"], 0)


def shortage_memory(f):
    """By the limit of a job. The other shortages need a limit of a running
    process that Windows does not have: test_shortage.py makes them below
    Wine."""
    if model_listed()["borrows"]:
        raise Skip("idle connections have no buffer: memory is not short")
    if wrapper:
        raise Skip("Wine has no memory limit of jobs; see test_shortage.py")
    # No samples: they would find no memory first, and end the server.
    f.serve("--sample-ms 0 --buffer 64K")
    healthy = f.crowd(10, echo=1000)
    f.outside("limit", f.mark()["private_bytes"] + (4 << 20))
    refused = sum(f.turned_away(f.client()) for _ in range(200))
    require(refused, "nothing was short: this case tests nothing")
    for c in healthy:
        c.echo(1000)
    f.outside("limit", 0)
    f.crowd(20, echo=1000)
    for c in healthy:
        c.echo(1000)
    final = f.end(10 + 200 - refused + 20)
    f.expect(final, refused=refused)
    require_equal(sum(final["refusals"].get(name, 0) for name in (
        "ERROR_NOT_ENOUGH_MEMORY", "ERROR_OUTOFMEMORY",
        "ERROR_COMMITMENT_LIMIT", "ERROR_NO_SYSTEM_RESOURCES",
        "WSAENOBUFS")), refused, final["refusals"])


PLAIN = (ipv6, larger_than_buffer, half_close, slow_reader, reset, idle_sleeps,
         fin_in_blocked_send, hundred_at_once, threads, burst_smallest,
         vanish_in_backlog, come_and_go, shortage_memory, *stops.PLAIN)
CASES = {
    **{function.__name__: (function,) for function in PLAIN},
    "one_byte": (alone, BUFFER, one_byte),
    "split": (alone, BUFFER, split),
    "coalesced": (alone, BUFFER, coalesced),
    "half_close_receive": (ends_beside, receiving, 5),
    "reset_after_accept": (ends_beside, after_accept, 5),
    "reset_mid_receive": (ends_beside, mid_receive, 5),
    "reset_while_waiting": (ends_beside, while_waiting, 5),
    "reset_mid_send": (ends_beside, mid_send, 1),
    "reset_while_closing": (ends_beside, while_closing, 5),
    "reset_closing_stuck": (ends_beside, closing_stuck, 1),
    "accept_burst": (burst, "", 200),
    "limit_one": (limited, 1),
    "limit": (limited, 5),
    "limit_64": (limited, 64),
    "idle_lends_nothing": (idle_lends_nothing, ""),
    "idle_lends_nothing_heap": (idle_lends_nothing, "--pool heap"),
    **stops.ROWS,
}

if __name__ == "__main__":
    main({f"case_{name}": case(*row) for name, row in CASES.items()})
