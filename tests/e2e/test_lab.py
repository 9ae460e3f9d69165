#!/usr/bin/env python3
"""The laboratory: its list, what it refuses, a probe and a run from the claim to
the page, and going on after an interrupt."""

import json
import re
import signal
import time

from e2e import (BAD_INPUT, Program, Skip, TESTS, each, iomodels,
                 iomodels_command, is_exe, main, misfits, need_gnuplot,
                 one_line, require, require_equal, server_options,
                 shared_folder)

SCHEMA = TESTS.parent / "results" / "schema" / "lab.schema.json"
VERDICTS = ("confirmed", "refuted", "undecided", "not measurable here",
            "by part")
folder = shared_folder("lab")  # one session serves all cases


def lab(*words, **how):
    return iomodels("lab", *words, **how)


def experiments(where):
    return {path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in where.glob("[A-Z]*.json")}


def case_list():
    shown = lab().stdout
    for claim in ("M1", "A1", "D4", "R6", "X1"):
        require(re.search(rf"^{claim} +[a-z]+ .* +\d+ (s|min) ", shown, re.M),
                f"no {claim} in: {shown}")
    require("iomodels lab --all" in shown, f"no way on in: {shown}")
    require_equal([line for line in shown.splitlines() if len(line) > 80], [])


def case_bad_words(scratch):
    (scratch / "empty").mkdir()

    def check(words, *needles):
        one_line(lab(*words, exit_code=BAD_INPUT), *needles)

    each([
        (("Q7",), "no experiment 'Q7'", "M1, M2"),
        (("--group", "sports"), "no group 'sports'", "accepting"),
        (("A1", "--all"), "leave out"),
        (("--all", "--group", "data"), "leave out"),
        (("--resume", scratch / "empty"), "lab.json"),
        (("A1", "--resume", scratch / "empty"), "leave out"),
        (("report", scratch / "empty"), "no record of an experiment"),
        (("report", scratch / "none"), "none"),
    ], check)


def case_commands_can_be_pasted():
    shown = lab("X7", "--dry-run").stdout
    words = re.search(r"^ +iomodels (run .*)$", shown, re.M)
    require(words is not None, f"no command in: {shown}")
    # Another option is what it complains of, so these were understood.
    one_line(iomodels(*words[1].split(), "--nonsense", exit_code=BAD_INPUT),
             "--nonsense")


def case_probe_and_run():
    done = lab("X1", "R6", "--quick", "--output", folder, *server_options())
    found = experiments(folder)
    require_equal(sorted(found), ["R6", "X1"])
    require_equal(misfits(found, SCHEMA), [])
    for name, record in found.items():
        require(record["verdict"] in VERDICTS, record["verdict"])
        require(re.search(rf"^{name} +{record['verdict']}$", done.stdout, re.M),
                f"no verdict of {name} in: {done.stdout}")
    require_equal([part["verdict"] for part in found["X1"]["parts"]],
                  ["confirmed"] * 4)
    require_equal([part["verdict"] for part in found["R6"]["parts"]],
                  ["confirmed", "not measurable here"])
    require(all(one["probe"]["probe"] == "completion_contract"
                for one in found["X1"]["measured"]), "another probe")
    require(found["R6"]["machine"]["server"]["os"] in ("Wine", "Windows"), "os")
    one_line(lab("X1", "--output", folder, *server_options(),
                 exit_code=BAD_INPUT), "--resume")


def case_resume():
    """What is missing is run, and nothing else."""
    before = (folder / "X1.json").stat().st_mtime_ns
    (folder / "R6.json").unlink()
    lab("--resume", folder, *server_options())
    require_equal(sorted(experiments(folder)), ["R6", "X1"])
    require_equal((folder / "X1.json").stat().st_mtime_ns, before)


def case_interrupt(scratch):
    if is_exe:
        raise Skip("Wine has no console whose Ctrl+C could be sent")
    where = scratch / "cut off"
    with Program(*iomodels_command("lab", "X1", "M8", "--output", where,
                                   *server_options())) as program:
        deadline = time.monotonic() + 60
        while "X1" not in experiments(where):
            require(time.monotonic() < deadline, "X1 has no record")
            time.sleep(0.05)
        program.process.send_signal(signal.SIGINT)
        done = program.wait(30)
    require_equal(done.returncode, 130)
    one_line(done, "interrupted", "lab --resume")
    require_equal(sorted(experiments(where)), ["X1"])


def case_report():
    need_gnuplot()
    # As if the run had been compared with another.
    record = json.loads((folder / "R6.json").read_text(encoding="utf-8"))
    record["parts"][0] |= {"kind": "ratio", "ratio": 1.5, "low": 1.4,
                           "high": 1.6, "margin": 0.1}
    record["claim"] = "A <b>claim</b> & more"
    (folder / "R6.json").write_text(json.dumps(record), encoding="utf-8")
    lab("report", folder)
    page = (folder / "report.html").read_text(encoding="utf-8")
    for needle in ('href="#X1"', 'id="X1"', "iomodels-probe completion_contract",
                   "A &lt;b&gt;claim&lt;/b&gt; &amp; more", "<svg",
                   "For who writes a server today", 'id="R6-title"',
                   'id="ratios-title"', 'id="verdicts-title"'):
        require(needle in page, f"no {needle} in the page")
    require("{{" not in page and "<script" not in page, "not filled in")
    require(page.index('id="verdicts"') < page.index('id="claims"'), "order")


main(globals())
