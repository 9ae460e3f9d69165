"""What the tests of programs share: where the programs are, how one is
started, read and stopped, assertions and TAP. A test's cases are functions
case_*, which get an empty folder if they take an argument; main() runs them.

What a program says goes into files, never pipes: Wine's server process is
started by the first program under Wine and would hold its pipes open. Nothing
but the standard library is used."""

import argparse
import concurrent.futures
import contextlib
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
import time
import traceback
import uuid

WINDOWS = os.name == "nt"
BAD_RUN, BAD_INPUT, INTERRUPTED = 1, 2, 130
TIMEOUT_S = 240
POLL_S = 0.002

# In the environment of every process that a test starts, however deep.
MARK = f"IOMODELS_E2E={uuid.uuid4().hex}"
os.environ.update([MARK.split("=")])
os.environ.setdefault("WINEDEBUG", "-all")
# Wine decodes arguments and names of files by the locale.
os.environ["LC_ALL"] = "C.UTF-8"
# Neither ASCII nor without blanks: what people have.
SCRATCH = "iomodels ü ☃ x "


class Skip(Exception):
    """This case cannot be run here."""


class Missing(Skip):
    """For want of what ./run setup installs: a failure if IOMODELS_SET_UP."""


parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
for name in "--iomodels", "--server", "--server-via", "--echo-server":
    parser.add_argument(name, default="")
parser.add_argument("--case", nargs="+", metavar="NAME",
                    help="run only these cases")
# A test's own options remain in `others`.
arguments, others = parser.parse_known_args()
wrapper = shlex.split(os.environ.get("MESON_EXE_WRAPPER", ""))
is_exe = arguments.iomodels.endswith(".exe")
under_wine = is_exe and bool(wrapper)


def require(ok, what):
    if not ok:
        raise AssertionError(what)


def require_equal(found, wanted, what=""):
    require(found == wanted, f"{what}: {found!r}, not {wanted!r}")


def require_in(text, *needles):
    for needle in needles:
        require(needle in text, f"no {needle!r} in: {text}")


def launched(program, *words):
    """A command line, that of a Windows program by its wrapper."""
    return [*(wrapper if program.endswith(".exe") else []), program,
            *map(str, words)]


def iomodels_command(*words):
    """Tests run beside each other and disturb each other's runs; but for
    test_disturbance none of them is about figures."""
    if ("--server" in words and "--resume" not in words
            and "--disturbance-limit" not in words
            and words[0] in ("run", "compare", "curve", "book", "soak")):
        words += ("--disturbance-limit", "100")
    return launched(arguments.iomodels, *words)


def server_launcher():
    """The command that iomodels puts before the server's name."""
    if not arguments.server or not os.path.exists(arguments.server):
        raise Missing(f"no server at {arguments.server}: build it, or "
                      "configure with -Dserver=PATH")
    launcher = wrapper if is_exe else shlex.split(arguments.server_via)
    if launcher and not shutil.which(launcher[0]):
        raise Missing(f"{launcher[0]} is missing: install it, or configure "
                      "with -Dserver_via=WORDS")
    return launcher


class Program:
    """A program that was started; ends with the `with` block at the latest."""

    def __init__(self, *words, environment=None, **how):
        self.words = [str(word) for word in words]
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.out, self.err = (pathlib.Path(self.folder.name, name)
                              for name in ("out", "err"))
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(
                self.words, stdin=subprocess.PIPE, stdout=out, stderr=err,
                env={**os.environ, **(environment or {})}, **how)
        self.stream = open(self.out, "rb")
        self.part = b""

    def line(self, timeout=60):
        """Its next line of JSON; None when it has ended."""
        deadline = time.monotonic() + timeout
        while True:
            ended = self.process.poll() is not None
            self.part += self.stream.readline()
            if self.part.endswith(b"\n"):
                line, self.part = self.part, b""
                return json.loads(line)
            if ended:
                return None
            if time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"{self.words}: no line in {timeout} s")
            time.sleep(POLL_S)

    def until(self, wanted, timeout=60):
        """Its lines until the first that `wanted` accepts."""
        lines = []
        while not lines or not wanted(lines[-1]):
            lines.append(self.line(timeout))
            require(lines[-1] is not None, f"{self.words} has ended: {lines} "
                    f"{self.process.returncode} {self.err.read_bytes()}")
        return lines

    def say(self, text):
        # It may have ended, or its input be closed.
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.write(text.encode() + b"\n")
            self.process.stdin.flush()

    def close_input(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def wait(self, timeout=TIMEOUT_S):
        """Closes its input and returns its exit code, outputs, last line."""
        self.close_input()
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.words} does not end: "
                                 f"{self.err.read_bytes()[-2000:]}") from None
        return Done(self)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.close_input()
        self.stream.close()
        self.folder.cleanup()


