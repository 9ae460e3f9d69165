#!/usr/bin/env python3
"""iomodels load against servers that behave and servers that do not: every
attempt has its outcome, every connection its end, every wrong byte is found."""

import os
import socket
import sys
import tempfile
import threading
import time

from loadtest import (AT, HASTY, MESSAGE, SHORT, TIMEOUT_S, Built, Load, Skip,
                      add_runs, each, human, iomodels, iomodels_command, is_exe,
                      listen, main, options, program, require, require_equal,
                      require_in, run)

# --- all is well -------------------------------------------------------------


def case_whole_run():
    load = run(more="--warmup 200ms --sample-ms 100", ends={"completed": 5},
               phases=["connecting", "connected", "warmup", "measuring",
                       "draining", "done"])
    ready, final = load.events[0], load.final
    require_equal((ready["event"], ready["protocol"], ready["engine"]),
                  ("ready", 1, "iocp" if is_exe else "epoll"))
    require_equal(len(ready["local_addresses"]), 1)
    require(ready["machine"]["cores"] >= 1, ready)
    require_equal(final["window"], {f"{name}_us": mark["t_us"] for name, mark
                                    in load.marks.items()})
    require(1_000_000 <= load.in_window("t_us") < 5_000_000, load.marks)
    in_window = load.in_window("messages_echoed")
    latency = final["latency_us"]
    h = latency["from_send"]
    require(0 < h["count"] <= in_window + 5
            and h["count"] >= in_window * 0.9 - 20, (h["count"], in_window))
    require_equal(h["count"], sum(c for _, c in h["counts"]))
    require(h["min"] <= h["p50"] <= h["p90"] <= h["p99"] <= h["max"], h)
    require_equal((latency["first_echo"]["count"], latency["connect"]["count"],
                   latency["from_intended"]), (5, 5, None))
    times = [e["t_us"] for e in load.events if "t_us" in e]
    require_equal(times, sorted(times))
    samples = [e for e in load.events if e["event"] == "sample"]
    require(len(samples) >= 8, f"{len(samples)} samples")
    seconds = [e for e in samples if "p50_us" in e]
    require(len(seconds) >= 2 and seconds[0]["p99_us"] is None
            and 0 < seconds[1]["p50_us"] <= seconds[1]["p99_us"], seconds)
    require(all(b["t_us"] - a["t_us"] >= 900_000
                for a, b in zip(seconds, seconds[1:])), seconds)


def case_goes_on_until_told_to_drain():
    """Between the window's end and the word, all are open and served."""
    load = run(more="--sample-ms 50 --duration 200ms", talk={"hold_s": 0.5},
               ends={"completed": 5})
    end = load.marks["end"]
    held = load.events[load.events.index(end) + 1:]
    draining = [e.get("phase") for e in held].index("draining")
    held = [e for e in held[:draining] if e["event"] == "sample"]
    require(len(held) >= 3, held)
    require(all(e["open"] == 5 and "mark" not in e for e in held), held)
    require(held[-1]["messages_echoed"] > end["messages_echoed"] + 5, held)
    require(held[-1]["t_us"] - end["t_us"] > 300_000, held)
    require_equal(load.final["window"]["end_us"], end["t_us"])


def case_latency_of_what_comes_back_after_the_window():
    """One is sent just before the window and back in it, the next is sent in
    it and back after it: the next one counts, with all of its latency."""
    with Built(delay=lambda: 0.7) as server:
        load = Load(server.port, "--message 64 --warmup 200ms --think 1ms")
    require_equal(load.ends, {"completed": 5})
    h = load.final["latency_us"]["from_send"]
    require(h["count"] == 5 and h["min"] > 690_000, h)
    require_equal(load.in_window("messages_echoed"), 5)


def case_load_goes_on_until_the_window_is_answered():
    """Four slow connections owe echoes when the window ends; until they come,
    the quick one is served on, though the word to drain came before. Owed echoes
    alone are about five."""
    delays = {}

    def delay():
        return delays.setdefault(threading.get_ident(),
                                 0.3 + 0.02 * len(delays) if delays else 0)

    def say_drain(load, event):
        if event.get("phase") == "measuring":
            load.process.stdin.write(b"drain\n")
            load.process.stdin.flush()

    with Built(delay=delay) as server:
        load = Load(server.port, "--message 64 --threads 1",
                    words=("go", "start"), watch=say_drain)
    require_equal(load.ends, {"completed": 5})
    after = load.final["messages_echoed"] - load.marks["end"]["messages_echoed"]
    require(after > 100, f"{after} echoes after the window")


def case_a_window_holds_five_round_trips():
    """Of each connection, however short it was to be; not where it thinks."""
    with Built(delay=lambda: 0.1) as server:
        load = Load(server.port, "--duration 100ms")
    require(load.in_window("messages_echoed") >= 5 * 5, load.marks)


