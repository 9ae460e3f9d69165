#!/usr/bin/env python3
"""The load generator on Windows where a high-resolution timer is refused and
waits end by a clock of 15.6 ms: it works, reports the timer, and knows how late
it sends. tests/e2e/test_optional_calls.py has the verdict on such a run."""

from loadtest import Built, Load, main, require, require_equal


def case_ticks():
    for more in ("--pattern paced --rate 400K", "--pattern echo --think 3ms"):
        with Built() as server:
            load = Load(server.port, more)
        require_equal(load.ends, {"completed": 5})
        ready, late = load.events[0], load.final["latency_us"]["lateness"]
        require(ready["timer"] == "ticks" and ready["timer_wait_us"] > 8_000,
                ready)
        require(late["count"] > 20 and late["p50"] > 4_000, (more, late["p50"]))


main(globals())
