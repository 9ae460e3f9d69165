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
import random
import resource
import select
import shutil
import socket
import subprocess
import tempfile
import time

import e2e
from e2e import Server, Skip, main, require

HEALTHY, CROWD, LATER = 20, 200, 40
MESSAGE = 3000
PATIENCE_S = 20
STILL_S = 1.0  # nothing new for so long: the shortage has had its effect


class Client:
    """A non-blocking echo client of random bytes, each compared."""

    def __init__(self, address, number):
        self.random = random.Random(number)
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(address)
        self.to_send = self.owed = b""
        self.gone = False  # reset or closed by the server

    def say(self, size=MESSAGE):
        message = self.random.randbytes(size)
        self.to_send += message
        self.owed += message

    def step(self, events):
        try:
            if self.to_send and events & select.POLLOUT:
                self.to_send = self.to_send[self.socket.send(self.to_send):]
            if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                got = self.socket.recv(65536)
                require(self.owed.startswith(got),
                        "bytes came back that were not sent")
                self.owed = self.owed[len(got):]
                self.gone = not got
        except BlockingIOError:
            pass
        except OSError:
            self.gone = True

    @property
    def waits(self):
        return not self.gone and bool(self.owed)


def exchange(clients, until_still=False):
    """Goes on until all have their echo, or are gone; or, where that may never
    be, until nothing has happened for a while."""
    end = time.monotonic() + PATIENCE_S
    moved = time.monotonic()
    while any(c.waits for c in clients):
        poll = select.poll()
        waiting = {c.socket.fileno(): c for c in clients if c.waits}
        for number, c in waiting.items():
            poll.register(number, select.POLLIN
                          | (select.POLLOUT if c.to_send else 0))
        for number, events in poll.poll(100):
            before = (len(waiting[number].owed), waiting[number].gone)
            waiting[number].step(events)
            if before != (len(waiting[number].owed), waiting[number].gone):
                moved = time.monotonic()
        now = time.monotonic()
        if until_still and now - moved > STILL_S:
            return
        require(now < end, f"{len(waiting)} clients wait for their echo")


def all_whole(clients, what):
    for c in clients:
        c.say()
    exchange(clients)
    lost = sum(c.gone for c in clients)
    require(lost == 0, f"{lost} of {len(clients)} {what} were lost")


def leave(clients):
    for c in clients:
        c.socket.close()


def mark(server):
    server.process.stdin.write(b"mark now\n")
    server.process.stdin.flush()
    while True:
        line = json.loads(server.process.stdout.readline())
        if line["event"] == "sample" and line.get("mark") == "now":
            return line


def await_empty(server):
    end = time.monotonic() + PATIENCE_S
    while True:
        sample = mark(server)
        if sample["connections"] == 0:
            require(sample["opens"] == sample["closes"], str(sample))
            return
        require(time.monotonic() < end, f"still open: {sample}")
        time.sleep(0.05)


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
    healthy = [Client(server.address, n) for n in range(HEALTHY)]
    all_whole(healthy, "before the shortage")
    limit.begin()
    crowd = [Client(server.address, 1000 + n) for n in range(CROWD)]
    try:
        for c in crowd:
            c.say()
        exchange(crowd, until_still=True)
        all_whole(healthy, "open during the shortage")
        unserved = sum(c.gone or c.waits for c in crowd)
        require(unserved > 0, "nothing was short: this case tests nothing")
        waiting = sum(c.waits for c in crowd)
        require(may_wait or waiting == 0, f"{waiting} wait in the backlog")
        all_whole([c for c in crowd if not c.gone and not c.waits],
                  "served during the shortage")
    finally:
        limit.end()
    exchange(crowd)  # those that waited in the backlog
    refused = sum(c.gone for c in crowd)
    later = [Client(server.address, 2000 + n) for n in range(LATER)]
    all_whole(later, "after the shortage")
    all_whole(healthy, "open all the time")
    all_whole([c for c in crowd if not c.gone], "of the crowd")
    leave(healthy + crowd + later)
    await_empty(server)
    final, code, err = server.end()
    require(code == 0, f"exit code {code}: {err}")
    require(final["opens"] == final["closes"] ==
            HEALTHY + CROWD - refused + LATER, f"{refused} gone: {final}")
    require(final["refused"] == refused == sum(final["refusals"].values()),
            f"{refused} were turned away, the server says {final}")
    named = {**final["errors"], **final["refusals"]}
    require(named and set(named) <= set(names),
            f"errors {final['errors']} and refusals {final['refusals']}")


