#!/usr/bin/env python3
"""Fails every Winsock and Win32 call of the models with each error that its
documentation lists; prints call sites x errors. Details: tests/faults/README.md."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import shlex
import sys
import threading
import time

from attempt import BEFORE_LISTENING, attempt
from errors import NUMBERS, errors_of
from iotest import run
from notes import (CLOSERS, COST_NOTHING, NO_ERRORS, OPTIONS_AT_START,
                   OPTIONS_SITE, note_of)

HERE = pathlib.Path(__file__).resolve().parent
SERVER = "tests/faults/iomodels-server-faults.exe"
# Each result's letter; a cell of the report shows the last of its cases'.
LETTERS = {"not reached": "-", "fine": ".", "counted": "c", "refused": "r",
           "stopped": "s", "FAILED": "F"}
ORDER = ["fine", "counted", "refused", "stopped", "FAILED", "not reached"]

EACH_CALL = {"VirtualAlloc", "malloc", "_beginthreadex"}
CALLS_EACH = 8   # of those: each call is made for something else
CALL_LAST = 24   # of the others: the last call that is failed
SHARED_FILES = ("conn.c", "worker_pool.c", "slots.c", "thread.c")
NEAR_S = 45      # a case and a crash of Wine's server: see repeat()
ROUNDS = 5
EXIT_BAD_RUN, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 1, 2, 130
EXITS_BEFORE_LISTENING = (2, 70)  # 70: an internal error


class BadInput(Exception):
    pass


class Case:
    def __init__(self, site, model, kind, error, number):
        self.site, self.model, self.note = site, model, note_of(site["site"])
        self.kind, self.error, self.number = kind, error, number
        self.result, self.why, self.ms, self.judged = None, None, 0, 0

    def fault(self, number=None):
        return (f"{self.site['site']}:{number or self.number}:"
                f"{NUMBERS.get(self.error, self.error) or 0}:{self.kind}")

    def fail(self, why):
        if self.result != "FAILED":
            self.result, self.why = "FAILED", " ".join(why.split())[:500]


# --- the cases ---------------------------------------------------------------

def comes_by(site, note, model, models, calls):
    """Whether this model is to run for the site. A site of the harness that
    every connection or thread comes by is failed under each model, others
    under one."""
    if site["model"] != "harness":
        return site["model"] == model
    if note.model:
        return note.model == model
    if (not site["file"].endswith(SHARED_FILES)
            and site["site"] != OPTIONS_SITE):
        return model == models[0]
    first = note.needs.split(":")[0] if note.needs else site["site"]
    return bool(note.words) or calls.get(first, 0) > 0


def numbers(site, calls, draw):
    """Which of the site's calls fail, each in a case of its own."""
    if site["call"] in EACH_CALL and calls > 1:
        return range(1, min(calls, CALLS_EACH) + 1)
    past = OPTIONS_AT_START if site["site"] == OPTIONS_SITE else 0
    half = min((max(calls - past, 0) + 1) // 2, CALL_LAST)
    return [past + (draw.randint(1, half) if half > 1 else 1)]


def make_cases(options, sites, models, usual):
    draw = random.Random(options.seed)
    table = errors_of(HERE / "errors.txt")
    for site in sites:
        if site["call"] not in table:
            raise BadInput(f"errors.txt does not have {site['call']}, which "
                           f"{site['site']} calls: add its errors")
        call, note = table[site["call"]], note_of(site["site"])
        kinds = ([("fail", error) for error in call.fail] +
                 [("complete", error) for error in call.complete] +
                 [(kind, "") for kind in call.also])
        for model in models:
            calls = usual[model].events["faults"]["calls"]
            if not comes_by(site, note, model, models, calls):
                continue
            for kind, error in kinds:
                for number in numbers(site, calls.get(site["site"], 0), draw):
                    # Drawn for each: a case more must not move all the others.
                    if (draw.random() < options.share
                            and options.sites in site["site"]
                            and options.calls in site["call"]):
                        yield Case(site, model, kind, error, number)


def make_attempt(case, command, number):
    needs = case.note.needs
    faults = ([needs, "+" + case.fault(1)] if needs else [case.fault(number)])
    return attempt(command, case.model, faults, shlex.split(case.note.words),
                   seed=number, forgotten=case.site["call"] in CLOSERS)


# --- what the facts mean -----------------------------------------------------

def judge_stopped(case, facts):
    """It must say in one line which error it was, by name."""
    case.result = "stopped"
    if facts.exit not in EXITS_BEFORE_LISTENING:
        case.fail(f"ended with {facts.ended}: {facts.said}")
    if facts.said.count("\n") != 1 or not facts.said.endswith("\n"):
        case.fail(f"not one line of why it does not start: {facts.said}")
    if facts.error not in facts.said and not case.note.needs:
        case.fail(f"does not say {facts.error}: {facts.said}")


def judge_clients(case, facts):
    """An error costs the connection it hit, or refused, and no other."""
    refusals = facts.events.get("final", {}).get("refusals", {})
    may_lose = int(facts.error in refusals or bool(case.error)
                   and case.site["call"] not in COST_NOTHING
                   or case.kind == case.note.loses)
    may_lose += bool(case.note.needs)
    forgotten = int(case.site["call"] in CLOSERS)
    if facts.wrong > (case.kind == case.note.loses):
        case.fail(f"{facts.wrong} wrong bytes")
    if facts.stuck > forgotten or facts.left > forgotten:
        case.fail(f"{facts.stuck} clients stuck, {facts.left} left at the end")
    if facts.lost + facts.stuck > may_lose:
        case.fail(f"{facts.lost} clients lost, {facts.stuck} stuck")


def judge_end(case, facts, usual):
    """Sockets, handles, windows, memory and threads against a run without a
    fault; whether the error was counted."""
    events, usual = facts.events, usual.events
    if "faults" not in events or "final" not in events:
        case.fail("no final line")
        return
    left_open, was = events["faults"]["open"], usual["faults"]["open"]
    more = sum(max(0, left_open[thing] - was[thing]) for thing in left_open)
    if more > (case.site["call"] in CLOSERS):
        case.fail(f"{more} more left open at the end: {left_open}")
    final = events["final"]
    if final["opens"] != final["closes"]:
        case.fail(f"{final['opens']} opens, {final['closes']} closes")
    # One that has counted itself out may still be on its last step.
    if final["threads"] > usual["final"]["threads"] + 1:
        case.fail(f"{final['threads']} threads at the end, not "
                  f"{usual['final']['threads']}")
    if case.result == "FAILED":
        return
    if facts.error in final["refusals"]:
        case.result = "refused"
    elif facts.error in final["errors"]:
        case.result = "counted"
    elif case.error not in NO_ERRORS and not case.note.quiet:
        case.fail("not counted")


def judge(case, facts, usual):
    case.ms, case.judged = facts.ms, time.monotonic()
    case.result, case.why = "fine", None
    if facts.late:
        case.fail(f"hung {facts.late}; it said: {facts.said}")
    elif case.site["site"] not in facts.fired:
        case.result = "not reached"
        if "faults" not in facts.events:
            case.fail(f"ended with {facts.ended} before the call came: "
                      f"{facts.said}")
    elif not facts.listened:
        judge_stopped(case, facts)
    elif facts.exit != 0:
        case.fail(f"died: {facts.ended}: {facts.said}")
    else:
        judge_clients(case, facts)
        judge_end(case, facts, usual)


def is_sound(facts):
    return (facts.exit == 0 and "faults" in facts.events
            and not (facts.lost or facts.stuck or facts.wrong or facts.left))


# --- the run -----------------------------------------------------------------

class Matrix:
    def __init__(self, options, command, sites, models):
        self.options, self.command = options, command
        self.sites, self.models = sites, models
        self.cases, self.usual = [], {}
        self.crashes, self.repeated, self.done = [], 0, 0
        self.lock, self.interrupted = threading.Lock(), False

    def all_of(self, function, things):
        """Side by side: most of a case is waiting."""
        pool = concurrent.futures.ThreadPoolExecutor(self.options.jobs)
        try:
            list(pool.map(function, things))
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            pool.shutdown(cancel_futures=True)

    def run_model(self, model):
        """Without a fault: how often which call is made. Again where Wine's
        server process may have crashed."""
        for _ in range(ROUNDS):
            facts = self.usual[model] = attempt(self.command, model, [])
            if is_sound(facts):
                break

    def run_case(self, case):
        facts = make_attempt(case, self.command, case.number)
        judge(case, facts, self.usual[case.model])
        if case.result == "not reached" and case.number > 1:
            case.number = 1
            facts = make_attempt(case, self.command, 1)
            judge(case, facts, self.usual[case.model])
        with self.lock:
            # Wine's server process, not ours: it says so, or ours is gone
            # with code 0 and without its last line, or never began.
            if ("wineserver crashed" in facts.said
                    or facts.exit == 0 and "faults" not in facts.events
                    or facts.late == BEFORE_LISTENING and not facts.said):
                self.crashes.append(time.monotonic())
            self.done += 1
            self.progress(case)

    def progress(self, case):
        failed = case.result == "FAILED"
        if not failed and not sys.stderr.isatty():
            return
        text = (f"[{self.done}/{len(self.cases)}] {case.model} "
                f"{case.fault()}: {case.result} {case.why or ''}")
        start, end = ("\r\033[K", "") if sys.stderr.isatty() else ("", "\n")
        print(start + text, end="\n" if failed else end, file=sys.stderr,
              flush=True)

    def repeat(self):
        """Wine 8's server process sometimes crashes when servers under it come
        and go, and takes all of them along: a failure at about that time says
        nothing. Those cases are made again."""
        return [case for case in self.cases if case.result == "FAILED" and any(
            abs(case.judged - crash) < NEAR_S for crash in self.crashes)]

    def run(self):
        self.all_of(self.run_model, self.models)
        for model, facts in self.usual.items():
            if not is_sound(facts):
                raise BadInput(f"{model} serves badly without any fault: "
                               f"{' '.join(str(vars(facts)).split())}")
        if self.interrupted:
            return
        self.cases = list(make_cases(self.options, self.sites, self.models,
                                     self.usual))
        if not self.cases:
            raise BadInput("no site matches --sites and --calls, or the "
                           "--share is too small; iomodels-server-faults "
                           "--fault-sites lists the sites")
        to_do = self.cases
        for _ in range(ROUNDS):
            self.all_of(self.run_case, to_do)
            to_do = self.repeat()
            if not to_do or self.interrupted:
                break
            self.repeated += len(to_do)
            self.done -= len(to_do)
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


# --- the report --------------------------------------------------------------

def report_call(call, listed, cases):
    print(call if listed else f"{call} (its page lists no errors)")
    columns = list(dict.fromkeys((case.kind, case.error) for case in cases))
    names = [error if kind == "fail" else f"{error} {kind}".strip()
             for kind, error in columns]
    names = [f"{number} {name}" for number, name in enumerate(names, 1)]
    print(",\n".join("    " + ", ".join(names[i:i + 4])
                     for i in range(0, len(names), 4)))
    print(" " * 48 + "".join(f" {i:2}" for i in range(1, len(columns) + 1)))
    rows = {}
    for case in cases:
        row = rows.setdefault((case.model, case.site["site"]), {})
        row.setdefault("site", case.site)
        row.setdefault((case.kind, case.error), []).append(case.result)
    worst = list(LETTERS)
    for (model, _), row in rows.items():
        name = f"{row['site']['function']}:{row['site']['line']}"
        cells = (max(row[column], key=worst.index) if column in row else None
                 for column in columns)
        print(f"  {model:13} {name:32}" +
              "".join(f"  {LETTERS.get(cell, ' ')}" for cell in cells))
    print()


def report(matrix, sums):
    table = errors_of(HERE / "errors.txt")
    calls = {}
    for case in matrix.cases:
        if case.result:
            calls.setdefault(case.site["call"], []).append(case)
    for call, cases in calls.items():
        report_call(call, table[call].listed, cases)
    print(". nothing to count   c counted by name   r refused by name\n"
          "s stopped before it listened, in one line   F FAILED   "
          "- not reached\n")
    for case in matrix.cases:
        if case.result == "FAILED":
            print(f"FAILED {case.model} --fault {case.fault()}: {case.why}")
    for model, site, why in dict.fromkeys(
            (case.model, case.site["site"], case.note.why)
            for case in matrix.cases if case.result == "not reached"):
        print(f"not reached {model} {site}: {why or 'no load comes there'}")
    print(f"{len(matrix.cases)} cases: {sums['fine']} fine, "
          f"{sums['counted']} counted, {sums['refused']} refused, "
          f"{sums['stopped']} stopped before listening, "
          f"{sums['not reached']} not reached, {sums['FAILED']} FAILED")
    if matrix.repeated:
        print(f"{matrix.repeated} cases were made again: Wine's server process "
              f"crashed beside them, {len(matrix.crashes)} times")


def save(matrix, sums):
    def row(case):
        why = {"why": case.why} if case.why else {}
        return {"model": case.model, "site": case.site["site"],
                "file": case.site["file"], "line": case.site["line"],
                "call": case.site["call"], "number": case.number,
                "kind": case.kind, "error": case.error or None,
                "result": case.result, **why, "ms": case.ms}
    text = json.dumps({
        "schema": "iomodels/faults", "schema_version": 1,
        "seed": matrix.options.seed, "share": matrix.options.share,
        "sums": sums, "cases": [row(case) for case in matrix.cases]}, indent=1)
    try:
        pathlib.Path(matrix.options.json).write_text(text + "\n",
                                                     encoding="utf-8")
    except OSError as error:
        raise BadInput(f"--json {matrix.options.json}: "
                       f"{error.strerror}; name a file that can be written"
                       ) from error


# --- the command line --------------------------------------------------------

class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise BadInput(f"{message}; --help lists the options")


def share(text):
    value = (float(text[:-1]) / 100 if text.endswith("%") else float(text))
    if not 0 < value <= 1:
        raise ValueError(text)
    return value


def parse(words):
    parser = Parser(prog="fault_matrix", description=__doc__)
    add = parser.add_argument
    add("--models", metavar="LIST", help="models, separated by commas [all]")
    add("--sites", metavar="TEXT", default="",
        help="only call sites with TEXT in their name")
    add("--calls", metavar="TEXT", default="",
        help="only calls with TEXT in their name")
    add("--share", metavar="SHARE", type=share, default=1.0,
        help="share of the cases, drawn by the seed [100%%]")
    add("--seed", metavar="N", type=int, default=1,
        help="draws the share, and which call of a site fails [1]")
    add("--jobs", metavar="N", type=int, default=2, choices=range(1, 17),
        help="cases side by side, 1 to 16 [2]")
    add("--json", metavar="FILE", help="also write all cases to FILE")
    add("--server", metavar="PATH",
        default=str(HERE.parent.parent / "build" /
                    ("windows" if os.name == "nt" else "cross") / SERVER),
        help=f"iomodels-server-faults.exe [{SERVER} of the build]")
    add("--server-via", metavar="WORDS",
        default="" if os.name == "nt" else "wine",
        help="program and options to start the server with [wine]")
    return parser.parse_args(words)


def sites_of(command):
    """What the server lists of itself; asked again where Wine's server
    process may have crashed."""
    for _ in range(ROUNDS):
        try:
            done = run(*command, "--fault-sites", exit_code=None, timeout=60)
            return json.loads(done.stdout)["sites"]
        except (OSError, AssertionError) as error:
            raise BadInput(f"{command[0]}: {error}; check --server and "
                           "--server-via") from error
        except (ValueError, KeyError, TypeError) as error:
            why = error
    raise BadInput(f"{command[-1]} does not list its call sites; name an "
                   "iomodels-server-faults.exe with --server") from why


def models_of(options, command, sites):
    """Those asked for, or all; without those that cannot run here."""
    known = list(dict.fromkeys(site["model"] for site in sites))
    known.remove("harness")
    listed = json.loads(run(*command, "--list", "--json").stdout)["models"]
    missing = {model["name"]: model["missing"] for model in listed
               if model["missing"]}
    names = options.models.split(",") if options.models else known
    if len(set(names)) != len(names) or not set(names) <= set(known):
        raise BadInput(f"--models {options.models}: give each model once, of "
                       f"{', '.join(known)}")
    for model in set(names) & set(missing):
        print(f"skipping {model}, which cannot run here: {missing[model]}",
              file=sys.stderr)
    return [model for model in known if model in set(names) - set(missing)]


def main(words):
    options = parse(words)
    if not os.path.isfile(options.server):
        raise BadInput(f"--server {options.server}: no such file; build it "
                       "(./run setup) or name it with --server PATH")
    command = [*shlex.split(options.server_via), options.server]
    sites = sites_of(command)
    matrix = Matrix(options, command, sites, models_of(options, command, sites))
    matrix.run()
    sums = {result: sum(case.result == result for case in matrix.cases)
            for result in ORDER}
    report(matrix, sums)
    if options.json:
        save(matrix, sums)
    if matrix.interrupted:
        return EXIT_INTERRUPTED
    return EXIT_BAD_RUN if sums["FAILED"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BadInput as bad:
        print(f"fault_matrix: {bad}", file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)
