#!/usr/bin/env python3
"""Bad input: one clear line that names the thing and the remedy, exit 2."""

import json
import os
import re
import shlex
import shutil
import stat
import threading

from e2e import (BAD_INPUT, OLDER, Server, Skip, WINDOWS, arguments, can_plot,
                 check_nothing_left, each, iomodels, iomodels_command, is_exe,
                 listen, main, one_line, require, require_equal, run,
                 server_launcher, server_options, under_wine)

# Each: what is typed, then what the one line must hold (patterns).
COMMAND_LINES = [
    ("campare", "campare", "compare"),
    ("'cömpare ☃'", "'cömpare ☃'", "help"),
    ("help nosuch", "nosuch", "help"),
    ("run --modle iocp", "--modle", "--model"),
    ("run --model icop --connections 5", "icop", "iocp"),
    ("run --model iocp --connections 0", "connections", r"\b1\b"),
    ("run --model iocp --connections many", "many", "connections"),
    ("run --model iocp --connections 99999999999999999999",
     "99999999999999999999", "connections", "out of range"),
    ("load --seed 18446744073709551616", "--seed", "out of range"),
    ("run --model", "--model", "value|needs|NAME"),
    ("run --conections 5", "--conections", "did you mean --connections"),
    ("run --connections 5", "--model"),
    ("compare --models iocp,slect", "slect", "select"),
    ("compare --models ''", "--models"),
    ("compare --connections 100,,x", "--connections", "100,,x"),
    ("compare --message 4X", "4X", "--message"),
    ("compare --message 2M", "2M", "1,?048,?576|1 ?M"),
    ("compare --duration fast", "fast", "--duration"),
    ("compare --duration 0", "--duration", "100ms to 24h$"),
    ("compare --io-timeout 0", "--io-timeout", "1ms to 24h$"),
    ("compare --connections 1,000", "'000'", "leading zero.*1000"),
    ("compare --connections 5,99999999999999999999", "99999999999999999999",
     "out of range; give 1 to 1000000"),
    ("compare --output ''", "--output", "empty"),
    ("table ''", "DIR", "empty"),
    ("run --model a --model b", "--model", "twice", "once"),
    ("run --model iocp --tune accepts=1 --tune=accepts=2", "accepts", "twice"),
    ("run --model iocp --tune select:threads=2", "select:threads=2",
     "leave it out"),
    ("soak --minutes 1 --duration 5s", "--minutes", "--duration", "leave out"),
    ("soak --summary . --minutes 5", "--minutes", "leave out"),
    ("soak --minutes soon", "--minutes"),
    ("soak --pattern churm", "churn"),
    ("soak --summary nowhere", "nowhere"),
    ("book --tiers 7x", "--tiers"),
    ("book --tiers 10,10", "twice"),
    ("book --pattern echo", "--pattern"),
    ("book --message 1", "--message"),
    ("book --rate 0", "--rate"),
    ("book --connect-retries -1", "--connect-retries"),
    ("help run extra", "extra", "usage"),
    ("run --help --bogus", "--bogus", "--help"),
    ("run --help extra", "extra", "usage"),
    ("--version extra", "extra", "usage"),
    ("compare --repeat 0", "--repeat", r"\b1\b"),
    ("compare --pattern ecko", "ecko", "echo"),
    ("compare --pattern paced", "--rate", "paced"),
    ("run --model iocp --pattern paced", "--rate", "paced"),
    ("compare --server-via \"wine 'unclosed\"", "quote", "close it"),
    ("load --target nowhere --connections 1", "nowhere", "ADDR|port"),
    ("load --target 127.0.0.1:70000 --connections 1", "70000"),
    ("load --connections 1", "--target"),
    *(("load --target 127.0.0.1:1 " + typed, *needles)
      for typed, *needles in (
          ("--pattern ecko", "ecko", "echo"), ("--message 0", "--message"),
          ("--rate 5K", "--rate"), ("--pattern paced", "--rate"),
          ("--pattern stream --think 1s", "--think"),
          ("--connections 2 --threads 3", "--threads"),
          ("--local-addresses 192.0.2.1", "192.0.2.1"),
          ("--hostile lots", "share"), ("--hostile 20%:slwo", "slow"),
          ("--hostile 20%:", "kind"), ("--hostile 20%:deaf,deaf", "twice"),
          ("--hostile 20% --turns", "--turns"),
          ("--pattern churn --turns", "--turns"),
          ("--pattern mixed --turns", "--turns"),
          ("--pattern churn --pipeline 3", "--pipeline"),
          ("--pattern mixed --rate 5K", "--rate"),
          ("--service fil", r"echo\|file"), ("--file-size 1M", "--service"),
          ("--service file --pattern stream", "stream"),
          ("--service file --file-size 100 --message 101", "--file-size"),
          ("--pattern sparse", "--active"), ("--active 5", "--active"),
          ("--pattern sparse --active 6 --connections 5", "--active"),
          ("--pattern sparse --active 6 --turns", "--turns"))),
    ("table", "DIR"),
    ("plot", "DIR"),
    ("table --format xml .", "xml", "markdown"),
    ("report", "DIR"),
    ("limits --connections 0", "--connections", r"\b1\b"),
    ("limits --format xml", "xml", "text|json"),
    ("limits --pattern echo", "--pattern"),
    ("estimate", "DIR"),
    ("estimate . --every 0", "--every", "1us"),
    ("estimate . --connections 100k,x", "100k,x", "numbers"),
    ("estimate . --connections 0", "'0'", "numbers"),
    ("estimate . --format csv", "csv", "json"),
    ("check .", "CANDIDATE"),
    ("check . . --metrics p90", "p90", "p99"),
    ("check . . --threshold 5", "--threshold: 500 % is out of range; "
     "give more than 0 % and less than 100 %$"),
    ("check . . --threshold 0", "threshold"),
    ("check . . --format xml", "xml", "json"),
    ("check . . --seed -1", "seed"),
]


