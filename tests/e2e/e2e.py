"""What the end-to-end tests share beyond tests/common/iotest.py: how iomodels
finds a server, records, what was left behind."""

import atexit
import contextlib
import importlib.util
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "common"), str(TESTS)]

from iotest import (BAD_INPUT, BAD_RUN, INTERRUPTED, MARK, Missing, Program,
                    Server, Skip, TIMEOUT_S, WINDOWS, arguments, each,
                    iomodels, iomodels_command, is_exe, launched, listen, main,
                    one_line, others, processes, require, require_equal,
                    require_in, run, server_launcher, under_wine)
from make_records import make as make_records, put

SCHEMA = TESTS.parent / "results" / "schema" / "run.schema.json"
OLDER = TESTS / "results" / "older"
# A Windows program finds gnuplot's Windows program, of which Wine has none.
can_plot = bool(shutil.which("gnuplot")) and not under_wine
no_plots = [] if can_plot else ["--no-plots"]
# Reasons for which a busy machine's record is not valid.
TIMING = ("window_too_short", "rate_not_reached", "client_saturated",
          "load_starved", "load_late", "held_up", "processors_shared",
          "windows_apart")


def need_gnuplot():
    if under_wine:
        raise Skip("a Windows program finds no gnuplot under Wine")
    if not can_plot:
        raise Missing("gnuplot is missing: apt-get install gnuplot-nox")


def server_options():
    """How iomodels finds the server in these tests."""
    server_launcher()
    via = [] if is_exe else ["--server-via", arguments.server_via]
    return ["--server", arguments.server, *via]


def echo_server():
    """The same for tests/echo_server, which takes faults."""
    if not os.path.exists(arguments.echo_server):
        raise Missing(f"no echo server at {arguments.echo_server}: build it")
    return ["--server", arguments.echo_server, "--server-via", ""]


def model_names():
    """The book's eight: what compare, book and soak run unless told otherwise.
    The others have the same conformance cases."""
    done = iomodels("models", "--json", *server_options())
    return [model["name"] for model in json.loads(done.stdout)["models"]
            if model["family"] == "book"]


def shared_folder(name):
    """For what several cases look at."""
    shared = tempfile.mkdtemp(prefix=f"iomodels-{name}-")
    atexit.register(shutil.rmtree, shared, ignore_errors=True)
    return pathlib.Path(shared) / "a folder"


def edit_records(folder, change):
    """Changes each record of a folder; returns the folder."""
    for path in folder.glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        change(record)
        path.write_text(json.dumps(record), encoding="utf-8")
    return folder


def records(folder):
    """The records in a folder, by file name."""
    found = {path.name: json.loads(path.read_text(encoding="utf-8"))
             for path in sorted(pathlib.Path(folder).glob("*.json"))}
    return {name: value for name, value in found.items()
            if value["schema"].startswith("iomodels/run")}


def one_record(folder):
    found = list(records(folder).values())
    require_equal(len(found), 1, "records")
    return found[0]


def in_terminal(words, columns=80, rows=24, beside=":"):
    """Starts iomodels in a terminal of its own; what is seen is its output. A
    command of the shell runs `beside` it."""
    command = shlex.join(iomodels_command(*words))
    return Program(
        "script", "-qefc",
        f"stty cols {columns} rows {rows}; ({beside}) & exec {command}",
        "/dev/null", environment={"TERM": "xterm"})


@contextlib.contextmanager
def loops(count, *launcher):
    """Busy loops beside what is done meanwhile."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.callback(stack.enter_context(subprocess.Popen(
                [*launcher, "sh", "-c", "while :; do :; done"])).kill)
        yield


def short_run(folder):
    return ["run", "--model", "iocp", "--server", arguments.echo_server,
            "--connections", "2", "--think", "50ms", "--duration", "300ms",
            "--warmup", "100ms", "--output", folder]


def wait_for_record(program, folder):
    """Until the program has written its first record there."""
    deadline = time.monotonic() + 90
    while not records(folder):
        require(program.process.poll() is None
                and time.monotonic() < deadline, "no record came")
        time.sleep(0.01)


def misfits(found, schema=SCHEMA):
    """What python3-jsonschema says of records, by name, that do not fit."""
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        raise Missing("python3-jsonschema is missing") from None
    schema = json.loads(schema.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    return [f"{name}: {error.json_path}: {error.message}"
            for name, record in found.items()
            for error in validator.iter_errors(record)]


def schema_faults(*paths):
    """Of all records in some folders."""
    found = {name: record for path in paths
             for name, record in records(path).items()}
    require(found, f"no records in {paths}")
    return misfits(found)


def check_records(folder):
    """Every record in it fits the schema, where python3-jsonschema is."""
    if importlib.util.find_spec("jsonschema"):
        require_equal(schema_faults(folder), [])


def check_valid(name, record):
    require(record["valid"] is True, f"{name}: {record['reasons']}")


def check_nothing_left():
    """No process of this test still runs. Wine's own service processes outlive
    every program by design."""
    deadline = time.monotonic() + 20
    while left := [command for _, command in processes(MARK)
                   if "iomodels" in command]:
        require(time.monotonic() < deadline, f"left behind: {left}")
        time.sleep(0.1)
