"""What the tests of `iomodels load` share: servers with faults, a run of the
load by its protocol with all that must hold in any run, TAP.

With --echo-server (a native program, tests/echo_server.c) the faults are that
server's; without, those of a small server in here, so that a Windows
iomodels.exe can be tested wherever Python runs."""

import argparse
import json
import os
import shlex
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback

TIMEOUT_S = 60
MESSAGE = 1000
AT = 5500  # an offset in the middle of the sixth message


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--iomodels", required=True)
    parser.add_argument("--echo-server")
    parser.add_argument("--case", nargs="+", metavar="NAME")
    return parser.parse_args()


arguments = parse_arguments()
wrapper = shlex.split(os.environ.get("MESON_EXE_WRAPPER", ""))
command = (wrapper if arguments.iomodels.endswith(".exe") else []) + [
    arguments.iomodels]
os.environ.setdefault("WINEDEBUG", "-all")


# --- servers ---------------------------------------------------------------


class Native:
    """tests/echo_server.c."""

    def __init__(self, faults):
        words = [arguments.echo_server, "--sample-ms", "0"]
        for name, value in faults.items():
            words.append("--" + name.replace("_", "-"))
            if value is not True:
                words.append(str(value))
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self.process.stdout.readline())["port"]

    def stop(self):
        out, _ = self.process.communicate("stop\n", timeout=TIMEOUT_S)
        return json.loads(out.splitlines()[-1])


class Built:
    """The same faults, by a thread a connection."""

    def __init__(self, faults):
        self.faults = faults
        self.final = {"accepted": 0, "closes": 0, "recv_bytes": 0,
                      "send_bytes": 0}
        self.lock = threading.Lock()
        self.stopping = False
        self.held = []
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        if not faults.get("refuse"):
            self.listener.listen(128)
            self.thread = threading.Thread(target=self.accept, daemon=True)
            self.thread.start()

    def accept(self):
        while self.final["accepted"] < self.faults.get("limit", 1 << 60):
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if self.stopping:
                sock.close()
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = self.final["accepted"]
            self.final["accepted"] += 1
            threading.Thread(target=self.echo, args=(sock, number),
                             daemon=True).start()

    def echo(self, sock, number):
        mine = self.faults.get("victim", number) == number
        faults = self.faults if mine else {}
        offset = 0
        try:
            while data := sock.recv(65536):
                self.add("recv_bytes", len(data))
                if not self.reply(sock, faults, offset, bytearray(data)):
                    return
                offset += len(data)
            if faults.get("no_fin"):
                self.held.append(sock)
                return
        except OSError:
            pass
        sock.close()
        self.add("closes", 1)

    def reply(self, sock, faults, offset, data):
        def at(name, shift=0):
            where = faults.get(name, -1 << 60) - offset - shift
            return where if 0 <= where < size else None

        size = len(data)
        if (i := at("wrong_byte")) is not None:
            data[i] ^= 0x55
        if (i := at("drop_byte")) is not None:
            del data[i]
        if (i := at("surplus_byte")) is not None:
            data.insert(i, 0xAA)
        if at("stall", 1 if faults.get("stall") else 0) is not None:
            self.held.append(sock)
            return False
        if at("reset_after", 1 if faults.get("reset_after") else 0) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("HH" if os.name == "nt" else "ii",
                                        1, 0))
            raise OSError
        if at("close_after", 1 if faults.get("close_after") else 0) is not None:
            raise OSError
        sock.sendall(data)
        self.add("send_bytes", len(data))
        return True

    def add(self, name, count):
        with self.lock:
            self.final[name] += count

    def stop(self):
        self.stopping = True
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            pass
        self.listener.close()
        return self.final


class Late:
    """Echoes everything after a while: seconds, or what a call says."""

    def __init__(self, seconds):
        self.seconds = seconds if callable(seconds) else lambda: seconds
        self.seen = []  # the size of each piece that came
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                threading.Thread(target=self.echo, daemon=True,
                                 args=self.listener.accept()).start()
        except OSError:
            pass

    def echo(self, sock, _):
        try:
            while data := sock.recv(65536):
                self.seen.append(len(data))
                time.sleep(self.seconds())
                sock.sendall(data)
        except OSError:
            pass
        sock.close()


# --- the load ---------------------------------------------------------------


def once(options):
    """What a case adds takes the place of what SHORT says: no option may be
    given twice."""
    names = [name for name in options if name.startswith("--")]
    kept, seen, at = [], {name: names.count(name) for name in names}, 0
    while at < len(options):
        end = at + 1
        while end < len(options) and not options[end].startswith("--"):
            end += 1
        seen[options[at]] -= 1
        if seen[options[at]] == 0:
            kept += options[at:end]
        at = end
    return kept


