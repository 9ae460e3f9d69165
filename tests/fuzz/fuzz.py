"""fuzz.py BUILD [--seconds N] [NAME...]: runs the fuzzers of a build folder
(all, or those named) for N seconds each, as many at once as there are
processors. What they learn stays in BUILD/corpus and is where they go on. A
finding ends with exit code 1 and the file that reproduces it."""

import argparse
import concurrent.futures
import glob
import hashlib
import os
import re
import subprocess
import sys

import seeds

TESTS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def plant(folder, inputs):
    os.makedirs(folder, exist_ok=True)
    for data in inputs:
        name = hashlib.sha1(data).hexdigest()
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


def fuzz(program, name, build, inputs, seconds):
    """The last figures for people, and the finding or None."""
    corpus = os.path.join(build, "corpus", name)
    found = os.path.join(build, "findings", name) + "-"
    plant(corpus, inputs)
    os.makedirs(os.path.dirname(found), exist_ok=True)
    log = found + "log.txt"
    with open(log, "w", encoding="utf-8", errors="replace") as file:
        code = subprocess.run(
            [program, f"-max_total_time={seconds}", "-timeout=10",
             "-rss_limit_mb=2048", "-max_len=65536", "-close_fd_mask=3",
             "-print_final_stats=1", f"-artifact_prefix={found}", corpus],
            stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            timeout=seconds + 120, check=False).returncode
    with open(log, encoding="utf-8", errors="replace") as file:
        text = file.read()
    runs = re.search(r"number_of_executed_units: *(\d+)", text)
    cover = re.findall(r"cov: (\d+)", text)
    figures = (f"{int(runs.group(1)) if runs else 0:,} inputs, "
               f"{cover[-1] if cover else 0} edges")
    if code == 0 and runs and int(runs.group(1)) > 0:
        return figures, None
    reproducer = re.search(r"Test unit written to (\S+)", text)
    return figures, (f"exit code {code}; reproduce it with\n  {program} "
                     f"{reproducer.group(1) if reproducer else corpus}\n"
                     f"the report is in {log}:\n" + text[-3000:])


def main():
    parser = argparse.ArgumentParser(prog="fuzz")
    parser.add_argument("build")
    parser.add_argument("--seconds", type=int, default=600,
                        help="for each (600)")
    parser.add_argument("names", nargs="*", metavar="NAME")
    args = parser.parse_intermixed_args()
    build = os.path.realpath(args.build)
    programs = {os.path.basename(path)[len("fuzz_"):]: path for path in
                glob.glob(os.path.join(build, "tests", "fuzz", "fuzz_*"))
                if os.path.isfile(path) and os.access(path, os.X_OK)}
    inputs = seeds.seeds(TESTS)
    for name in args.names or programs or ["any"]:
        if name not in programs:
            print(f"fuzz: there is no fuzzer {name}; there are "
                  f"{', '.join(sorted(programs)) or 'none in ' + build}",
                  file=sys.stderr)
            return 2
    names = sorted(args.names or programs)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {name: pool.submit(fuzz, programs[name], name, build,
                                  inputs.get(name, []), args.seconds)
                for name in names}
        for name, job in jobs.items():
            figures, finding = job.result()
            print(f"{name:12} {args.seconds} s: {figures}"
                  f"{': ' + finding if finding else ''}", flush=True)
            bad += finding is not None
    print(f"{len(names) - bad} fuzzers without a finding, {bad} with one")
    return 1 if bad else 0


sys.exit(main())
