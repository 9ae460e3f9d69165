#!/usr/bin/env python3
"""No record is lost, halved or overwritten: iomodels killed at any moment, two
of them in one folder, a disk that is full. With tests/echo_server, natively.

The moments are random by a seed; SAFETY_KILLS=100 tries more of them."""

import contextlib
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import time

from e2e import (BAD_INPUT, Missing, OLDER, Program, Skip, check_nothing_left,
                 check_records, each, echo_server, iomodels, iomodels_command,
                 main, one_line, records, require, require_equal, require_in,
                 run, wait_for_record)

KILLS = int(os.environ.get("SAFETY_KILLS", "15"))
SEED = int(os.environ.get("SAFETY_SEED", "20261122"))
MODELS, REPEATS = ["iocp", "select", "apc"], 2
RUNS = len(MODELS) * REPEATS
RUN_S = 0.4  # what one run takes, about
# At a limited rate: at full speed this server saturates the load generator.
TRAFFIC = ["--pattern", "stream", "--rate", "5000000", "--message", "1000",
           "--duration", "100ms", "--warmup", "50ms", "--seed", "1",
           "--connections", "2"]


def compare(folder):
    return ["compare", "--models", ",".join(MODELS), "--repeat", REPEATS,
            *TRAFFIC, "--no-plots", "--output", folder, *echo_server()]


def start(words):
    return Program(*iomodels_command(*words))


def side_by_side(*commands):
    """What several say that run at the same time."""
    with contextlib.ExitStack() as stack:
        programs = [stack.enter_context(start(words)) for words in commands]
        return [program.wait(60) for program in programs]


def parts(folder):
    return [path for path in folder.rglob("*") if path.suffix == ".part"]


def check_all_runs(folder):
    require_equal(sorted(r["asked"]["place"]
                         for r in records(folder).values()),
                  list(range(1, RUNS + 1)), "places")


def check_whole(folder):
    """Each file is whole or a temporary; returns the records' bytes."""
    found = records(folder)  # parses each *.json
    strange = [path.name for path in folder.rglob("*")
               if path.suffix not in (".json", ".part")]
    require(not strange, f"what are these? {strange}")
    if found:
        check_records(folder)
    return {name: (folder / name).read_bytes() for name in found}


def check_resumed(folder, before):
    iomodels("compare", "--resume", folder, "--no-plots", *echo_server(),
             exit_code=None)
    after = check_whole(folder)
    check_all_runs(folder)
    require(all(after.get(name) == data for name, data in before.items()),
            "a record was changed by --resume")


def case_killed(scratch):
    rng = random.Random(SEED)
    reached, torn = set(), 0
    for number in range(KILLS):
        folder = scratch / f"killed {number}"
        with start(compare(folder)):
            time.sleep(rng.uniform(0, RUNS * RUN_S))
        check_nothing_left()
        before = check_whole(folder)
        reached.add(len(before))
        torn += bool(parts(folder))
        if number % 5 == 0 and (folder / "plan.json").exists():
            check_resumed(folder, before)
        shutil.rmtree(folder, ignore_errors=True)
    require(len(reached) > 2, f"always killed at the same point: {reached}")
    print(f"# {KILLS} kills: from {min(reached)} to {max(reached)} records "
          f"were there, {torn} temporaries left")


def case_two_comparisons(scratch):
    """The same at the same time, into one folder: one does it, the other says
    why not, and nothing is mixed."""
    folder = scratch / "records"
    does, why_not = sorted(side_by_side(compare(folder), compare(folder)),
                           key=lambda done: done.returncode)
    require(does.returncode in (0, 1), does)
    require_equal(why_not.returncode, BAD_INPUT, why_not)
    require(str(folder) in one_line(why_not, "another folder"), why_not)
    check_whole(folder)
    check_all_runs(folder)
    plans = {r["suite"]["plan"] for r in records(folder).values()}
    require_equal(len(plans), 1, plans)


