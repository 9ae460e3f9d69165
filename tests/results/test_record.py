#!/usr/bin/env python3
"""test_record.py BUILD_RECORDS: the record of what a run's programs told: its
figures, what is not known, why it is not valid, what disturbed it; and that of
several load generators."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import main, misfits, others, require, require_equal, require_in
from heard import build, heard

BUILDER, = others
ASKED, SERVER, LOAD, REASONS = "asked", "server", "load", "reasons"


def one(*changes):
    return build(BUILDER, [heard(*changes)])[0]


def at(value, pointer):
    """None where there is nothing."""
    for key in pointer.split("/")[1:]:
        if isinstance(value, list):
            value = value[int(key)] if int(key) < len(value) else None
        else:
            value = (value or {}).get(key)
    return value


def figures_are(record, figures):
    for pointer, wanted in figures.items():
        found = at(record, pointer)
        require(found is not None and abs(found - wanted) < 1e-6,
                f"{pointer} is {found}, not {wanted}")


FIGURES = {
    "/phases/connect_s": 0.5,
    "/phases/warmup_s": 1,
    "/phases/window_s": 2,
    "/phases/drain_s": 0.1,
    "/phases/server_window_s": 2,
    "/connections/per_s": 20,
    "/throughput/round_trips_per_s": 10,
    "/throughput/client/sent_bytes_per_s": 1000,
    "/throughput/server/recv_bytes_per_s": 1000,
    "/cpu/server/user_s": 0.2,
    "/cpu/server/kernel_s": 0.3,
    "/cpu/server/cores_percent": 25,
    "/cpu/wineserver/cores_percent": 20,
    "/cpu/load/cores_percent": 20,
    "/cpu/system/busy_percent": 30,
    "/cpu/per_round_trip_us/server": 25000,
    "/cpu/per_round_trip_us/wineserver": 20000,
    "/cpu/per_round_trip_us/total": 45000,
    "/cpu/per_round_trip_us/load": 20000,
    "/memory/per_connection_bytes": 5000,
    "/memory/load/working_set_bytes": 777,
    "/pool/host_tcp_memory/change_bytes": 8192,
    "/threads/empty": 3,
    "/threads/end": 4,
    "/threads/max": 9,
    "/traffic/server/blocked_sends": 1,
    "/sleeps/count": 20,
    "/sleeps/asked_mean_us": 60,
    "/sleeps/mean_us": 525,
    "/traffic/window/client/messages_echoed": 20,
    "/traffic/window/server/recvs": 20,
    "/latency_us/from_send/p99": 3,
    "/machine/server/process/port": 4711,
    # The fastest line of the server travelled 5,000 us.
    "/samples/server/rows/0/0": 0.006,
    "/samples/server/rows/2/0": 3.005,
    "/samples/load/rows/1/0": 3.63,
}


def case_figures():
    built = one()
    require(built["valid"] and "fault" not in built, built)
    record = built["record"]
    samples = record["samples"]["server"]
    require_equal((record["cautions"], len(samples["rows"]),
                   samples["columns"][0]), ([], 3, "t_s"))
    figures_are(record, FIGURES)


def case_unknown():
    record = one()["record"]
    for pointer, why in (
            ("/cpu/server/cycles", "Wine cannot"),
            ("/memory/loaded/nonpaged_pool_bytes", "no pool in Wine"),
            ("/pool/system_nonpaged/change_bytes", "no pool in Wine"),
            ("/machine/server/loopback_mode", "not told"),
            ("/handles/end", "the program does not report it"),
            # A pattern without a schedule: that does not apply.
            ("/latency_us/from_intended", None)):
        require_equal((at(record, pointer), record["unknown"].get(pointer)),
                      (None, why), pointer)


def case_windows():
    """It has no metrics of Wine: those do not apply, and total is whole."""
    record = one((SERVER, "wineserver_", "x_"), (SERVER, "host_tcp_", "x_"),
                 (SERVER, "900000", "500000"))["record"]
    require_equal((record["cpu"]["wineserver"],
                   record["pool"]["host_tcp_memory"]), (None, None))
    require("/cpu/wineserver" not in record["unknown"], record["unknown"])
    figures_are(record, {"/cpu/per_round_trip_us/total": 25000})


# How the reasons begin, or None for a valid record; the changes.
INVALID = [
    ("byte_mismatch: connection 3 offset 4096: changed, expected 17, "
     "received 99",
     [(LOAD, "'mismatches':0,'first_mismatch':null",
       "'mismatches':1,'first_mismatch':{'connection':3,'offset':4096,"
       "'expected':17,'received':99,'kind':'changed'}")]),
    ("server_died: ", [(SERVER, "'final'", "'gone'")]),
    ("load_died: ", [(LOAD, "'final'", "'gone'")]),
    ("server_died: exit code 5",
     [(SERVER, "'final'", "'gone'"),
      (REASONS, "[]", "['server_died: exit code 5']")]),
    ("server_died: ", [(SERVER, None, ""), (LOAD, None, "")]),
    ("server_error: cannot listen (WSAEACCES): denied",
     [(SERVER, "[{'event'",
       "[{'event':'error','what':'cannot listen','code':10013,"
       "'name':'WSAEACCES','text':'denied','arrived_us':1},{'event'")]),
    ("client_saturated: ", [(LOAD, "'saturated':false", "'saturated':true")]),
    ("rate_not_reached: 1000 bytes/s",
     [(ASKED, "'seed':7", "'seed':7,'rate_bytes_per_s':2000")]),
    # 2 % is near enough
    (None, [(ASKED, "'seed':7", "'seed':7,'rate_bytes_per_s':1020")]),
    ("window_too_short: 2.00 s",
     [(ASKED, "'duration_s':2", "'duration_s':4")]),
    ("window_too_short: no round trip was",
     [(LOAD, "'messages_echoed':25", "'messages_echoed':5")]),
    ("window_too_short: no message sent", [(LOAD, "'count':20", "'count':0")]),
    ("no_connections: ",
     [(LOAD, "'connected':10,'sent_bytes':3000",
       "'connected':0,'sent_bytes':3000"),
      (LOAD, "'outcomes':{'connected':10}", "'outcomes':{'refused':10}"),
      (LOAD, "'completed':10", "")]),
    ("no_connections: none of the attempts connected; check that winbox is "
     "the server's machine, and that its firewall allows its port (on "
     "Windows, as administrator: New-NetFirewallRule -DisplayName iomodels "
     "-Direction Inbound -Protocol TCP -LocalPort 4711 -Action Allow)",
     [(ASKED, "'seed':7", "'seed':7,'target':'winbox'"),
      (LOAD, "'connected':10", "'connected':0"),
      (LOAD, "'outcomes':{'connected':0}", "'outcomes':{'timed_out':10}")]),
    ("sums_differ: /connections/attempted is 11",
     [(LOAD, "'attempted':10,'connected':10,'sent_bytes':3000",
       "'attempted':11,'connected':10,'sent_bytes':3000")]),
    ("sums_differ: /connections/connected is 9",
     [(LOAD, "'connected':10,'sent_bytes':3000",
       "'connected':9,'sent_bytes':3000")]),
    ("sums_differ: /integrity/mismatches is null",
     [(LOAD, "'mismatches':0,", "")]),
    ("sums_differ: 10 connections were attempted of 12 requested",
     [(ASKED, "'connections':10", "'connections':12")]),
    ("sums_differ: /traffic/client/messages_echoed is 29",
     [(LOAD, "'messages_echoed':30", "'messages_echoed':29")]),
    ("sums_differ: /traffic/client/received_bytes is 2999",
     [(LOAD, "'received_bytes':3000", "'received_bytes':2999")]),
    ("sums_differ: /traffic/server/recv_bytes is 3000",
     [(LOAD, "'sent_bytes':3000", "'sent_bytes':3001")]),
    ("sums_differ: the messages sent have 3100 bytes",
     [(LOAD, "'messages_sent':30,'messages_echoed':30",
       "'messages_sent':31,'messages_echoed':31")]),
    ("sums_differ: /traffic/server/opens is 10",
     [(SERVER, "'closes':10", "'closes':9")]),
    ("sums_differ: the server accepted 11",
     [(SERVER, "'accepted':10", "'accepted':11")]),
    ("sums_differ: /traffic/server/recv_bytes is 2900",
     [(SERVER, "'recv_bytes':3000", "'recv_bytes':2900")]),
    ("sums_differ: /traffic/client/received_bytes is 3000",
     [(SERVER, "'send_bytes':3000", "'send_bytes':3100")]),
    ("sums_differ: /traffic/server/recv_bytes is 0",
     [(SERVER, "'recv_bytes':3000", "'recv_bytes':1e300")]),
    # A connection that was reset may have sent bytes that nobody received,
    # but not received any that nobody sent.
    (None,
     [(LOAD, "'completed':10", "'completed':9,'reset':1"),
      (LOAD, "'sent_bytes':3000", "'sent_bytes':3100"),
      (LOAD, "'messages_sent':30", "'messages_sent':31")]),
    ("sums_differ: /traffic/client/received_bytes is 3100",
     [(LOAD, "'completed':10", "'completed':9,'reset':1"),
      (LOAD, "'received_bytes':3000", "'received_bytes':3100")]),
]


def case_reasons():
    records = build(BUILDER, [heard(*changes) for _, changes in INVALID])
    for (wanted, changes), built in zip(INVALID, records, strict=True):
        require("fault" not in built, built)
        require(built["valid"] if wanted is None
                else built["reasons"].startswith(wanted),
                f"{changes}: {built.get('reasons')}")
        saturated = bool(wanted) and wanted.startswith("client_saturated")
        require_equal((built["saturated"], built["only_disturbed"]),
                      (saturated, saturated or wanted is None), changes)


def busy(us):
    """What Windows tells instead of a delay: how busy its processors were."""
    return [(LOAD, "run_delay_us':0", "usable_busy_us':1"),
            (LOAD, "run_delay_us':1", f"usable_busy_us':{us + 1}")]


TWO_PROCESSORS = [(who, "processors':1", "processors':2")
                  for who in (SERVER, LOAD)]


def late(counts):
    return [(LOAD, "'lateness':null",
             "'lateness':{'count':9,'min':1,'mean':2,'max':3,'p50':2,'p90':3,"
             f"'p99':3,'p999':3,'unit':'us','counts':{counts}}}")]


# The names of the reasons and of the cautions, and the changes.
DISTURBED = [
    ("", "", [(ASKED, "2000", "2000")]),
    ("", "", [(SERVER, "900000,'held_up_us':5", "900000,'held_up_us':50")]),
    ("held_up", "",
     [(SERVER, "900000,'held_up_us':5", "900000,'held_up_us':500000")]),
    ("", "held_up",
     [(SERVER, "900000,'held_up_us':5", "900000,'held_up_us':300000")]),
    ("held_up", "", [(LOAD, "held_up_us':2", "held_up_us':500000")]),
    ("held_up", "", [(SERVER, "'t_us':3000000", "'t_us':4000000")]),
    ("load_starved", "", [(LOAD, "delay_us':1", "delay_us':1000000")]),
    ("", "load_starved", [(LOAD, "delay_us':1", "delay_us':200000")]),
    # On Windows, of its processor, where it and Wine's server take 400 ms
    # each.
    ("", "", busy(850000)),
    ("", "load_starved", busy(1000000)),
    ("load_starved", "", busy(1300000)),
    # The server, and Wine's for both, on the same processors.
    ("", "", [*busy(1400000), (LOAD, "processors':1", "processors':2")]),
    ("processors_shared", "", [(SERVER, "900000", "1900000")]),
    # With the load generator on the same processors.
    ("", "", [(SERVER, "900000", "1300000"), *TWO_PROCESSORS]),
    ("", "processors_shared", [(SERVER, "900000", "1700000"), *TWO_PROCESSORS]),
    # A wait that is rounded to milliseconds, and by Windows' clock.
    ("", "", late("[[60,19],[2100,1]]")),
    ("", "load_late", late("[[60,9],[2100,1]]")),
    ("load_late", "", late("[[1000,1],[4000,1],[8000,1]]")),
    ("", "", late("[]")),
    ("stolen", "", [(LOAD, "steal_us':2", "steal_us':1000000")]),
    # Waiting that the host explains.
    ("stolen", "",
     [(LOAD, "steal_us':2", "steal_us':1000000"),
      (LOAD, "delay_us':1", "delay_us':500000")]),
    ("", "stolen",
     [(LOAD, "steal_us':2", "steal_us':1000000"),
      (ASKED, "percent':20", "percent':100")]),
    ("stolen", "",
     [(LOAD, "steal_us':2", "steal_us':100000"),
      (ASKED, "percent':20", "percent':1")]),
]


def case_disturbances():
    records = build(BUILDER, [heard(*changes) for *_, changes in DISTURBED])
    for (*wanted, changes), built in zip(DISTURBED, records, strict=True):
        names = ["".join(text.split(":")[0] for text in built["record"][kind])
                 for kind in ("reasons", "cautions")]
        require_equal(names, wanted, changes)
        require(built["only_disturbed"], changes)


def case_schema():
    """Whatever ended early, lied or never came: the record fits the schema."""
    found = build(BUILDER, [heard(*changes)
                            for *_, changes in INVALID + DISTURBED])
    require_equal(misfits({
        str(row[-1]): built["record"]
        for row, built in zip(INVALID + DISTURBED, found)}), [])


# --- several load generators -------------------------------------------------

def generator(rank, zero_us, n, dies=False):
    """What one of 5 connections says whose clock shows 0 at `zero_us` of the
    runner's; `n` is of the messages in its window of a second, each of which
    took n us."""
    def metrics(i):
        size, count = 500 + i * 100 * n, 5 + i * n
        return {"attempted": 5, "connected": 5, "sent_bytes": size,
                "received_bytes": size, "messages_sent": count,
                "messages_echoed": count, "user_us": i * 1000 * n,
                "kernel_us": 0, "held_up_us": rank * i * 300000,
                "working_set_bytes": 1000}

    def phases(**times):
        return [{"event": "phase", "phase": name, "t_us": t_us}
                for name, t_us in times.items()]

    lines = [{"event": "ready", "threads": 1, "machine": {"cores": 4 + rank}},
             *phases(connecting=100000, connected=200000, warmup=300000,
                     measuring=400000),
             {"event": "sample", "mark": "begin", "t_us": 400000,
              **metrics(0)}]
    if dies:
        lines.append({"event": "sample", "t_us": 900000, **metrics(1)})
    else:
        lines += [
            {"event": "sample", "mark": "end", "t_us": 1400000, **metrics(1)},
            *phases(draining=1400000, done=1500000),
            {"event": "final", "t_us": 1500000, **metrics(1),
             "window": {"begin_us": 400000, "end_us": 1400000},
             "outcomes": {"connected": 5, "refused": rank},
             "ends": {"completed": 5}, "mismatches": rank,
             "first_mismatch": {
                 "connection": 7, "offset": 1, "expected": 2, "received": 3,
                 "kind": "changed"} if rank else None,
             "hostile": None, "worst_wait": {"us": n, "connection": 3},
             "saturated": rank == 1, "turns": None,
             "latency_us": {"from_send": {"count": n, "unit": "us",
                                          "counts": [[n, n]]},
                            "from_intended": None, "first_echo": None,
                            "connect": None, "lateness": None}}]
    return [{**line, "rank": rank, "arrived_us": line.get("t_us", 0) + zero_us}
            for line in lines]


def of_two(*lines):
    return build(BUILDER, [{
        "asked": {"connections": 10, "duration_s": 1, "generators": 2,
                  "load_via": ["a", "ssh b"]},
        "load": [line for part in lines for line in part]}])[0]


def case_two():
    """Counts and rates are sums, the window is the mean of the two on the
    runner's clock, the most disturbed one and the worst wait count; and each
    one's own figures are there."""
    built = of_two(generator(0, 1000000, 10), generator(1, 1200000, 30))
    figures_are(built["record"], {
        "/connections/connected": 10,
        "/connections/attempted": 10,
        "/connections/outcomes/refused": 1,
        "/connections/ends/completed": 10,
        "/connections/worst_wait/us": 30,
        "/phases/window_s": 1,
        "/phases/connect_s": 0.3,
        "/throughput/round_trips_per_s": 40,
        "/traffic/client/messages_sent": 50,
        "/traffic/window/client/sent_bytes": 4000,
        "/latency_us/from_send/count": 40,
        "/latency_us/from_send/p50": 30.015,
        "/latency_us/from_send/min": 10,
        "/latency_us/from_send/mean": 25.007,
        "/latency_us/from_send/counts/0/1": 10,
        "/latency_us/from_send/counts/1/1": 30,
        "/cpu/load/user_s": 0.04,
        "/memory/load/working_set_bytes": 2000,
        "/integrity/mismatches": 1,
        "/integrity/first_mismatch/connection": 7,
        "/disturbance/load_held_up_percent": 30,
        "/machine/load/cores": 4,
        "/samples/load/rows/0/0": 1.5,
        "/samples/load/rows/1/0": 2.5,
        "/generators/1/rank": 1,
        "/generators/1/connections/connected": 5,
        "/generators/0/throughput/round_trips_per_s": 10,
        "/generators/1/throughput/round_trips_per_s": 30,
        "/generators/1/latency_us/from_send/count": 30,
        "/generators/1/cpu/load/user_s": 0.03,
        "/generators/0/disturbance/load_held_up_percent": 0,
        "/generators/1/disturbance/load_held_up_percent": 30,
        "/generators/1/machine/load/cores": 5,
        "/generators/1/samples/load/rows/0/0": 1.6,
    })
    parts = built["record"]["generators"]
    require_equal([part["saturated"] for part in parts], [False, True])
    require_in(built["reasons"], "client_saturated",
               "byte_mismatch: connection 7",
               "held_up: the load generator did not run for 30 %")