def refused(words, *needles, **how):
    """Refuses a command line in one line and prints nothing else."""
    done = iomodels(*words, exit_code=BAD_INPUT, timeout=60, **how)
    if under_wine:  # it has its own say on standard error
        done.stderr = re.sub(r"(?m)^wine: .*\n", "", done.stderr)
    one_line(done, *needles)
    require(not done.stdout, f"standard output: {done.stdout}")


def case_command_lines():
    each(COMMAND_LINES, lambda typed, *needles: refused(
        shlex.split(typed), *needles))


RUN = ["run", "--model", "iocp", "--connections", "2", "--duration", "200ms",
       "--warmup", "0s"]


def case_unwritable_folder(scratch):
    (scratch / "file").write_text("not a folder", encoding="utf-8")
    for command in RUN, ["compare", "--no-plots"]:
        refused([*command, "--output", scratch / "file" / "below",
                 *server_options()], "file.below", "--output|folder")
    check_nothing_left()


def case_absent_programs(scratch):
    server_launcher()
    output = ["--output", scratch / "r"]
    via = ["--server", arguments.server, "--server-via", "nosuchprogram"]
    each([([*RUN, *output, "--server", "/nonexistent/iomodels-server.exe"],
           "nonexistent", "--server|build"),
          ([*RUN, *output, *via], "nosuchprogram",
           "install|--server-via|PATH"),
          (["models", *via], "nosuchprogram", "install|--server-via|PATH"),
          (["compare", *RUN[3:], *output, "--models", "iocp", "--gnuplot",
            "/nonexistent/gnuplot", *server_options()],
           "nonexistent.gnuplot", "install|--no-plots|--gnuplot")], refused)
    require(not list(scratch.glob("r/*")), "something was written")


def case_models_starts_one_server(scratch):
    if is_exe:
        raise Skip("sh is the launcher")
    server_launcher()
    starts = scratch / "starts"
    via = f"sh -c 'echo >>\"{starts}\"; exec \"$@\"' sh {arguments.server_via}"
    done = iomodels("models", "--server", arguments.server, "--server-via", via)
    require("iocp" in done.stdout, done)
    require_equal(starts.read_text(encoding="utf-8"), "\n", "starts")


