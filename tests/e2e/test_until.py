#!/usr/bin/env python3
"""--until-ci: rounds go on until the intervals are narrow, or to a limit."""

from e2e import (BAD_INPUT, iomodels, main, one_line, records, require,
                 require_equal, require_in, server_options)

SHORT = ["--warmup", "50ms", "--duration", "200ms"]
ROUND = 4


def compare(folder, *words):
    return iomodels("compare", "--connections", "5,10", "--models", "iocp,apc",
                    *SHORT, "--no-plots", "--seed", "3", "--output", folder,
                    *words, *server_options(), exit_code=None)


def resume(folder, *words, exit_code=None):
    return iomodels("compare", "--resume", folder, "--no-plots", *words,
                    *server_options(), exit_code=exit_code)


def rounds(folder):
    """Each round holds each kind once; returns how many there are."""
    seen = {}
    for record in records(folder).values():
        asked = record["asked"]
        seen.setdefault(asked["repeat"], []).append(
            (asked["model"], asked["connections"]))
        require(asked["place"] <= asked["places"], asked)
        require_equal((asked["place"] - 1) // ROUND + 1, asked["repeat"])
    for repeat, kinds in seen.items():
        require(len(kinds) == len(set(kinds)) == ROUND,
                f"round {repeat}: {kinds}")
    require_equal(sorted(seen), list(range(1, len(seen) + 1)), "rounds")
    return len(seen)


def case_wide_enough_at_once(folder):
    done = compare(folder, "--until-ci", "99%")
    # Five are the fewest; a busy machine may need another.
    count = rounds(folder)
    require(5 <= count < 20, f"{count} rounds")
    require_in(done.stdout, f"is within +-99 %, after {count} repeats")


def case_up_to_the_limit_and_resumed(folder):
    done = compare(folder, "--until-ci", "0.001%", "--max-repeat", "7")
    require_equal(rounds(folder), 7, "rounds")
    require_in(done.stdout, "not within +-0.001 % after 7 repeats",
               "iocp 10 (")
    # As if it had been interrupted in an added round.
    for path in sorted(folder.glob("2*.json"))[-6:]:
        path.unlink()
    done = resume(folder)
    require_equal(rounds(folder), 7, f"rounds after resuming: {done}")
    # What it says helps; here a little less of it.
    require_in(done.stdout, f"; for more: iomodels compare --resume {folder} "
               "--max-repeat 14\n")
    done = resume(folder, "--max-repeat", "8")
    require_equal(rounds(folder), 8, f"rounds: {done}")


def case_only_a_plan_that_goes_on_has_a_limit(folder):
    compare(folder, "--repeat", "1")
    one_line(resume(folder, "--max-repeat=9", exit_code=BAD_INPUT),
             "--max-repeat", "--until-ci", "leave it out")
    require_equal(rounds(folder), 1, "rounds")


def case_run_too(folder):
    done = iomodels("run", "--model", "iocp", "--connections", "5", *SHORT,
                    "--until-ci", "0.001%", "--max-repeat", "6", "--output",
                    folder, *server_options(), exit_code=None)
    require_equal(len(records(folder)), 6, done)


main(globals())
