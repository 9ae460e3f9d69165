#!/usr/bin/env python3
"""iomodels load at a rate: stream, which keeps to it, and paced, which has a
schedule and keeps account of what was late.

    test_rate.py --iomodels PATH [--echo-server PATH] [--case NAME...]
"""

import os
import signal
import threading

from loadtest import Late, Load, Native, SHORT, arguments, ends, main, run

# --- cases: stream -------------------------------------------------------------


def rate():
    load = run(options=SHORT + ["--pattern", "stream", "--rate", "1M",
                                "--message", "4096"])
    marks = load.marks()
    passed = marks["end"]["sent_bytes"] - marks["begin"]["sent_bytes"]
    seconds = (marks["end"]["t_us"] - marks["begin"]["t_us"]) / 1e6
    assert ends(load) == {"completed": 5}
    return passed / seconds / (1 << 20)


def case_rate():
    """Never above; a machine that is busy elsewhere may fall behind."""
    seen = []
    while len(seen) < 4:
        seen.append(rate())
        assert seen[-1] < 1.15, seen
        if seen[-1] > 0.85:
            return
    raise AssertionError(seen)


# --- cases: paced --------------------------------------------------------------

PACED = ["--pattern", "paced", "--warmup", "300ms"]


def both(load):
    latency = load.final["latency_us"]
    return latency["from_intended"], latency["from_send"]


def case_paced():
    """Neither fewer nor more than were due, and all that were are timed."""
    load = run(options=SHORT + PACED + ["--rate", "1M", "--message", "4096"])
    assert ends(load) == {"completed": 5}, ends(load)
    intended, sent = both(load)
    assert intended["count"] == sent["count"], (intended, sent)
    assert abs(intended["count"] - 256) <= 2, intended["count"]
    assert intended["p50"] >= sent["p50"] and intended["max"] >= sent["max"]


def case_paced_over_threads():
    load = run(options=SHORT + PACED + ["--rate", "100K", "--message", "100",
                                        "--threads", "3"])
    assert ends(load) == {"completed": 5}, ends(load)
    assert abs(both(load)[0]["count"] - 1024) <= 6, both(load)[0]["count"]


def case_paced_does_not_wait_for_echoes():
    """The second one is late, and yet twenty a second leave."""
    delays = iter([0, 1.2])
    server = Late(lambda: next(delays, 0))
    load = Load(server.port, SHORT + PACED + [
        "--connections", "1", "--message", "10", "--rate", "200"])
    server.listener.close()
    assert ends(load) == {"completed": 1}, ends(load)
    assert 18 <= both(load)[0]["count"] <= 22, both(load)


def slow_ones(histogram, least_us):
    return sum(count for us, count in histogram["counts"] if us >= least_us)


def stalled(stop):
    """A run in which a process stands still for 300 ms."""
    server = Native({})

    def stall(load, event):
        if event.get("mark") == "begin":
            who = (server if stop == "server" else load).process.pid
            for after, what in ((0.2, signal.SIGSTOP), (0.5, signal.SIGCONT)):
                threading.Timer(after, os.kill, (who, what)).start()

    load = Load(server.port, SHORT + PACED + [
        "--connections", "1", "--message", "64K", "--rate", "100M"],
        watch=stall)
    server.stop()
    assert ends(load) == {"completed": 1}, ends(load)
    return both(load)


def case_paced_against_a_server_that_stalls():
    if not arguments.echo_server:
        return
    intended, sent = stalled("server")
    assert abs(intended["count"] - 1600) < 100, intended["count"]
    assert intended["max"] > 280_000, intended["max"]
    assert slow_ones(intended, 100_000) > 250, intended
    assert (slow_ones(intended, 100_000)
            > 1.3 * slow_ones(sent, 100_000)), (intended, sent)


def case_paced_when_the_load_stalls():
    if not arguments.echo_server:
        return
    intended, sent = stalled("load")
    assert slow_ones(intended, 100_000) > 250, intended
    assert slow_ones(sent, 100_000) < 50, sent


if __name__ == "__main__":
    main(globals())
