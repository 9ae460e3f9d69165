#!/usr/bin/env python3
"""test_streams.py MODEL OUTSIDE --server PATH [--seeds FROM..TO]: byte streams
cut at random places, all of it from one seed: the server's options, how many
connections there are and when they come, how much each sends in what pieces,
how it reads, when it rests and how it ends. A case a seed, ten by default;
prints TAP."""

import random
import select
import time

from fixture import (MODEL, PATIENCE_S, WRONG_ON_PURPOSE, Fixture, has_ipv6,
                     model_listed, words)
from iotest import main, require

MOST = 200          # streams
TOTAL = 3 << 20     # bytes of all streams of a seed, about
OPERATIONS = 1200   # the server's, at most about so many each way
ROUNDS = 60         # in which the later ones come
SMALL_PIECES = 24   # pieces of any size; then only large ones
LARGE = 1 << 12     # below which those are not
UNSAFE = {("iocp_reuse", "test")}  # off: what the system cannot do is done
ABOVE_LOWEST = 64   # so far above its lowest a model option is tried


def draw_size(draw, bits):
    """1 to 2^bits: as likely below 2 as below any other power of two."""
    top = 1 << draw.randint(0, bits)
    return top - draw.randrange(top // 2 + 1)


def chance(draw, one_in):
    return draw.randrange(one_in) == 0


def server_options(draw):
    """A server's command line, and the size of its transfer buffers."""
    model = model_listed()
    buffer = draw.choice([64, 999, 4096, 4096, 4096, 16384, 65536, 1 << 20])
    text = f"--buffer {buffer}"
    size = draw.choice([0, 0, 0, 16384, 65536])
    if size:
        text += f" --sndbuf {size} --rcvbuf {size}"
    threads = draw.randint(1, 4)
    if threads <= (model["max_threads"] or threads):
        text += f" --threads {threads}"
    if model["max_outstanding"]:
        text += f" --outstanding {draw.randint(1, model['max_outstanding'])}"
    for option in model["options"]:
        if (model["name"], option["name"]) in UNSAFE:
            continue
        if "words" in option:
            word = draw.choice([option["preset"], *option["words"]])
            if MODEL in WRONG_ON_PURPOSE:
                word = option["preset"]
            text += f" --tune {option['name']}={word}"
            continue
        low, high = option["low"], option["high"]
        most = min(high - low, ABOVE_LOWEST)
        value = draw.choice([option["preset"], low, low + most,
                             low + most // 8])
        # Time-outs as long as can be: a test on a busy machine is late.
        if option["name"].endswith("_ms"):
            value = high
        text += f" --tune {option['name']}={value}"
    if chance(draw, 4) and has_ipv6():
        text += " --listen [::1]:0"
    return text, buffer


class Stream:
    """How it ends: by a FIN, then the rest of the echo and the server's; or,
    where some are `cut`, once all was sent, by an RST or a close, the echo
    perhaps unread."""

    def __init__(self, draw, share, at_once, cut):
        self.draw = draw
        self.end = "fin"
        if cut and chance(draw, 6):
            self.end = draw.choice(["close", "reset", "reset"])
        self.starts = 0 if at_once else draw.randrange(ROUNDS)
        self.rests = draw.randint(2, 7) if chance(draw, 3) else 0
        self.reads = 12 if chance(draw, 4) else 20  # bits of a piece
        self.total = 0 if chance(draw, 20) else draw.randint(1, 2 * share)
        self.client = None
        self.piece = self.pieces = 0
        self.rests_until = 0
        self.finished = self.done = False

    def takes_part(self, f, turn, buffers, pause_s):
        """In this round; connects it when its time has come."""
        if self.done or self.starts > turn:
            return False
        if not self.client:
            self.client = f.connect(buffers)
        if self.rests_until > time.monotonic():
            return False
        if not self.rests or not chance(self.draw, self.rests):
            return True
        self.rests_until = time.monotonic() + pause_s
        return False

    def send(self):
        left = self.total - self.client.sent
        if left == 0:
            if self.end == "fin":
                self.client.half_close()
                self.finished = True
                return
            getattr(self.client, self.end)()
            self.done = True
            return
        if not self.piece:
            self.piece = draw_size(self.draw, 20)
            if self.pieces > SMALL_PIECES:
                self.piece |= LARGE
            self.pieces += 1
        self.piece = min(self.piece, left)
        self.piece -= self.client.try_send(self.piece)

    def receive(self):
        if self.client.try_receive(draw_size(self.draw, self.reads)) != 0:
            return
        require(self.finished and self.client.received == self.client.sent,
                f"FIN: {self.client}")
        self.client.close()
        self.done = True


def turn_of(f, streams, turn, buffers, pause_s):
    """One look at all, one call in each direction for those that are ready.
    Whether any was."""
    part = [stream for stream in streams
            if stream.takes_part(f, turn, buffers, pause_s)]
    if not part:
        time.sleep(pause_s)
        return False
    waiting = sum(not stream.done for stream in streams) > len(part)
    to_read, to_send, failed = select.select(
        [stream.client.sock for stream in part],
        [stream.client.sock for stream in part if not stream.finished],
        [stream.client.sock for stream in part], 0 if waiting else 0.05)
    ready = {*to_read, *failed}, {*to_send}
    for stream in part:
        sock = stream.client.sock
        if sock in ready[0]:
            stream.receive()
        if sock in ready[1] and not stream.done:
            stream.send()
    return bool(ready[0] or ready[1])


def run_seed(seed):
    draw = random.Random(seed)
    options, buffer = server_options(draw)
    buffers = draw.choice([0, 0, 0, 16384, 65536])  # the clients'
    cut = chance(draw, 3)
    pause_s = 0.003 if chance(draw, 4) else 0
    count = draw.choice([MOST, draw.randint(1, 3),
                         *[3 + draw.randrange(draw_size(draw, 7) + 1)] * 3])
    at_once = chance(draw, 2)
    share = min(buffer * OPERATIONS, TOTAL) // count
    streams = [Stream(draw, share, at_once, cut) for _ in range(count)]
    with Fixture() as f:
        f.serve(options)
        turn, moved = 0, time.monotonic()
        while not all(stream.done for stream in streams):
            if turn_of(f, streams, turn, buffers, pause_s):
                moved = time.monotonic()
            require(time.monotonic() < moved + PATIENCE_S,
                    f"of {count} streams only "
                    f"{sum(stream.done for stream in streams)} come to an end")
            turn += 1
        f.end(None if cut else count, whole=not cut)


first, last = map(int, words[1].split("..") if words else (1, 10))
main({f"case_seed_{seed}": lambda *, seed=seed: run_seed(seed)
      for seed in range(first, last + 1)})
