#!/usr/bin/env python3
"""No record is lost, halved or overwritten: iomodels killed at any moment, two
of them in one folder, a disk that is full. With tests/echo_server, natively.

The moments are random by a seed; SAFETY_KILLS=100 tries more of them."""

import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import time

from e2e import (BAD_INPUT, Missing, Skip, arguments, check_records, iomodels,
                 iomodels_command, left_behind, main, one_line, records,
                 require)

KILLS = int(os.environ.get("SAFETY_KILLS", "15"))
SEED = int(os.environ.get("SAFETY_SEED", "20261122"))
MODELS, REPEATS = ["iocp", "select", "apc"], 2
RUNS = len(MODELS) * REPEATS
RUN_S = 0.4  # what one run takes, about


def echo_server():
    if not arguments.echo_server or not os.path.exists(arguments.echo_server):
        raise Missing(f"no echo server at {arguments.echo_server}: build "
                      "it")
    return ["--server", arguments.echo_server, "--server-via", ""]


def traffic():
    # At a limited rate: at full speed this server saturates the load.
    return ["--pattern", "stream", "--rate", "5000000", "--message", "1000",
            "--duration", "100ms", "--warmup", "50ms", "--seed", "1"]


def compare(folder):
    return ["compare", "--models", ",".join(MODELS), "--connections", "2",
            "--repeat", REPEATS, *traffic(), "--no-plots",
            "--output", folder, *echo_server()]


def start(words, **how):
    return subprocess.Popen(iomodels_command(*words), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, **how)


def end(process, timeout=60):
    """Exit code and standard error."""
    try:
        _, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, errors


def parts(folder):
    return [path for path in folder.rglob("*") if path.suffix == ".part"]


def places(folder):
    return sorted(r["asked"]["place"] for r in records(folder).values())


def check_whole(folder):
    """Each file is whole or a temporary; returns the records' bytes."""
    found = records(folder) if folder.is_dir() else {}  # parses each *.json
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
    require(places(folder) == list(range(1, RUNS + 1)),
            f"after --resume: {places(folder)}")
    require(all(after.get(name) == data for name, data in before.items()),
            "a record was changed by --resume")


def case_killed(scratch):
    rng = random.Random(SEED)
    reached, torn = set(), 0
    for number in range(KILLS):
        folder = scratch / f"killed {number}"
        process = start(compare(folder))
        time.sleep(rng.uniform(0, RUNS * RUN_S))
        process.kill()
        end(process)
        require(not left_behind(), f"outlives its parent: {left_behind(0)}")
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
    both = [start(compare(folder)) for _ in range(2)]
    ends = sorted(end(process) for process in both)
    codes = [code for code, _ in ends]
    require(codes[1] == BAD_INPUT and codes[0] in (0, 1), str(ends))
    lines = ends[1][1].strip().split("\n")
    require(len(lines) == 1 and str(folder) in lines[0]
            and "another folder" in lines[0], str(lines))
    check_whole(folder)
    require(places(folder) == list(range(1, RUNS + 1)), str(places(folder)))
    plans = {r["suite"]["plan"] for r in records(folder).values()}
    require(len(plans) == 1, f"plans: {plans}")


def case_two_runs(scratch):
    """Single runs of the same name at the same time: every record is there."""
    folder = scratch / "records"
    words = ["run", "--model", "iocp", "--connections", "2", *traffic(),
             "--output", folder, *echo_server()]
    many = [start(words) for _ in range(6)]
    for process in many:
        code, errors = end(process)
        require(code in (0, 1), errors)
    check_whole(folder)
    found = records(folder)
    require(len(found) == 6, f"{len(found)} records of 6 runs")
    require(not parts(folder), f"left: {parts(folder)}")


class SmallDisk:
    """A file system of so many bytes, where root may mount one."""

    def __init__(self, folder, size):
        self.folder = folder
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "iomodels", folder],
            capture_output=True, check=False)
        if done.returncode != 0:
            raise Skip("no file system can be mounted here: "
                       + done.stderr.decode(errors="replace").strip())

    def __enter__(self):
        return self.folder

    def __exit__(self, *unused):
        subprocess.run(["umount", self.folder], check=True)


