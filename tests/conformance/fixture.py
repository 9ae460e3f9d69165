"""What each case has: one server of the model under test, clients, threads.
Everything is undone after the case, however it ended. Black box: only what
harness/PROTOCOL.md says is known of the server."""

import atexit
import concurrent.futures
import functools
import itertools
import json
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

import file_client
from echo_client import PATIENCE_S, EchoClient, Ended
from iotest import (Program, Server, arguments, launched, others, require,
                    require_equal, run)

MODEL, OUTSIDE, *words = others
ANSWER_S = 15
# Fixed socket buffers on both sides: the sender must block before the end.
SOCKET = 65536

SLACK = 2 << 20  # bytes: heaps, and commits in large steps
SLOT = 2048      # bytes of a slot beside its buffer
THREAD = 32768   # bytes: what Wine keeps of a thread: 19 KB
WARM_MOST = 16   # connections of the warm-up

# Handles that a model keeps to use them again, by design, for each thread.
KEEPS = {"event_select": 63,   # the events of free seats
         "iocp_accept": 240,   # accepts of a burst, until clients take them
         "iocp_reuse": 256}    # spare sockets, as many as accepts

# Models whose options show, by other words than the presets, what goes wrong.
WRONG_ON_PURPOSE = {"iocp_ordered"}

# What grows as long as the server lives.
SUMS = {"opens", "closes", "accepted", "refused", "recv_bytes", "send_bytes",
        "recvs", "sends"}


helpers = []


def helper():
    """outside.c, which asks Windows; another one where Wine lost the last."""
    if not helpers or helpers[-1].process.poll() is not None:
        helpers.append(Program(*launched(OUTSIDE)))
        atexit.register(helpers[-1].__exit__)
    return helpers[-1]


@functools.cache
def model_listed():
    """What `--list --json` says of the model."""
    listing = run(*launched(arguments.server), "--list", "--json").stdout
    model, = [model for model in json.loads(listing)["models"]
              if model["name"] == MODEL]
    return model


if model_listed()["missing"]:
    print(f"1..0 # SKIP {MODEL} cannot run here: {model_listed()['missing']}")
    sys.exit()


SERVES_FILE = model_listed()["service"] == "file"
served_by = []  # words for each server that serves a file


def lowest(option):
    return option["words"][0] if "words" in option else option["low"]


def smallest():
    """Each model option at its lowest: one accept pending, nothing inline."""
    return " ".join(f"--tune {option['name']}={lowest(option)}"
                    for option in model_listed()["options"])


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
        return True
    except OSError:
        return False