def case_two_runs(scratch):
    """Single runs of the same name at the same time: every record is there."""
    folder = scratch / "records"
    for done in side_by_side(*6 * [["run", "--model", "iocp", *TRAFFIC,
                                    "--output", folder, *echo_server()]]):
        require(done.returncode in (0, 1), done)
    check_whole(folder)
    require_equal(len(records(folder)), 6, "records of 6 runs")
    require(not parts(folder), f"left: {parts(folder)}")


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of so many bytes, where root may mount one."""
    folder.mkdir()
    done = run("mount", "-t", "tmpfs", "-o", f"size={size}", "iomodels", folder,
               exit_code=None)
    if done.returncode != 0:
        raise Skip(f"no file system can be mounted here: {done.stderr}")
    try:
        yield folder
    finally:
        run("umount", folder)


def check_full(done, name="ENOSPC"):
    require_equal(done.returncode, BAD_INPUT, done)
    lines = [line for line in done.stderr.split("\n") if name in line]
    require(len(lines) == 1 and "cannot write" in lines[0]
            and "free space" in lines[0], done)


def check_rescued(done, folder):
    """What was measured is printed, to be saved by the name that it says."""
    line, = [line for line in done.stderr.split("\n") if "save it as" in line]
    path = pathlib.Path(line.split("save it as ")[1].split(" when there")[0])
    require_equal(path.parent, folder)
    path.write_text(done.stdout, encoding="utf-8")
    check_records(folder)


def fill(path):
    with (contextlib.suppress(OSError),
          open(path, "ab", buffering=0) as file):
        while True:
            file.write(b"x" * 4096)


def case_full_disk(scratch):
    with small_disk(scratch / "small", "1m") as disk:
        folder, ballast = disk / "records", disk / "ballast"
        with start(compare(folder)) as program:
            wait_for_record(program, folder)
            # What it has on disk stays as it is.
            program.process.send_signal(signal.SIGSTOP)
            fill(ballast)
            program.process.send_signal(signal.SIGCONT)
            stopped = program.wait(60)
        check_full(stopped)
        require("--resume" in stopped.stderr, stopped)
        before = check_whole(folder)
        require(0 < len(before) < RUNS, f"{len(before)} records")
        require(not parts(folder), f"left: {parts(folder)}")
        for words in (["table", folder, "--output", disk / "t.html",
                       "--format", "html"],
                      ["report", folder, "--output", disk / "r.html"]):
            fill(ballast)  # more of it: what the failed write gave back
            done = iomodels(*words, exit_code=BAD_INPUT)
            check_full(done)
            one_line(done)
        require(not list(disk.glob("*.html*")), "half a page")
        ballast.unlink()
        check_rescued(stopped, folder)
        before = check_whole(folder)
        check_resumed(folder, before)


def case_read_only_disk(scratch):
    """Reported before anything is measured, which would take an hour."""
    with small_disk(scratch / "small", "1m") as disk:
        run("mount", "-o", "remount,ro", disk)
        one_line(iomodels("run", "--model", "iocp", *echo_server(),
                          "--duration", "1h", "--output", disk, timeout=60,
                          exit_code=BAD_INPUT), "cannot write", "EROFS")


def limited(most, *words):
    """Runs iomodels where no file may be larger than so many bytes."""
    return iomodels(*words, exit_code=BAD_INPUT,
                    preexec_fn=lambda: resource.setrlimit(
                        resource.RLIMIT_FSIZE, (most, most)))


def case_file_limit(folder):
    """The same where nothing can be mounted: the first record is too large."""
    check_full(limited(4096, *compare(folder)), "EFBIG")
    require_equal(list(folder.iterdir()), [], "left")


def case_half_a_chart(scratch):
    if not shutil.which("gnuplot"):
        raise Missing("gnuplot is missing")
    done = limited(9000, "plot", OLDER, "--output", scratch / "charts")
    require_in(done.stderr, "gnuplot failed", "room on the disk")
    for path in (scratch / "charts").iterdir():
        require(path.suffix in (".dat", ".gp")
                or path.read_bytes().rstrip().endswith((b"</svg>",
                                                        b"IEND\xaeB`\x82")),
                f"{path.name} is half a chart")


def case_full_output():
    """Standard output to a full disk; to a reader that has seen enough."""
    def check(*words):
        done = run("sh", "-c", '"$@" > /dev/full', "-",
                   *iomodels_command(*words), exit_code=BAD_INPUT)
        check_full(done)
        one_line(done, "standard output")
        with subprocess.Popen(iomodels_command(*words), text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            process.stdout.close()
            errors = process.stderr.read()
        require_equal((process.returncode, errors), (0, ""))

    each([("table", OLDER), ("help",), ("check", OLDER, OLDER)], check)


main(globals())