def clocks(rank, t_us, zero_us):
    """Exchanges with a clock that shows `t_us` and is `zero_us` behind; each
    answer takes as long as its question."""
    for n in range(3):
        now, delay = t_us + 1000 * n, 400 + 100 * ((n + 1) % 3)
        yield {"event": "clock", "rank": rank, "t_us": now,
               "asked_us": zero_us + now - delay,
               "arrived_us": zero_us + now + delay}


def case_clocks():
    """The shortest exchange decides, and not the line that travelled fastest:
    of clocks that are 2 s apart the windows are 20 ms apart, or half of them.
    The last clock loses 16 ms from before its traffic until after its
    window."""
    for apart_us, lost_us, figures in (
            (20000, None, {"/phases/start_skew_s": 0.02,
                           "/phases/overlap_percent": 98,
                           "/generators/0/clock/offset_us": 990000,
                           "/generators/1/clock/offset_us": 1010000,
                           "/generators/1/clock/uncertainty_us": 400,
                           "/generators/1/clock/exchanges": 3,
                           "/generators/1/phases/begin_s": 1.41}),
            (500000, None, {"/phases/start_skew_s": 0.5,
                            "/phases/overlap_percent": 50}),
            (0, 16000, {"/generators/1/clock/offset_us": 990000,
                        "/generators/1/clock/offset_after_us": 1006000,
                        "/generators/1/clock/exchanges": 6,
                        "/phases/start_skew_s": 0.00398})):
        lines = []
        for rank in range(2):
            zero = 990000 + rank * apart_us
            lines += [clocks(rank, 0, zero),
                      generator(rank, 1000000 + 2000000 * rank, 10)]
            if lost_us is not None:
                lines.append(clocks(rank, 1600000, zero + rank * lost_us))
        built = of_two(*lines)
        figures_are(built["record"], figures)
        require_equal("windows_apart" in built["reasons"], apart_us == 500000)


def case_died():
    """One that died, or was never there: the others' figures are kept, and its
    own as far as they came."""
    first = generator(0, 0, 10)
    for lines, figures in (
            ([first, generator(1, 0, 30, dies=True)],
             {"/traffic/client/messages_sent": 50,
              "/connections/connected": 10,
              "/generators/1/traffic/client/messages_sent": 35,
              "/generators/0/latency_us/from_send/count": 10}),
            ([first], {"/traffic/client/messages_sent": 15,
                       "/connections/connected": 5,
                       "/generators/0/latency_us/from_send/count": 10,
                       "/generators/1/rank": 1})):
        built = of_two(*lines)
        figures_are(built["record"], figures)
        require_equal((built["valid"], built["record"]["latency_us"]),
                      (False, None))
        require_in(built["reasons"], "died")


main(globals())
