#!/usr/bin/env python3
"""Whatever holds a run up or takes its processors shows in its record: each
disturbance, begun in the measured window, with the reason that it must give."""

import os
import pathlib
import signal
import subprocess
import time

from e2e import (BAD_RUN, Skip, echo_server, iomodels, iomodels_command, loops,
                 main, records, require, require_equal, server_options)

WINDOW_S, WARMUP_S, STOPPED_S = 3, 1, 1.5
BRIEFLY_S = 0.3  # less than the interval of samples
RUNNER_STOPPED_S = 6  # the load's window ends by itself meanwhile


def tree(pid):
    """The process and all below it, with their command lines."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found.update(tree(int(child)))
    words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return {pid: words, **found}


def pids_of(runner, what):
    """The processes to stop: what is started by a launcher stays below it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        below = tree(runner.pid)
        load = [pid for pid, words in below.items() if words[1:2] == [b"load"]]
        if load:
            server = [pid for pid, words in below.items()
                      if pid not in (runner.pid, *load)]
            return {"load": load, "server": server,
                    "runner": [runner.pid]}[what]
        time.sleep(0.02)
    raise AssertionError("no load generator began")


def stop(what, seconds):
    def disturb(runner):
        pids = pids_of(runner, what)
        time.sleep(WARMUP_S + WINDOW_S / 4)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    return disturb


def busy(processor, count):
    def disturb(runner):
        with loops(count, "taskset", "-c", str(processor)):
            runner.wait(timeout=60)
    return disturb


# What disturbs; the reason or caution, and where the record has its share.
DISTURBANCES = {
    "load_stopped": (stop("load", STOPPED_S), "held_up",
                     "load_held_up_percent"),
    "server_stopped": (stop("server", STOPPED_S), "held_up",
                       "server_held_up_percent"),
    "load_stopped_briefly": (stop("load", BRIEFLY_S), "held_up",
                             "load_held_up_percent"),
    "server_stopped_briefly": (stop("server", BRIEFLY_S), "held_up",
                               "server_held_up_percent"),
    "runner_stopped": (stop("runner", RUNNER_STOPPED_S), "held_up",
                       "windows_differ_percent"),
    "server_shares": (busy(0, 2), "processors_shared", "others_percent"),
    "load_shares": (busy(1, 8), "load_starved", "load_waited_percent"),
}


def measure(folder, disturb):
    """The record of a run beside which disturb(runner) is done."""
    if not {0, 1} <= os.sched_getaffinity(0):
        raise Skip("server and load generator need a processor each")
    options = server_options()
    if "--server-via" in options:
        at = options.index("--server-via") + 1
        options[at] = f"taskset -c 0 {options[at]}"
    command = iomodels_command(
        "run", "--model", "iocp", "--connections", "20", "--warmup",
        f"{WARMUP_S}s", "--duration", f"{WINDOW_S}s", "--load-via",
        "taskset -c 1", "--output", folder, *options,
        "--disturbance-limit", "20")
    with subprocess.Popen(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as runner:
        disturb(runner)
        said = runner.communicate(timeout=60)[1]
    require(runner.returncode in (0, BAD_RUN), said)
    (record,) = records(folder).values()
    return record


def case_each_is_seen(folder):
    for name, (disturb, reason, key) in DISTURBANCES.items():
        record = measure(folder / name, disturb)
        # Other tests run beside this one: what is a caution alone may be a
        # reason with what they add.
        briefly = name.endswith("briefly")
        marks = record["reasons"] + briefly * record["cautions"]
        require(any(text.startswith(reason) for text in marks)
                and record["disturbance"][key] > (5 if briefly else 20),
                f"{name}: {marks} {record['disturbance']}")


def case_measured_again(folder):
    """A comparison measures what was disturbed at most twice more, and keeps
    every record."""
    with loops(4 * os.cpu_count()):
        done = iomodels(
            "compare", "--repeat", "1", "--models", "iocp", "--connections", "20", "--duration",
            "300ms", "--warmup", "100ms", "--no-plots", "--output", folder,
            *echo_server(), "--disturbance-limit", "1", exit_code=BAD_RUN)
    require_equal(len(records(folder)), 3, "records")
    iomodels("compare", "--resume", folder, "--no-plots", exit_code=BAD_RUN)
    require_equal(len(records(folder)), 3, "records after --resume")
    require_equal(done.stderr.count("is measured again"), 2, done.stderr)


# A load generator that says it is saturated with fewer than so many threads, and
# only then; it could have three.
SATURATED = r"""
import re, subprocess, sys
enough, *words = sys.argv[1:]
threads = words[words.index("--threads") + 1] if "--threads" in words else "1"
with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as load:
    for line in load.stdout:
        line = re.sub(r'"usable_processors":\d+', '"usable_processors":3', line)
        line = re.sub(r'"saturated":(true|false)',
                      f'"saturated":{str(threads < enough).lower()}', line)
        print(line, end="", flush=True)
sys.exit(load.returncode)
"""


def case_saturated(scratch):
    """It is measured again with more load threads, as many as there may be,
    unless somebody chose their number."""
    (scratch / "load.py").write_text(SATURATED, encoding="utf-8")

    def measure_with(enough, *words, exit_code=0):
        folder = scratch / f"{enough}{len(words)}"
        via = f"taskset -c 0 python3 '{scratch}/load.py' {enough}"
        done = iomodels(
            "compare", "--repeat", "1", "--models", "iocp", "--connections", "20", "--duration",
            "200ms", "--warmup", "0s", "--no-plots", "--output", folder,
            *echo_server(), "--load-via", via, *words, exit_code=exit_code)
        found = list(records(folder).values())
        require_equal(done.stderr.count("one more load thread"),
                      len(found) - 1, done.stderr)
        require_equal({r["asked"]["load_threads"] for r in found},
                      {1 if words else None})
        iomodels("compare", "--resume", folder, "--no-plots",
                 exit_code=exit_code)
        require_equal(len(records(folder)), len(found), "after --resume")
        return [(r["machine"]["load"]["process"]["threads"], r["valid"])
                for r in found]

    few = [(1, False), (2, False)]
    require_equal(measure_with(3), [*few, (3, True)])
    require_equal(measure_with(9, exit_code=BAD_RUN), [*few, (3, False)])
    require_equal(measure_with(3, "--load-threads", 1, exit_code=BAD_RUN),
                  few[:1])


def case_all_is_known(folder):
    record = measure(folder, lambda runner: None)
    require(None not in record["disturbance"].values(),
            f"{record['disturbance']} {record['unknown']}")


if __name__ == "__main__":
    main(globals())
