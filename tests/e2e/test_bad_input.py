#!/usr/bin/env python3
"""Bad input: one clear line that names the thing and the remedy, exit 2."""

import json
import os
import pathlib
import re
import shutil
import stat
import subprocess

from e2e import (BAD_INPUT, Server, arguments, busy_port, iomodels,
                 iomodels_command, is_exe, left_behind, main, need_server, one_line, require,
                 server_options, under_wine)

# Each: what is typed, then what the one line must hold (patterns).
COMMAND_LINES = [
    (["campare"], "campare", "compare"),
    (["cömpare ☃"], "'cömpare ☃'", "help"),
    (["help", "nosuch"], "nosuch", "help"),
    (["run", "--modle", "iocp"], "--modle", "--model"),
    (["run", "--model", "icop", "--connections", "5"], "icop", "iocp"),
    (["run", "--model", "iocp", "--connections", "-5"], "-5", "connections"),
    (["run", "--model", "iocp", "--connections", "0"], "connections", r"\b1\b"),
    (["run", "--model", "iocp", "--connections", "many"], "many",
     "connections"),
    (["run", "--model", "iocp", "--connections", "99999999999999999999"],
     "99999999999999999999", "connections", "out of range"),
    (["load", "--seed", "18446744073709551616"], "--seed", "out of range"),
    (["run", "--model"], "--model", "value|needs|NAME"),
    (["run", "--connections", "5"], "--model", ""),
    (["compare", "--models", "iocp,slect"], "slect", "select"),
    (["compare", "--models", ""], "--models", ""),
    (["compare", "--connections", "100,,x"], "--connections", "100,,x"),
    (["compare", "--message", "4X"], "4X", "--message"),
    (["compare", "--message", "2M"], "2M", "1,?048,?576|1 ?M"),
    (["compare", "--message", "-1"], "-1", "--message"),
    (["compare", "--duration", "fast"], "fast", "--duration"),
    (["compare", "--duration", "-1s"], "-1s", "--duration"),
    (["compare", "--duration", "0"], "--duration", "100ms to 24h$"),
    (["compare", "--io-timeout", "0"], "--io-timeout", "1ms to 24h$"),
    (["compare", "--connections", "1,000"], "'000'", "leading zero.*1000"),
    (["compare", "--connections", "5,99999999999999999999"],
     "99999999999999999999", "out of range; give 1 to 1000000"),
    (["compare", "--output", ""], "--output", "empty"),
    (["table", ""], "DIR", "empty"),
    (["run", "--model", "a", "--model", "b"], "--model", "twice", "once"),
    (["run", "--model", "iocp", "--tune", "accepts=1", "--tune=accepts=2"],
     "accepts", "twice"),
    (["run", "--model", "iocp", "--tune", "select:threads=2"],
     "select:threads=2", "leave it out"),
    (["soak", "--minutes", "1", "--duration", "5s"], "--minutes",
     "--duration", "leave out"),
    (["soak", "--summary", ".", "--minutes", "5"], "--minutes", "leave out"),
    (["help", "run", "extra"], "extra", "usage"),
    (["run", "--help", "--bogus"], "--bogus", "--help"),
    (["run", "--help", "extra"], "extra", "usage"),
    (["--version", "extra"], "extra", "usage"),
    (["compare", "--repeat", "0"], "--repeat", r"\b1\b"),
    (["compare", "--pattern", "ecko"], "ecko", "echo"),
    (["compare", "--server-via", "wine 'unclosed"], "quote", "close it"),
    (["load", "--target", "nowhere", "--connections", "1"], "nowhere",
     "ADDR|port"),
    (["load", "--target", "127.0.0.1:70000", "--connections", "1"], "70000",
     ""),
    (["load", "--connections", "1"], "--target", ""),
    (["table"], "DIR", ""),
    (["plot"], "DIR", ""),
    (["table", "--format", "xml", "."], "xml", "markdown"),
]


def case_command_lines(_):
    bad = []
    for words, *needles in COMMAND_LINES:
        try:
            done = iomodels(*words, exit_code=BAD_INPUT, timeout=60)
            one_line(done, *needles)
            require(not done.stdout, f"standard output: {done.stdout}")
        except AssertionError as error:
            bad.append(f"{' '.join(words)}: {error}")
    require(not bad, "\n".join(bad))


