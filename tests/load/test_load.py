#!/usr/bin/env python3
"""iomodels load against servers that behave and servers that do not: every
attempt has its outcome, every connection its end, every wrong byte is found.

    test_load.py --iomodels PATH [--echo-server PATH] [--case NAME...]
"""

import os
import socket
import subprocess
import sys
import threading
import time

from loadtest import (AT, HASTY, MESSAGE, SHORT, TIMEOUT_S, Built, Late, Load,
                      arguments, command, ends, human, main, once, outcomes,
                      run)

# --- cases: all is well --------------------------------------------------------

ORDER = ["connecting", "connected", "warmup", "measuring", "draining", "done"]


def case_whole_run():
    load = run(options=SHORT + ["--warmup", "200ms", "--sample-ms", "100"])
    assert load.phases() == ORDER, load.phases()
    assert ends(load) == {"completed": 5}, ends(load)
    ready, final, marks = load.events[0], load.final, load.marks()
    assert ready["event"] == "ready" and ready["protocol"] == 1
    assert ready["engine"] == ("iocp" if command[-1].endswith(".exe")
                               else "epoll")
    assert len(ready["local_addresses"]) == 1
    assert ready["machine"]["cores"] >= 1
    begin, end = marks["begin"], marks["end"]
    assert begin["t_us"] == final["window"]["begin_us"]
    assert end["t_us"] == final["window"]["end_us"]
    assert 1_000_000 <= end["t_us"] - begin["t_us"] < 5_000_000
    in_window = end["messages_echoed"] - begin["messages_echoed"]
    h = final["latency_us"]["from_send"]
    assert 0 < h["count"] <= in_window + 5, (h["count"], in_window)
    assert h["count"] >= in_window * 0.9 - 20, (h["count"], in_window)
    assert h["count"] == sum(c for _, c in h["counts"])
    assert h["min"] <= h["p50"] <= h["p90"] <= h["p99"] <= h["max"]
    assert final["latency_us"]["first_echo"]["count"] == 5
    assert final["latency_us"]["connect"]["count"] == 5
    assert final["latency_us"]["from_intended"] is None
    times = [e["t_us"] for e in load.events if "t_us" in e]
    assert times == sorted(times)
    samples = [e for e in load.events if e["event"] == "sample"]
    assert len(samples) >= 8, len(samples)


def case_goes_on_until_told_to_drain():
    """Between the window's end and the word, all are open and served."""
    load = run(options=SHORT + ["--sample-ms", "50", "--duration", "200ms"],
               hold_s=0.5)
    end = load.marks()["end"]
    held = load.events[load.events.index(end) + 1:]
    held = [e for e in held[:[e.get("phase") == "draining"
                              for e in held].index(True)]
            if e["event"] == "sample"]
    assert len(held) >= 3, held
    assert all(e["open"] == 5 and "mark" not in e for e in held), held
    assert held[-1]["messages_echoed"] > end["messages_echoed"] + 5, held
    assert held[-1]["t_us"] - end["t_us"] > 300_000, held
    assert load.final["window"]["end_us"] == end["t_us"]
    assert ends(load) == {"completed": 5}, ends(load)


def case_latency_of_what_comes_back_after_the_window():
    """One is sent just before the window and back in it, the next is sent in
    it and back after it: the next one counts, with all of its latency."""
    server = Late(0.7)
    load = Load(server.port, SHORT + ["--message", "64", "--warmup", "200ms"])
    server.listener.close()
    assert ends(load) == {"completed": 5}, ends(load)
    h = load.final["latency_us"]["from_send"]
    assert h["count"] == 5 and h["min"] > 690_000, h
    begin, end = load.marks()["begin"], load.marks()["end"]
    assert end["messages_echoed"] - begin["messages_echoed"] == 5, (begin, end)


def sizes(pattern, *more):
    for message in ("1", "7", "64", "65536", "65537", "1M"):
        load = run(options=SHORT + ["--pattern", pattern, "--message", message,
                                    "--duration", "500ms", *more])
        assert ends(load) == {"completed": 5}, (message, ends(load))
        assert load.final["messages_echoed"] > 5, message


def case_sizes_echo():
    sizes("echo")


def case_sizes_pipeline():
    sizes("echo", "--pipeline", "7")


def case_a_pipeline_of_small_messages_goes_in_one_piece():
    server = Late(0.1)
    load = Load(server.port, SHORT + ["--connections", "1", "--message", "64",
                                      "--pipeline", "64"])
    server.listener.close()
    assert ends(load) == {"completed": 1}, ends(load)
    assert server.seen[:2] == [64, 4096], server.seen


def case_sizes_stream():
    sizes("stream")


