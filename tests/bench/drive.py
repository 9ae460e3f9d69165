"""Starts servers and the load generator for the benchmarks, and reads what
they say. On Linux the server shares a processor with Wine's own server, away
from the load generator: a wake-up across processors would be most of what is
measured."""

import os
import pathlib
import shlex
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from iotest import (Program, Server, arguments, iomodels_command, others,
                    require)


def pinned(core):
    can = (hasattr(os, "sched_getaffinity") and shutil.which("taskset")
           and core in os.sched_getaffinity(0))
    return ["taskset", "-c", str(core)] if can else []


def server(*words):
    """A server by --server-via."""
    if not os.path.exists(words[0]):
        sys.exit(f"{words[0]} is missing: build it, ./run setup does")
    return Server(command=pinned(0) + shlex.split(arguments.server_via)
                  + [*words])


def raise_files(connections):
    """The limit of open files, for what is started from here; not on Windows."""
    import resource
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if connections + 500 > most:
        print(f"{connections} connections need {connections + 500} open files, "
              f"the limit is {most}: give less, or raise it (ulimit -Hn)",
              file=sys.stderr)
        sys.exit(2)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Load:
    """One load of a server; `watch` gets each line when it comes."""

    def __init__(self, target, *options, watch=lambda line: None):
        with Program(*pinned(1), *iomodels_command(
                "load", "--json-stream", "--target", "%s:%d" % target.address,
                *options)) as program:
            program.say("go\nstart\ndrain")
            lines = program.until(
                lambda line: watch(line) or line["event"] == "final",
                timeout=120)
            require(program.wait().returncode == 0, lines[-1])
        self.final = lines[-1]
        begun = {line["phase"]: line["t_us"] for line in lines
                 if line["event"] == "phase"}
        self.connecting_s = (begun["connected"] - begun["connecting"]) / 1e6
        asked = int(options[options.index("--connections") + 1])
        require(self.final["outcomes"]["connected"] == asked
                and not self.final["mismatches"], self.final)
        samples = [line for line in lines if line["event"] == "sample"]
        marks = [line.get("mark") for line in samples]
        self.window = samples[marks.index("begin"):marks.index("end") + 1]

    def passed(self, *names):
        return sum(self.window[-1][name] - self.window[0][name]
                   for name in names)

    def speed(self):
        """Round trips a second: over the window, lowest and highest of its
        samples."""
        w = self.window
        rates = [(to["messages_echoed"] - at["messages_echoed"]) * 1e6
                 / (to["t_us"] - at["t_us"])
                 for at, to in [*zip(w, w[1:]), (w[0], w[-1])]
                 if to["t_us"] - at["t_us"] >= 100e3]
        return rates[-1], min(rates), max(rates)


def option(name, default):
    """A number among a benchmark's own options."""
    return (int(others[others.index(name) + 1]) if name in others
            else default)
