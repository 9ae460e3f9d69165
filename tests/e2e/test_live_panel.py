#!/usr/bin/env python3
"""The live panel, on a terminal that these tests play: within its width, with
the figures that it promises, and gone at the end, however that comes. Where no
terminal is, not a byte of it."""

import re

from e2e import (INTERRUPTED, Program, Server, arguments, in_terminal,
                 iomodels, iomodels_command, main, require, require_equal,
                 require_in, short_run, wait_for_record)


class Screen:
    """What is seen after a text: rows, and how each frame of the panel was."""

    def __init__(self, text, columns):
        self.rows, self.row, self.column, self.frames = [""], 0, 0, []
        for token in re.findall(r"\x1b\[\d*[A-Za-z]|\x1bD|.", text,
                                re.DOTALL):
            self.take(token, columns)

    def take(self, token, columns):
        if token == "\r":
            self.column = 0
        elif token == "\n":  # the terminal's own \r\n, as iotest reads it
            self.row, self.column = self.row + 1, 0
            self.rows += [""] * (self.row + 1 - len(self.rows))
        elif token == "\x1bD":
            self.row += 1
            self.rows += [""] * (self.row + 1 - len(self.rows))
        elif token == "\x1b[J":
            self.rows[self.row] = self.rows[self.row][:self.column]
            del self.rows[self.row + 1:]
        elif token.startswith("\x1b[") and token.endswith("A"):
            require(all(len(row) < columns for row in self.rows), self.rows)
            self.frames.append("\n".join(self.rows))
            self.row -= int(token[2:-1])
            require(self.row >= 0, "goes up beyond its own rows")
        else:
            require(token.isprintable(), f"a terminal may not know {token!r}")
            self.rows[self.row] = (self.rows[self.row][:self.column].ljust(
                self.column) + token + self.rows[self.row][self.column + 1:])
            self.column += 1


# Only in the panel, whatever is printed at the end.
OURS = r"\bleft\b|server CPU|\d round trips/s|- open|connecting|measuring"


def seen(words, columns=80, rows=24, code=0):
    with in_terminal(words, columns, rows) as program:
        done = program.wait(60)
    require_equal(done.returncode, code, done)
    return Screen(done.stdout, columns)


def check_gone(screen, first):
    """The first row is that of the result: nothing stands above it."""
    text = "\n".join(screen.rows)
    require(not re.search(OURS, text), f"left behind: {text}")
    require(re.match(first, text), f"not {first}: {text}")


def case_run(scratch):
    words = short_run(scratch / "records") + ["--duration", "1500ms"]
    words.remove("300ms"), words.remove("--duration")
    screen = seen(words)
    check_gone(screen, "model ")
    last = [frame for frame in screen.frames if "server CPU" in frame][-1]
    for figure in (r"^\n\[1/1\] iocp 2  \w.*  \d+s? left", r" 2 open",
                   r"\d round trips/s", r"\d [KM]?i?B/s",
                   r"p50 +[\d.]+ [mu]?s  p99 +[\d.]+ [mu]?s$",
                   r"server CPU +\d+ %", r"memory +[\d.]+ [KM]iB",
                   r"threads +\d+$"):
        require(re.search(figure, last, re.MULTILINE), f"no {figure}: {last}")
    require(any("measuring" in frame for frame in screen.frames), "phases")


def case_narrow_and_low_terminal(scratch):
    """The width is checked at each frame."""
    for columns, rows in (40, 24), (20, 4), (200, 24):
        screen = seen(short_run(scratch / str(columns)), columns, rows)
        frames = [frame for frame in screen.frames if "[1/1]" in frame]
        require(frames, "no panel")
        require(all(len(frame.split("\n")) <= min(6, rows - 1)
                    for frame in frames), frames)


def case_resized():
    """Narrower and lower while it is drawn: the next frame fits."""
    with Server(command=[arguments.echo_server]) as server:
        with in_terminal(
                ["load", "--target", f"127.0.0.1:{server.port}",
                 "--connections", "3", "--duration", "2s", "--warmup", "100ms"],
                beside="sleep 1; stty -F /dev/tty cols 30 rows 3") as program:
            done = program.wait(60)
    require_equal(done.returncode, 0, done)
    screen = Screen(done.stdout, 80)
    check_gone(screen, r"attempts +3 connected\nends ")
    frames = [frame.split("\n") for frame in screen.frames]
    narrow = [all(len(row) < 30 for row in rows) for rows in frames]
    first = narrow.index(True)
    require(0 < first < len(frames) - 1 and all(narrow[first:])
            and all(len(rows) <= 2 for rows in frames[first:]), frames)


def case_load():
    with Server(command=[arguments.echo_server]) as server:
        target = f"127.0.0.1:{server.port}"
        screen = seen(["load", "--target", target, "--connections", "3",
                       "--duration", "1500ms", "--warmup", "200ms"])
    check_gone(screen, r"attempts +3 connected\nends ")
    last = [frame for frame in screen.frames if "round trips/s" in frame
            and " left" in frame][-1]
    require(re.search(rf"^{target}  measuring  \d+s? left$", last, re.MULTILINE)
            and re.search(r" 3 open +[\d,]+ round trips/s .*p99 +\d", last)
            and "server" not in last, last)
    # How long connecting and closing take is not known.
    require(not any(re.search(r"(connect|drain)ing .*left|- left", frame)
                    for frame in screen.frames), screen.frames)


def case_interrupted(scratch):
    """Within the second of four runs; ^C is what the terminal itself shows."""
    folder = scratch / "records"
    words = ["compare", "--models", "iocp,select", "--connections", "2,3",
             "--repeat", "1", "--duration", "1s", "--warmup", "100ms",
             "--no-plots", "--server", arguments.echo_server, "--output",
             folder]
    with in_terminal(words) as program:
        wait_for_record(program, folder)
        program.process.stdin.write(b"\x03")
        program.process.stdin.flush()
        done = program.wait(30)
    require_equal(done.returncode, INTERRUPTED, done)
    screen = Screen(done.stdout, 80)
    check_gone(screen, r"iomodels: ")
    require_in("\n".join(screen.rows), "--resume")
    require(any("[2/4] " in frame for frame in screen.frames), screen.frames)


def case_no_terminal(scratch):
    with Server(command=[arguments.echo_server]) as server:
        runs = [short_run(scratch / "records"),
                ["load", "--target", f"127.0.0.1:{server.port}", "--duration",
                 "300ms"]]
        for words in runs:
            done = iomodels(*words)
            require_equal(done.stderr, "")
            require("\r" not in done.stdout and "\x1b" not in done.stdout
                    and not re.search(r"\bleft\b", done.stdout), done)
        with Program("script", "-qefc", " ".join(
                iomodels_command(*runs[1])), "/dev/null",
                environment={"TERM": "dumb"}) as program:
            done = program.wait(60)
    require("\x1b" not in done.stdout and "left" not in done.stdout, done)


main(globals(), at_once=5)