def case_launcher_fails(scratch):
    """It is there and starts, but the server does not: nothing is begun."""
    server_launcher()
    cut = scratch / "cut.exe"
    with open(arguments.server, "rb") as server:
        cut.write_bytes(server.read(5000))
    tries = [(cut, "", ["cut.exe"]),
             (arguments.iomodels, "", ["exit code 2", "no command '--list'"])]
    if not is_exe:
        tries += [(arguments.server, via, needles) for via, *needles in (
            ("false", "'false'", "exit code 1"),
            ("true", "'true'", "exit code 0"),
            ("sh -c 'echo why >&2; exit 9'", "exit code 9", "why"))]
    if "wine" in arguments.server_via and not is_exe:
        tries.append((arguments.server, "env WINEPREFIX=/proc/nope "
                      + arguments.server_via, ["/proc/nope"]))

    def check(server, via, needles):
        options = ["--server", server]
        options += [] if is_exe else ["--server-via", via]
        for command in RUN, ["compare", "--no-plots"], ["soak"], ["models"]:
            output = [] if command == ["models"] else ["--output",
                                                       scratch / "r"]
            refused([*command, *output, *options], "--server-via", *needles)

    each(tries, check)
    require(not (scratch / "r").exists(), "something was written")


def case_refused_leaves_nothing(scratch):
    """What the programs themselves reject leaves no file behind."""
    commands = (RUN, ["soak", "--models", "iocp", "--pattern", "echo"],
                ["compare", "--models", "iocp", "--no-plots", "--connections",
                 "2"])

    def check(*words):
        for number, command in enumerate(commands):
            folder = scratch / str(number) / "for it" / "r"
            iomodels(*command, *words, "--output", folder, *server_options(),
                     exit_code=BAD_INPUT)

    each([("--rate", "1M"), ("--local-addresses", "1.2.3.4"),
          ("--tune", "nosuch=1")], check)
    require(not any(path.is_file() for path in scratch.rglob("*")),
            "a file is left")


def case_outputs(scratch):
    """--output: not over a record or plan, nor in the place of a device."""
    folder = scratch / "records"
    shutil.copytree(OLDER, folder)
    record = sorted(folder.glob("*.json"))[0]
    before = record.read_bytes()
    for command in "table", "report":
        refused([command, folder, "--output", record], "--output",
                re.escape(record.name), "another file")
        refused([command, folder, "--output", folder], "--output", "records",
                "folder")
    require(record.read_bytes() == before, "the record is overwritten")
    require(not (folder / "charts").exists(), "charts before the refusal")
    made = scratch / "made" / "below" / "t.csv"
    for _ in range(2):
        iomodels("table", folder, "--format", "csv", "--output", made)
    require("," in made.read_text(encoding="utf-8"), "no table there")
    refused(["table", folder, "--explain", "iocp:2:p50_ms", "--format", "csv"],
            "--explain", "--format csv")
    below = folder / record.name / "below"
    for command in ["table"] + can_plot * ["report", "plot"]:
        refused([command, folder, "--output", below], r"json.(below|charts)")
    if is_exe:
        iomodels("table", folder, "--output", "NUL")
        return
    refused(["table", folder, "--output", "/dev/full"], "/dev/full", "ENOSPC")
    require(stat.S_ISCHR(os.stat("/dev/full").st_mode), "/dev/full is a file")
    plain = iomodels("table", folder).stdout
    to_stdout = iomodels_command("table", folder, "--output", "/dev/stdout")
    require_equal(run(*to_stdout).stdout, plain)
    log = scratch / "log"
    log.write_text("before\n", encoding="utf-8")
    run("sh", "-c", 'log=$1; shift; exec "$@" >> "$log"', "-", log, *to_stdout)
    require_equal(log.read_text(encoding="utf-8"), "before\n" + plain)


SERVER_LINES = [
    ("--modle iocp", "--modle"),
    ("--model icop", "icop", "iocp", "event_select"),
    ("--model iöcp☃", "iöcp☃", "iocp"),
    ("--model iocp --threads -1", "--threads", "-1"),
    ("--model iocp --max-connections 0", "--max-connections"),
    ("--model iocp --outstanding 2", "--outstanding 2", "leave it out"),
    ("--model iocp --service file", "--service file", "iocp_file"),
    ("--model iocp_file", "echo", "give --service file"),
    ("--model iocp_file --service file --buffer 15", "--buffer 15", "16 bytes"),
    ("--model iocp --pool heap", "--pool heap", "leave --pool out"),
    ("--model select --pool heap --buffer-offset 1", "--buffer-offset"),
    ("--model iocp --work spin:10/0", "--work", "spin:10/0", "block:10000/50"),
    ("--model iocp --working-set 1G:64M", "--working-set", "1G:64M"),
    ("--model iocp --buffer huge", "--buffer", "huge"),
    ("--model iocp --listen here", "--listen|here", "ADDR"),
    ("--model iocp --listen 127.0.0.1:99999", "99999"),
    ("--model iocp --tune nosuch=1", "nosuch"),
    ("--model iocp --tune accepts=x", "accepts"),
    ("--model iocp --tune accepts=0", "accepts=0"),
    ("--model iocp --tune accepts=99999999", "accepts=99999999"),
    ("--model iocp --tune accepts", "accepts"),
    ("--model iocp --tune accepts=1 --tune accepts=2", "accepts=2", "twice"),
    *((f"--model iocp_accept --tune depth={word}", "depth", "fixed.*adaptive")
      for word in ("", "fix", "Fixed", "0", "'fixed|adaptive'", "'fixed|'")),
    ("", "--model"),
    *([] if WINDOWS else [("--model rio", "rio cannot run here: .+")]),
]


