#!/usr/bin/env python3
"""What a curve and a soak say of made-up records."""

import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import each, iomodels, main, require, require_in
from make_records import write

MIB = 1 << 20


def point(model, offered, achieved, p99_us, *reasons):
    """A run of a curve: at a rate, or flat out if it is 0."""
    return {
        "valid": not reasons, "reasons": reasons,
        "suite": {"command": "curve"},
        "asked": {"model": model, "connections": 1000,
                  "pattern": "paced" if offered else "echo",
                  "rate_bytes_per_s": 10 * offered, "message_bytes": 10,
                  "bound": {"quantile": "p99", "us": 5000}},
        "throughput": {"round_trips_per_s": achieved},
        "latency_us": {"from_intended": {"p50": 400, "p99": p99_us}},
        "cpu": {"server": {"cores_percent": 20},
                "wineserver": {"cores_percent": 15}}}


def case_curve(scratch):
    write(scratch, [
        point("iocp", 0, 10000, 1), point("iocp", 9500, 9500, 4000),
        point("iocp", 1000, 1000, 200), point("iocp", 9700, 9650, 6250),
        point("iocp", 12000, 9800, 900000, "rate_not_reached: x"),
        point("select", 0, 8000, 1, "client_saturated: x"),
        point("select", 800, 800, 5100), point("apc", 0, 8000, 1),
        point("apc", 800, 800, 100),
        point("apc", 9000, 800, 100, "held_up: x")])
    text = iomodels("table", scratch).stdout
    require_in(text, "p99 within 5 ms", "9,600", "9,500..9,700",
               "  96  ",  # % of flat out
               "  9,800  ", "  0.40     35\n",
               "select: p99 within 5 ms at none of its rates; it was 5.1 ms at "
               "800/s", "apc: p99 within 5 ms at all of its rates", "over 800",
               "1 not valid and 0 disturbed (held_up)")
    require("rate_not_reached" not in text, text)
    rows = text.partition("\n\n")[0].splitlines()
    require(max(map(len, rows)) <= 80, text)


def soaked(folder, record, exit_code):
    """What the soak says of one run."""
    write(folder, [{"suite": {"command": "soak"},
                    "asked": {"model": "m", "connections": 20}, **record}])
    return iomodels("soak", "--summary", folder, exit_code=exit_code).stdout


def case_soak_verdicts(scratch):
    """100 s of samples, of which 2 % are the limit. Before and after the window
    the figure does something else."""
    draw = random.Random(3)

    def check(name, column, base, per_s, noise, verdict, steps=lambda n: 0):
        rows = [[n / 2, None, 1e12 * n] for n in range(220)]
        for n in range(200):
            rows[n + 10] = [n / 2 + 5, None, base + per_s * n / 2 + steps(n)
                            + noise * (draw.random() + draw.random() - 1)]
        rows[10][1], rows[209][1] = "begin", "end"
        text = soaked(scratch / name, {"samples": {"server": {
            "columns": ["t_s", "mark", column], "rows": rows}}},
            exit_code=int(verdict == "GROWS"))
        require_in(text, "  " + verdict)

    memory = "working_set_bytes"
    each([("none", memory, 100 * MIB, 0, 0, "flat"),
          ("noise", memory, 100 * MIB, 0, 0.5 * MIB, "flat"),
          ("below", memory, 100 * MIB, 0.018 * MIB, 0, "flat"),
          ("above", memory, 100 * MIB, 0.025 * MIB, 0, "GROWS"),
          ("far above", memory, 100 * MIB, 0.2 * MIB, 10 * MIB, "GROWS"),
          ("much noise", memory, 100 * MIB, 0, 60 * MIB, "within noise"),
          # Shrinking is no leak.
          ("shrinks", memory, 100 * MIB, -0.5 * MIB, 0, "within noise"),
          # One thread in 50 seconds, of 3: no; one in five: yes.
          ("thread", "threads", 3, 0.02, 0, "flat"),
          ("threads", "threads", 3, 0.2, 0, "GROWS"),
          ("handles", "handles", 3, 0.2, 0, "GROWS"),
          # One more thread's stack is no leak, wherever it comes; many are.
          *((f"stack {at}", memory, 17 * MIB, 0, 0.01 * MIB, "within noise",
             lambda n, at=at: 1.4 * MIB * (n >= at))
            for at in range(20, 200, 20)),
          ("stacks", memory, 17 * MIB, 0, 0.01 * MIB, "GROWS",
           lambda n: n // 20 * 0.3 * MIB)], check)


def case_soak_faults(scratch):
    """Runs without samples, and with lost connections."""
    def check(name, record, *wanted):
        require_in(soaked(scratch / name, record, 1), *wanted)

    each([("samples", {}, "too few samples to judge", "UNKNOWN"),
          ("died", {"valid": False, "reasons": ["server_died: x"]},
           ": server_died: x", "FAILED"),
          ("lost", {"connections": {
              "outcomes": {"connected": 90, "no_ports": 3, "unserved": 2,
                           "reset": 0},
              "ends": {"completed": 80, "reset": 7, "closed": 3}}},
           "12 healthy connections were lost", "FAILED")], check)


main(globals())
