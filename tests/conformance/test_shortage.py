#!/usr/bin/env python3
"""Out of resources, for real: while a resource is short the server refuses by
name and counts it, open connections lose no byte; afterwards it serves new
ones again. Needs Linux: the shortage is a limit of a running process, taken
back later. Called as e2e tests are; only there to be run under Wine, where

- descriptors: Wine's server (one of the test's own) may open no more files;
- ceiling: it might open few from the start;
- threads: the server process may have no more of them;
- memory: the server process may not commit more memory.

What cannot be had here is skipped with its reason. Events: Wine has no limit
of its own for them but memory, and Windows none that a test could reach."""

import atexit
import functools
import json
import os
import pathlib
import resource
import select
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from echo_client import PATIENCE_S, EchoClient, Ended
from iotest import (BAD_INPUT, Server, Skip, arguments, iomodels, main,
                    processes, require, require_equal, require_in, run, wrapper)

HEALTHY, CROWD, LATER = 20, 200, 40
MESSAGE = 3000
STILL_S = 1.0  # nothing new for so long: the shortage has had its effect


class Talker(EchoClient):
    """Owed the echo of all that it has said, unless the server left it."""

    gone, due = False, 0

    @property
    def waits(self):
        return not self.gone and self.received < self.due

    def step(self, events):
        """Whether anything has happened."""
        moved = 0
        try:
            if events & select.POLLOUT:
                moved = self.try_send(self.due - self.sent)
            if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                got = self.try_receive()
                self.gone = got == 0
                moved += got or 0
        except Ended:
            self.gone = True
        return moved > 0 or self.gone


def crowd_of(server, count, first=0):
    crowd = [Talker(server.address, first + n) for n in range(count)]
    for c in crowd:
        c.begin()
    return crowd


def exchange(clients, until_still=False):
    """Goes on until all have their echo, or are gone; or, where that may never
    be, until nothing has happened for a while."""
    moved = began = time.monotonic()
    while waiting := {c.sock.fileno(): c for c in clients if c.waits}:
        poll = select.poll()
        for number, c in waiting.items():
            poll.register(number, select.POLLIN
                          | (select.POLLOUT if c.sent < c.due else 0))
        happened = [waiting[number].step(events)
                    for number, events in poll.poll(100)]
        now = time.monotonic()
        if any(happened):
            moved = now
        if until_still and now - moved > STILL_S:
            return
        require(now < began + PATIENCE_S,
                f"{len(waiting)} clients wait for their echo")


def say_all(clients, until_still=False):
    for c in clients:
        c.due += MESSAGE
    exchange(clients, until_still)


def all_whole(clients, what):
    say_all(clients)
    lost = sum(c.gone for c in clients)
    require_equal(lost, 0, f"{what}: of {len(clients)} lost")


def leave(server, clients):
    """Until the server has seen all of them leave."""
    for c in clients:
        c.close()
    deadline = time.monotonic() + PATIENCE_S
    while (sample := server.mark())["connections"] > 0:
        require(time.monotonic() < deadline, f"still open: {sample}")
        time.sleep(0.05)
    require_equal(sample["opens"], sample["closes"], sample)


def final_of(server):
    done = server.stop()
    require_equal(done.returncode, 0, done)
    return done.last


class Limit:
    """Lets a running process have only so much more than it has."""

    def __init__(self, pid, kind, more):
        self.pid, self.kind, self.more = pid, kind, more
        self.old = resource.prlimit(pid, kind)

    def now(self):
        if self.kind == resource.RLIMIT_NOFILE:
            return max(map(int, os.listdir(f"/proc/{self.pid}/fd"))) + 1
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return int(fields["VmData"].split()[0]) * 1024

    def begin(self):
        resource.prlimit(self.pid, self.kind,
                         (self.now() + self.more, self.old[1]))

    def end(self):
        resource.prlimit(self.pid, self.kind, self.old)


