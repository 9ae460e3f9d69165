#!/usr/bin/env python3
"""A small comparison: its table, records and charts."""

import json
import os
import re

from e2e import (BAD_INPUT, BAD_RUN, Skip, check_nothing_left, check_records,
                 check_valid, each, echo_server, iomodels, is_exe, loops, main,
                 need_gnuplot, no_plots, one_line, one_record, records,
                 require, require_equal, require_in, server_options,
                 shared_folder, under_wine)

MODELS = ["select", "event_select", "iocp"]
TIERS = [10, 60]
folder = shared_folder("compare")  # one comparison serves all cases


def case_compare():
    done = iomodels(
        "compare", "--repeat", "1", "--models", ",".join(MODELS),
        "--connections", ",".join(map(str, TIERS)), "--duration", "1s",
        "--warmup", "200ms", "--seed", "7", "--output", folder,
        *no_plots, *server_options())
    require_equal(sorted((r["asked"]["model"], r["asked"]["connections"])
                         for r in records(folder).values()),
                  sorted((m, c) for m in MODELS for c in TIERS))
    for pattern in (*(rf"^{model}( !)?( ~)? +{tier}/{tier} " for model in MODELS
                      for tier in TIERS), "a folder", "(?i)wine|windows"):
        require(re.search(pattern, done.stdout, re.MULTILINE),
                f"no {pattern} in: {done.stdout}")
    require(iomodels("table", folder).stdout in done.stdout, "another table")
    require(max(map(len, done.stdout.split("\nrecords: ")[0].splitlines())) <= 80,
            "wider than a terminal")
    findings = re.findall(r"^  at (\d+): (\w+) [\d,]+; \d\.\d\dx (\w+)",
                          done.stdout, re.MULTILINE)
    require_equal([int(tier) for tier, *_ in findings], TIERS, done.stdout)
    require("\r" not in done.stdout, "a progress line in a file")
    check_nothing_left()


def case_records():
    found = records(folder)
    require_equal(sorted(r["asked"]["place"] for r in found.values()),
                  list(range(1, len(MODELS) * len(TIERS) + 1)), "places")
    each(found.items(), check_record)
    check_records(folder)


def check_record(name, record):
    check_valid(name, record)
    made, wanted = record["connections"], record["asked"]["connections"]
    client, server = (record["traffic"][side] for side in ("client", "server"))
    require(wanted == made["attempted"] == made["connected"]
            == sum(made["outcomes"].values()) == sum(made["ends"].values())
            == server["opens"] == server["closes"], f"{made} {server}")
    require(client["sent_bytes"] == server["recv_bytes"]
            == client["received_bytes"] == server["send_bytes"] > 0,
            f"{client} {server}")
    window = record["phases"]["window_s"]
    require(0.9 < window < 3, f"a window of {window} s")
    rate = record["throughput"]["round_trips_per_s"]
    count = record["latency_us"]["from_send"]["count"]
    require(rate > 10 and 0.5 < rate * window / count < 2,
            f"{rate}/s in {window} s, but {count} latencies")
    require_equal(record["integrity"]["mismatches"], 0)
    require(record["disturbance"]["load_waited_percent"] is not None,
            record["unknown"])
    samples = record["samples"]["server"]
    rows = [dict(zip(samples["columns"], row)) for row in samples["rows"]]
    require(len(rows) >= 5, f"{len(rows)} samples of the server")
    require_equal([row["connections"] for row in rows if row["mark"] == "end"],
                  [wanted], "open at the end")


def case_sparse(scratch):
    """Few with traffic among many that rest: every model keeps the others."""
    iomodels("compare", "--repeat", "1", "--models", ",".join(MODELS), "--connections", "80",
             "--pattern", "sparse", "--active", "4", "--duration", "1s",
             "--warmup", "200ms", "--output", scratch / "sparse", "--no-plots",
             *server_options())
    found = records(scratch / "sparse")
    require_equal({record["asked"]["active"] for record in found.values()}, {4})
    each(found.items(), check_record)
    check_records(scratch / "sparse")