def small_run(*words, model="iocp"):
    return ["run", "--model", model, "--connections", "2", "--duration",
            "200ms", "--warmup", "0s", *words]


def case_unwritable_folder(scratch):
    (scratch / "file").write_text("not a folder", encoding="utf-8")
    for command in (small_run(), ["compare", "--no-plots"]):
        done = iomodels(*command, "--output", scratch / "file" / "below",
                        *server_options(), exit_code=BAD_INPUT)
        one_line(done, "file.below", "--output|folder")
    require(not left_behind(), f"left behind: {left_behind(0)}")


def case_absent_server(scratch):
    done = iomodels(*small_run(), "--output", scratch / "r", "--server",
                    "/nonexistent/iomodels-server.exe", exit_code=BAD_INPUT)
    one_line(done, "nonexistent", "--server|build")


def case_absent_launcher(scratch):
    need_server()
    options = ["--server", arguments.server, "--server-via", "nosuchprogram"]
    for command in (small_run("--output", scratch / "r"), ["models"]):
        done = iomodels(*command, *options, exit_code=BAD_INPUT)
        one_line(done, "nosuchprogram", "install|--server-via|PATH")
    require(not list(scratch.glob("r/*")), "something was written")


def case_launcher_fails(scratch):
    """It is there and starts, but the server does not: nothing is begun."""
    need_server()
    cut = scratch / "cut.exe"
    with open(arguments.server, "rb") as server:
        cut.write_bytes(server.read(5000))
    bad = []
    native = [] if is_exe else ["--server-via", ""]
    tries = [(["--server", cut], {}, ["cut.exe"]),
             (["--server", arguments.iomodels, *native], {},
              ["exit code 2", "no command '--list'"])]
    if not is_exe:
        tries += [
            (["--server", arguments.server, "--server-via", "false"], {},
             ["'false'", "exit code 1"]),
            (["--server", arguments.server, "--server-via", "true"], {},
             ["'true'", "exit code 0"]),
            (["--server", arguments.server, "--server-via",
              "sh -c 'echo why >&2; exit 9'"], {}, ["exit code 9", "why"])]
    if not is_exe and "wine" in arguments.server_via:
        tries.append((server_options(), {"WINEPREFIX": "/proc/nope"},
                      ["/proc/nope"]))
    for options, environment, needles in tries:
        for command in (small_run("--output", scratch / "r"),
                        ["compare", "--no-plots", "--output", scratch / "r"],
                        ["soak", "--output", scratch / "r"], ["models"]):
            try:
                done = iomodels(*command, *options, exit_code=BAD_INPUT,
                                environment=environment)
                if under_wine:  # it has its own say on standard error
                    done.stderr = re.sub(r"(?m)^wine: .*\n", "", done.stderr)
                one_line(done, "--server-via", *needles)
                require(not done.stdout, f"standard output: {done.stdout}")
            except AssertionError as error:
                bad.append(f"{command} {options}: {error}")
    require(not bad, "\n".join(bad))
    require(not (scratch / "r").exists(), "something was written")


def case_refused_leaves_nothing(scratch):
    """What the programs themselves reject leaves no file behind."""
    bad = []
    holder, port = busy_port()
    for words in (["--rate", "1M"], ["--local-addresses", "1.2.3.4"],
                  ["--tune", "nosuch=1"],
                  ["--listen", f"127.0.0.1:{port}"]):
        for command in (small_run(), ["soak", "--models", "iocp"],
                        ["compare", "--models", "iocp", "--no-plots",
                         "--connections", "2"]):
            top = scratch / "made" / "for it"
            extra = ["--pattern", "echo"] if command[0] == "soak" else []
            try:
                iomodels(*command, *words, *extra, "--output", top / "r",
                         *server_options(), exit_code=BAD_INPUT)
                require(not any(path.is_file() for path in top.rglob("*")),
                        "a file is left")
            except AssertionError as error:
                bad.append(f"{command} {words}: {error}")
            shutil.rmtree(scratch / "made", ignore_errors=True)
    holder.close()
    require(not bad, "\n".join(bad))


