#!/usr/bin/env python3
"""iomodels load: connections that come and go, that rest, and hostile ones
among healthy ones, each counted for itself."""

import random

from loadtest import (AT, HASTY, Built, Load, MESSAGE, add_runs, main, require,
                      require_equal, run, some)

KINDS = ["silent", "slow", "deaf", "reset"]
CHURN = "--pattern churn "
TEN = "--connections 10 "


def hostile(load, kind):
    found = load.final["hostile"][kind]
    return some(found["outcomes"]), some(found["ends"])


def completed(load, least):
    """Each cycle is an attempt; run() compares with the server."""
    cycles = load.final["connected"]
    require(cycles > least, f"{cycles} cycles")
    require_equal((load.outcomes, load.ends),
                  ({"connected": cycles}, {"completed": cycles}))
    return cycles


# --- patterns ----------------------------------------------------------------


def case_churn():
    load = run(more=CHURN)
    final, cycles = load.final, completed(load, 20)
    require_equal((final["messages_echoed"], final["sent_bytes"]),
                  (cycles, cycles * MESSAGE))
    require_equal(final["latency_us"]["first_echo"]["count"], cycles)
    require(final["latency_us"]["from_send"]["count"] > 0, final)
    require(load.in_window("attempted") > 0, load.marks)


def case_churn_through_a_narrow_window():
    """Those that find it full come as soon as it is not, not at the next
    look at all connections, a second later."""
    completed(run(more=CHURN + "--connections 50 --connect-window 1 "
                  "--think 20ms"), 100)


def case_churn_resets_at_once():
    """While others rest: connections are open for a moment each."""
    with Built(delay=lambda: random.uniform(0, 0.2)) as server:
        load = Load(server.port, CHURN + "--connections 40 --think 400ms "
                    "--warmup 2s --duration 2s --sample-ms 20")
    is_open = [e["open"] for e in load.measured()]
    require(len(is_open) > 20 and sum(is_open) / len(is_open) < 2, is_open)


def case_resting_ones_do_not_send_in_step():
    for pattern in "idle", "echo":
        load = run(more=f"--pattern {pattern} --think 1s --connections 40 "
                   "--duration 2s --sample-ms 50")
        sent = [e["messages_sent"] for e in load.measured()]
        steps = [b - a for a, b in zip(sent, sent[1:])]
        require(sum(steps) > 40 and max(steps) < 20, (pattern, steps))


def case_mixed():
    load = run(more=TEN + "--pattern mixed")
    # Those of echo exchange many messages, those of churn one.
    require(load.final["messages_echoed"] > completed(load, 20) + 50,
            load.final)


def case_sparse():
    """All figures of messages are those of the active ones: who rests has sent
    its first message, and stays to the end."""
    sparse = "--connections 50 --pattern sparse --active 3 --threads 2 "
    run(more=sparse, ends={"completed": 50})
    with Built(delay=lambda: 0.2) as server:
        load = Load(server.port, sparse + "--duration 3s")
    require_equal([load.marks[mark]["open"] for mark in ("begin", "end")],
                  [50, 50])
    echoed = load.in_window("messages_echoed")
    require(24 <= echoed <= 48, echoed)


def case_sparse_window_holds_trips_of_the_active():
    """Six of each, however many rest, for whom it would be extended by 30 s; the
    echo of the active one takes 0.3 s."""
    with Built(delay=lambda: 0.3) as server:
        load = Load(server.port, "--connections 20 --pattern sparse --active 1")
    require(1.9e6 < load.in_window("t_us") < 9e6, load.in_window("t_us"))


# --- hostile ones ------------------------------------------------------------


def case_one_in_five():
    load = run(more="--connections 40 --hostile 20%", ends={"completed": 32})
    require_equal(load.final["attempted"], 32)
    found = load.final["hostile"]
    require_equal(sorted(found), sorted(KINDS))
    for kind in KINDS:
        made, ended = hostile(load, kind)
        require(set(made) <= {"connected", "abandoned"}, (kind, made))
        require_equal(ended, {"completed": made["connected"]}, kind)
    require_equal(found["silent"]["sent_bytes"], 0)
    require_equal(found["silent"]["connected"], 2)
    require(found["deaf"]["sent_bytes"] > 100 * MESSAGE, found)
    require_equal(found["deaf"]["received_bytes"], 0)
    require(0 < found["slow"]["received_bytes"] < 1000, found)
    # It resets, and comes again.
    require(found["reset"]["connected"] > 2, found)
    require(load.final["messages_echoed"] > 100, load.final)
    require_equal(run().final["hostile"], None)


