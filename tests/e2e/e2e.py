"""What the end-to-end tests share: the programs under test, cases, TAP.

A test program is a module whose functions `case_*` run in the order they were
written; each gets an empty folder of its own. It is called as

    test_x.py --iomodels PATH [--server PATH --server-via WORDS]
        [--echo-server PATH]

Meson wraps only what it launches itself, so a Windows iomodels.exe is started
here through MESON_EXE_WRAPPER where that is set. Nothing but the standard
library is used."""

import argparse
import importlib.util
import json
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import uuid

WINDOWS = os.name == "nt"
BAD_RUN, BAD_INPUT, INTERRUPTED = 1, 2, 130
TIMEOUT_S = 240

# Every process that a test starts, however deep, carries this in its
# environment: so those that were left behind can be found.
MARK = "IOMODELS_E2E"
MARK_VALUE = uuid.uuid4().hex
os.environ[MARK] = MARK_VALUE
os.environ.setdefault("WINEDEBUG", "-all")
# Wine takes names of files and arguments for what this says.
os.environ["LC_ALL"] = "C.UTF-8"
# Neither ASCII nor without blanks: what people have.
SCRATCH = "iomodels ü ☃ x "


class Skip(Exception):
    """This case cannot be run here; the text says why."""


class Missing(Skip):
    """As Skip, for want of something that a machine set up by ./run has: there
    IOMODELS_SET_UP is set, and it is a failure."""


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--iomodels", required=True)
    parser.add_argument("--server")
    parser.add_argument("--server-via", default="")
    parser.add_argument("--echo-server")
    parser.add_argument("--case", help="run only the case of this name")
    return parser.parse_args()


arguments = parse_arguments()
wrapper = shlex.split(os.environ.get("MESON_EXE_WRAPPER", ""))
is_exe = arguments.iomodels.endswith(".exe")
if not is_exe:
    wrapper = []
under_wine = is_exe and bool(wrapper)
# A Windows program finds gnuplot's Windows program, of which Wine has none.
can_plot = bool(shutil.which("gnuplot")) and not under_wine
no_plots = [] if can_plot else ["--no-plots"]


def need_gnuplot():
    if under_wine:
        raise Skip("a Windows program finds no gnuplot under Wine")
    if not can_plot:
        raise Missing("gnuplot is missing: apt-get install gnuplot-nox")


def require(ok, text):
    if not ok:
        raise AssertionError(text)


def iomodels_command(*words):
    return wrapper + [arguments.iomodels, *[str(word) for word in words]]


def iomodels(*words, exit_code=0, timeout=TIMEOUT_S, environment=None):
    """Runs iomodels to its end; the exit code must be the given one."""
    done = subprocess.run(
        iomodels_command(*words), capture_output=True, stdin=subprocess.DEVNULL,
        timeout=timeout, env={**os.environ, **(environment or {})})
    done.stdout = done.stdout.decode("utf-8").replace("\r\n", "\n")
    done.stderr = done.stderr.decode("utf-8").replace("\r\n", "\n")
    shown = " ".join(map(str, words))
    require(exit_code is None or done.returncode == exit_code,
            f"iomodels {shown}: exit code {done.returncode}, not {exit_code}\n"
            f"stdout: {done.stdout[-2000:]}\nstderr: {done.stderr[-2000:]}")
    return done


def check_records(folder):
    """Every record in it is by the schema, where python3-jsonschema is."""
    if not importlib.util.find_spec("jsonschema"):
        return
    tests = pathlib.Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, tests / "validate_records.py", folder],
        capture_output=True, text=True, timeout=120, check=False)
    require(done.returncode == 0, done.stdout + done.stderr)


def server_options():
    """How iomodels finds the server in these tests."""
    need_server()
    options = ["--server", arguments.server]
    if not is_exe:
        options += ["--server-via", arguments.server_via]
    return options