def case_outputs(scratch):
    """--output: not over a record or plan, nor in the place of a device."""
    older = pathlib.Path(__file__).parent.parent / "results" / "older"
    folder = scratch / "records"
    shutil.copytree(older, folder)
    record = sorted(folder.glob("*.json"))[0]
    before = record.read_bytes()
    for command in (["table", folder], ["report", folder]):
        done = iomodels(*command, "--output", record, exit_code=BAD_INPUT)
        one_line(done, "--output", re.escape(record.name), "another file")
        done = iomodels(*command, "--output", folder, exit_code=BAD_INPUT)
        one_line(done, "--output", "records", "folder")
    require(record.read_bytes() == before, "the record is overwritten")
    require(not (folder / "charts").exists(), "charts before the refusal")
    made = scratch / "made" / "below" / "t.csv"
    iomodels("table", folder, "--format", "csv", "--output", made)
    iomodels("table", folder, "--format", "csv", "--output", made)
    require("," in made.read_text(encoding="utf-8"), "no table there")
    done = iomodels("table", folder, "--explain", "iocp:2:p50_ms", "--format",
                    "csv", exit_code=BAD_INPUT)
    one_line(done, "--explain", "--format csv")
    if is_exe:
        iomodels("table", folder, "--output", "NUL")
        return
    done = iomodels("table", folder, "--output", "/dev/full",
                    exit_code=BAD_INPUT)
    one_line(done, "/dev/full", "ENOSPC")
    require(stat.S_ISCHR(os.stat("/dev/full").st_mode), "/dev/full is a file")
    plain = iomodels("table", folder).stdout
    done = iomodels("table", folder, "--output", "/dev/stdout")
    require(done.stdout == plain, f"not on standard output: {done.stdout}")
    log = scratch / "log"
    log.write_text("before\n", encoding="utf-8")
    with open(log, "ab") as file:
        subprocess.run(
            iomodels_command("table", folder, "--output", "/dev/stdout"),
            stdout=file, check=True, timeout=60)
    require(log.read_text(encoding="utf-8") == "before\n" + plain,
            "what was there before is lost")


def case_absent_gnuplot(scratch):
    done = iomodels("compare", "--models", "iocp", "--connections", "2",
                    "--duration", "200ms", "--output", scratch / "r",
                    "--gnuplot", "/nonexistent/gnuplot", *server_options(),
                    exit_code=BAD_INPUT)
    one_line(done, "nonexistent.gnuplot", "install|--no-plots|--gnuplot")


def case_busy_port(_):
    holder, port = busy_port()
    with holder, Server("--model", "iocp", "--listen", f"127.0.0.1:{port}",
                        listening=False) as server:
        last, code, errors = server.end(say=b"")
    require(code == BAD_INPUT, f"exit code {code}: {last} {errors}")
    require(last and last["event"] == "error" and last["code"] == 10048
            and last["name"] == "WSAEADDRINUSE" and last["text"]
            and last["hint"], f"what is said: {last}")
    require(str(port) in last["what"], f"which port? {last}")
    lines = [line for line in errors.splitlines() if line.strip()]
    require(len(lines) == 1 and str(port) in lines[0]
            and "10048" in lines[0], f"not one clear line: {errors}")


def case_busy_port_of_a_run(scratch):
    holder, port = busy_port()
    with holder:
        done = iomodels(*small_run(), "--output", scratch / "r", "--listen",
                        f"127.0.0.1:{port}", *server_options(),
                        exit_code=BAD_INPUT)
    one_line(done, str(port), "WSAEADDRINUSE|10048", "port")
    require(not left_behind(), f"left behind: {left_behind(0)}")


SERVER_LINES = [
    (["--modle", "iocp"], "--modle"),
    (["--model", "icop"], "icop", "iocp", "event_select"),
    (["--model", "iöcp☃"], "iöcp☃", "iocp"),
    (["--model", "iocp", "--threads", "-1"], "--threads", "-1"),
    (["--model", "iocp", "--max-connections", "0"], "--max-connections"),
    (["--model", "iocp", "--buffer", "huge"], "--buffer", "huge"),
    (["--model", "iocp", "--listen", "here"], "--listen|here", "ADDR"),
    (["--model", "iocp", "--listen", "127.0.0.1:99999"], "99999"),
    (["--model", "iocp", "--tune", "nosuch=1"], "nosuch"),
    (["--model", "iocp", "--tune", "accepts=x"], "accepts"),
    (["--model", "iocp", "--tune", "accepts=1", "--tune", "accepts=2"],
     "accepts=2", "twice"),
    ([], "--model"),
]