def case_sizes():
    def check(message, pattern):
        load = run(more=f"--duration 500ms --message {message} {pattern}",
                   ends={"completed": 5})
        require(load.final["messages_echoed"] > 5, load.final)

    each([(message, pattern) for message in (1, 7, 64, 65536, 65537, "1M")
          for pattern in ("--pattern echo", "--pattern echo --pipeline 7",
                          "--pattern stream")], check)


def case_a_pipeline_of_small_messages_goes_in_one_piece():
    with Built(delay=lambda: 0.1) as server:
        load = Load(server.port, "--connections 1 --message 64 --pipeline 64")
    require_equal(load.ends, {"completed": 1})
    require_equal(server.seen[:2], [64, 4096])


def case_turns():
    load = run(more="--turns")
    turns = load.final["turns"]
    require_equal(turns["unit"], "rounds")
    require_equal(turns["count"],
                  load.final["latency_us"]["from_send"]["count"])
    require(abs(turns["mean"] - 1) < 0.1, turns["mean"])
    require_equal(run().final["turns"], None)
    idle = run(more="--turns --pattern idle --think 100ms").final["turns"]
    require(idle["count"] > 5 and idle["p90"] < 2.5, idle)


def serve_unfairly(listener):
    """Of two connections it answers the first three times, the other once."""
    def answer(sock):
        owed = MESSAGE
        while owed > 0:
            data = sock.recv(owed)
            if not data:
                raise EOFError
            sock.sendall(data)
            owed -= len(data)

    sockets = []
    try:
        while len(sockets) < 2:
            sockets.append(listener.accept()[0])
            answer(sockets[-1])
        while True:
            for number in 0, 0, 0, 1:
                answer(sockets[number])
    except (OSError, EOFError):
        for sock in sockets:
            sock.close()


def case_turns_of_an_unfair_server():
    listener, port = listen()
    threading.Thread(target=serve_unfairly, args=(listener,),
                     daemon=True).start()
    with listener:
        load = Load(port, "--connections 2 --turns --threads 1 "
                          "--io-timeout 2s")
    turns = load.final["turns"]
    # A A A B: the first waits for 1, 1 and 2 echoes of two connections', the
    # other for 4; one more or less where echoes of both wait at once, which
    # may be taken in either order.
    found = dict(turns["counts"])
    total, often = sum(found.values()), sum(
        count for turn, count in found.items() if turn <= 1)
    require(abs(often - 0.75 * total) <= 2 + 0.05 * total, found)
    require(min(found) == 0.5 and turns["p99"] >= 2 and total > 40, found)


def case_threads_share_all_connections():
    load = run(more="--connections 103 --threads 4 --connect-window 10",
               ends={"completed": 103})
    # The main thread, the one that reads the input, on Windows those that wait
    # for the timers come on top.
    require_equal((load.final["threads"], load.events[0]["threads"]),
                  (10 if is_exe else 6, 4))