def need_server():
    if not arguments.server or not os.path.exists(arguments.server):
        raise Missing(f"no server at {arguments.server}: build it, or "
                      "configure with -Dserver=PATH")
    launcher = [] if is_exe else shlex.split(arguments.server_via)
    if launcher and not shutil.which(launcher[0]):
        raise Missing(f"{launcher[0]} is missing: install it, or configure "
                      "with -Dserver_via=WORDS")


def one_line(done, *needles):
    """Standard error is exactly one line that holds all of the needles."""
    lines = [line for line in done.stderr.split("\n") if line.strip()]
    require(len(lines) == 1, f"not one line but: {done.stderr!r}")
    for needle in needles:
        require(re.search(needle, lines[0], re.IGNORECASE),
                f"{needle!r} is not in: {lines[0]}")
    require(not re.search(r"0x[0-9a-f]{6}|assert|\(null\)", lines[0]),
            f"not for people: {lines[0]}")
    return lines[0]


def records(folder):
    """The records in a folder, by file name."""
    found = {}
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["schema"].startswith("iomodels/run"):
            found[path.name] = value
    return found


def model_names():
    done = iomodels("models", "--json", *server_options())
    return [model["name"] for model in json.loads(done.stdout)["models"]]


class Server:
    """iomodels-server started as iomodels starts it."""

    def __init__(self, *words, listening=True):
        need_server()
        launcher = wrapper if is_exe else shlex.split(arguments.server_via)
        self.process = subprocess.Popen(
            launcher + [arguments.server, *map(str, words)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.first = None
        if listening:
            killer = threading.Timer(60, self.process.kill)
            killer.start()
            line = self.process.stdout.readline()
            killer.cancel()
            if not line:
                _, err = self.process.communicate()
                require(False, "the server said nothing: exit code "
                        f"{self.process.returncode}: {err.decode()}")
            self.first = json.loads(line)
            require(self.first["event"] == "listening", str(self.first))
            self.address = (self.first["address"], self.first["port"])

    def end(self, say=b"stop\n", timeout=30):
        """Says stop; returns the last line, the exit code, standard error."""
        try:
            out, err = self.process.communicate(say, timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise AssertionError("the server does not stop") from None
        lines = out.decode("utf-8").splitlines()
        last = json.loads(lines[-1]) if lines else None
        return last, self.process.returncode, err.decode("utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def left_behind(patience_s=10):
    """Command lines of processes of this test that still run: none is good.
    Wine's own service processes outlive every program by design."""
    if not os.path.isdir("/proc/self"):
        return []
    end = time.monotonic() + patience_s
    while True:
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if int(folder.name) == os.getpid():
                    continue
                variables = (folder / "environ").read_bytes().split(b"\0")
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
            except OSError:
                continue
            if (f"{MARK}={MARK_VALUE}".encode() in variables
                    and b"iomodels" in command):
                found.append(command.decode(errors="replace").strip())
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.1)


def busy_port():
    """A listening socket of ours and its port."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    holder.listen()
    return holder, holder.getsockname()[1]


def run_case(function):
    folder = pathlib.Path(tempfile.mkdtemp(prefix=SCRATCH))
    try:
        function(folder)
        return True, None, None
    except Skip as reason:
        if isinstance(reason, Missing) and "IOMODELS_SET_UP" in os.environ:
            return False, None, f"{function.__name__}: {reason}\n"
        return True, f"SKIP {reason}", None
    except Exception:  # the next case still runs
        return False, None, traceback.format_exc()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(module):
    """Runs the cases of a module (its globals()); TAP to standard output."""
    cases = [value for name, value in module.items()
             if name.startswith("case_") and callable(value)
             and arguments.case in (None, name)]
    print(f"1..{len(cases)}", flush=True)
    good = bool(cases)
    for number, function in enumerate(cases, 1):
        ok, directive, trace = run_case(function)
        good = good and ok
        suffix = f" # {directive}" if directive else ""
        print(f"{'' if ok else 'not '}ok {number} {function.__name__[5:]}"
              f"{suffix}")
        sys.stdout.flush()
        if trace:  # Meson shows standard error of a failure
            print(trace, file=sys.stderr, flush=True)
    sys.exit(0 if good else 1)
