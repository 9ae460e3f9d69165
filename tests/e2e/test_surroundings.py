#!/usr/bin/env python3
"""The command in surroundings that people have: no locale, closed standard
streams, a deleted working folder, another gnuplot's terminal, a Mac's files, a
narrow terminal, a launcher that asks for a password."""

import fcntl
import os
import pathlib
import pty
import select
import shutil
import signal
import struct
import subprocess
import termios
import time

from e2e import (BAD_INPUT, arguments, iomodels, main,
                 need_gnuplot, need_server, require, server_options)

OLDER = pathlib.Path(__file__).parent.parent / "results" / "older"


def program():
    return os.path.abspath(arguments.iomodels)


def shell(script, *words, cwd=None):
    """What a shell script that starts the program does and says."""
    return subprocess.run(["bash", "-c", script, "-", program(), *words],
                          cwd=cwd, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)


def run_words(folder):
    """A short run with the native test server."""
    return ["run", "--model", "iocp", "--server", arguments.echo_server,
            "--connections", "2", "--think", "50ms", "--duration", "300ms",
            "--warmup", "100ms", "--output", str(folder)]


def in_terminal(words, answer=b"", columns=80, launcher=()):
    """Runs it in a terminal of its own; each "Password: " gets the answer.
    Returns the exit code, what was seen, and how often it was asked."""
    pid, master = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
        command = [*launcher, program(), *words]
        os.execvpe(command[0], command, {**os.environ, "TERM": "xterm"})
    seen, answered, end = b"", 0, time.monotonic() + 30
    while time.monotonic() < end:
        if select.select([master], [], [], 0.1)[0]:
            try:
                seen += os.read(master, 65536)
            except OSError:  # the program has ended
                break
        if seen.count(b"Password: ") > answered:
            answered += 1
            os.write(master, answer)
    else:
        os.kill(pid, 9)
    os.close(master)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code, seen.decode(errors="replace"), answered


def case_narrow_terminal(scratch):
    code, seen, _ = in_terminal(run_words(scratch / "records"), columns=40)
    require(code == 0 and "| " in seen, seen)
    for part in seen.split("model")[0].split("\r"):
        require(len(part) < 40, f"wraps: {part!r}")


def password_launcher(scratch):
    """As ssh and sudo do it."""
    path = scratch / "ask"
    path.write_text("""#!/bin/bash
stty -echo </dev/tty
printf 'Password: ' >/dev/tty
IFS= read -r word </dev/tty
stty echo </dev/tty
[ "$word" = secret ] || exit 255
exec "$@"
""")
    path.chmod(0o755)
    return ["--server-via", f"'{path}'"]


def case_launcher_that_asks(scratch):
    words = run_words(scratch / "records") + password_launcher(scratch)
    code, seen, answered = in_terminal(words, b"secret\n")
    require(code == 0 and answered > 0, seen)
    code, seen, _ = in_terminal(words, b"wrong\n")
    require(code == BAD_INPUT and "255" in seen, seen)
    code, seen, _ = in_terminal(words, b"\3")  # Ctrl+C
    require(code == -signal.SIGINT, f"{code}: {seen}")
    code, seen, _ = in_terminal(words, launcher=[
        "bash", "-c", 'set -m; "$@" & wait $!', "-"])  # in the background
    require(code == BAD_INPUT and "in the foreground" in seen, seen)


def case_without_a_locale(scratch):
    """Wine decodes file names by the locale: this folder's has letters."""
    need_server()
    server = scratch / "iomodels-server.exe"
    shutil.copy(arguments.server, server)
    options = server_options()
    options[options.index("--server") + 1] = str(server)
    done = shell('unset LC_ALL LC_CTYPE LANG; exec "$@"', "models", *options)
    require(done.returncode == 0 and "iocp" in done.stdout, str(done))


def case_closed_streams(_):
    """Nothing else takes the place of a closed standard output."""
    for closed in ">&-", "<&- >&-":
        done = shell(f'exec "$1" table "$2" {closed}', str(OLDER))
        require(done.returncode == BAD_INPUT
                and "standard output" in done.stderr, f"{closed}: {done}")


def case_deleted_folder(scratch):
    gone = scratch / "gone"
    gone.mkdir()
    done = shell('cd "$2" && rmdir "$2" && exec "$1" table "$3"', str(gone),
                 str(OLDER.resolve()))
    require(done.returncode == 0 and "iocp" in done.stdout, str(done))
    page = scratch / "page.html"
    gone.mkdir()
    need_gnuplot()
    done = shell('cd "$2" && rmdir "$2" && exec "$1" report "$3" --output "$4"',
                 str(gone), str(OLDER.resolve()), str(page))
    require(done.returncode == 0 and page.exists(), str(done))


def case_another_terminal_of_gnuplot(scratch):
    need_gnuplot()
    iomodels("plot", OLDER, "--output", scratch / "charts",
             environment={"GNUTERM": "nosuchterminal"})
    require(list((scratch / "charts").glob("*.png")), "no picture")


def case_names_that_begin_with_a_dot(scratch):
    """A Mac leaves ._NAME beside each file on a share or stick."""
    folder = scratch / "records"
    shutil.copytree(OLDER, folder)
    for path in list(folder.glob("*.json")):
        (folder / f"._{path.name}").write_bytes(b"\0\5\26\7Mac OS X")
    require(iomodels("table", folder).stdout
            == iomodels("table", OLDER).stdout, "the table differs")


if __name__ == "__main__":
    main(globals())
