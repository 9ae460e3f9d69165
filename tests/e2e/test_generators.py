#!/usr/bin/env python3
"""Several load generators share the connections of a run: nothing is lost when
their figures become those of one, and what goes wrong with one is told.

    test_generators.py --iomodels IOMODELS --echo-server ECHO_SERVER
"""

import contextlib
import os
import pathlib
import re
import signal
import time

from e2e import (BAD_INPUT, BAD_RUN, MARK, TIMING, Program, check_nothing_left,
                 check_records, echo_server, iomodels, iomodels_command, main,
                 one_line, one_record, processes, require, require_equal)

COUNTS = [("connections", "attempted"), ("connections", "connected"),
          *[("traffic", "client", key) for key in (
              "sent_bytes", "received_bytes", "messages_sent",
              "messages_echoed")],
          *[("traffic", "window", "client", key) for key in (
              "sent_bytes", "messages_echoed")]]


def vias(*launchers):
    return [word for via in launchers for word in ("--load-via", via)]


def words(folder, *more, connections=30, duration="600ms"):
    return ["run", "--model", "iocp", "--connections", str(connections),
            "--warmup", "200ms", "--duration", duration, "--message", "100",
            "--disturbance-limit", "100", "--output", folder, *echo_server(),
            *more]


def measure(folder, *more, exit_code=None, **keywords):
    iomodels(*words(folder, *more, **keywords), exit_code=exit_code)
    check_records(folder)
    return one_record(folder)


def at(value, path):
    for key in path:
        value = value[key]
    return value


def buckets(histogram):
    return {low: count for low, count in histogram["counts"]}


def check_sums(record, launchers):
    reasons = [reason for reason in record["reasons"]
               if not reason.startswith(TIMING)]
    require(not reasons, reasons)
    parts = record["generators"]
    require_equal([part["rank"] for part in parts],
                  list(range(record["asked"]["generators"])))
    require_equal(record["asked"]["load_via"], launchers)
    for path in COUNTS:
        require_equal(at(record, path), sum(at(part, path) for part in parts),
                      path)
    for name in "from_send", "first_echo", "connect":
        whole, sums = buckets(record["latency_us"][name]), {}
        for part in parts:
            require(part["latency_us"][name]["count"] > 0, part["rank"])
            for low, count in buckets(part["latency_us"][name]).items():
                sums[low] = sums.get(low, 0) + count
        require_equal(whole, sums, name)
        require_equal(record["latency_us"][name]["count"], sum(sums.values()))
    client, server = (record["traffic"][who] for who in ("client", "server"))
    require_equal((client["sent_bytes"], client["received_bytes"]),
                  (server["recv_bytes"], server["send_bytes"]))
    require_equal(len({part["machine"]["load"]["process"]["pid"]
                       for part in parts}), len(parts), "processes")
    for part in parts:
        require("load_held_up_percent" in part["disturbance"], part["rank"])
        require(part["clock"]["uncertainty_us"] >= 0
                and part["clock"]["exchanges"] == 32, part["clock"])
    # They share one clock here, and say when theirs began by it.
    clocks = [(part["clock"], part["machine"]["load"]["process"]["epoch_us"])
              for part in parts]
    for one, epoch in clocks:
        for other, began in clocks:
            for offset in "offset_us", "offset_after_us":
                apart = one[offset] - other[offset] - (epoch - began)
                require(abs(apart) <= one["uncertainty_us"]
                        + other["uncertainty_us"] + 3, clocks)
    begins = [part["phases"]["begin_s"] for part in parts]
    require(abs(max(begins) - min(begins) - record["phases"]["start_skew_s"])
            < 1e-5, begins)
    require(0 <= record["phases"]["overlap_percent"] <= 100, record["phases"])


def case_shared(scratch):
    """Two and three, by what a user types; each has its share."""
    for launchers, shares in ((["env", ""], [15, 15]),
                              (["env", "nice -n 0", "env A=1"], [10, 10, 10]),
                              (["env", "", "env"], [3, 3, 4])):
        folder = scratch / "".join(map(str, shares))
        record = measure(folder, *vias(*launchers), connections=sum(shares))
        check_sums(record, launchers)
        require_equal([part["connections"]["attempted"]
                       for part in record["generators"]], shares)


def case_rate_and_addresses(scratch):
    """Rate and source addresses are divided, hostile connections and those
    with traffic are spread over all."""
    record = measure(
        scratch / "paced", *vias("env", "env"), "--pattern", "paced", "--rate",
        "60k", "--local-addresses", "127.0.0.2,127.0.0.3,127.0.0.4")
    check_sums(record, ["env", "env"])
    parts = record["generators"]
    require_equal([part["machine"]["load"]["process"]["local_addresses"]
                   for part in parts],
                  [["127.0.0.2"], ["127.0.0.3", "127.0.0.4"]])
    sent = [part["traffic"]["window"]["client"]["messages_sent"]
            for part in parts]
    require(max(sent) < 1.5 * min(sent), sent)
    record = measure(scratch / "sparse", *vias("env", "env"), "--pattern",
                     "sparse", "--active", "10", "--hostile", "20%:silent")
    hostile = [part["connections"]["hostile"]["silent"]["attempted"]
               for part in record["generators"]]
    require_equal(record["connections"]["hostile"]["silent"]["attempted"],
                  sum(hostile))
    require(min(hostile) >= 3, hostile)


