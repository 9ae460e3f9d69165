#!/usr/bin/env python3
"""What this machine allows: figures as the kernel tells them, exit codes."""

import json
import pathlib
import shlex
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import (Skip, iomodels, iomodels_command, is_exe, main, require,
                 require_equal, require_in, run, under_wine)

TOO_SMALL = 3


def limits(*words, **how):
    whole = json.loads(iomodels("limits", "--format", "json", *words,
                                **how).stdout)
    return whole, {(row["limit"], row["model"]): row
                   for row in whole["limits"]}


def kernel(path):
    return [int(word) for word in
            pathlib.Path("/proc/sys", path).read_text().split()]


def case_as_the_kernel_says():
    if is_exe:
        raise Skip("the program of Windows does not read Linux")
    whole, rows = limits("--connections", "1M", exit_code=None)
    require_equal(rows["process_open_files", None]["value"],
                  kernel("fs/nr_open")[0])
    require_equal(rows["backlog", None]["value"], kernel("net/core/somaxconn")[0])
    first, last = kernel("net/ipv4/ip_local_port_range")
    require_equal(whole["ports"]["per_address"], last - first + 1)
    require_equal(rows["thread_ids", "blocking"]["value"],
                  kernel("kernel/pid_max")[0])
    require_equal(rows["tcp_memory", None]["value"], kernel("net/ipv4/tcp_mem")[2])


def case_too_small():
    """Of open files, which the shell can lower: exit code, row and command."""
    if is_exe:
        raise Skip("Windows has no limit of open files")
    for connections, code in (100, 0), (601, TOO_SMALL):
        words = iomodels_command("limits", "--connections", connections)
        done = run("bash", "-c", f"ulimit -n 1000; {shlex.join(words)}",
                   exit_code=code)
        require(("--nofile=1001:1001" in done.stdout) == (code != 0), done)
        require(max(map(len, done.stdout.splitlines())) <= 80, done)
        require_in(done.stdout, "open files of the load generator")


def case_elsewhere():
    """A server on another machine: only what the load generator needs."""
    whole, rows = limits("--target", "10.1.2.3", "--connections", 1000,
                         exit_code=None)
    require(("load_open_files", None) in rows, rows)
    require(not any(model for _, model in rows)
            and ("memory", None) not in rows, rows)
    require_equal(whole["ports"]["addresses"], 1)


def case_windows():
    """What Windows does not limit, or Wine does not tell, is null with why."""
    if not is_exe:
        raise Skip("of the program of Windows")
    whole, rows = limits()
    row = rows["load_open_files", None]
    require(row["value"] is None and row["fits"] and row["why"], row)
    require_equal(whole["os"], "Wine" if under_wine else "Windows")
    require(rows["memory", None]["value"] > 0, rows)
    require_equal(rows["backlog", None]["value"], 65535)
    text = iomodels("limits").stdout
    require(max(map(len, text.splitlines())) <= 80, text)


main(globals())
