"""The clients of a server whose calls fail: a small load of every kind that a
model must do something for, each byte of it checked."""

import contextlib
import enum
import pathlib
import selectors
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from echo_client import EchoClient, Ended
from file_client import FileClient

Kind = enum.Enum("Kind", "STEADY FLOOD HALF RESET CROWD STAYER")
State = enum.Enum("State", "COMING HERE SERVED LOST GONE")

HOW_MANY = {
    Kind.STEADY: 3,  # here from first to last, with all sizes
    Kind.FLOOD: 1,   # sends much and reads late: the server's sends block
    Kind.HALF: 1,    # sends all, FIN, then reads
    Kind.RESET: 2,   # leaves in the middle
    Kind.CROWD: 20,  # all at once
    Kind.STAYER: 3,  # still connected when the server stops
}
FIRST_BYTES = {Kind.STEADY: 1, Kind.FLOOD: 200000, Kind.HALF: 60000,
               Kind.RESET: 5000, Kind.CROWD: 100, Kind.STAYER: 1000}
STEPS = [1, 700, 4097, 20000, 3]  # a steady one's messages

UNDER_WAY = 100000  # bytes to each stayer when the server stops
SMALL_BUFFER = 4096
FLOOD_S, NOT_READING_S, FORGOTTEN_S = 0.03, 0.1, 0.5
TURN_OTHERS, TURN_CROWD, LAST_TURNS = 4, 12, 10


class Steps:
    """What a client of either service does."""

    def __init__(self, address, kind, number):
        super().__init__(address, number)
        self.kind, self.state = kind, State.COMING
        self.due = FIRST_BYTES[kind]
        self.step = self.wrong = self.read_from = 0
        self.finished = False
        if kind in (Kind.FLOOD, Kind.STAYER):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                 SMALL_BUFFER)

    def come(self):
        self.state = State.HERE
        if self.kind is Kind.FLOOD:
            self.read_from = time.monotonic() + FLOOD_S
        self.begin()  # a failure is seen by the first send

    def leave(self, state):
        self.close() if state is State.SERVED else self.reset()
        self.state = state

    def half_close(self):
        if not self.finished:
            self.finished = True
            with contextlib.suppress(Ended):  # the next receive says why
                super().half_close()

    def waits(self):
        """For bytes that it is to get before anything else."""
        return self.state is State.HERE and self.received < self.due


class Echoes(Steps, EchoClient):
    pass


class Files(Steps, FileClient):
    pass


class Clients:
    """Of the class `one`. `forgotten`: one may never be served, since its socket could not be
    closed; it is not waited for long."""

    def __init__(self, one, address, seed, forgotten):
        self.forgotten = forgotten
        kinds = [kind for kind, count in HOW_MANY.items()
                 for _ in range(count)]
        # Any two clients of a case, and cases in a row, differ in every place.
        self.each = [one(address, kind, seed % 61 * 31 + number)
                     for number, kind in enumerate(kinds)]
        self.crowd_at = None
        self.crowd_leaves = self.stopping = False

    def of(self, *kinds):
        return [client for client in self.each if client.kind in kinds]

    def count(self, state):
        return sum(client.state is state for client in self.each)

    def wrong(self):
        return sum(client.wrong for client in self.each)

    def next(self, client):
        """Every byte is back: what next?"""
        if client.kind is Kind.STEADY:
            client.step += 1
            if client.step < len(STEPS) or not self.crowd_leaves:
                client.due += STEPS[client.step % len(STEPS)]
                return
        if client.kind is Kind.STAYER or (client.kind is Kind.CROWD
                                          and not self.crowd_leaves):
            return
        client.half_close()

    def send(self, client):
        while (client.sent < client.due
               and client.try_send(client.due - client.sent)):
            pass
        if client.kind is Kind.HALF and client.sent == client.due:
            client.half_close()

    def receive(self, client):
        got = client.try_receive(16384)
        if got == 0:
            whole = client.finished and client.received == client.sent
            client.leave(State.SERVED if whole else self.ended())
        elif (client.kind is Kind.RESET
              and client.received > client.due // 2):
            client.leave(State.GONE)
        elif got and client.received == client.due:
            self.next(client)

    def ended(self):
        return State.GONE if self.stopping else State.LOST

    def turn(self, wait_s):
        now = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for client in self.each:
                events = 0
                if client.state is State.HERE:
                    if client.sent < client.due:
                        events |= selectors.EVENT_WRITE
                    if now >= client.read_from:
                        events |= selectors.EVENT_READ
                if events:
                    selector.register(client.sock, events, client)
            if not selector.get_map():
                time.sleep(wait_s)
                return
            ready = selector.select(wait_s)
        for key, events in ready:
            self.serve(key.data, events)

    def serve(self, client, events):
        for event, step in ((selectors.EVENT_WRITE, self.send),
                            (selectors.EVENT_READ, self.receive)):
            if events & event and client.state is State.HERE:
                try:
                    step(client)
                except Ended:
                    client.leave(self.ended())
                except AssertionError:
                    client.wrong += 1
                    client.leave(self.ended())

    def crowd_is_served(self):
        waiting = sum(client.waits() for client in self.of(Kind.CROWD))
        return waiting == 0 or (
            waiting == 1 and self.forgotten
            and time.monotonic() > self.crowd_at + FORGOTTEN_S)

    def bring(self, *kinds):
        for client in self.of(*kinds):
            client.come()

    def stage(self, turn):
        """First the steady ones alone, then others beside them, then a
        crowd."""
        if turn == 0:
            self.bring(Kind.STEADY)
        if turn == TURN_OTHERS:
            self.bring(Kind.FLOOD, Kind.HALF, Kind.RESET)
        if turn == TURN_CROWD:
            self.bring(Kind.CROWD, Kind.STAYER)
            self.crowd_at = time.monotonic()
        if self.crowd_at and not self.crowd_leaves and self.crowd_is_served():
            self.crowd_leaves = True
            for client in self.each:
                if (client.state is State.HERE
                        and client.received == client.due):
                    self.next(client)

    def left(self):
        """How many are still to be served; of a stayer, one echo shows that it
        was accepted."""
        return sum(client.waits() if client.kind is Kind.STAYER
                   else client.state in (State.HERE, State.COMING)
                   for client in self.each)

    def run(self, deadline):
        """Until all are served but the stayers, who have bytes under way then,
        but for one that is idle; returns how many are stuck."""
        alone = time.monotonic()  # since when only the forgotten one is left
        turn = 0
        while time.monotonic() < deadline:
            self.stage(turn)
            turn += 1
            left = self.left()
            if left == 0:
                break
            if not self.forgotten or left > 1 or not self.crowd_leaves:
                alone = time.monotonic()
            elif time.monotonic() > alone + FORGOTTEN_S:
                break
            self.turn(0.01)
        stuck = self.left()
        for client in self.of(Kind.STAYER)[1:]:
            client.due += UNDER_WAY
            client.read_from = time.monotonic() + NOT_READING_S
        for _ in range(LAST_TURNS):
            self.turn(0.001)
        return stuck

    def end(self, deadline):
        """After the stop: how many have not ended by the deadline."""
        self.stopping = True
        while self.count(State.HERE) and time.monotonic() < deadline:
            self.turn(0.005)
        left = self.count(State.HERE)
        for client in self.each:
            if client.state is State.HERE:
                client.leave(State.GONE)
        return left
