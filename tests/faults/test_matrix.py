"""test_matrix.py FAULT_MATRIX --server PATH --server-via WORDS: a seeded part of
the fault matrix, and what it says to bad input. Prints TAP."""

import json
import pathlib
import shlex
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from echo_client import EchoClient, Ended
from iotest import (Server, arguments, each, main, one_line, others, require,
                    require_equal, require_in, run)

SHARE, SEED = "8%", "7"
FIN_BEHIND = 150000  # bytes that a server receives at once, and cannot send
COMMAND = [sys.executable, *others, "--server", arguments.server,
           "--server-via", arguments.server_via]


def case_part_of_the_matrix(folder):
    path = folder / "faults.json"
    done = run(*COMMAND, "--share", SHARE, "--seed", SEED, "--json", path,
               exit_code=None, timeout=600)
    report = json.loads(path.read_text("utf-8"))
    cases = report["cases"]
    failed = [case for case in cases if case["result"] == "FAILED"]
    require(not failed and done.returncode == 0, f"{failed} {done}")
    require(sum(report["sums"].values()) == len(cases) > 50, report["sums"])
    require({case["result"] for case in cases} >= {"counted", "refused"},
            report["sums"])
    require(len({case["model"] for case in cases}) >= 8, cases)


def case_a_stopped_start_is_no_success(folder):
    path = folder / "faults.json"
    run(*COMMAND, "--models", "iocp", "--sites", "iocp_run.WSAIoctl", "--json",
        path)
    cases = json.loads(path.read_text("utf-8"))["cases"]
    require_equal({case["result"] for case in cases}, {"stopped"})


def case_ladder_keeps_connections():
    """Receives that find no memory cost connections, or are made again."""
    sites = {"blocking": "blocking_serve.recv",
             "nonblocking": "nonblocking_serve.recv",
             "select": "select_serve.recv", "poll": "poll_serve.recv",
             "async_select": "async_select_serve.recv",
             "event_select": "event_select_serve.recv",
             "overlapped": "overlapped_serve.WSARecv",
             "apc": "apc_serve.WSARecv", "iocp": "iocp_go_on.WSARecv",
             "iocp_accept": "iocp_accept_serve.WSARecv",
             "iocp_reuse": "iocp_reuse_serve.WSARecv",
             "iocp_zero": "iocp_zero_drain.recv",
             "threadpool": "threadpool_serve.WSARecv",
             "afd_poll": "afd_poll_ask.NtDeviceIoControlFile",
             "rio": "rio_request.RIOReceive"}

    def lost(model, shortage):
        faults = [word for number in (3, 4, 9) for word in
                  ("--fault", f"{sites[model]}:{number}:WSAENOBUFS:fail")]
        with Server("--model", model, "--threads", "2", "--sample-ms", "0",
                    "--shortage", shortage, *faults,
                    command=[*shlex.split(arguments.server_via),
                             arguments.server]) as server:
            count = 0
            for number in range(6):
                client = EchoClient(server.address, number)
                try:
                    client.connect()
                    for _ in range(3):
                        client.echo(20000)
                except Ended:
                    count += 1
                client.close()
            require_equal(server.stop(20).returncode, 0)
            return count

    require_equal(lost("iocp", "close"), 3)
    each(sites, lambda model: require_equal(lost(model, "ladder"), 0))


def case_spare_sockets_come_first():
    """A crowd leaves more sockets than are kept; the next accepts are by those
    that were, and no socket is made. None has to serve a second life, in which
    Wine fails: two are accepting when the crowd has come."""
    with Server("--model", "iocp_reuse", "--threads", "2", "--sample-ms", "0",
                "--tune", "test=off", "--tune", "accepts=2",
                command=[*shlex.split(arguments.server_via),
                         arguments.server]) as server:
        for count in (10, 2):
            crowd = [EchoClient(server.address, n).connect()
                     for n in range(count)]
            for client in crowd:
                client.echo(1)
            for client in crowd:
                client.finish()
        done = server.stop(20)
    final, faults = map(json.loads, done.stdout.splitlines()[-2:])
    require_equal((final["opens"], final["errors"]), (12, {}))
    require_equal(faults["calls"]["iocp_reuse_get.WSASocketW"], 12)


def case_a_fin_lets_waits_sleep():
    """A peer that has sent its FIN and does not read what it is owed: the waits
    of a model do not come back at once, again and again."""
    waits = {"select": "select_wait.select", "poll": "poll_turn.WSAPoll",
             "async_select": "async_select_turn.GetMessageW",
             "event_select": "event_select_turn.WSAWaitForMultipleEvents",
             "afd_poll": "afd_poll_take.GetQueuedCompletionStatusEx"}

    def check(model, wait):
        # While the server sleeps at the first byte all others come, and the
        # FIN; they are more than it can send.
        with Server("--model", model, "--threads", "1", "--sample-ms", "0",
                    "--buffer", "1048576", "--sndbuf", "16384", "--rcvbuf",
                    "1048576", "--work", "block:300000",
                    command=[*shlex.split(arguments.server_via),
                             arguments.server]) as server:
            client = EchoClient(server.address, 0, buffers=16384)
            client.connect().send(1)
            client.send(FIN_BEHIND)
            client.half_close()
            time.sleep(1.2)
            client.drain()
            done = server.stop(20)
        final, faults = map(json.loads, done.stdout.splitlines()[-2:])
        require_equal((done.returncode, final["errors"]), (0, {}))
        require(final["blocked_sends"] > 0, "no send was blocked")
        require(faults["calls"][wait] < 500, f"{wait}: {faults['calls']}")

    each(list(waits.items()), check)


def case_request_that_never_ends():
    """Nothing but its socket's close ends a request of registered I/O, and the
    server stops where that does not, either; it says what it left."""
    with Server("--model", "rio", "--threads", "2", "--sample-ms", "0",
                "--fault", "rio_request.RIOReceive:1:0:late",
                command=[*shlex.split(arguments.server_via),
                         arguments.server]) as server:
        EchoClient(server.address, 0).connect()
        while server.line(20)["event"] != "fault":
            pass
        other = EchoClient(server.address, 1)
        other.connect()
        other.echo(20000)
        server.say("stop")
        while (line := server.line(20))["event"] != "final":
            pass
        require_equal(line["errors"], {"WAIT_TIMEOUT": 1})
        require_equal((line["opens"], line["closes"]), (2, 2))
        require_equal(server.process.wait(20), 0)


def case_bad_input():
    shipped = arguments.server.replace(
        "tests/faults/iomodels-server-faults.exe",
        "harness/server/iomodels-server.exe")

    def check(*words):
        done = run(*COMMAND, "--models", "iocp", *words, exit_code=2)
        require_equal(done.stdout, "")
        one_line(done)

    each([("--models", "nope"), ("--sites", "nowhere"), ("--share", "x"),
          ("--share", "2"), ("--share", "0"),
          ("--server", "/nonexistent/x.exe"), ("--server", shipped)], check)


def case_bad_fault():
    def check(text):
        for _ in range(5):
            done = run(*shlex.split(arguments.server_via), arguments.server,
                       "--model", "iocp", "--fault", text, exit_code=None)
            if "wineserver crashed" not in done.stderr:
                break
        require_equal(done.returncode, 2)
        require_in(done.stderr, "--fault-sites")

    each(["", "nowhere:1:5", "iocp_run.calloc:0:5", "iocp_run.calloc:1:NOPE",
          "iocp_run.calloc:1:5:sideways"], check)


main(globals())