def case_file(scratch):
    """A comparison skips models of another service; a run of one is refused."""
    done = iomodels("compare", "--repeat", "1", "--models", "iocp_zero,iocp_file", "--service",
                    "file", "--file-size", "100K", "--message", "20K",
                    "--connections", "5", "--duration", "300ms", "--warmup",
                    "0s", "--no-plots", "--output", scratch / "r",
                    *server_options())
    require_in(done.stderr, "skipping iocp_zero", "serves no files")
    (_, record), = records(scratch / "r").items()
    require_equal((record["asked"]["service"], record["asked"]["file_bytes"],
                   record["machine"]["server"]["process"]["file_bytes"]),
                  ("file", 102400, 102400))
    traffic = record["traffic"]
    require_equal(traffic["client"]["received_bytes"],
                  traffic["client"]["messages_echoed"] * 20480)
    require_equal(traffic["server"]["recv_bytes"],
                  traffic["client"]["messages_echoed"] * 16)
    require("sums_differ" not in str(record["reasons"]), record["reasons"])
    check_records(scratch / "r")
    for model, typed in ("iocp", ["--service", "file"]), ("iocp_file", []):
        done = iomodels("run", "--model", model, *typed, "--output",
                        scratch / "x", *server_options(), exit_code=BAD_INPUT)
        one_line(done, model, "--service file")


def case_sorted():
    """--sort, --wide and --format of the same records."""
    def order(*words):
        text = iomodels("table", folder, *words).stdout
        return re.findall(r"^(\w+)(?: !| ~)* +60/60 ", text, re.MULTILINE)

    rows = json.loads(iomodels("table", folder, "--format", "json").stdout)["rows"]
    best = sorted((row for row in rows if row["attempted"] == 60),
                  key=lambda row: -row["round_trips_per_s"]["median"])
    require_equal(order(), MODELS)
    require_equal(order("--sort", "round_trips_per_s"),
                  [row["model"] for row in best])
    require_in(iomodels("table", folder, "--wide").stdout, "receive")
    done = iomodels("compare", "--resume", folder, "--no-plots", "--format", "json",
                    *server_options())
    require_equal(json.loads(done.stdout)["rows"], rows)
    for words in ["--sort", "speed"], ["--format", "xml"]:
        one_line(iomodels("compare", *words, exit_code=BAD_INPUT), words[1])
        one_line(iomodels("table", folder, *words, exit_code=BAD_INPUT), words[1])


def case_charts():
    """They are drawn; tests/results/test_results.py looks at what is in them."""
    need_gnuplot()
    require((folder / "charts" / "throughput.svg").exists(), "no charts")


def case_models_that_cannot_run(scratch):
    """A comparison skips them with the reason, a run is refused."""
    if is_exe:
        raise Skip("the echo server is Linux'")
    here = {"ECHO_SERVER_MISSING": "iocp:no port here"}
    short = ["--duration", "200ms", "--warmup", "0s", *echo_server()]
    done = iomodels("compare", "--repeat", "1", "--models", "apc,iocp", "--connections", "2",
                    "--no-plots", "--output", scratch / "r", *short,
                    environment=here)
    require("skipping iocp, which cannot run here: no port here\n"
            in done.stderr, done.stderr)
    require_equal([r["asked"]["model"] for r in records(scratch / "r").values()],
                  ["apc"])
    for words, needle in ((["run", "--model", "iocp"], "choose another"),
                          (["compare", "--models", "iocp"], "choose others")):
        done = iomodels(*words, *short, "--output", scratch / "none",
                        environment=here, exit_code=BAD_INPUT)
        require(needle in done.stderr and "no port here" in done.stderr, done)
    require(not (scratch / "none").exists(), "something was written")


def case_processors_are_split(scratch):
    """On Windows, without launchers, the server has the first half."""
    if not is_exe:
        raise Skip("on Linux launchers choose the processors")

    def processors(name, *words, exit_code=None):
        done = iomodels(
            "run", "--model", "iocp", "--connections", "2", "--duration",
            "200ms", "--warmup", "0s", "--output", scratch / name, *words,
            *server_options(), exit_code=exit_code)
        if exit_code:
            return done
        machine = one_record(scratch / name)["machine"]
        return [machine[who]["processors"] for who in ("server", "load")]

    all_, same = processors("all", "--server-processors", "0")
    require_equal(all_, same)
    one_line(processors("bad", "--server-processors", "63",
                        exit_code=BAD_INPUT), str(len(all_)), "give fewer")
    half = len(all_) // 2
    require_equal(processors("split"), [all_[:half], all_[half:]] if half
                  else [all_, all_])


def case_others_on_the_load_generators_processors(scratch):
    """Where the system does not count how long threads wait, this shows."""
    if not under_wine:
        raise Skip("test_disturbance has it for Linux")
    with loops(2 * os.cpu_count()):
        iomodels("run", "--model", "iocp", "--connections", "2", "--duration",
                 "1s", "--warmup", "0s", "--output", scratch,
                 "--disturbance-limit", "20", *server_options(),
                 exit_code=BAD_RUN)
    record = one_record(scratch)
    require(record["disturbance"]["load_waited_percent"] > 20
            and "load_starved" in " ".join(record["reasons"]),
            f"{record['reasons']} {record['disturbance']}")


main(globals())
