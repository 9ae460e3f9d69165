#!/usr/bin/env python3
"""iomodels load: connections that come and go, that rest, and hostile ones
among healthy ones, each counted for itself.

    test_mixed.py --iomodels PATH [--echo-server PATH] [--case NAME...]
"""

import random
import subprocess

from loadtest import (AT, HASTY, Late, Load, MESSAGE, SHORT, TIMEOUT_S,
                      command, ends, human, main, outcomes, run, some)

KINDS = ["silent", "slow", "deaf", "reset"]
TEN = SHORT + ["--connections", "10"]


def hostile(load, kind):
    found = load.final["hostile"][kind]
    return some(found["outcomes"]), some(found["ends"])


# --- cases: patterns -----------------------------------------------------------


def case_churn():
    """Each cycle is an attempt; loadtest.run compares with the server."""
    load = run(options=SHORT + ["--pattern", "churn"])
    final = load.final
    cycles = final["connected"]
    assert cycles > 20, cycles
    assert outcomes(load) == {"connected": cycles}, outcomes(load)
    assert ends(load) == {"completed": cycles}, ends(load)
    assert final["messages_echoed"] == cycles, final
    assert final["sent_bytes"] == cycles * MESSAGE, final
    assert final["latency_us"]["first_echo"]["count"] == cycles
    assert final["latency_us"]["from_send"]["count"] > 0
    begin, end = load.marks()["begin"], load.marks()["end"]
    assert end["attempted"] > begin["attempted"], (begin, end)


def case_churn_rests():
    load = run(options=SHORT + ["--pattern", "churn", "--think", "300ms"])
    assert 5 * 2 <= load.final["connected"] <= 5 * 6, load.final


def case_churn_through_a_narrow_window():
    """Those that find it full come as soon as it is not, not at the next
    look at all connections, a second later."""
    load = run(options=SHORT + ["--pattern", "churn", "--connections", "50",
                                "--connect-window", "1", "--think", "20ms"])
    assert load.final["connected"] > 300, load.final
    assert ends(load) == {"completed": load.final["connected"]}


def case_churn_resets_at_once():
    """While others rest: connections are open for a moment each."""
    server = Late(lambda: random.uniform(0, 0.2))
    load = Load(server.port, SHORT + [
        "--pattern", "churn", "--connections", "40", "--think", "400ms",
        "--warmup", "2s", "--duration", "2s", "--sample-ms", "20"])
    server.listener.close()
    is_open = [e["open"] for e in load.events
               if e["event"] == "sample" and e["phase"] == "measuring"]
    assert len(is_open) > 20, is_open
    assert sum(is_open) / len(is_open) < 2, is_open


def case_churn_over_threads():
    load = run(options=SHORT + ["--pattern", "churn", "--threads", "3"])
    assert ends(load) == {"completed": load.final["connected"]}


def case_churn_each_of_its_own_bytes():
    """A server that mixes up what follows each other would be found."""
    load = run({"wrong_byte": 7, "victim": 9}, SHORT + ["--pattern", "churn"],
               code=1)
    assert load.final["mismatches"] == 1, load.final
    assert load.final["first_mismatch"]["offset"] == 7


def case_churn_against_a_server_that_refuses_later():
    """After three accepted ones nobody serves: each has its outcome."""
    load = run({"limit": 8}, HASTY + ["--pattern", "churn",
                                      "--connect-timeout", "300ms"])
    found = outcomes(load)
    assert found["connected"] == 8 and found["unserved"] >= 5, found


def case_idle():
    load = run(options=SHORT + ["--pattern", "idle", "--think", "200ms"])
    assert ends(load) == {"completed": 5}, ends(load)
    assert 5 * 2 <= load.final["messages_echoed"] <= 5 * 7, load.final


def case_resting_ones_do_not_send_in_step():
    for pattern in ("idle", "echo"):
        load = run(options=SHORT + [
            "--pattern", pattern, "--think", "1s", "--connections", "40",
            "--duration", "2s", "--sample-ms", "50"])
        sent = [e["messages_sent"] for e in load.events
                if e["event"] == "sample" and e["phase"] == "measuring"]
        steps = [b - a for a, b in zip(sent, sent[1:])]
        assert sum(steps) > 40 and max(steps) < 20, (pattern, steps)


def case_mixed():
    load = run(options=TEN + ["--pattern", "mixed"])
    final = load.final
    cycles = final["connected"]
    assert cycles > 20 and ends(load) == {"completed": cycles}, ends(load)
    # Those of echo exchange many messages, those of churn one.
    assert final["messages_echoed"] > cycles + 50, final


# --- cases: hostile ones ---------------------------------------------------------


def case_no_hostile_ones():
    assert run().final["hostile"] is None