class ThreadLimit:
    """The same for threads: by a control group, since the limit of a user's
    processes is none for root."""

    def __init__(self, pid, more):
        self.more = more
        root = pathlib.Path("/sys/fs/cgroup")
        if (root / "pids").is_dir():
            root = root / "pids"
        self.group = root / f"iomodels-{os.getpid()}"
        try:
            self.group.mkdir()
            (self.group / "pids.max").write_text("max")
            (self.group / "cgroup.procs").write_text(str(pid))
        except OSError as error:
            self.close()
            raise Skip(f"no control group to limit threads: {error}") from None

    def begin(self):
        now = int((self.group / "pids.current").read_text())
        (self.group / "pids.max").write_text(str(now + self.more))

    def end(self):
        (self.group / "pids.max").write_text("max")

    def close(self):
        end = time.monotonic() + PATIENCE_S
        while self.group.is_dir():
            try:
                self.group.rmdir()
            except OSError:  # its last thread is about to end
                require(time.monotonic() < end, f"{self.group} stays")
                time.sleep(0.05)


def suffer(server, limit, names, may_wait=True):
    """The story of each case. Unless some may wait in the backlog, whoever is
    not served is turned away while the shortage lasts."""
    healthy = crowd_of(server, HEALTHY)
    all_whole(healthy, "before the shortage")
    limit.begin()
    crowd = crowd_of(server, CROWD, 1000)
    try:
        say_all(crowd, until_still=True)
        all_whole(healthy, "open during the shortage")
        served = [c for c in crowd if not c.gone and not c.waits]
        require(len(served) < CROWD,
                "nothing was short: this case tests nothing")
        waiting = sum(c.waits for c in crowd)
        require(may_wait or waiting == 0, f"{waiting} wait in the backlog")
        all_whole(served, "served during the shortage")
    finally:
        limit.end()
    exchange(crowd)  # those that waited in the backlog
    refused = sum(c.gone for c in crowd)
    later = crowd_of(server, LATER, 2000)
    all_whole(later, "after the shortage")
    all_whole(healthy, "open all the time")
    all_whole([c for c in crowd if not c.gone], "of the crowd")
    leave(server, healthy + crowd + later)
    final = final_of(server)
    require(final["opens"] == final["closes"] ==
            HEALTHY + CROWD - refused + LATER, f"{refused} gone: {final}")
    require(final["refused"] == refused == sum(final["refusals"].values()),
            f"{refused} were turned away, the server says {final}")
    named = {**final["errors"], **final["refusals"]}
    require(named and set(named) <= set(names),
            f"errors {final['errors']} and refusals {final['refusals']}")


@functools.cache
def private_wine():
    """A Wine server of our own: another prefix with the same system in it.
    Returns the process and the prefix."""
    prefix = pathlib.Path(os.environ.get("WINEPREFIX")
                          or os.path.expanduser("~/.wine"))
    folder = tempfile.TemporaryDirectory(prefix="iomodels-")
    own = pathlib.Path(folder.name)
    for path in [*prefix.glob("*.reg"), prefix / ".update-timestamp"]:
        if path.exists():
            shutil.copy(path, own)
    (own / "drive_c").symlink_to((prefix / "drive_c").resolve())
    shutil.copytree(prefix / "dosdevices", own / "dosdevices", symlinks=True)
    environment = {"WINEPREFIX": str(own)}

    def wine_server(option):
        run("wineserver", option, environment=environment, exit_code=None)

    # It stays until it is told to end.
    atexit.register(folder.cleanup)
    atexit.register(wine_server, "-k")
    wine_server("-p")
    run(*wrapper, "cmd", "/c", "exit", environment=environment, exit_code=None)
    pid, = [pid for pid, command in processes(f"WINEPREFIX={own}")
            if "wineserver" in command]
    return pid, environment


def started(model, *words, **how):
    return Server("--model", model, "--sample-ms", "0", *words, **how)


# Sockets that were made ahead would outlast the shortage.
FEW_ACCEPTS = {"iocp": ["--tune", "accepts=8"],
               "iocp_reuse": ["--tune", "accepts=8"],
               "iocp_accept": ["--tune", "least=8", "--tune", "most=8"]}


