"""One case: a server with faults, its clients, its end. Facts only."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from clients import Clients, Echoes, Files, State
from file_client import OPTIONS
from iotest import Program

BEFORE_LISTENING = "before it listened"  # of Facts.late
LIMIT_S = 10  # to listen, to serve, to stop: each


def deadline():
    return time.monotonic() + LIMIT_S


class Facts:
    """What happened; `events` are the lines of the server's output by their
    event, the last of each, and `fired` the sites whose faults happened."""

    def __init__(self):
        self.events, self.fired = {}, set()
        self.exit, self.ended, self.late, self.said = None, "", "", ""
        self.lost = self.stuck = self.wrong = self.left = self.ms = 0

    @property
    def listened(self):
        return "listening" in self.events

    @property
    def error(self):
        """The last fault's, as the server names it."""
        return self.events.get("fault", {}).get("error", "")

    def read(self, server, wanted=None):
        """Takes in the server's lines up to the wanted one, or its end."""
        end = deadline()
        while event := server.line(max(0, end - time.monotonic())):
            self.events[event["event"]] = event
            if event["event"] == "fault":
                self.fired.add(event["site"])
            if event["event"] == wanted:
                return

    def serve(self, server, seed, forgotten):
        self.read(server, "listening")
        if self.listened:
            listening = self.events["listening"]
            clients = Clients(Files if listening["file_bytes"] else Echoes,
                              (listening["address"], listening["port"]), seed,
                              forgotten)
            self.stuck = clients.run(deadline())
            self.lost = clients.count(State.LOST)
            server.say("stop")
            self.left = clients.end(deadline())
            self.wrong = clients.wrong()
            self.read(server)
        self.exit = server.process.wait(LIMIT_S)


def attempt(command, model, faults, words=(), seed=1, forgotten=False):
    began = time.monotonic()
    facts = Facts()
    with Program(*command, "--model", model,
                 "--threads", "2",    # however many processors it has
                 "--sample-ms", "0",
                 "--sndbuf", "4096",  # so that sends have to wait
                 *(word for fault in faults for word in ("--fault", fault)),
                 *(OPTIONS if model == "iocp_file" else []),
                 *words) as server:
        try:
            facts.serve(server, seed, forgotten)
        except AssertionError:  # no line in time: it was killed
            facts.late = ("after the stop" if facts.listened
                          else BEFORE_LISTENING)
        facts.said = server.err.read_text("utf-8", "replace")
    code = server.process.returncode
    facts.ended = f"exit code {code}" if code >= 0 else f"signal {-code}"
    facts.ms = round((time.monotonic() - began) * 1000)
    return facts