def case_churn(scratch):
    """Connections that are made anew have other bytes than any other's: a
    server that gave them to the wrong one would be found."""
    check_sums(measure(scratch / "churn", *vias("env", "env"), "--pattern",
                       "churn", "--think", "5ms"), ["env", "env"])


# Starts so many of a program, as srun does, which passes on at most so many
# bytes of one at once.
TASKS = r"""
import os, subprocess, sys, threading
count, *words = sys.argv[1:]
lock = threading.Lock()
tasks = [subprocess.Popen(words, env={**os.environ, "SLURM_PROCID": str(task)},
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)
         for task in range(int(count))]

def pass_on(task):
    for line in task.stdout:
        for begin in range(0, len(line), 1024):
            with lock:
                sys.stdout.buffer.write(line[begin:begin + 1024])
                sys.stdout.buffer.flush()

threads = [threading.Thread(target=pass_on, args=[task]) for task in tasks]
for thread in threads:
    thread.start()
for line in sys.stdin.buffer:
    for task in tasks:
        try:
            task.stdin.write(line)
            task.stdin.flush()
        except OSError:
            pass
for task in tasks:
    try:
        task.stdin.close()
    except OSError:
        pass
sys.exit(max(task.wait() for task in tasks))
"""


def case_one_launcher_of_several(scratch):
    """Beside another one; it has to start as many as it says."""
    script = scratch / "tasks.py"
    script.write_text(TASKS, encoding="utf-8")
    launchers = ["env", f"3:python3 '{script}' 3"]
    check_sums(measure(scratch / "good", *vias(*launchers)), launchers)
    launchers = [f"2:python3 '{script}' 2"]
    record = measure(scratch / "alone", *vias(*launchers))
    check_sums(record, launchers[0])
    for via, needle in ((f"2:python3 '{script}' 3", "SLURM_PROCID is 2"),
                        ("2:env", "does not tell which of 2")):
        done = iomodels(*words(scratch / needle, *vias(via)), exit_code=None)
        require(done.returncode in (BAD_INPUT, BAD_RUN)
                and needle in done.stderr, done)


def case_wrong_byte(scratch):
    """A wrong byte is told with the connection's number among all."""
    os.environ["ECHO_SERVER_FAULTS"] = "--wrong-byte 5000 --victim 20"
    try:
        record = measure(scratch / "wrong", *vias("env", "env"),
                         exit_code=BAD_RUN)
    finally:
        del os.environ["ECHO_SERVER_FAULTS"]
    require(any(reason.startswith("byte_mismatch: connection ")
                for reason in record["reasons"]), record["reasons"])
    require_equal(record["integrity"]["mismatches"], 1)
    require_equal(sorted(part["integrity"]["mismatches"]
                         for part in record["generators"]), [0, 1])


def generators():
    """The process of each load generator of this test that runs, by rank."""
    found = {}
    for pid, line in processes(MARK):
        if re.match(r"\S*/iomodels load ", line):
            with contextlib.suppress(OSError):
                task = re.search(
                    rb"\0SLURM_PROCID=(\d+)",
                    pathlib.Path(f"/proc/{pid}/environ").read_bytes())
                rank = re.search(r" --rank (\d+)", line)
                found[int(rank[1]) + int(task[1] if task else 0)] = pid
    return found


def check_harmed(command, folder, harm, after_s):
    """A run of three load generators that comes to harm so many seconds after
    they started: it ends, leaves a whole record that is not valid, which is
    returned, and no process."""
    with Program(*command) as runner:
        while len(found := generators()) < 3 and runner.process.poll() is None:
            time.sleep(0.05)
        time.sleep(after_s)
        if len(found) == 3:
            harm(found)
        done = runner.wait(90)
    require_equal(done.returncode, BAD_RUN, done)
    record = one_record(folder)
    check_records(folder)
    require_equal((record["valid"], len(record["generators"])), (False, 3),
                  record["reasons"])
    check_nothing_left()
    return record


def case_killed(scratch):
    """What came before one was killed is kept."""
    folder = scratch / "killed"
    record = check_harmed(
        iomodels_command(*words(folder, *vias("env", "env", "env"),
                                duration="20s")),
        folder, lambda found: os.kill(found[1], signal.SIGKILL), 1)
    reason, = [text for text in record["reasons"]
               if text.startswith("load_died")]
    require("rank 1 ('env')" in reason and "signal 9" in reason, reason)
    parts = record["generators"]
    require_equal([part["connections"]["connected"] for part in parts],
                  [10, 10, 10])
    for part in parts[0], parts[2]:
        require(part["traffic"]["client"]["messages_echoed"] > 0, part["rank"])


def case_bad_input(scratch):
    for more, needles in (
            ((*vias("env", "env"), "--local-addresses", "127.0.0.2"),
             ("--local-addresses", "fewer")),
            (vias("env", "no-such-launcher"), ("no program",)),
            (vias(*["env"] * 31), ("--load-via",))):
        one_line(iomodels(*words(scratch / "bad", *more), exit_code=BAD_INPUT),
                 *needles)
    one_line(iomodels(*words(scratch / "bad", *vias("env", "env", "env"),
                             connections=2), exit_code=BAD_INPUT),
             "at least one connection each")


if __name__ == "__main__":
    main(globals())