def case_worst_wait():
    """A server that takes a connection's bytes and answers late is seen."""
    load = run(more="--think 100ms")
    worst = load.final["worst_wait"]
    first = load.final["latency_us"]["first_echo"]["max"]
    require(worst["us"] >= first * 0.99, (worst, first))
    require(0 <= worst["connection"] < 5, worst)
    require_equal(run({"refuse": True}).final["worst_wait"], None)


def case_worst_wait_for_what_never_comes():
    for stall, least_us, wanted in (
            (AT, 2_000_000, {"ends": {"timed_out": 5}}),
            (0, 3_000_000, {"outcomes": {"unserved": 5}})):
        worst = run({"stall": stall}, HASTY, **wanted).final["worst_wait"]
        require(worst["us"] >= least_us, worst)


def case_late_is_not_completed():
    """An echo that comes after its time is one, and its wait is known."""
    delays = iter([0, 0, 3.5])
    with Built(delay=lambda: next(delays, 0)) as server:
        load = Load(server.port, HASTY + "--connections 1")
    require_equal((load.code, load.mismatches, load.ends),
                  (0, 0, {"timed_out": 1}))
    worst = load.final["worst_wait"]
    require(worst["us"] > 3_400_000, worst)


def slow(load):
    return hostile(load, "slow")


def most(load, think_s):
    """Exchanges of five in all the time that it ran."""
    return 5 * (2 + load.final["t_us"] / 1e6 / think_s)


add_runs(globals(), {
    "churn_rests": dict(
        more=CHURN + "--think 300ms",
        holds=lambda load: 5 * 2 <= load.final["connected"] <= most(load, 0.3)),
    "churn_over_threads": dict(
        more=CHURN + "--threads 3", holds=lambda load: completed(load, 0)),
    # A server that mixes up what follows each other would be found.
    "churn_each_of_its_own_bytes": dict(
        faults={"wrong_byte": 7, "victim": 9}, more=CHURN, code=1, mismatches=1,
        holds=lambda load: load.final["first_mismatch"]["offset"] == 7),
    # After eight accepted ones nobody serves: each has its outcome.
    "churn_against_a_server_that_refuses_later": dict(
        faults={"limit": 8}, more=HASTY + CHURN + "--connect-timeout 300ms",
        holds=lambda load: load.outcomes["connected"] == 8
        and load.outcomes["unserved"] >= 5),
    "idle": dict(
        more="--pattern idle --think 200ms", ends={"completed": 5},
        holds=lambda load:
        5 * 2 <= load.final["messages_echoed"] <= most(load, 0.2)),
    "kinds_and_shares": dict(
        more=TEN + "--hostile 50%:deaf,silent",
        holds=lambda load: load.final["attempted"] == 5 and all(
            load.final["hostile"][kind]["attempted"] in (2, 3)
            for kind in ("deaf", "silent"))),
    "hostile_ones_that_are_closed_come_again": dict(
        faults={"close_after": 10}, ends={"completed": 5},
        more=TEN + "--hostile 50%:slow --message 1 --think 300ms",
        holds=lambda load: slow(load)[0]["connected"] > 5
        and slow(load)[1]["closed"] + slow(load)[1].get("reset", 0) > 5),
    "a_wrong_byte_to_a_slow_one_is_found": dict(
        faults={"wrong_byte": 3}, code=1, ends={"completed": 5},
        more=TEN + "--hostile 50%:slow --message 1 --think 10s",
        holds=lambda load: slow(load)[1]["mismatch"] >= 1),
    "stopped_among_hostile_ones": dict(
        more=TEN + "--hostile 40% --duration 50s --pattern mixed",
        talk={"stop_at": "measuring"},
        holds=lambda load: load.ends.keys() <= {"aborted", "completed"}),
})
main(globals(), at_once=3)
