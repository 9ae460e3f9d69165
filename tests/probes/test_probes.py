#!/usr/bin/env python3
"""test_probes.py PROBE_EXE NAME...: each probe of iomodels-probe with small
numbers, as a Windows program: the figures that it must have, and among them
those that Windows documents. No times, and nothing that only Wine does."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from iotest import (BAD_INPUT, Skip, WINDOWS, each, launched, main, one_line,
                    others, require, require_equal, run)

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


def case_reuse():
    line = probe("reuse")
    for way in "disconnect_ex", "transmit_file", "transmit_packets":
        found = line[way]
        require(found["works"] is True and found["disconnected"] is True
                or found["works"] is False and found["failed"]
                and positive(found["code"]), line)


def case_completion_contract():
    line = probe("completion_contract")
    for key, code, packets in (
            ("receive_failed_at_once", 10057, 0),
            ("send_failed_at_once", 10058, 0), ("success_at_once", 0, 1),
            ("pending", 997, 1), ("skip_success_at_once", 0, 0),
            ("skip_pending", 997, 1)):
        require_equal(line[key], {"code": code, "packets": packets}, key)


def case_send_room():
    line = probe("send_room", "--bytes=65536")
    check(line, send_bytes=65536, send_buffer_bytes=positive,
          sends_at_once=positive, then_stays_pending=True,
          completed_after_reading=True)
    require_equal(line["bytes_at_once"], 65536 * line["sends_at_once"], line)
    require(line["sends_until_full"] >= line["sends_at_once"], line)


def case_ack_is_not_delivery():
    check(probe("ack_is_not_delivery", "--bytes=16384", "--repeats=3"),
          send_buffer_bytes=0, bytes=16384, returned=True, send_code=0,
          send_us=positive, peer_read_bytes=0, peer_waiting_bytes=positive,
          small_send_us=positive, usual_send_buffer_bytes=positive,
          usual_send_us=positive, usual_small_send_us=positive)


def case_fd_write():
    check(probe("fd_write"), after_connect=True, after_accept=True,
          after_send=False, bytes_until_full=positive, fills=positive,
          while_full=False,
          after_room=True)


def case_alertable():
    line = probe("alertable")
    check(line, receives=8, ran_on_other_threads=0)
    waits = [wait for wait in line.values() if isinstance(wait, dict)]
    require_equal(waits, 7 * [{"ran_before": 0, "ran": 8, "in_order": True}])


def case_order_of_events():
    line = probe("order_of_events")
    check(line, async_select_in_order=True, port_in_order=True,
          # The lowest index, by its documentation.
          event_select=sorted(line["sent"]), event_select_in_order=False)
    for key in "async_select", "port", "select", "poll":
        require_equal(sorted(line[key]), sorted(line["sent"]), key)


def case_windows():
    check(probe("windows", "--sockets=9"), sockets=9, windows=1,
          sockets_heard=9)


def case_ordered():
    line = probe("ordered", "--messages=300", "--receives=4", "--workers=3")
    check(line, messages=300, receives=4, workers=3, one_worker_wrong=0,
          one_worker_out_of_order=0, locked_wrong=0, locked_sends_wrong=0)
    for key in ("locked_handled_out_of_order", "unlocked_wrong",
                "unlocked_handled_out_of_order", "unlocked_sends_wrong"):
        require(0 <= line[key] <= 608, line)


def case_readfile():
    check(probe("readfile", "--repeats=20"), repeats=20, wrong_messages=0,
          readfile_us=positive, wsarecv_us=positive)


def case_heap():
    check(probe("heap", "--operations=2000"), operations=2000,
          list_ns=positive, heap_ns=positive, threads=4,
          threads_list_ns=positive, threads_heap_ns=positive)


def case_working_set():
    line = probe("working_set", "--raise-mib=1", "--pending-mib=8")
    check(line, least_before_bytes=positive, set_code=0,
          least_after_bytes=positive, most_after_bytes=positive,
          read_back_matches=bool, receives=8, posted=8, last_code=997,
          pending_bytes=8 << 20, working_set_growth_bytes=NUMBER)


def case_straddle():
    check(probe("straddle", "--receives=50"), receives=50, page_bytes=4096,
          aligned_growth_bytes=NUMBER, straddling_growth_bytes=NUMBER)


def case_pool_slopes():
    line = probe("pool_slopes", "--count=20", "--steps=4")
    known = 0
    for key in "pool", "process_pool", "host_tcp_memory":
        if line[key] is None:
            require(line["unknown"][key], line)
            continue
        known += 1
        require_equal(len(line[key]), 9, key)
        require(line["limits"][key] > 0, line["limits"])
        for samples in line[key].values():
            require_equal([n for n, _ in samples], [0, 5, 10, 15, 20], key)
            require(all(isinstance(b, NUMBER) for _, b in samples), samples)
    require(known, "no memory is known at all")


def case_fdset():
    check(probe("fdset", "--sockets=70"), usual_fd_setsize=64,
          usual_set_bytes=520, sockets_in_set=70, nfds=0, ready=1,
          found_last=True)


def case_limits64():
    check(probe("limits64"), most_events=64, index_of_64=63, code_of_65=87,
          most_objects=64, object_code_of_65=87)


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


def case_blocking_worker():
    """What blocks or computes for longer than all others together."""
    line = probe("blocking_worker", "--packets=100", "--long-ms=100")
    check(line, packets=100, long_ms=100, workers=4,
          workers_blocking_per_s=positive, workers_computing_per_s=positive)
    for slow in "blocking_per_s", "computing_per_s":
        require(0 < line[slow] < line["plain_per_s"], line)


def case_failed_call():
    if WINDOWS:
        raise Skip("a limit of open files is Linux's")
    import resource
    probe("limits64")  # starts Wine's server process, without the limit
    done = run(*launched(PROGRAM, "windows", "--sockets=1000"), exit_code=1,
               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                     (200, 200)))
    line = json.loads(done.stdout)
    require_equal(set(line), {"probe", "error"}, line)
    check(line["error"], call=str, code=positive, name=str, text=str)
    one_line(done, f"windows: .* failed: error {line['error']['code']} .WSAE")


def case_each_probe_is_tested():
    require_equal([name for name in NAMES if "case_" + name not in globals()],
                  [])


main(globals(), at_once=3)
