"""One case: a server with faults, its clients, its end. Facts only."""

import json
import os
import signal
import subprocess
import tempfile
import time

from clients import Clients, State

BEFORE_LISTENING = "before it listened"  # of Facts.late
LIMIT_S = 10  # to listen, to serve, to stop: each
POLL_S = 0.005

# Wine's own messages would mix with the server's.
os.environ.setdefault("WINEDEBUG", "-all")


class Facts:
    """What happened; `events` are the lines of the server's output by their
    event, the last of each, and `fired` the sites whose faults happened."""

    def __init__(self):
        self.events, self.fired = {}, set()
        self.listened = False
        self.exit, self.ended, self.late, self.said = None, "", "", ""
        self.lost = self.stuck = self.wrong = self.left = self.ms = 0


class Server:
    """Its outputs are files, not pipes: where Wine's server process crashes,
    the next one is started by a program here and keeps its outputs open."""

    def __init__(self, words):
        self.folder = tempfile.TemporaryDirectory()
        with open(self.path("out"), "wb") as out, \
                open(self.path("err"), "wb") as err:
            self.process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=out, stderr=err,
                start_new_session=True)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def events(self):
        for line in self.read("out").split("\n")[:-1]:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "event" in event:
                yield event

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as text:
            return text.read()

    def listening(self, deadline):
        """Its address; None: it ended, or did not listen in time."""
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            for event in self.events():
                if event["event"] == "listening":
                    return event["address"].strip("[]"), event["port"]
            if ended:
                return None
            time.sleep(POLL_S)
        return None

    def stop(self):
        try:
            self.process.stdin.write(b"stop\n")
            self.process.stdin.flush()
        except OSError:
            pass  # it ended: its exit code tells

    def wait(self, deadline):
        while self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(POLL_S)
        return self.process.poll()

    def close(self):
        if self.process.poll() is None:
            if os.name == "nt":
                self.process.kill()
            else:
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        try:
            self.process.stdin.close()
        except OSError:
            pass
        self.folder.cleanup()


def deadline():
    return time.monotonic() + LIMIT_S


def serve(server, facts, seed, forgotten):
    address = server.listening(deadline())
    facts.listened = address is not None
    if facts.listened:
        clients = Clients(address, seed, forgotten)
        facts.stuck = clients.run(deadline())
        facts.lost = clients.count(State.LOST)
        server.stop()
        facts.left = clients.end(deadline())
        facts.wrong = clients.wrong()
    elif server.process.poll() is None:
        facts.late = BEFORE_LISTENING
        return
    facts.exit = server.wait(deadline())
    if facts.exit is None:
        facts.late = "after the stop"


def attempt(command, model, faults, words=(), seed=1, forgotten=False):
    began = time.monotonic()
    facts = Facts()
    command = [*command, "--model", model,
               "--threads", "2",      # however many processors it has
               "--sample-ms", "0",
               "--sndbuf", "4096",    # so that sends have to wait
               *(word for fault in faults for word in ("--fault", fault)),
               *words]
    server = Server(command)
    try:
        serve(server, facts, seed, forgotten)
        for event in server.events():
            facts.events[event["event"]] = event
            if event["event"] == "fault":
                facts.fired.add(event["site"])
        facts.said = server.read("err")
    finally:
        server.close()
    code = server.process.returncode
    facts.ended = f"exit code {code}" if code >= 0 else f"signal {-code}"
    facts.ms = round((time.monotonic() - began) * 1000)
    return facts
