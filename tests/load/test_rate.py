#!/usr/bin/env python3
"""iomodels load at a rate: stream, which keeps to it, and paced, which has a
schedule and keeps account of what was late."""

import os
import signal
import threading

from loadtest import (Built, Load, Server, Skip, arguments, main, require,
                      require_equal, run)

PACED = "--pattern paced --warmup 300ms "
ONE = PACED + "--connections 1 "


def case_rate():
    """Never above; a machine that is busy elsewhere may fall behind."""
    seen = []
    while len(seen) < 4:
        load = run(more="--pattern stream --rate 1M --message 4096",
                   ends={"completed": 5})
        seconds = load.in_window("t_us") / 1e6
        seen.append(load.in_window("sent_bytes") / seconds / (1 << 20))
        require(seen[-1] < 1.15, seen)
        if seen[-1] > 0.85:
            return
    raise AssertionError(seen)


def both(load):
    latency = load.final["latency_us"]
    return latency["from_intended"], latency["from_send"]


def case_paced():
    """Neither fewer nor more than were due, and all that were are timed."""
    intended, sent = both(run(more=PACED + "--rate 1M --message 4096",
                              ends={"completed": 5}))
    require_equal(intended["count"], sent["count"])
    require(abs(intended["count"] - 256) <= 2, intended["count"])
    require(intended["p50"] >= sent["p50"] and intended["max"] >= sent["max"],
            (intended, sent))


def case_paced_over_threads():
    count = both(run(more=PACED + "--rate 100K --message 100 --threads 3",
                     ends={"completed": 5}))[0]["count"]
    require(abs(count - 1024) <= 6, count)


def case_poisson():
    """The mean is the rate; all that were due are timed, however they meet."""
    load = run(more=PACED + "--rate 1M --message 512 --arrivals poisson",
               ends={"completed": 5})
    intended, sent = both(load)
    require_equal(intended["count"], sent["count"])
    require(abs(intended["count"] - 2048) < 6 * 45, intended["count"])
    require(intended["max"] >= sent["max"], (intended, sent))


def case_paced_does_not_wait_for_echoes():
    """The second one is late, and yet twenty a second leave."""
    delays = iter([0, 1.2])
    with Built(delay=lambda: next(delays, 0)) as server:
        load = Load(server.port, ONE + "--message 10 --rate 200")
    require_equal(load.ends, {"completed": 1})
    require(18 <= both(load)[0]["count"] <= 22, both(load))


def slow_ones(histogram):
    return sum(count for us, count in histogram["counts"] if us >= 100_000)


def stalled(who):
    """A run in which a process stands still for 300 ms."""
    if not arguments.echo_server:
        raise Skip("signals stop a process only natively")
    with Server(command=[arguments.echo_server, "--sample-ms", "0"]) as server:
        def stall(load, event):
            if event.get("mark") == "begin":
                pid = (server if who == "server" else load).process.pid
                for after, what in (0.2, signal.SIGSTOP), (0.5, signal.SIGCONT):
                    threading.Timer(after, os.kill, (pid, what)).start()

        load = Load(server.port, ONE + "--message 64K --rate 100M",
                    watch=stall)
    require_equal(load.ends, {"completed": 1})
    return *both(load), load.final["latency_us"]["lateness"]


def case_lateness_is_the_load_generators():
    """Of all that is due at a time, and not of what waits for the server."""
    for more in ("--pattern stream --rate 100K", "--pattern echo --think 50ms",
                 "--pattern paced --rate 100K"):
        with Built(delay=lambda: 0.2) as server:
            load = Load(server.port, more + " --connections 3 --duration 2s")
        late = load.final["latency_us"]["lateness"]
        require(late["count"] > 10 and late["p50"] < 50_000, (more, late))
    require_equal(run().final["latency_us"]["lateness"], None)


def case_paced_against_a_server_that_stalls():
    intended, sent, late = stalled("server")
    require(slow_ones(late) < 50, late)  # that is not the load generator's
    require(abs(intended["count"] - 1600) < 100, intended["count"])
    require(intended["max"] > 280_000, intended["max"])
    require(slow_ones(intended) > 250
            and slow_ones(intended) > 1.3 * slow_ones(sent), (intended, sent))


def case_paced_when_the_load_stalls():
    intended, sent, late = stalled("load")
    require(slow_ones(intended) > 250 and slow_ones(late) > 250, intended)
    require(slow_ones(sent) < 50, sent)


main(globals())
