#!/usr/bin/env python3
"""curve: each model at rates that are searched, the answer, the chart; an
interrupted one goes on. What it finds is a matter of test_results_curve.c and
of tests/bench/curve.py."""

import json
import re

from e2e import (BAD_INPUT, BAD_RUN, can_plot, check_nothing_left,
                 check_records, echo_server, iomodels, main, no_plots, one_line,
                 records, require, require_equal, require_in, shared_folder)

# A message takes 1 ms: a thousand a second.
SLOW = {"environment": {"ECHO_SERVER_FAULTS":
                        "--service-us 1000 --service-bytes 100"}}
MODELS = ["select", "iocp"]
RATES = 8
folder = shared_folder("curve")


def rates(model):
    """Those of a model's records, ascending; None: flat out."""
    found = [record["asked"] for record in records(folder).values()
             if record["asked"]["model"] == model]
    require_equal({(asked["pattern"], asked["arrivals"], asked["bound"]["us"])
                   for asked in found},
                  {("echo", None, 7000), ("paced", "poisson", 7000)})
    return sorted((asked["rate_bytes_per_s"] for asked in found),
                  key=lambda rate: rate or 0)


def check(done):
    require(done.returncode in (0, BAD_RUN), done)
    require_equal(sorted(r["asked"]["place"] for r in records(folder).values()),
                  list(range(1, len(MODELS) * (RATES + 1) + 1)))
    for model in MODELS:
        flat_out, *tried = rates(model)
        require_equal(flat_out, None)
        require_equal(len(tried), RATES)
        require(tried[-1] > 5 * tried[0], tried)
        require(re.search(rf"^{model}( \[\d+\])* ", done.stdout, re.MULTILINE),
                done)
    require_in(done.stdout, "p99.9 within 7 ms", "flat out", "Poisson")


def case_curve():
    done = iomodels("curve", "--models", ",".join(MODELS), "--connections", 10,
                    "--message", 100, "--p99.9", "7ms", "--duration", "200ms",
                    "--warmup", "50ms", "--seed", 3, "--output", folder,
                    *no_plots, *echo_server(), exit_code=None, **SLOW)
    check(done)
    check_records(folder)
    require_equal(json.loads((folder / "plan.json").read_text())["command"],
                  "curve")
    check_nothing_left()


def case_interrupted():
    """The search goes on from what there is: the last round is made again."""
    before = rates("iocp")
    last = sorted(records(folder))[-3:]
    for name in last:
        (folder / name).unlink()
    done = iomodels("curve", "--resume", folder, "--no-plots", *echo_server(),
                    exit_code=None, **SLOW)
    check(done)
    require(len(set(before) & set(rates("iocp"))) >= RATES - 1,
            (before, rates("iocp")))


def case_what_the_records_say():
    done = iomodels("curve", "--summary", folder, exit_code=None)
    require_in(done.stdout, "p99.9 within 7 ms")
    require_in(iomodels("table", folder).stdout, "p99.9 within 7 ms")
    require_in(iomodels("table", folder, "--wide").stdout, "arrivals=poisson")
    if not can_plot:
        return
    iomodels("plot", folder, exit_code=0)
    require_equal(sorted(path.name for path in (folder / "charts").iterdir()),
                  ["curve.dat", "curve.gp", "curve.png", "curve.svg"])
    iomodels("report", folder)
    require_in((folder / "report.html").read_text(encoding="utf-8"),
               "p99.9 within 7 ms", '<figure id="curve">')


def case_bad_input():
    for words, needle in ((["--p99", "5ms", "--p50", "1ms"], "one bound"),
                          (["--connections", "10,20"], "one number"),
                          (["--points", "7"], "--points"),
                          (["--rate", "5"], "--rate"),
                          (["--arrivals", "late"], "even")):
        one_line(iomodels("curve", *words, *echo_server(),
                          exit_code=BAD_INPUT), needle)


main(globals())
