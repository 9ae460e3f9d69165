#!/usr/bin/env python3
"""A run of three load generators, through real ssh and through sh, comes to harm
at random moments while it connects, warms up and measures: a load generator or
its launcher is killed, or its link breaks. Each time the run ends with exit
code 1, and leaves a whole record that says why it is not valid, and no process.

    test_kills.py --iomodels IOMODELS --echo-server ECHO_SERVER
        [--moments N] [--seed N]
"""

import argparse
import os
import random
import re
import shlex
import signal

from e2e import MARK, main, others, processes, require
from test_generators import check_harmed
from test_namespaces import (NAMES, PLACE, SERVER, command, ip, namespaces,
                             ssh, within)

parser = argparse.ArgumentParser()
parser.add_argument("--moments", type=int, default=10)
parser.add_argument("--seed", type=int, default=random.randrange(1000000))
options = parser.parse_args(others)

# The server takes its time, so that connecting lasts a second; the window ends
# later than any moment, even on a machine that is busy.
os.environ["ECHO_SERVER_FAULTS"] = "--service-us 1500"
SPAN_S = 2.6


def kill_generator(rank, found):
    os.kill(found[rank], signal.SIGKILL)


def kill_launcher(rank, found):
    pid, = [pid for pid, line in processes(MARK)
            if re.match(r"(ssh|sh) .* load .*" rf"--rank {rank}\b", line)]
    require(pid not in found.values(), pid)
    os.kill(pid, signal.SIGKILL)


def cut_link(rank, found):
    ip("-n", SERVER, "link", "set", f"v{rank}", "down")


def case_moments(scratch):
    print(f"# --seed {options.seed}", flush=True)
    draw = random.Random(options.seed)
    slots = draw.sample(range(options.moments), options.moments)
    with namespaces(), ssh(scratch) as launchers:
        # Only ssh notices that its link is broken; this one has none.
        launchers[2] = shlex.join(["sh", "-c", '"$@"; exit $?', "sh",
                                   *within(NAMES[2])])
        for number, slot in enumerate(slots):
            harm, ranks = [(kill_generator, 3), (kill_launcher, 3),
                           (kill_generator, 3), (kill_launcher, 3),
                           (cut_link, 2)][number % 5]
            rank = draw.randrange(ranks)
            after_s = SPAN_S * (slot + draw.random()) / options.moments
            folder = scratch / str(number)
            record = check_harmed(
                [*within(SERVER),
                 *command(folder, launchers, *PLACE, "--think", "2s",
                          connections=600, duration="5s")],
                folder, lambda found: harm(rank, found), after_s)
            ip("-n", SERVER, "link", "set", f"v{rank}", "up")
            print(f"# {harm.__name__} of rank {rank} after {after_s:.2f} s: "
                  f"{record['reasons']}", flush=True)
            require(any(f"rank {rank} (" in reason
                        for reason in record["reasons"]), record["reasons"])


if __name__ == "__main__":
    main(globals())
