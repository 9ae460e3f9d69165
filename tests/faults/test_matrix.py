"""test_matrix.py FAULT_MATRIX SERVER VIA: a seeded part of the fault matrix, and
what it says to bad input. Prints TAP."""

import json
import os
import subprocess
import sys
import tempfile

SHARE, SEED = "8%", "7"


def run(*words, timeout=600):
    """Into files: where Wine's server crashes, the next one is started by what
    runs here, keeps its outputs for minutes, and a pipe would not end."""
    with tempfile.TemporaryFile("w+") as out, \
            tempfile.TemporaryFile("w+") as err:
        done = subprocess.run(words, stdout=out, stderr=err, check=False,
                              timeout=timeout, stdin=subprocess.DEVNULL)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(words, done.returncode, out.read(),
                                           err.read())


def matrix(program, server, via, *words):
    return run(sys.executable, program, "--server", server, "--server-via",
               via, *words)


def case_part_of_the_matrix(*programs):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "faults.json")
        result = matrix(*programs, "--share", SHARE, "--seed", SEED, "--json",
                        path)
        with open(path, encoding="utf-8") as text:
            report = json.load(text)
    cases = report["cases"]
    failed = [case for case in cases if case["result"] == "FAILED"]
    for case in failed:
        print("#", json.dumps(case))
    assert result.returncode == 0, result.stderr
    assert not failed
    assert sum(report["sums"].values()) == len(cases) > 50
    assert {case["result"] for case in cases} >= {"counted", "refused"}
    assert len({case["model"] for case in cases}) == 8


def case_a_stopped_start_is_no_success(*programs):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "faults.json")
        matrix(*programs, "--models", "iocp", "--sites", "iocp_run.WSAIoctl",
               "--json", path)
        with open(path, encoding="utf-8") as text:
            cases = json.load(text)["cases"]
    assert cases and {case["result"] for case in cases} == {"stopped"}, cases


def case_bad_input(program, server, via):
    shipped = server.replace("tests/faults/iomodels-server-faults.exe",
                             "harness/server/iomodels-server.exe")
    for words in (["--models", "nope"], ["--sites", "nowhere"],
                  ["--share", "x"], ["--share", "2"], ["--share", "0"],
                  ["--server", "/nonexistent/x.exe"], ["--server", shipped]):
        if "--models" not in words:
            words = ["--models", "iocp", *words]
        result = matrix(program, server, via, *words)
        assert result.returncode == 2, (words, result)
        assert not result.stdout, (words, result)
        assert len(result.stderr.strip().splitlines()) == 1, result.stderr


def case_bad_fault(_, server, via):
    for text in ("", "nowhere:1:5", "iocp_run.calloc:0:5",
                 "iocp_run.calloc:1:NOPE", "iocp_run.calloc:1:5:sideways"):
        for _ in range(5):
            result = run(*via.split(), server, "--model", "iocp", "--fault",
                         text)
            if "wineserver crashed" not in result.stderr:
                break
        assert result.returncode == 2, (text, result)
        assert "--fault-sites" in result.stderr, result.stderr


def main(*programs):
    cases = [(name[len("case_"):], function)
             for name, function in globals().items()
             if name.startswith("case_")]
    print(f"1..{len(cases)}", flush=True)
    bad = 0
    for number, (name, function) in enumerate(cases, 1):
        try:
            function(*programs)
            print("ok", number, "-", name, flush=True)
        except Exception as error:  # whatever it is, the case failed
            bad += 1
            print("#", name, repr(error)[:2000].replace("\n", " "))
            print(f"matrix: {name}: {error!r}", file=sys.stderr)
            print("not ok", number, "-", name, flush=True)
    return 1 if bad else 0


sys.exit(main(*sys.argv[1:]))