def server_refuses(typed, *needles):
    with Server(*shlex.split(typed), listening=False) as server:
        done = server.wait(30)
    require_equal(done.returncode, BAD_INPUT, done)
    one_line(done, *needles)
    return done


def case_server_lines():
    each(SERVER_LINES, server_refuses)


def case_busy_port(scratch):
    """Told by the server, and by a run."""
    listener, port = listen()
    address = f"127.0.0.1:{port}"
    with listener:
        last = server_refuses(f"--model iocp --listen {address}", str(port),
                              "10048").last
        refused([*RUN, "--output", scratch / "r", "--listen", address,
                 *server_options()], str(port), "WSAEADDRINUSE|10048", "port")
    require(not any(path.is_file() for path in scratch.rglob("*")),
            "a file is left")
    check_nothing_left()
    require_equal((last["event"], last["code"], last["name"]),
                  ("error", 10048, "WSAEADDRINUSE"))
    require(last["text"] and last["hint"] and str(port) in last["what"], last)


def case_port_that_becomes_free():
    """An earlier server's connections may hold it for a moment."""
    listener, port = listen()
    free = threading.Timer(1, listener.close)
    free.start()
    with Server(*shlex.split(f"--model iocp --listen 127.0.0.1:{port}")) as server:
        require_equal(server.first["port"], port)
    free.join()


def case_records(scratch):
    """No records; no folder."""
    (scratch / "empty").mkdir()
    for name in "empty", "absent":
        folder = scratch / name
        each([(["table", folder], name), (["report", folder], name),
              (["plot", folder, "--output", scratch / "charts"], name),
              (["compare", "--resume", folder, *server_options()], name)],
             refused)


def case_plans(scratch):
    """A plan of a schema that this program does not know, or of none."""
    made_by = iomodels("--version").stdout.split()[1]

    def check(version, *needles):
        (scratch / "plan.json").write_text(json.dumps(
            {"schema": "iomodels/plan", "schema_version": version, "id": "1",
             "command": "compare", "version": made_by, "arguments": [
                 "--models", "iocp", "--connections", "2", "--seed=1"]}),
            encoding="utf-8")
        refused(["compare", "--resume", scratch, "--no-plots",
                 *server_options()], "plan", *needles)

    each([(version, f"schema_version {version}", "iomodels that made it")
          for version in (1, 3, -1, 1.5)] +
         [(version, "damaged") for version in (2, "x", [], 1e300)], check)


# Each: the command, then what its help must and must not say.
HELP = [
    ("soak", r"--pattern[^-]*\[mixed\]", r"pattern NAME.*\[echo\]"),
    ("soak", r"--hostile[^-]*\[20%\]", r"\[none\]\s+--message"),
    ("soak", r"share, at most 30s", r"\[4s\]|\[1s\]|\[200\]"),
    ("book", r"\[10s; quick: 4s\]", r"\[4s\]|\[1s\]|\[200\]"),
]


def case_help():
    for command, good, wrong in HELP:
        text = iomodels("help", command).stdout
        require(re.search(good, text), f"no {good}: {text}")
        require(not re.search(wrong, text), f"{wrong}: {text}")
    for words in ("--help", "compare --help", "--version", "--help run",
                  "compare --help --repeat 3", "help table"):
        done = iomodels(*words.split())
        require(done.stdout.strip() and not done.stderr, done)


main(globals())