def case_threads_by_processors():
    processors = (len(os.sched_getaffinity(0))
                  if hasattr(os, "sched_getaffinity") else os.cpu_count())
    for connections in 40, 1:
        load = run(more=f"--connections {connections}")
        require_equal(load.events[0]["threads"],
                      max(1, min(processors // 2, connections)))


# --- wrong bytes -------------------------------------------------------------


def case_wrong_bytes():
    def check(fault, offset, kind, right):
        first = run({fault: offset, "victim": 2}, HASTY, code=1, mismatches=1,
                    ends={"completed": 4, "mismatch": 1}
                    ).final["first_mismatch"]
        require_equal((first["offset"], first["kind"]), (offset, kind))
        require(right(first["expected"], first["received"]), first)

    each([("wrong_byte", AT, "changed", lambda a, b: a ^ b == 0x55),
          ("drop_byte", AT, "changed", lambda a, b: a != b),
          ("drop_byte", AT + 499, "missing", lambda a, b: b is None),
          ("surplus_byte", AT, "changed", lambda a, b: b == 0xAA)], check)


# --- connections lost, attempts without success, stops -----------------------

LONG = "--duration 50s"
add_runs(globals(), {
    "think": dict(
        more="--think 50ms --connections 10", ends={"completed": 10},
        holds=lambda load: 20 <= load.final["messages_echoed"] - 10 <= 210),
    "local_addresses": dict(
        more="--local-addresses 127.0.0.9,127.0.0.8", ends={"completed": 5},
        holds=lambda load: load.events[0]["local_addresses"]
        == ["127.0.0.9", "127.0.0.8"]),
    "wrong_first_message": dict(
        faults={"wrong_byte": 3}, code=1, outcomes={"mismatch": 5},
        phases=["connecting", "connected", "done"],
        holds=lambda load: load.final["first_mismatch"]["offset"] == 3),
    "refused": dict(
        faults={"refuse": True}, outcomes={"refused": 5},
        phases=["connecting", "connected", "done"],
        holds=lambda load: load.final["window"] is None),
    # After the last echo, when nothing is owed: think keeps it quiet.
    "surplus_byte_at_rest": dict(
        faults={"surplus_byte": MESSAGE - 1, "victim": 0},
        more="--think 10s", code=1, mismatches=1),
    "closed": dict(faults={"close_after": AT}, ends={"closed": 5}),
    # What comes together is seen apart, also when nothing is sent after it.
    "closed_with_its_echo": dict(
        faults={"fin_after": MESSAGE - 1}, more="--think 10s --connections 50",
        ends={"closed": 50}),
    "reset": dict(faults={"reset_after": AT}, ends={"reset": 5}),
    "lost_ones_leave_the_rest": dict(
        faults={"reset_after": AT, "victim": 1},
        ends={"completed": 4, "reset": 1}),
    "stalled": dict(faults={"stall": AT}, more=HASTY, ends={"timed_out": 5}),
    "fin_unanswered": dict(
        faults={"no_fin": True}, more=HASTY, ends={"timed_out": 5}),
    "refused_to_the_last_try": dict(
        faults={"refuse": True}, more="--connect-retries 2",
        outcomes={"refused": 5}, retried=(10, 0)),
    "unserved": dict(
        faults={"limit": 3}, more=HASTY, ends={"completed": 3},
        outcomes={"connected": 3, "unserved": 2}),
    "closed_before_the_first_echo": dict(
        faults={"close_after": 0}, outcomes={"closed": 5}),
    "reset_before_the_first_echo": dict(
        faults={"reset_after": 0, "victim": 3},
        outcomes={"connected": 4, "reset": 1}),
    "out_of_budget": dict(
        faults={"stall": 0}, outcomes={"abandoned": 50},
        more="--connections 50 --connect-window 2 --connect-timeout 10s "
             "--connect-budget 400ms"),
    "stop_before_go": dict(
        talk={"words": (), "stop_at": "ready"}, outcomes={"abandoned": 5}),
    "stop_while_connecting": dict(
        faults={"stall": 0}, talk={"stop_at": "connecting"},
        outcomes={"abandoned": 5}),
    "stop_while_held": dict(
        talk={"words": ("go",), "stop_at": "connected"}, ends={"aborted": 5}),
    "input_closed": dict(
        talk={"close_at": "measuring"}, more=LONG, ends={"aborted": 5}),
})


def case_stop_while_measuring():
    load = run(talk={"stop_at": "measuring"}, more=LONG, ends={"aborted": 5})
    require_equal(load.marks["end"]["t_us"], load.final["window"]["end_us"])


# In a network of its own with one dynamic port, without IPv6.
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


def need_one_port():
    if is_exe or program(*ONE_PORT, "true", exit_code=None).returncode != 0:
        raise Skip("no network of our own; the unit tests have the rest")


def case_connection_to_itself():
    """Nobody listens on the only port that the system can choose."""
    need_one_port()
    load = Load(40000, "--connections 1 --local-addresses 127.0.0.1 "
                "--connect-retries 2", within=ONE_PORT)
    require_equal((load.outcomes, load.retried), ({"refused": 1}, (2, 0)))


def case_no_port_and_no_address():
    """connect() gives both the same error."""
    need_one_port()
    two = HASTY + "--connections 2 --connect-retries 0 "
    load = Load(40001, two + "--local-addresses 127.0.0.1", within=ONE_PORT)
    require_equal(load.outcomes, {"unserved": 1, "no_ports": 1})
    done = program(*ONE_PORT, *iomodels_command(
        "load", "--target", "[::1]:40001", *options(SHORT, two)),
        exit_code=None)
    require("2 unreachable" in done.stdout, done)


# With a name of its own, which has an address of IPv6 first.
TWO_ADDRESSES = ["unshare", "-rm", "sh", "-c", """
printf '::1 both\\n127.0.0.1 both\\n' >"$0"
mount --bind "$0" /etc/hosts && exec "$@\""""]


def case_name_with_two_addresses():
    """Each is tried, once for all connections; nobody listens on ::1."""
    with tempfile.NamedTemporaryFile() as hosts:
        within = TWO_ADDRESSES + [hosts.name]
        if is_exe or "::1 " not in program(*within, "getent", "ahosts", "both",
                                           exit_code=None).stdout:
            raise Skip("no names of our own")
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            raise Skip("this machine has no IPv6") from None

        def check(faults, accepted, *told):
            with Built(faults) as server:
                done = program(*within, *iomodels_command(
                    "load", "--target", f"both:{server.port}",
                    *options(SHORT)), exit_code=None)
            require_in(done.stdout + done.stderr, "::1 does not answer: error "
                       "111 (ECONNREFUSED): Connection refused", *told)
            require_equal(server.final["accepted"], accepted)

        each([({"refuse": True}, 0, "5 refused", "127.0.0.1 does not answer"),
              ({"refuse": False}, 5, "5 completed")], check)


def case_leaves_ports_to_others():
    """On Windows, where a port taken at one address is lost at all others."""
    if not is_exe or os.name == "nt":
        raise Skip("Linux gives a port to several addresses")
    with open("/proc/sys/net/ipv4/ip_local_port_range",
              encoding="ascii") as file:
        first, last = map(int, file.read().split())
    reserve = min((last - first + 1) // 16, 1024)
    with Built() as server:
        Load(server.port, "--connections 20 --pattern churn --duration 3s")
    low = [port for port in server.ports if port - first < reserve]
    require(len(server.ports) > 200, f"{len(server.ports)} connections")
    require_equal(low, [])


def case_refused_by_another_machine():
    """Its firewall may be why; on this machine it is not."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("198.51.100.1", 9))
        except OSError:
            raise Skip("this machine has no network") from None
        ours = sock.getsockname()[0]

    def check(host, told):
        with socket.socket() as closed:
            closed.bind((host, 0))
            port = closed.getsockname()[1]
            done = iomodels("load", "--target", f"{host}:{port}",
                            *options(SHORT), exit_code=1, timeout=TIMEOUT_S)
        require_in(done.stderr, f"no connection to {host}:{port} was served")
        require_equal(f"-LocalPort {port} -Action" in done.stderr, told)

    each([(ours, True), ("127.0.0.1", False)], check)


# Windows itself asks a closed port several times before it tells of a refusal,
# for two seconds; Wine does not.
REFUSED_SLOWLY = os.name == "nt"


def case_refused_at_first():
    with Built({"refuse": True}) as server:
        late = threading.Timer(3 if REFUSED_SLOWLY else 1, server.start)

        def start_late(_, event):
            if event.get("phase") == "connecting" and event["event"] == "phase":
                late.start()

        load = Load(server.port, "--connect-retries 9", watch=start_late)
    require_equal((load.outcomes, load.ends),
                  ({"connected": 5}, {"completed": 5}))
    again, timed_out = load.retried
    # After 0.2, 0.6 and 1.4 seconds and what the refusals themselves took.
    require(5 <= again <= 20 and timed_out == 0, load.retried)


def case_no_time_for_another_try():
    # Where refusals take 2 s the time is up in the midst of a pause (13.0 to
    # 16.2 s after the start), not of an attempt.
    budget = "14500ms" if REFUSED_SLOWLY else "1s"
    load = run({"refuse": True}, "--connect-retries 1000 --connect-budget "
               + budget, outcomes={"refused": 5})
    require(load.retried[0] >= 5, load.retried)


def case_threads_that_come_too_late_for_the_traffic():
    """Those of so many that are told to drain before they began."""
    for _ in range(4):
        done = human("--connections 128 --threads 128 --duration 1ms "
                     "--io-timeout 2s")
        require("128 completed" in done.stdout, done)


class Trickling(Built):
    """Sends the first message at once, then a byte every 50 ms."""

    def reply(self, sock, faults, offset, data):
        at_once = max(0, MESSAGE - offset)
        sock.sendall(data[:at_once])
        for i in range(at_once, len(data)):
            sock.sendall(data[i:i + 1])
            time.sleep(0.05)
        return True


def case_out_of_budget_and_slow_to_drain():
    """Those that were never tried have their outcome once, also when the
    drain's own deadline comes."""
    with Trickling({"limit": 2}) as server:
        load = Load(server.port, "--connections 50 --connect-window 2 "
                    "--duration 100ms --think 1ms --connect-timeout 10s "
                    "--connect-budget 500ms --io-timeout 400ms")
    require_equal((load.code, load.final["attempted"]), (0, 50), load.errors)
    require_equal(load.outcomes, {"connected": 2, "abandoned": 48})
    require_equal(load.ends, {"timed_out": 2})


# --- people ------------------------------------------------------------------


def case_summary():
    def check(more, faults, code, *told):
        done = human(more, faults, code)
        require_in(done.stdout + done.stderr, *told)

    each([("", {}, 0, "5 completed", "p99", "wrong bytes  none"),
          ("", {"wrong_byte": AT, "victim": 2}, 1, f"offset {AT}, changed"),
          ("", {"refuse": True}, 1, "5 refused", "no connection"),
          ("--connections 10 --hostile 40%", {}, 0, "silent", "slow", "deaf",
           "reset", "worst wait")], check)


main(globals(), at_once=4)