def case_server_lines(_):
    bad = []
    for words, *needles in SERVER_LINES:
        try:
            with Server(*words, listening=False) as server:
                _, code, errors = server.end(say=b"")
            require(code == BAD_INPUT, f"exit code {code}: {errors}")
            server.stderr = errors.replace("\r\n", "\n")
            one_line(server, *needles)
        except AssertionError as error:
            bad.append(f"{' '.join(words)}: {error}")
    require(not bad, "\n".join(bad))


def damaged_folder(scratch, content):
    folder = scratch / "damaged"
    folder.mkdir(exist_ok=True)
    (folder / "one.json").write_bytes(content)
    return folder


def case_records(scratch):
    """An empty and a damaged record; no records; no folder."""
    contents = [b"", b'{"schema": "iomodels/run", "val', b"[]", b"\0" * 100,
                json.dumps({"schema": "iomodels/run"}).encode()]
    bad = []
    for content in contents:
        folder = damaged_folder(scratch, content)
        for words in (["table", folder],
                      ["plot", folder, "--output", scratch / "charts"]):
            check_unreadable(words, "one.json", bad)
    empty = scratch / "empty"
    empty.mkdir()
    for words in (["table", empty],
                  ["plot", empty, "--output", scratch / "charts"]):
        check_unreadable(words, "empty", bad)
    for words in (["table", scratch / "absent"],
                  ["plot", scratch / "absent"],
                  ["compare", "--resume", scratch / "absent",
                   *server_options()]):
        check_unreadable(words, "absent", bad)
    require(not bad, "\n".join(bad))


def check_unreadable(words, needle, bad):
    try:
        one_line(iomodels(*words, exit_code=BAD_INPUT, timeout=60), needle)
    except AssertionError as error:
        bad.append(f"{' '.join(map(str, words))}: {error}")


def case_plans(scratch):
    """A plan of a schema that this program does not know, or of none."""
    folder, bad = scratch / "planned", []
    folder.mkdir()
    made_by = iomodels("--version").stdout.split()[1]
    for version, *needles in ((1, "schema_version 1", "iomodels that made it"),
                              (3, "schema_version 3", "iomodels that made it"),
                              (2, "damaged"),
                              ("x", "damaged"), (-1, "damaged"), ([], "damaged"),
                              (1.5, "damaged"), (1e300, "damaged")):
        (folder / "plan.json").write_text(json.dumps(
            {"schema": "iomodels/plan", "schema_version": version, "id": "1",
             "command": "compare", "version": made_by, "arguments": [
                 "--models", "iocp", "--connections", "2", "--seed=1"]}),
            encoding="utf-8")
        try:
            done = iomodels("compare", "--resume", folder, "--no-plots",
                            *server_options(), exit_code=BAD_INPUT)
            one_line(done, "planned", *needles)
        except AssertionError as error:
            bad.append(f"{version}: {error}")
    require(not bad, "\n".join(bad))


# Each: the command, then what its help must and must not say.
HELP = [
    ("soak", r"--pattern[^-]*\[mixed\]", r"\[echo\]"),
    ("soak", r"--hostile[^-]*\[20%\]", r"\[none\]\s+--message"),
    ("soak", r"share, at most 30s", r"\[4s\]|\[1s\]|\[200\]"),
    ("book", r"\[10s; quick: 4s\]", r"\[4s\]|\[1s\]|\[200\]"),
]


def case_help(_):
    for command, good, wrong in HELP:
        text = iomodels("help", command).stdout
        require(re.search(good, text), f"{command}: no {good}: {text}")
        require(not re.search(wrong, text), f"{command}: {wrong}: {text}")
    for words in (["--help"], ["compare", "--help"],
                  ["compare", "--help", "--repeat", "3"], ["--help", "run"], ["help", "table"],
                  ["--version"]):
        done = iomodels(*words)
        require(done.stdout.strip() and not done.stderr, f"{words}: {done}")


if __name__ == "__main__":
    main(globals())