def within(seconds=PATIENCE_S, pause=0.01):
    """Turns of a loop that ends by itself or, in time, by a failure."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(pause)


class Fixture:
    def __init__(self):
        self.clients, self.server = [], None
        self.numbers = itertools.count()
        self.base, self.held = {}, None  # after the warm-up
        self.pool = concurrent.futures.ThreadPoolExecutor(128)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        # With the server dead the threads' sockets end.
        if self.server:
            self.server.__exit__()
        self.pool.shutdown()
        for client in self.clients:
            client.reset()

    # --- the server ---------------------------------------------------------

    def serve(self, options="", warm=True):
        """A byte written past a buffer, or after the close, ends it: --guard.
        Its counts and resources after the warm-up are the base of all later
        ones."""
        if SERVES_FILE:
            options = " ".join([options, *file_client.OPTIONS, *served_by])
        self.server = Server("--model", MODEL, "--guard",
                             *options.split(),
                             command=launched(arguments.server))
        require_equal(self.server.first["model"], MODEL)
        if warm:
            self.warm()

    def say(self, text):
        self.server.say(text)

    def event(self, name):
        """The next line that is not a timed sample; it must be this one."""
        while True:
            line = self.server.line(ANSWER_S)
            require(line is not None, f"the output ended, due was {name}; "
                    f"{self.server.err.read_bytes()[-2000:]}")
            if line["event"] == name and (name != "sample" or "mark" in line):
                return line
            require_equal(line["event"], "sample", f"due was {name}")

    def mark(self, name="now"):
        self.say(f"mark {name}")
        sample = self.event("sample")
        require_equal(sample["mark"], name)
        return sample

    def outside(self, command, *more):
        asked = helper()
        asked.say(" ".join(map(str, (command, self.server.first["pid"],
                                     *more))))
        answer = asked.line(ANSWER_S)
        require(answer, f"outside has ended: {asked.process.poll()}, "
                f"{asked.err.read_bytes()}")
        return answer

    def count(self, line, name):
        """A counter without the warm-up's part."""
        return line[name] - (self.base.get(name, 0) if name in SUMS else 0)

    def expect(self, line, **counts):
        for name, count in counts.items():
            require_equal(self.count(line, name), count, name)

    # --- clients ------------------------------------------------------------

    def client(self, buffers=0):
        """Of its own bytes; not connected."""
        kind = file_client.FileClient if SERVES_FILE else EchoClient
        client = kind(self.server.address, next(self.numbers), buffers)
        self.clients.append(client)
        return client

    def connect(self, buffers=0):
        return self.client(buffers).connect()

    def crowd(self, count, echo=0):
        """So many, one after the other, each with an echo."""
        crowd = []
        for _ in range(count):
            crowd.append(self.connect())
            crowd[-1].echo(echo)
        return crowd

    def turned_away(self, client):
        """Connects one that may be refused, but must not be left waiting."""
        try:
            client.connect().echo(64)
        except Ended:
            return True
        return False

    def spawn(self, function, *words):
        return self.pool.submit(function, *words)

    def together(self, function, clients):
        """Runs it for all at once, each in a thread."""
        list(self.pool.map(function, clients))

    # --- accounts -----------------------------------------------------------

    def await_open(self, count):
        for _ in within(pause=0.005):
            now = self.mark()["connections"]
            if now == count:
                return
        raise AssertionError(f"{now} connections are open, not {count}")

    def bytes(self, line):
        """Offered, sent and received by clients; in and out by the server. What
        came to one that serves a file is requests, and what counts here is what
        was asked for."""
        came = "send_bytes" if SERVES_FILE else "recv_bytes"
        return (*(sum(getattr(client, name) for client in self.clients)
                  for name in ("offered", "sent", "received")),
                self.count(line, came), self.count(line, "send_bytes"))

    def settle(self):
        """Waits until the server has counted what the clients sent and
        received: an echo may arrive before its sender knows that it is
        done."""
        for _ in within():
            account = _, sent, received, came, went = self.bytes(self.mark())
            if (came, went) == (sent, received):
                return
        raise AssertionError(f"offered, sent, received, in, out: {account}")

    def warm(self):
        """One connection a thread, all at once: what the server makes at its
        first use is there afterwards, and is not taken for something left
        behind."""
        first = self.server.first
        count = min(first["threads"], first["max_connections"] or WARM_MOST,
                    WARM_MOST)
        clients = self.crowd(count, echo=1)
        for client in clients:
            client.finish()
            client.close()
        self.clients.clear()
        for _ in within(pause=0.025):
            last, self.held = self.held, self.outside("count")
            self.base = self.mark()
            # The threads that served them may be about to end, and the
            # accepts that they took to be posted again.
            if self.base["closes"] == count and self.held == last:
                return
        raise AssertionError("the first connections are not closed")

    def rest(self):
        """Closes all clients and waits until the server holds no more
        connections, threads and handles than after its warm-up; memory too,
        but slots stay with the server for the next connections."""
        def memory(sample):
            return sample["private_bytes"] or sample["working_set_bytes"]

        for client in self.clients:
            client.close()
        if not self.held:
            return
        first = self.server.first
        handles = (self.held["handles"]
                   + KEEPS.get(MODEL, 0) * first["threads"])
        most = memory(self.base) + SLACK + len(self.clients) * (
            first["buffer_bytes"] * first["outstanding"] + SLOT + THREAD)
        for _ in within(pause=0.02):  # a thread's stack goes a little after it
            sample, now = self.mark(), self.outside("count")
            if (sample["connections"] == 0 and memory(sample) <= most
                    and now["threads"] <= self.held["threads"]
                    and now["handles"] <= handles):
                require_equal(sample["opens"], sample["closes"])
                return
        raise AssertionError(
            f"all clients left: {sample['connections']} connections; {now}, "
            f"were {self.held}, {handles} handles allowed; "
            f"{memory(sample)} bytes of memory, {most} allowed")

    def final(self, opens=None, whole=False):
        """The end of a server that was told to stop; `opens` is the exact
        number. Both byte counts are exactly the clients' if `whole`; where
        connections were cut, a cut send counts nothing for either side though
        some of it may have arrived."""
        final = self.event("final")
        last = self.server.line(ANSWER_S)
        if last and last["event"] == "faults":  # of iomodels-server-faults
            require_equal(last["open"]["memory"], 0, "left open")
            last = self.server.line(ANSWER_S)
        require(last is None, "a line after `final`")
        require_equal(self.server.process.wait(ANSWER_S), 0, "exit code")
        opened = self.count(final, "opens")
        self.expect(final, connections=0, closes=opened,
                    accepted=opened + self.count(final, "refused"))
        require(opens in (None, opened), f"{opened} opens, not {opens}")
        account = offered, sent, received, came, went = self.bytes(final)
        require(received <= came <= offered and went <= came
                and (not whole or (came, went) == (sent, received)),
                f"offered, sent, received, in, out: {account}")
        require((came > 0) == (self.count(final, "recvs") > 0)
                and (went > 0) == (self.count(final, "sends") > 0), final)
        return final

    def end(self, opens=None, whole=False):
        """Has all clients leave and the server rest, then stops it."""
        self.rest()
        self.say("stop")
        return self.final(opens, whole)


def case(function, *words):
    """A case of its own fixture."""
    def run():
        with Fixture() as f:
            function(f, *words)
    return run