class Load:
    """One run by the protocol; what it said."""

    def __init__(self, port, options, words=("go", "start", "drain"),
                 stop_at=None, close_at=None, hold_s=0, watch=None, within=()):
        self.events = []
        self.process = subprocess.Popen(
            [*within, *command, "load", "--json-stream", "--target",
             f"127.0.0.1:{port}"] + once(options),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        watchdog = threading.Timer(TIMEOUT_S, self.process.kill)
        watchdog.start()
        for line in self.process.stdout:
            event = json.loads(line)
            self.events.append(event)
            if watch is not None:
                watch(self, event)
            phase = event.get("phase") if event["event"] == "phase" else None
            if event["event"] == "ready" and "go" in words:
                self.say("go")
            if phase == "connected" and "start" in words:
                self.say("start")
            if event.get("mark") == "end" and "drain" in words:
                time.sleep(hold_s)
                self.say("drain")
            if stop_at is not None and stop_at in (phase, event["event"]):
                self.say("stop")
            if close_at is not None and close_at in (phase, event["event"]):
                self.process.stdin.close()
        self.code = self.process.wait()
        watchdog.cancel()
        self.errors = self.process.stderr.read()
        self.final = self.events[-1] if self.events else None

    def say(self, word):
        try:
            self.process.stdin.write(word + "\n")
            self.process.stdin.flush()
        except (OSError, ValueError):  # it ended, or its input is closed
            pass

    def phases(self):
        return [e["phase"] for e in self.events if e["event"] == "phase"]

    def marks(self):
        return {e["mark"]: e for e in self.events if "mark" in e}


def some(counts):
    return {name: count for name, count in counts.items() if count}


# Time enough for a machine that does other things too, ...
SHORT = ["--connections", "5", "--message", str(MESSAGE), "--warmup", "0s",
         "--duration", "1s", "--io-timeout", "30s", "--connect-timeout", "30s",
         "--connect-budget", "40s"]
# ... and where a time-out has to come.
HASTY = SHORT + ["--io-timeout", "2s", "--connect-timeout", "3s"]


def run(faults=None, options=SHORT, code=0, **more):
    """A run, with all that must hold whatever happens in it."""
    server = (Native if arguments.echo_server else Built)(faults or {})
    load = Load(server.port, options, **more)
    served = server.stop()
    final = load.final
    assert final is not None and final["event"] == "final", load.errors
    assert load.code == code, (load.code, code, load.errors)
    assert final["attempted"] == sum(final["outcomes"].values()), final
    assert final["connected"] == sum(final["ends"].values()), final
    assert final["connected"] == final["outcomes"]["connected"], final
    assert final["open"] == final["connecting"] == 0, final
    assert final["mismatches"] == sum(
        part["outcomes"]["mismatch"] + part["ends"]["mismatch"]
        for part in [final, *(final["hostile"] or {}).values()]), final
    assert (final["first_mismatch"] is None) == (final["mismatches"] == 0)
    for kind in (final["hostile"] or {}).values():
        assert kind["attempted"] == sum(kind["outcomes"].values()), final
        assert kind["connected"] == sum(kind["ends"].values()), final
    if not final["hostile"] and some(final["ends"]).keys() == {
            "completed"} and final["connected"] == final["attempted"]:
        assert final["sent_bytes"] == final["received_bytes"], final
        assert final["messages_sent"] == final["messages_echoed"], final
        assert served["recv_bytes"] == final["sent_bytes"], served
        assert served["send_bytes"] == final["received_bytes"], served
        assert served["accepted"] == served["closes"] == final["connected"]
    return load


def outcomes(load):
    return some(load.final["outcomes"])


def ends(load):
    return some(load.final["ends"])


def human(options, faults=None):
    """The load as people start it, without a protocol."""
    server = (Native if arguments.echo_server else Built)(faults or {})
    done = subprocess.run(
        command + ["load", "--target", f"127.0.0.1:{server.port}"]
        + once(options), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=TIMEOUT_S)
    server.stop()
    return done


def main(module):
    """Runs the functions case_* of a module in the order of writing."""
    cases = [(name, function) for name, function in module.items()
             if name.startswith("case_")
             and (arguments.case is None or name in arguments.case)]
    failed = 0
    print(f"1..{len(cases)}", flush=True)
    for number, (name, function) in enumerate(cases, 1):
        try:
            function()
            print(f"ok {number} - {name}", flush=True)
        except Exception:
            failed += 1
            traceback.print_exc()  # Meson shows standard error of a failure
            print(f"not ok {number} - {name}", flush=True)
    sys.exit(failed > 0)
