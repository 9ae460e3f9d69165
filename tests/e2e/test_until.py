#!/usr/bin/env python3
"""--until-ci: rounds go on until the intervals are narrow, or to a limit."""

import pathlib

import e2e
from e2e import (BAD_INPUT, iomodels, one_line, records, require,
                 server_options)

SMALL = ["--connections", "5,10", "--models", "iocp,apc", "--warmup", "50ms",
         "--duration", "200ms", "--no-plots", "--seed", "3"]
ROUND = 4


def compare(folder, *options, **more):
    return iomodels("compare", *SMALL, "--output", folder, *options,
                    *server_options(), exit_code=None, **more)


def rounds(folder):
    """Each round holds each kind once; returns how many there are."""
    seen = {}
    for record in records(folder).values():
        asked = record["asked"]
        kind = (asked["model"], asked["connections"])
        seen.setdefault(asked["repeat"], []).append(kind)
        require(asked["place"] <= asked["places"], str(asked))
        require((asked["place"] - 1) // ROUND + 1 == asked["repeat"],
                str(asked))
    for repeat, kinds in seen.items():
        require(len(kinds) == len(set(kinds)) == ROUND,
                f"round {repeat}: {kinds}")
    require(sorted(seen) == list(range(1, len(seen) + 1)), str(sorted(seen)))
    return len(seen)


def case_wide_enough_at_once(folder):
    done = compare(folder / "r", "--until-ci", "99%")
    # Five are the fewest; a busy machine may need another.
    count = rounds(folder / "r")
    require(5 <= count < 20, f"{count} rounds")
    require(f"is within +-99 %, after {count} repeats" in done.stdout,
            done.stdout[-500:])


def case_up_to_the_limit_and_resumed(folder):
    records_folder = folder / "r"
    done = compare(records_folder, "--until-ci", "0.001%", "--max-repeat", "7")
    require(rounds(records_folder) == 7, f"{rounds(records_folder)} rounds")
    require("not within +-0.001 % after 7 repeats" in done.stdout
            and "iocp 10 (" in done.stdout, done.stdout[-500:])
    # As if it had been interrupted in an added round.
    lost = sorted(pathlib.Path(records_folder).glob("2*.json"))[-6:]
    for path in lost:
        path.unlink()
    done = iomodels("compare", "--resume", records_folder, "--no-plots",
                    *server_options(), exit_code=None)
    require(rounds(records_folder) == 7,
            f"{rounds(records_folder)} rounds after resuming\n{done.stderr}")
    # What it says helps; here a little less of it.
    require(f"; for more: iomodels compare --resume {records_folder} "
            "--max-repeat 14\n" in done.stdout, done.stdout[-500:])
    done = iomodels("compare", "--resume", records_folder, "--max-repeat", "8",
                    "--no-plots", *server_options(), exit_code=None)
    require(rounds(records_folder) == 8,
            f"{rounds(records_folder)} rounds\n{done.stdout}{done.stderr}")


def case_only_a_plan_that_goes_on_has_a_limit(folder):
    compare(folder / "r")
    for more in (["--max-repeat", "9"], ["--max-repeat=9"]):
        done = iomodels("compare", "--resume", folder / "r", *more,
                        "--no-plots", *server_options(), exit_code=BAD_INPUT)
        one_line(done, "--max-repeat", "--until-ci", "leave it out")
    require(rounds(folder / "r") == 1, "it went on")


def case_run_too(folder):
    done = iomodels("run", "--model", "iocp", "--connections", "5", "--warmup",
                    "50ms", "--duration", "200ms", "--until-ci", "0.001%",
                    "--max-repeat", "6", "--output", folder / "r",
                    *server_options(), exit_code=None)
    require(len(records(folder / "r")) == 6, done.stdout + done.stderr)


if __name__ == "__main__":
    e2e.main(globals())