class Favouring:
    """Of two connections it answers the first three times, the other once."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(8)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        sockets = []
        try:
            while len(sockets) < 2:
                sockets.append(self.listener.accept()[0])
                self.answer(sockets[-1])
            while True:
                for sock in (sockets[0], sockets[0], sockets[0], sockets[1]):
                    self.answer(sock)
        except (OSError, EOFError):
            for sock in sockets:
                sock.close()

    def answer(self, sock):
        owed = MESSAGE
        while owed > 0:
            data = sock.recv(owed)
            if not data:
                raise EOFError
            sock.sendall(data)
            owed -= len(data)


def case_turns():
    load = run(options=SHORT + ["--turns"])
    turns = load.final["turns"]
    assert turns["unit"] == "rounds", turns
    assert turns["count"] == load.final["latency_us"]["from_send"]["count"]
    assert abs(turns["mean"] - 1) < 0.1, turns["mean"]
    assert run().final["turns"] is None
    idle = run(options=SHORT + ["--turns", "--pattern", "idle", "--think",
                                "100ms", "--warmup", "0s"]).final["turns"]
    assert idle["count"] > 5 and idle["max"] < 2.5, idle


def case_turns_of_an_unfair_server():
    server = Favouring()
    load = Load(server.port, SHORT + ["--connections", "2", "--turns",
                                      "--threads", "1", "--io-timeout", "2s"])
    server.listener.close()
    turns = load.final["turns"]
    # A A A B: the first waits for 1, 1 and 2 echoes of two connections', the
    # other for 4; one more or less where echoes of both wait at once, which
    # may be taken in either order.
    found = dict(turns["counts"])
    total, often = sum(found.values()), sum(
        count for turn, count in found.items() if turn <= 1)
    assert abs(often - 0.75 * total) <= 2 + 0.05 * total, found
    assert min(found) == 0.5 and turns["p99"] >= 2 and total > 40, found


def case_threads_share_all_connections():
    load = run(options=SHORT + ["--connections", "103", "--threads", "4",
                                "--connect-window", "10"])
    assert ends(load) == {"completed": 103}, ends(load)
    # The main thread and the one that reads the input come on top.
    assert load.final["threads"] == 6
    assert load.events[0]["threads"] == 4


def case_threads_by_processors():
    processors = (len(os.sched_getaffinity(0))
                  if hasattr(os, "sched_getaffinity") else os.cpu_count())
    load = run(options=SHORT + ["--connections", "40"])
    assert load.events[0]["threads"] == max(1, min(processors // 2, 40))
    assert run(options=SHORT + ["--connections", "1"]).events[0]["threads"] == 1


def case_think():
    load = run(options=SHORT + ["--think", "50ms", "--connections", "10"])
    trips = load.final["messages_echoed"] - 10
    assert ends(load) == {"completed": 10}
    assert 10 * 2 <= trips <= 10 * 21, trips


def case_local_addresses():
    load = run(options=SHORT + ["--local-addresses", "127.0.0.9,127.0.0.8"])
    assert load.events[0]["local_addresses"] == ["127.0.0.9", "127.0.0.8"]
    assert ends(load) == {"completed": 5}


# --- cases: wrong bytes ----------------------------------------------------------


def wrong(fault, offset, kind, victim=2):
    load = run({fault: offset, "victim": victim}, HASTY, code=1)
    first = load.final["first_mismatch"]
    assert ends(load) == {"completed": 4, "mismatch": 1}, ends(load)
    assert load.final["mismatches"] == 1
    assert first["offset"] == offset and first["kind"] == kind, first
    return first


def case_wrong_byte():
    first = wrong("wrong_byte", AT, "changed")
    assert first["expected"] ^ first["received"] == 0x55, first


def case_dropped_byte():
    wrong("drop_byte", AT, "changed")


def case_dropped_last_byte_of_a_message():
    first = wrong("drop_byte", AT + 499, "missing")
    assert first["received"] is None


def case_surplus_byte():
    first = wrong("surplus_byte", AT, "changed")
    assert first["received"] == 0xAA


def case_surplus_byte_at_rest():
    """After the last echo, when nothing is owed: think keeps it quiet."""
    load = run({"surplus_byte": MESSAGE - 1, "victim": 0}, code=1,
               options=SHORT + ["--think", "10s"])
    assert load.final["mismatches"] == 1


def case_wrong_first_message():
    load = run({"wrong_byte": 3}, code=1)
    assert outcomes(load) == {"mismatch": 5}, outcomes(load)
    assert load.phases() == ["connecting", "connected", "done"]
    assert load.final["first_mismatch"]["offset"] == 3


# --- cases: connections lost ------------------------------------------------------


def case_closed():
    load = run({"close_after": AT})
    assert ends(load) == {"closed": 5}, ends(load)


def case_reset():
    load = run({"reset_after": AT})
    assert ends(load) == {"reset": 5}, ends(load)


def case_lost_ones_leave_the_rest():
    load = run({"reset_after": AT, "victim": 1})
    assert ends(load) == {"completed": 4, "reset": 1}, ends(load)


def case_stalled():
    load = run({"stall": AT}, HASTY)
    assert ends(load) == {"timed_out": 5}, ends(load)


def case_fin_unanswered():
    load = run({"no_fin": True}, HASTY)
    assert ends(load) == {"timed_out": 5}, ends(load)


# --- cases: attempts -----------------------------------------------------------------


def case_refused():
    load = run({"refuse": True})
    assert outcomes(load) == {"refused": 5}, outcomes(load)
    assert load.phases() == ["connecting", "connected", "done"]
    assert load.final["window"] is None


def retried(load):
    return (load.final["retried_refused"], load.final["retried_timed_out"])


def case_refused_to_the_last_try():
    load = run({"refuse": True}, SHORT + ["--connect-retries", "2"])
    assert outcomes(load) == {"refused": 5}, outcomes(load)
    assert retried(load) == (10, 0), retried(load)


# In a network of its own with one dynamic port, without IPv6: runs what follows.
ONE_PORT = ["unshare", "-rn", sys.executable, "-c", '''
import fcntl, os, socket, struct, sys
request = struct.pack("16sh14x", b"lo", 1)  # IFF_UP
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    fcntl.ioctl(sock, 0x8914, request)  # SIOCSIFFLAGS
with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as file:
    file.write("40000 40000")
with open("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w") as file:
    file.write("1")
listener = socket.create_server(("127.0.0.1", 40001))  # accepts nobody
os.set_inheritable(listener.fileno(), True)
os.execvp(sys.argv[1], sys.argv[1:])
''']


def case_connection_to_itself():
    """Nobody listens on the only port that the system can choose."""
    if not arguments.echo_server or subprocess.run(
            ONE_PORT + ["true"], capture_output=True).returncode != 0:
        return  # no network of our own here; test_load_connect has the rest
    load = Load(40000, SHORT + ["--connections", "1", "--local-addresses",
                                "127.0.0.1", "--connect-retries", "2"],
                within=ONE_PORT)
    assert outcomes(load) == {"refused": 1}, (load.final, load.errors)
    assert retried(load) == (2, 0), retried(load)


def case_no_port_and_no_address():
    """connect() gives both the same error."""
    if not arguments.echo_server or subprocess.run(
            ONE_PORT + ["true"], capture_output=True).returncode != 0:
        return  # as above
    two = HASTY + ["--connections", "2", "--connect-retries", "0"]
    load = Load(40001, two + ["--local-addresses", "127.0.0.1"],
                within=ONE_PORT)
    assert outcomes(load) == {"unserved": 1, "no_ports": 1}, load.final
    done = subprocess.run(
        [*ONE_PORT, *command, "load", "--target", "[::1]:40001", *once(two)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=TIMEOUT_S)
    assert "2 unreachable" in done.stdout, done


# Windows itself asks a closed port several times before it tells of a refusal,
# for two seconds; Wine does not.
REFUSED_SLOWLY = os.name == "nt"


def case_refused_at_first():
    server = Built({"refuse": True})

    def listen():
        server.listener.listen(128)
        server.accept()

    late = threading.Timer(3 if REFUSED_SLOWLY else 1, listen)
    late.daemon = True
    late.start()
    load = Load(server.port, SHORT + ["--connect-retries", "9"])
    server.stop()
    assert outcomes(load) == {"connected": 5}, outcomes(load)
    assert ends(load) == {"completed": 5}, ends(load)
    again, timed_out = retried(load)
    # After 0.2, 0.6 and 1.4 seconds and what the refusals themselves took.
    assert 5 <= again <= 20 and timed_out == 0, retried(load)


def case_no_time_for_another_try():
    # Where refusals take 2 s the time is up in the midst of a pause (13.0 to
    # 16.2 s after the start), not of an attempt.
    options = SHORT + ["--connect-retries", "1000", "--connect-budget",
                       "14500ms" if REFUSED_SLOWLY else "1s"]
    load = run({"refuse": True}, options)
    assert outcomes(load) == {"refused": 5}, outcomes(load)
    assert retried(load)[0] >= 5, retried(load)


def case_unserved():
    load = run({"limit": 3}, HASTY)
    assert outcomes(load) == {"connected": 3, "unserved": 2}, outcomes(load)
    assert ends(load) == {"completed": 3}


def case_closed_before_the_first_echo():
    load = run({"close_after": 0})
    assert outcomes(load) == {"closed": 5}, outcomes(load)


def case_reset_before_the_first_echo():
    load = run({"reset_after": 0, "victim": 3})
    assert outcomes(load) == {"connected": 4, "reset": 1}, outcomes(load)


def case_out_of_budget():
    load = run({"stall": 0}, options=SHORT + [
        "--connections", "50", "--connect-window", "2",
        "--connect-timeout", "10s", "--connect-budget", "400ms"])
    assert outcomes(load) == {"abandoned": 50}, outcomes(load)


def case_threads_that_come_too_late_for_the_traffic():
    """Those of so many that are told to drain before they began."""
    for _ in range(4):
        done = human(SHORT + ["--connections", "128", "--threads", "128",
                              "--duration", "1ms", "--io-timeout", "2s"])
        assert "128 completed" in done.stdout, done.stdout


class Trickling:
    """Serves `limit` connections: the first message at once, then a byte
    every 50 ms. The others wait in the backlog."""

    def __init__(self, limit):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(limit,),
                         daemon=True).start()

    def accept(self, limit):
        for _ in range(limit):
            threading.Thread(target=self.echo, daemon=True,
                             args=self.listener.accept()).start()

    def echo(self, sock, _):
        owed = MESSAGE
        try:
            while data := sock.recv(owed or 65536):
                if owed > 0:
                    sock.sendall(data)
                    owed -= len(data)
                    continue
                for i in range(len(data)):
                    sock.sendall(data[i:i + 1])
                    time.sleep(0.05)
        except OSError:
            pass
        sock.close()


def case_out_of_budget_and_slow_to_drain():
    """Those that were never tried have their outcome once, also when the
    drain's own deadline comes."""
    server = Trickling(2)
    load = Load(server.port, SHORT + [
        "--connections", "50", "--connect-window", "2", "--warmup", "0s",
        "--duration", "100ms", "--connect-timeout", "10s",
        "--connect-budget", "500ms", "--io-timeout", "400ms"])
    server.listener.close()
    assert load.code == 0, (load.code, load.errors)
    assert outcomes(load) == {"connected": 2, "abandoned": 48}, outcomes(load)
    assert load.final["attempted"] == 50, load.final
    assert ends(load) == {"timed_out": 2}, ends(load)


