"""Starts servers and the load for the benchmarks of models, and reads what
they say. On Linux the server shares a processor with Wine's own server, away
from the load: a wake-up across processors would be most of what is measured."""
import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
import typing

DEADLINE = 60  # seconds; none of what is waited for takes as long


def pinned(core):
    can = (hasattr(os, "sched_getaffinity") and shutil.which("taskset")
           and core in os.sched_getaffinity(0))
    return ["taskset", "-c", str(core)] if can else []


class Program:
    """A child that speaks harness/PROTOCOL.md; killed when it is late."""

    def __init__(self, command):
        self.name = command[-1] if len(command) == 1 else " ".join(command)
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def say(self, word):
        self.child.stdin.write(word + "\n")
        self.child.stdin.flush()

    def read(self, wanted):
        """The lines until the first that `wanted` accepts, in order."""
        timer = threading.Timer(DEADLINE, self.child.kill)
        timer.start()
        lines = []
        try:
            for text in self.child.stdout:
                lines.append(json.loads(text))
                if wanted(lines[-1]):
                    return lines
        finally:
            timer.cancel()
        sys.exit(f"{self.name}: ended or took over {DEADLINE} s; its last "
                 f"line: {lines[-1] if lines else 'none'}")

    def end(self):
        try:
            self.child.stdin.close()
            self.child.stdout.read()
            self.child.wait(DEADLINE)
        finally:
            self.child.kill()


class Server(Program):
    def __init__(self, via, command):
        if not os.path.exists(command[0]):
            sys.exit(f"{command[0]} is missing: build it, ./run setup does")
        super().__init__(pinned(0) + shlex.split(via) + command)
        self.hello = self.read(lambda line: line["event"] == "listening")[-1]
        self.target = f"{self.hello['address']}:{self.hello['port']}"


class Speed(typing.NamedTuple):
    """Round trips a second: over the window, and of its samples."""
    mean: float
    low: float
    high: float


def speed(lines):
    marks = [line.get("mark") for line in lines]
    window = lines[marks.index("begin"):marks.index("end") + 1]
    rates = [(to["messages_echoed"] - at["messages_echoed"]) * 1e6
             / (to["t_us"] - at["t_us"])
             for at, to in [*zip(window, window[1:]), (window[0], window[-1])]
             if to["t_us"] - at["t_us"] >= 100e3]
    return Speed(rates[-1], min(rates), max(rates))


def load(iomodels, server, *options):
    """One load of a server: its speed and the final line."""
    program = Program(pinned(1) + [
        iomodels, "load", "--json-stream", "--target", server.target,
        *options])
    program.say("go")
    program.say("start")
    program.say("drain")
    lines = program.read(lambda line: line["event"] == "final")
    program.end()
    final, asked = lines[-1], int(options[options.index("--connections") + 1])
    if final["outcomes"]["connected"] != asked or final["mismatches"]:
        sys.exit(f"{server.name}: {final['outcomes']}, "
                 f"{final['mismatches']} mismatches")
    return speed([line for line in lines if line["event"] == "sample"]), final
