"""fuzz.py BUILD [--seconds N] [NAME...]: runs the fuzzers of a build folder
(all, or those named) for N seconds each, as many at once as there are
processors. What they learn stays in BUILD/corpus and is where they go on. A
finding ends with exit code 1 and the file that reproduces it."""

import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess
import sys

import seeds


def fuzz(program, name, build, inputs, seconds):
    """The last figures for people, and the finding or an empty text."""
    corpus, found = build / "corpus" / name, build / "findings" / name
    corpus.mkdir(parents=True, exist_ok=True)
    found.parent.mkdir(exist_ok=True)
    for data in inputs:
        (corpus / hashlib.sha1(data).hexdigest()).write_bytes(data)
    log = pathlib.Path(f"{found}-log.txt")
    with open(log, "wb") as file:
        code = subprocess.run(
            [program, f"-max_total_time={seconds}", "-timeout=10",
             "-rss_limit_mb=2048", "-max_len=65536", "-close_fd_mask=3",
             "-print_final_stats=1", f"-artifact_prefix={found}-", corpus],
            stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            timeout=seconds + 120, check=False).returncode
    text = log.read_text("utf-8", "replace")
    units = re.findall(r"number_of_executed_units: *(\d+)", text)
    runs = int(units[0]) if units else 0
    cover = (re.findall(r"cov: (\d+)", text) or [0])[-1]
    figures = f"{runs:,} inputs, {cover} edges"
    if code == 0 and runs > 0:
        return figures, ""
    reproducer = re.findall(r"Test unit written to (\S+)", text) or [corpus]
    return figures, (f": exit code {code}; reproduce it with\n  {program} "
                     f"{reproducer[0]}\nthe report is in {log}:\n"
                     + text[-3000:])


def main():
    parser = argparse.ArgumentParser(prog="fuzz")
    parser.add_argument("build", type=pathlib.Path, help="build folder")
    parser.add_argument("--seconds", type=int, default=600,
                        metavar="N",
                        help="seconds for each fuzzer [600]")
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="fuzzers [all]")
    args = parser.parse_intermixed_args()
    build = args.build.resolve()
    programs = {path.name.removeprefix("fuzz_"): path for path in
                (build / "tests" / "fuzz").glob("fuzz_*")
                if path.is_file() and os.access(path, os.X_OK)}
    names = sorted(args.names or programs)
    if not names or not set(names) <= set(programs):
        print(f"fuzz: there are the fuzzers {', '.join(sorted(programs))} in "
              f"{build}", file=sys.stderr)
        return 2
    inputs = seeds.seeds()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(lambda name: fuzz(
            programs[name], name, build, inputs.get(name, []), args.seconds),
            names)
        bad = 0
        for name, (figures, finding) in zip(names, done):
            print(f"{name:12} {args.seconds} s: {figures}{finding}",
                  flush=True)
            bad += bool(finding)
    print(f"{len(names) - bad} fuzzers without a finding, {bad} with one")
    return bad > 0


sys.exit(main())