# --- cases: stopping -------------------------------------------------------------------


def case_stop_before_go():
    load = run(words=(), stop_at="ready")
    assert outcomes(load) == {"abandoned": 5}, outcomes(load)


def case_stop_while_connecting():
    load = run({"stall": 0}, stop_at="connecting")
    assert outcomes(load) == {"abandoned": 5}, outcomes(load)


def case_stop_while_held():
    load = run(words=("go",), stop_at="connected")
    assert ends(load) == {"aborted": 5}, ends(load)


def case_stop_while_measuring():
    load = run(stop_at="measuring", options=SHORT + ["--duration", "50s"])
    assert ends(load) == {"aborted": 5}, ends(load)
    assert load.marks()["end"]["t_us"] == load.final["window"]["end_us"]


def case_input_closed():
    load = run(close_at="measuring", options=SHORT + ["--duration", "50s"])
    assert ends(load) == {"aborted": 5}, ends(load)


# --- cases: people -----------------------------------------------------------------------


def case_summary():
    done = human(SHORT)
    assert done.returncode == 0, done
    assert "5 completed" in done.stdout and "p99" in done.stdout, done.stdout
    assert "wrong bytes  none" in done.stdout, done.stdout


def case_summary_of_a_wrong_byte():
    done = human(SHORT, {"wrong_byte": AT, "victim": 2})
    assert done.returncode == 1, done
    assert f"offset {AT}, changed" in done.stdout, done.stdout


