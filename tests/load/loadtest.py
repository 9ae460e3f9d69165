"""What the tests of `iomodels load` share: a server with faults, and a run of
the load generator by its protocol with all that must hold in any run."""

import os
import pathlib
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from iotest import (Program, Server, Skip, arguments, each, iomodels,
                    iomodels_command, is_exe, listen, main, require,
                    require_equal, require_in, run as program)

TIMEOUT_S = 60
MESSAGE = 1000
AT = 5500  # an offset in the middle of the sixth message
# Time enough for a machine that does other things too, ...
SHORT = (f"--connections 5 --message {MESSAGE} --warmup 0s --duration 1s "
         "--io-timeout 30s --connect-timeout 30s --connect-budget 40s")
# ... and where a time-out has to come.
HASTY = "--io-timeout 2s --connect-timeout 3s "


class Built:
    """An echo server with faults, a thread a connection; waits for so many
    seconds, as delay() says, before each echo. `faults`: offsets of
    wrong_byte, drop_byte, surplus_byte, stall, close_after, reset_after, and
    fin_after, whose FIN comes with the echo; the number of their only `victim`;
    a `limit` of connections; no_fin, refuse."""

    def __init__(self, faults=None, delay=None):
        self.faults, self.delay = faults or {}, delay
        self.final = dict.fromkeys(
            ("accepted", "closes", "recv_bytes", "send_bytes"), 0)
        self.seen = []  # the size of each piece that came
        self.held, self.ports = [], []  # the ports of all peers
        self.lock = threading.Lock()
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        if not self.faults.get("refuse"):
            self.start()

    def start(self):
        self.listener.listen(128)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            for number in range(self.faults.get("limit", 1 << 60)):
                sock, peer = self.listener.accept()
                self.ports.append(peer[1])
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.add("accepted", 1)
                threading.Thread(target=self.echo, args=(sock, number),
                                 daemon=True).start()
        except OSError:
            pass

    def echo(self, sock, number):
        mine = self.faults.get("victim", number) == number
        faults = self.faults if mine else {}
        offset = 0
        try:
            while data := sock.recv(65536):
                self.add("recv_bytes", len(data))
                self.seen.append(len(data))
                if self.delay:
                    time.sleep(self.delay())
                if not self.reply(sock, faults, offset, bytearray(data)):
                    self.held.append(sock)
                    return
                offset += len(data)
            if faults.get("no_fin"):
                self.held.append(sock)
                return
        except OSError:
            pass
        self.add("closes", 1)
        sock.close()

    def reply(self, sock, faults, offset, data):
        """False: no more comes, and the connection stays open."""
        size = len(data)

        def at(name, shift=0):
            """Where in the data a fault is, or None."""
            where = faults.get(name, -1 << 60) - offset - shift
            return where if 0 <= where < size else None

        def behind(name):
            return at(name, 1 if faults.get(name) else 0) is not None

        if (i := at("wrong_byte")) is not None:
            data[i] ^= 0x55
        if (i := at("drop_byte")) is not None:
            del data[i]
        if (i := at("surplus_byte")) is not None:
            data.insert(i, 0xAA)
        if behind("stall"):
            return False
        if behind("reset_after"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(
                "HH" if os.name == "nt" else "ii", 1, 0))
            raise OSError
        if behind("close_after"):
            raise OSError
        if behind("fin_after") and hasattr(socket, "TCP_CORK"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        sock.sendall(data)
        self.add("send_bytes", len(data))
        if behind("fin_after"):
            raise OSError
        return True

    def add(self, name, count):
        with self.lock:
            self.final[name] += count

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.listener.close()


def options(*texts):
    """The words of all these texts, the last of an option that stands in
    several: none may be given twice."""
    found = {}
    for word in " ".join(texts).split():
        if word.startswith("--"):
            values = found[word] = []
        else:
            values.append(word)
    return [word for name, values in found.items() for word in (name, *values)]


def some(counts):
    return {name: count for name, count in counts.items() if count}


class Load:
    """One run by the protocol; what it said."""

    def __init__(self, port, more="", words=("go", "start", "drain"),
                 stop_at=None, close_at=None, hold_s=0, watch=None, within=()):
        self.events = []
        with Program(*within, *iomodels_command(
                "load", "--json-stream", "--target", f"127.0.0.1:{port}",
                *options(SHORT, more))) as program:
            self.process = program.process
            while (event := program.line(TIMEOUT_S)) is not None:
                self.events.append(event)
                if watch is not None:
                    watch(self, event)
                is_now = (event["event"], event["event"] == "phase"
                          and event["phase"])
                if is_now[0] == "ready" and "go" in words:
                    program.say("go")
                if is_now == ("phase", "connected") and "start" in words:
                    program.say("start")
                if event.get("mark") == "end" and "drain" in words:
                    time.sleep(hold_s)
                    program.say("drain")
                if stop_at in is_now:
                    program.say("stop")
                if close_at in is_now:
                    program.close_input()
            done = program.wait(TIMEOUT_S)
        self.code, self.errors = done.returncode, done.stderr
        self.final = self.events[-1] if self.events else {}
        require_equal(self.final.get("event"), "final", self.errors)
        self.outcomes, self.ends = (some(self.final[part])
                                    for part in ("outcomes", "ends"))
        self.mismatches = self.final["mismatches"]
        self.retried = (self.final["retried_refused"],
                        self.final["retried_timed_out"])
        self.marks = {e["mark"]: e for e in self.events if "mark" in e}
        self.phases = [e["phase"] for e in self.events
                       if e["event"] == "phase"]

    def in_window(self, key):
        return self.marks["end"][key] - self.marks["begin"][key]

    def measured(self):
        """The samples of the window."""
        return [e for e in self.events
                if e["event"] == "sample" and e["phase"] == "measuring"]


def check_any(load, served):
    """What holds whatever happens in a run."""
    final = load.final
    hostile = final["hostile"] or {}
    for part in final, *hostile.values():
        require_equal(part["attempted"], sum(part["outcomes"].values()), part)
        require_equal(part["connected"], sum(part["ends"].values()), part)
    require_equal(final["connected"], final["outcomes"]["connected"], final)
    require_equal((final["open"], final["connecting"]), (0, 0), final)
    require_equal(load.mismatches, sum(
        part["outcomes"]["mismatch"] + part["ends"]["mismatch"]
        for part in (final, *hostile.values())), final)
    require_equal(final["first_mismatch"] is None, load.mismatches == 0)
    if (not hostile and load.ends.keys() == {"completed"}
            and final["connected"] == final["attempted"]):
        require(final["sent_bytes"] == final["received_bytes"]
                == served["recv_bytes"] == served["send_bytes"], served)
        require_equal(final["messages_sent"], final["messages_echoed"])
        require(served["accepted"] == served["closes"] == final["connected"],
                served)


def run(faults=None, more="", code=0, talk=None, holds=None, **wanted):
    """A run against a server with these faults; `wanted`: attributes of the
    Load that it returns; `holds`: what is true of it."""
    with Built(faults) as server:
        load = Load(server.port, more, **(talk or {}))
    require_equal(load.code, code, load.errors)
    check_any(load, server.final)
    for name, value in wanted.items():
        require_equal(getattr(load, name), value, f"{name}: {load.final}")
    require(holds is None or holds(load), load.final)
    return load


def add_runs(module, table):
    """Each row of a table, name: arguments of run(), becomes a case."""
    for name, row in table.items():
        module["case_" + name] = lambda *, row=row: run(**row)


def human(more="", faults=None, code=0):
    """The load generator as people start it, without a protocol."""
    with Built(faults) as server:
        return iomodels("load", "--target", f"127.0.0.1:{server.port}",
                        *options(SHORT, more), exit_code=code,
                        timeout=TIMEOUT_S)