def check_full(errors, name="ENOSPC"):
    lines = [line for line in errors.split("\n") if name in line]
    require(len(lines) == 1, f"not one line of {name}: {errors}")
    require("cannot write" in lines[0] and "free some space" in lines[0],
            lines[0])


def stop_after_first(process, folder):
    """Stops a comparison once a record is there: what it has on disk stays as
    it is until SIGCONT."""
    deadline = time.monotonic() + 60
    while not list(folder.glob("*.json")) or not records(folder):
        require(process.poll() is None, "it ended before its first record")
        require(time.monotonic() < deadline, "no record in a minute")
        time.sleep(0.01)
    process.send_signal(signal.SIGSTOP)


def case_full_disk(scratch):
    with SmallDisk(scratch / "small", "1m") as disk:
        folder, ballast = disk / "records", disk / "ballast"
        process = start(compare(folder))
        try:
            stop_after_first(process, folder)
            fill(ballast)
        finally:
            process.send_signal(signal.SIGCONT)
        code, errors = end(process)
        require(code == BAD_INPUT, f"exit code {code}: {errors}")
        check_full(errors)
        require("--resume" in errors, errors)
        before = check_whole(folder)
        require(0 < len(before) < RUNS, f"{len(before)} records")
        require(not parts(folder), f"left: {parts(folder)}")
        for words in (["table", folder, "--output", disk / "t.html",
                       "--format", "html"],
                      ["report", folder, "--output", disk / "r.html"]):
            fill(ballast)  # more of it: what the failed write gave back
            done = iomodels(*words, exit_code=BAD_INPUT)
            check_full(done.stderr)
            one_line(done)
        require(not list(disk.glob("*.html*")), "half a page")
        ballast.unlink()
        check_resumed(folder, before)


def fill(path):
    try:
        with open(path, "ab", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
    except OSError:
        pass


def limited(words, most):
    """Runs iomodels where no file may be larger than so many bytes."""
    process = start(words, preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_FSIZE, (most, most)))
    return end(process)


def case_file_limit(scratch):
    """The same where nothing can be mounted: the first record is too large."""
    folder = scratch / "records"
    code, errors = limited(compare(folder), 4096)
    require(code == BAD_INPUT, f"exit code {code}: {errors}")
    check_full(errors, "EFBIG")
    require(not list(folder.iterdir()), f"left: {list(folder.iterdir())}")


def case_half_a_chart(scratch):
    if not shutil.which("gnuplot"):
        raise Missing("gnuplot is missing")
    older = pathlib.Path(__file__).parent.parent / "results" / "older"
    code, errors = limited(["plot", older, "--output", scratch / "charts"],
                           9000)
    require(code == BAD_INPUT, f"exit code {code}: {errors}")
    require("gnuplot failed" in errors and "room on the disk" in errors,
            errors)
    for path in (scratch / "charts").iterdir():
        require(path.suffix in (".dat", ".gp")
                or path.read_bytes().rstrip().endswith((b"</svg>",
                                                        b"IEND\xaeB`\x82")),
                f"{path.name} is half a chart")


def case_full_output(_):
    """Standard output to a full disk; to a reader that has seen enough."""
    older = pathlib.Path(__file__).parent.parent / "results" / "older"
    for words in (["table", older], ["help"],
                  ["check", older, older]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                iomodels_command(*words), stdin=subprocess.DEVNULL,
                stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
                check=False)
        require(done.returncode == BAD_INPUT, f"{words}: {done}")
        check_full(done.stderr)
        one_line(done, "standard output")
        process = start(words)
        process.stdout.close()
        process.wait(60)
        errors = process.stderr.read()
        process.stderr.close()
        require(process.returncode == 0 and not errors, f"{words}: {errors}")


if __name__ == "__main__":
    main(globals())
