"""A client of the service `file`, by the calls of an EchoClient: to send so many
bytes is to ask for a piece of that size, and what comes is compared with the
file. The server is to be started with OPTIONS."""

import struct

from echo_client import EchoClient, Ended

SEED = 0x66696c65  # common/service.h
REQUEST = 16
SIZE = 1 << 18
OPTIONS = ["--service", "file", "--file-size", str(SIZE)]
MASK = (1 << 64) - 1


def word(index):
    """As common/pattern.c has it."""
    x = (SEED + index * 0x9e3779b97f4a7c15) & MASK
    x = ((x ^ x >> 32) * 0xd6e8feb86659fd93) & MASK
    return x ^ x >> 32


def make(size):
    return b"".join(struct.pack("<Q", word(index))
                    for index in range((size + 7) // 8))[:size]


FILE = make(SIZE)


class FileClient(EchoClient):
    def __init__(self, address, number, buffers=0):
        super().__init__(address, number, buffers)
        self.pieces = []  # place in what comes, place in the file, size
        self.rest = b""   # of a request that was begun

    def bytes(self, start, count):
        data = b""
        while self.pieces and sum(self.pieces[0][::2]) <= start:
            self.pieces.pop(0)
        for at, offset, size in self.pieces:
            if at >= start + count:
                break
            skip = max(start - at, 0)
            data += FILE[offset + skip:offset + size][:start + count - at - skip]
        return data

    def ask(self, offset, count):
        self.pieces.append((self.offered, offset, count))
        self.offered += count
        self.rest = struct.pack("<QQ", offset, count)

    def try_send(self, count):
        if not self.rest:
            count = min(count, SIZE)
            self.ask((self.offset + self.offered) % (SIZE - count + 1), count)
        try:
            self.rest = self.rest[self.sock.send(self.rest):]
        except BlockingIOError:
            return 0
        except OSError as error:
            raise Ended(f"{self}: send: {error}") from error
        if self.rest:
            return 0
        size = self.offered - self.sent
        self.sent = self.offered
        return size