def case_nobody_there():
    done = human(SHORT, {"refuse": True})
    assert done.returncode == 1, done
    assert "5 refused" in done.stdout, done.stdout
    assert "no connection" in done.stderr, done.stderr


def case_bad_input():
    for options in (["--target", "nowhere"], ["--target", "127.0.0.1:0"], [],
                    ["--target", "127.0.0.1:1", "--pattern", "ecko"],
                    ["--target", "127.0.0.1:1", "--message", "2M"],
                    ["--target", "127.0.0.1:1", "--message", "0"],
                    ["--target", "127.0.0.1:1", "--connections", "-1"],
                    ["--target", "127.0.0.1:1", "--rate", "5K"],
                    ["--target", "127.0.0.1:1", "--pattern", "paced"],
                    ["--target", "127.0.0.1:1", "--pattern", "stream",
                     "--think", "1s"],
                    ["--target", "127.0.0.1:1", "--connections", "2",
                     "--threads", "3"],
                    ["--target", "127.0.0.1:1", "--local-addresses",
                     "192.0.2.1"]):
        done = subprocess.run(command + ["load"] + options,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=TIMEOUT_S)
        lines = [line for line in done.stderr.splitlines()
                 if line.startswith("iomodels")]
        assert done.returncode == 2, (options, done)
        assert len(lines) == 1, (options, done.stderr)
        assert done.stdout == "", (options, done.stdout)


if __name__ == "__main__":
    main(globals())