class Done:
    """What a program that ended has said."""

    def __init__(self, program):
        self.returncode = program.process.returncode
        self.stdout, self.stderr = (
            path.read_bytes().decode("utf-8").replace("\r\n", "\n")
            for path in (program.out, program.err))

    @property
    def last(self):
        """The last line, of JSON."""
        return json.loads(self.stdout.splitlines()[-1])

    def __str__(self):
        return (f"exit code {self.returncode}\nstdout: {self.stdout[-2000:]}\n"
                f"stderr: {self.stderr[-2000:]}")


def run(*words, exit_code=0, timeout=TIMEOUT_S, **how):
    """Runs a program to its end; exit_code: any if None."""
    with Program(*words, **how) as program:
        done = program.wait(timeout)
    require(exit_code in (None, done.returncode),
            f"{' '.join(map(str, words))}: not {exit_code} but {done}")
    return done


def iomodels(*words, **how):
    return run(*iomodels_command(*words), **how)


class Server(Program):
    """A server that has said `listening`; by default iomodels-server."""

    def __init__(self, *words, listening=True, command=None, **how):
        super().__init__(*(command or [*server_launcher(), arguments.server]),
                         *words, **how)
        with contextlib.ExitStack() as if_it_fails:
            if_it_fails.enter_context(self)
            if listening:
                self.first, = self.until(lambda line: True)
                require_equal(self.first.get("event"), "listening", self.first)
                self.port = self.first["port"]
                self.address = (self.first["address"], self.port)
            if_it_fails.pop_all()

    def mark(self):
        """A sample of now."""
        self.say("mark now")
        return self.until(lambda line: line.get("mark") == "now")[-1]

    def stop(self, timeout=30):
        self.say("stop")
        return self.wait(timeout)


def one_line(done, *needles):
    """Standard error is one line that holds all of these patterns."""
    line = done.stderr.strip()
    require(line and "\n" not in line, f"not one line but: {line!r}")
    for needle in needles:
        require(re.search(needle, line, re.IGNORECASE),
                f"{needle!r} is not in: {line}")
    require(not re.search(r"0x[0-9a-f]{6}|assert|\(null\)", line),
            f"not for people: {line}")
    return line


def each(values, check):
    """Checks every value, then tells of all that failed."""
    bad = []
    for value in values:
        try:
            check(*value) if isinstance(value, tuple) else check(value)
        except AssertionError as error:
            bad.append(f"{value}: {error}")
    require(not bad, "\n".join(bad))


def listen():
    """A listening socket and its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    return listener, listener.getsockname()[1]


def processes(variable):
    """Identifier and command line of those with this in their environment."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            continue
        if variable.encode() in variables and int(folder.name) != os.getpid():
            yield int(folder.name), command.decode(errors="replace").strip()


def wine_servers():
    """Wine's server processes of our prefix, which all of its programs share,
    and of those that this test made; another test may have another prefix."""
    ours = f"WINEPREFIX={os.environ.get('WINEPREFIX')}"
    return {pid for variable in (ours, MARK)
            for pid, command in processes(variable) if "wineserver" in command}


def run_case(function):
    """The same, once more where Wine's server process ended meanwhile, and all
    its programs with it: Wine 8's does when handles are counted (conformance,
    a server's samples) while a program starts; or where Wine lost a program at
    its birth, which then ends without a word and by 0 or 1, as no crash does:
    the test's own program, or the server that iomodels started. Signal 11 kills
    no more than Wine's own code: a program's crash ends it by 5."""
    for again in True, True, False:
        before = wine_servers()
        found = try_case(function)
        lost = before - wine_servers() or re.search(
            r"wine.* has ended: \[None\] [01] b''"
            r"|wine.* but exit code [01]\nstdout: \nstderr: \n"
            r"|exit code: -11, not 0"
            r"|exit code [01] while starting the server; its record"
            r"|does not start \(launcher .*wine.*exit code [01]\)",
            str(found[2]))
        if found[0] or not again or not lost:
            return found
        print(f"once more, since Wine lost a program: {found[2]}",
              file=sys.stderr, flush=True)


def try_case(function):
    """Whether it is good, what TAP adds, why it is bad."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=SCRATCH))
    try:
        function(*[folder][:function.__code__.co_argcount])
        return True, "", None
    except Skip as reason:
        if isinstance(reason, Missing) and "IOMODELS_SET_UP" in os.environ:
            return False, "", str(reason)
        return True, f" # SKIP {reason}", None
    except Exception:  # the next case still runs
        return False, "", traceback.format_exc()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(names, at_once=1):
    """Runs what is called case_* of a module's globals(), so many at once where
    they mostly wait; TAP."""
    cases = {name[5:]: function for name, function in names.items()
             if name.startswith("case_")}
    if arguments.case:
        cases = {name: cases[name.removeprefix("case_")]
                 for name in arguments.case}
    print(f"1..{len(cases)}", flush=True)
    bad = 0 if cases else 1
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for number, (name, (ok, more, why)) in enumerate(
                zip(cases, pool.map(run_case, cases.values())), 1):
            bad += not ok
            print(f"{'' if ok else 'not '}ok {number} {name}{more}", flush=True)
            if why:  # Meson shows standard error of a failure
                print(f"{name}: {why}", file=sys.stderr, flush=True)
    sys.exit(bad > 0)
