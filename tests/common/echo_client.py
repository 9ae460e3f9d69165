"""An echo client that checks every byte. Its socket never blocks; calls that
wait do so for PATIENCE_S at most."""

import os
import random
import select
import socket
import struct

PATIENCE_S = 20
PIECE = 1 << 20  # bytes of a send or receive at most

# Repeats: by a prime, which no buffer's size is a multiple of.
PERIOD = (1 << 19) - 1
PATTERN = random.Random(1).randbytes(PERIOD) * 4


class Ended(AssertionError):
    """The server left: by a FIN or by any error of the socket."""


class EchoClient:
    """`offered` counts what send() was given: one that fails may have sent
    some of it."""

    def __init__(self, address, number, buffers=0):
        self.address, self.number = address, number
        self.offset = number * 7919 % PERIOD
        self.sent = self.received = self.offered = 0
        self.sock = socket.socket(socket.AF_INET6 if ":" in address[0]
                                  else socket.AF_INET)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if buffers:  # before it connects, for the window
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffers)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffers)

    def __str__(self):
        return (f"client {self.number}: {self.sent} bytes sent, "
                f"{self.received} received")

    def bytes(self, start, count):
        at = (self.offset + start) % PERIOD
        return PATTERN[at:at + count]

    # --- calls that do not wait ---------------------------------------------

    def begin(self):
        """Starts to connect."""
        self.sock.connect_ex(self.address)

    def try_send(self, count):
        """How many of the next bytes were taken."""
        data = self.bytes(self.sent, min(count, PIECE))
        self.offered = max(self.offered, self.sent + len(data))
        try:
            taken = self.sock.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise Ended(f"{self}: send: {error}") from error
        self.sent += taken
        return taken

    def try_receive(self, most=PIECE):
        """How many bytes came, 0 for a FIN; None: it would have to wait."""
        try:
            data = self.sock.recv(min(most, PIECE))
        except BlockingIOError:
            return None
        except OSError as error:
            raise Ended(f"{self}: receive: {error}") from error
        if data != self.bytes(self.received, len(data)):
            raise AssertionError(f"{self}: wrong bytes came back")
        self.received += len(data)
        if self.received > self.offered:
            raise AssertionError(f"{self}: more than was sent")
        return len(data)

    def half_close(self):
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise Ended(f"{self}: shutdown: {error}") from error

    def close(self):
        self.sock.close()

    def reset(self):
        """An RST instead of a FIN."""
        if self.sock.fileno() != -1:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 struct.pack("hh" if os.name == "nt" else "ii",
                                             1, 0))
        self.sock.close()

    # --- calls that wait ----------------------------------------------------

    def wait(self, to_send=False):
        # Windows tells of a failed connect as of an exception.
        if not any(select.select([] if to_send else [self.sock],
                                 [self.sock] if to_send else [], [self.sock],
                                 PATIENCE_S)):
            raise AssertionError(f"{self}: nothing happened in {PATIENCE_S} s")

    def connected(self):
        """Waits for what begin() started."""
        self.wait(to_send=True)
        error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise Ended(f"{self}: connect: {os.strerror(error)}")
        return self

    def connect(self):
        self.begin()
        return self.connected()

    def send(self, count):
        end = self.sent + count
        while self.sent < end:
            if not self.try_send(end - self.sent):
                self.wait(to_send=True)

    def next(self, most=PIECE):
        """How many bytes come; 0 for a FIN."""
        while (got := self.try_receive(most)) is None:
            self.wait()
        return got

    def receive(self, count):
        end = self.received + count
        while self.received < end:
            if not self.next(end - self.received):
                raise Ended(f"{self}: FIN, {end - self.received} are missing")

    def echo(self, count):
        self.send(count)
        self.receive(count)

    def drain(self):
        """What is owed, then the FIN."""
        self.receive(self.sent - self.received)
        if self.next():
            raise AssertionError(f"{self}: more than was sent")

    def finish(self):
        """FIN for FIN, after every byte."""
        self.half_close()
        self.drain()

    def until_end(self):
        """Until the server leaves, in whatever way."""
        try:
            while self.next():
                pass
        except Ended:
            pass