def descriptors(model):
    pid, environment = private_wine()
    few_accepts = FEW_ACCEPTS.get(model, [])
    # A thread takes several at once: whatever is left by the last one.
    for more in range(60, 64) if model == "blocking" else [60]:
        limit = Limit(pid, resource.RLIMIT_NOFILE, more)
        with started(model, *few_accepts, environment=environment) as server:
            suffer(server, limit,
                   # Invalid: Wine's words for a socket or a thread that it
                   # has no descriptor for.
                   ["WSAEMFILE", "WSAENOBUFS", "WSAEINVAL",
                    "ERROR_TOO_MANY_OPEN_FILES", "ERROR_NOT_ENOUGH_MEMORY",
                    "ERROR_NO_SYSTEM_RESOURCES", "ERROR_INVALID_HANDLE"],
                   may_wait=model in FEW_ACCEPTS)


def ceiling(model):
    """Wine's server may open few files from the start: the threads stop below
    that, and none of the connections that are served feels it."""
    if model != "blocking":
        raise Skip("this model needs no thread a connection")
    pid, environment = private_wine()
    limit = Limit(pid, resource.RLIMIT_NOFILE, 600)
    limit.begin()
    try:
        with started(model, environment=environment) as server:
            crowd = crowd_of(server, CROWD)
            say_all(crowd)
            served = [c for c in crowd if not c.gone]
            refused = CROWD - len(served)
            require(served and refused, f"{refused} of {CROWD} refused")
            for _ in range(10):
                all_whole(served, "served")
            leave(server, crowd)
            later = crowd_of(server, LATER, 1000)
            all_whole(later, "after all had left")
            leave(server, later)
            final = final_of(server)
            require_equal((final["refusals"], final["errors"]),
                          ({"ERROR_TOO_MANY_OPEN_FILES": refused}, {}))
    finally:
        limit.end()


def threads(model):
    """One may have a connection each; the others, 63."""
    if model not in ("blocking", "event_select", "overlapped"):
        raise Skip("this model starts all its threads before it listens")
    limit = None
    try:
        with started(model, "--threads", "1") as server:
            limit = ThreadLimit(server.process.pid,
                                20 if model == "blocking" else 1)
            suffer(server, limit,
                   ["ERROR_NOT_ENOUGH_MEMORY", "ERROR_NO_SYSTEM_RESOURCES",
                    "ERROR_MAX_THRDS_REACHED"])
    finally:
        if limit:
            limit.close()


def memory(model):
    if model == "blocking":
        raise Skip("Wine 8 keeps a lock of its own for good when a thread "
                   "finds no memory for its stack")
    if BORROWS[model]:
        raise Skip("idle connections have no buffer: memory is not short")
    # Room for 16 more buffers, and for half of one. Wine 10's own calls take
    # memory for an operation, in each thread, and without a page left they fail
    # as WSAENOBUFS, which ends a connection unless by --shortage ladder. What is
    # meant here: no buffer is to be had, and all that is open goes on.
    with started(model, "--buffer", "1M") as server:
        suffer(server, Limit(server.process.pid, resource.RLIMIT_DATA,
                             (16 << 20) + (512 << 10)),
               ["ERROR_NOT_ENOUGH_MEMORY", "ERROR_COMMITMENT_LIMIT",
                "WSAENOBUFS", "ERROR_NO_SYSTEM_RESOURCES",
                "ERROR_ACCESS_DENIED"])  # Wine's word for it


def preflight():
    """Wine's server may have fewer files than this shell: it says so itself."""
    pid, environment = private_wine()
    limit = Limit(pid, resource.RLIMIT_NOFILE, 600)
    limit.begin()
    try:
        done = iomodels("book", "--models", "iocp", "--tiers", "5000",
                        "--server", arguments.server, exit_code=BAD_INPUT,
                        environment=environment)
        files, _ = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    finally:
        limit.end()
    require_in(done.stderr, "skipping 5,000 connections: open files of "
               "wineserver", f"5,400 needed, {files:,} available")


if __name__ == "__main__":
    listing = run(*wrapper, arguments.server, "--list", "--json").stdout
    BORROWS = {model["name"]: model["borrows"]
               for model in json.loads(listing)["models"]}
    main({"case_preflight": preflight} | {
        f"case_{shortage.__name__}_{model['name']}":
        lambda *, row=(shortage, model["name"]): row[0](row[1])
        for model in json.loads(listing)["models"]
        if not model["missing"] and model["service"] == "echo"
        for shortage in (descriptors, ceiling, threads, memory)})