class PrivateWine:
    """A Wine server of our own: another prefix with the same system in it."""

    def __init__(self):
        prefix = pathlib.Path(os.environ.get("WINEPREFIX")
                              or os.path.expanduser("~/.wine"))
        self.folder = tempfile.TemporaryDirectory(prefix="iomodels-")
        own = pathlib.Path(self.folder.name)
        for path in [*prefix.glob("*.reg"), prefix / ".update-timestamp"]:
            if path.exists():
                shutil.copy(path, own)
        (own / "drive_c").symlink_to((prefix / "drive_c").resolve())
        shutil.copytree(prefix / "dosdevices", own / "dosdevices",
                        symlinks=True)
        self.environment = {**os.environ, "WINEPREFIX": str(own)}
        # It stays until it is told to end; its services start with the first
        # program: not in our pipes.
        atexit.register(self.close)
        self.run("wineserver", "-p")
        self.run(*e2e.wrapper, "cmd", "/c", "exit")
        self.pid = wine_server_pid(own)

    def run(self, *words):
        subprocess.run(words, timeout=60, env=self.environment, check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def close(self):
        self.run("wineserver", "-k")
        self.folder.cleanup()


@functools.cache
def private_wine():
    return PrivateWine()


def wine_server_pid(own):
    wanted = f"WINEPREFIX={own}".encode()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().startswith("wineserver") and \
                    wanted in (folder / "environ").read_bytes().split(b"\0"):
                return int(folder.name)
        except OSError:
            continue
    raise AssertionError("this prefix's wineserver is not in /proc")


def few_accepts(model):
    """Sockets that were made ahead would outlast the shortage."""
    return ["--tune", "accepts=8"] if model == "iocp" else []


def descriptors(_, model):
    own = private_wine()
    before = dict(os.environ)
    os.environ.update(own.environment)
    try:
        # A thread takes several at once: whatever is left by the last one.
        for more in range(60, 64) if model == "blocking" else [60]:
            limit = Limit(own.pid, resource.RLIMIT_NOFILE, more)
            with Server("--model", model, "--sample-ms", "0",
                        *few_accepts(model)) as server:
                suffer(server, limit,
                       # Invalid: Wine's words for a socket or a thread that it
                       # has no descriptor for.
                       ["WSAEMFILE", "WSAENOBUFS", "WSAEINVAL",
                        "ERROR_TOO_MANY_OPEN_FILES", "ERROR_NOT_ENOUGH_MEMORY",
                        "ERROR_NO_SYSTEM_RESOURCES", "ERROR_INVALID_HANDLE"],
                       may_wait=model == "iocp")
    finally:
        os.environ.clear()
        os.environ.update(before)


def ceiling(_, model):
    """Wine's server may open few files from the start: the threads stop below
    that, and none of the connections that are served feels it."""
    if model != "blocking":
        raise Skip("this model needs no thread a connection")
    own = private_wine()
    limit = Limit(own.pid, resource.RLIMIT_NOFILE, 600)
    before = dict(os.environ)
    os.environ.update(own.environment)
    limit.begin()
    try:
        with Server("--model", model, "--sample-ms", "0") as server:
            crowd = [Client(server.address, n) for n in range(CROWD)]
            for c in crowd:
                c.say()
            exchange(crowd)
            served = [c for c in crowd if not c.gone]
            refused = CROWD - len(served)
            require(served and refused, f"{refused} of {CROWD} refused")
            for _ in range(10):
                all_whole(served, "served")
            leave(crowd)
            await_empty(server)
            later = [Client(server.address, 1000 + n) for n in range(LATER)]
            all_whole(later, "after all had left")
            leave(later)
            final, code, err = server.end()
            require(code == 0, f"exit code {code}: {err}")
            require(final["refusals"] == {"ERROR_TOO_MANY_OPEN_FILES": refused}
                    and not final["errors"], str(final))
    finally:
        limit.end()
        os.environ.clear()
        os.environ.update(before)


def threads(_, model):
    """One may have a connection each; the others, 63."""
    if model not in ("blocking", "event_select", "overlapped"):
        raise Skip("this model starts all its threads before it listens")
    limit = None
    try:
        with Server("--model", model, "--sample-ms", "0", "--threads", "1") \
                as server:
            limit = ThreadLimit(server.process.pid,
                                20 if model == "blocking" else 1)
            suffer(server, limit,
                   ["ERROR_NOT_ENOUGH_MEMORY", "ERROR_NO_SYSTEM_RESOURCES",
                    "ERROR_MAX_THRDS_REACHED"])
    finally:
        if limit:
            limit.close()


def memory(_, model):
    if model == "blocking":
        raise Skip("Wine 8 keeps a lock of its own for good when a thread "
                   "finds no memory for its stack")
    with Server("--model", model, "--sample-ms", "0", "--buffer", "64K") \
            as server:
        suffer(server, Limit(server.process.pid, resource.RLIMIT_DATA,
                             2 << 20),
               ["ERROR_NOT_ENOUGH_MEMORY", "ERROR_COMMITMENT_LIMIT",
                "WSAENOBUFS", "ERROR_NO_SYSTEM_RESOURCES",
                "ERROR_ACCESS_DENIED"])  # Wine's word for it


def add_cases():
    listing = subprocess.run(
        e2e.wrapper + [e2e.arguments.server, "--list", "--json"],
        capture_output=True, timeout=60, check=True)
    for model in json.loads(listing.stdout)["models"]:
        for shortage in descriptors, ceiling, threads, memory:
            name = f"case_{shortage.__name__}_{model['name']}"

            def case(folder, shortage=shortage, model=model["name"]):
                shortage(folder, model)

            case.__name__ = name
            globals()[name] = case


if __name__ == "__main__":
    add_cases()
    main(globals())
