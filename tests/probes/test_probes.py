#!/usr/bin/env python3
"""test_probes.py PROBE_EXE NAME...: each probe of iomodels-probe with small
numbers, as a Windows program: the figures that it must have, and among them
those that Windows documents. No times, and nothing that only Wine does."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from iotest import (BAD_INPUT, each, launched, main, one_line, others, require,
                    require_equal, run)

PROGRAM, *NAMES = others
NUMBER = (int, float)


def probe(*words, exit_code=0):
    done = run(*launched(PROGRAM, *words), exit_code=exit_code, timeout=60)
    if exit_code == BAD_INPUT:
        return done
    require_equal(done.stdout.count("\n"), 1, "lines")
    line = json.loads(done.stdout)
    require_equal(line["probe"], words[0])
    return line


def check(line, **wanted):
    """Figures by name: their value, their type, or what they must fulfil."""
    for key, value in wanted.items():
        require(key in line, f"no {key} in {line}")
        found = line[key]
        good = (isinstance(found, value) if isinstance(value, (type, tuple))
                else value(found) if callable(value) else found == value)
        require(good, f"{key} is {found}: {line}")


def positive(value):
    return isinstance(value, NUMBER) and value > 0


def case_burst():
    line = probe("burst", "--pending=3", "--clients=10", "--backlog=20")
    check(line, pending=3, clients=10, backlog=20, connected=10, refused=0,
          unanswered=0, accepted_by_pending=3, accepted_from_backlog=7)
    # Windows refuses those beyond the backlog, Linux does not answer.
    line = probe("burst", "--pending=1", "--clients=20", "--backlog=2",
                 "--wait-ms=300")
    check(line, connected=lambda n: 3 <= n < 20)
    require_equal(line["connected"] + line["refused"] + line["unanswered"], 20)
    require_equal(line["accepted_by_pending"] + line["accepted_from_backlog"],
                  line["connected"], line)


def case_accept_event():
    check(probe("accept_event", "--pending=3"), pending=3, signalled=True,
          signalled_at_client=4, accepted_before=3, fd_accept=True,
          accepted_after_one_more=1, signalled_while_none_waits=False,
          signalled_again=bool)


def case_first_data():
    check(probe("first_data", "--silent=4"), connect_time_without_client=False,
          completed_without_data=False, connect_time_while_it_waits=True,
          second_completed_while_first_waits=bool, completed_with_bytes=10,
          completed_by_first_byte=True, silent=4, senders=4,
          served_before_sweep=0, found_by_sweep=4, served_after_sweep=4,
          backlog_accepts=4, backlog_done_at_once=int, backlog_completed=4)


def case_close_accept():
    line = probe("close_accept", "--accepts=5")
    check(line, closed=5, completed=int, aborted=int,
          completed_with_listener=int)
    for key in ("pool_before_bytes", "pool_posted_bytes", "pool_closed_bytes",
                "pool_listener_closed_bytes"):
        require(line[key] is None and line["unknown"][key]
                or positive(line[key]), line)


def case_pointer():
    check(probe("pointer", "--repeats=20"), repeats=20, cached_ns=positive,
          looked_up_ns=positive, library_ns=positive, look_up_ns=positive)


def case_list():
    require_equal([line.split()[0] for line in probe(exit_code=BAD_INPUT)
                   .stdout.splitlines() if line.startswith("  ")], NAMES)
    require_equal(run(*launched(PROGRAM, "--help")).stdout,
                  probe(exit_code=BAD_INPUT).stdout)


def case_bad_input():
    each([(("nonsense",), "no probe 'nonsense'; choose from .*burst"),
          (("burst", "--pending=x"), "--pending: 'x' is not a whole number"),
          (("burst", "--pending=9999999"), "out of range"),
          (("burst", "--pendign", "1"), "did you mean --pending"),
          (("burst", "4"), "unexpected argument '4'")],
         lambda words, wanted: one_line(probe(*words, exit_code=BAD_INPUT),
                                        wanted))
    require("--backlog N" in run(*launched(PROGRAM, "burst", "--help")).stdout,
            "no options in the help")


def case_each_probe_is_tested():
    require_equal([name for name in NAMES if "case_" + name not in globals()],
                  [])


main(globals(), at_once=3)