def case_one_in_five():
    load = run(options=SHORT + ["--connections", "40", "--hostile", "20%"])
    final = load.final
    assert final["attempted"] == 32, final
    assert ends(load) == {"completed": 32}, ends(load)
    assert sorted(final["hostile"]) == sorted(KINDS), final["hostile"]
    for kind in KINDS:
        made, ended = hostile(load, kind)
        assert set(made) <= {"connected", "abandoned"}, (kind, made)
        assert ended == {"completed": made["connected"]}, (kind, ended)
    bytes_of = {kind: final["hostile"][kind] for kind in KINDS}
    assert bytes_of["silent"]["sent_bytes"] == 0
    assert bytes_of["deaf"]["sent_bytes"] > 100 * MESSAGE
    assert bytes_of["deaf"]["received_bytes"] == 0
    assert 0 < bytes_of["slow"]["received_bytes"] < 1000
    # It resets, and comes again.
    assert bytes_of["reset"]["connected"] > 2
    assert bytes_of["silent"]["connected"] == 2
    assert final["messages_echoed"] > 100


def case_kinds_and_shares():
    load = run(options=TEN + ["--hostile", "50%:deaf,silent"])
    assert load.final["attempted"] == 5, load.final
    for kind in ("deaf", "silent"):
        assert load.final["hostile"][kind]["attempted"] in (2, 3), load.final


def case_hostile_ones_that_are_closed_come_again():
    load = run({"close_after": 10}, options=TEN + [
        "--hostile", "50%:slow", "--message", "1", "--think", "300ms"])
    assert ends(load) == {"completed": 5}, ends(load)
    made, ended = hostile(load, "slow")
    assert ended["closed"] + ended.get("reset", 0) > 5, ended
    assert made["connected"] == sum(ended.values()), (made, ended)


def case_a_wrong_byte_to_a_slow_one_is_found():
    load = run({"wrong_byte": 3}, options=TEN + [
        "--hostile", "50%:slow", "--message", "1", "--think", "10s"], code=1)
    assert hostile(load, "slow")[1]["mismatch"] >= 1, load.final
    assert ends(load) == {"completed": 5}, ends(load)



def case_worst_wait():
    """A server that takes a connection's bytes and answers late is seen."""
    load = run(options=SHORT + ["--think", "100ms"])
    worst = load.final["worst_wait"]
    first = load.final["latency_us"]["first_echo"]["max"]
    assert worst["us"] >= first * 0.99, (worst, first)
    assert 0 <= worst["connection"] < 5, worst
    assert run({"refuse": True}).final["worst_wait"] is None


def case_worst_wait_for_what_never_comes():
    for fault, name in (({"stall": AT}, "timed_out"), ({"stall": 0}, None)):
        load = run(fault, HASTY)
        assert (ends(load) == {name: 5} if name
                else outcomes(load) == {"unserved": 5}), load.final
        least = 2_000_000 if name else 3_000_000
        assert load.final["worst_wait"]["us"] >= least, load.final["worst_wait"]


def case_late_is_not_completed():
    """An echo that comes after its time is one, and its wait is known."""
    delays = iter([0, 0, 3.5])
    server = Late(lambda: next(delays, 0))
    load = Load(server.port, HASTY + ["--connections", "1"])
    server.listener.close()
    assert load.code == 0 and load.final["mismatches"] == 0, load.final
    assert ends(load) == {"timed_out": 1}, ends(load)
    assert load.final["worst_wait"]["us"] > 3_400_000, load.final["worst_wait"]


def case_stopped_among_hostile_ones():
    load = run(options=TEN + ["--hostile", "40%", "--duration", "50s",
                              "--pattern", "mixed"], stop_at="measuring")
    assert set(ends(load)) <= {"aborted", "completed"}, ends(load)


def case_summary():
    done = human(TEN + ["--hostile", "40%"])
    assert done.returncode == 0, done
    for kind in KINDS:
        assert kind in done.stdout, done.stdout
    assert "worst wait" in done.stdout, done.stdout


def case_bad_input():
    for options, word in (
            (["--hostile", "0"], "share"),
            (["--hostile", "95%"], "share"),
            (["--hostile", "lots"], "share"),
            (["--hostile", "20%:slwo"], "slow"),
            (["--hostile", "20%:"], "kind"),
            (["--hostile", "20%:deaf,deaf"], "twice"),
            (["--hostile", "20%", "--turns"], "--turns"),
            (["--pattern", "churn", "--turns"], "--turns"),
            (["--pattern", "mixed", "--turns"], "--turns"),
            (["--pattern", "churn", "--pipeline", "3"], "--pipeline"),
            (["--pattern", "mixed", "--rate", "5K"], "--rate")):
        done = subprocess.run(command + ["load", "--target", "127.0.0.1:1"]
                              + options, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True,
                              timeout=TIMEOUT_S)
        lines = [line for line in done.stderr.splitlines()
                 if line.startswith("iomodels")]
        assert done.returncode == 2, (options, done)
        assert len(lines) == 1 and word in lines[0], (options, done.stderr)


if __name__ == "__main__":
    main(globals())
