#!/usr/bin/env python3
"""Three load generators and a server, each in a network namespace of its own,
with a link between each: what several machines are, but for their clocks. Once
through `ip netns exec`, once through real ssh.

    test_namespaces.py --iomodels IOMODELS --echo-server ECHO_SERVER
"""

import contextlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import time

from e2e import (BAD_RUN, MARK, Program, Skip, arguments, check_nothing_left,
                 check_records, iomodels_command, main, one_record, require,
                 require_equal, run)
from test_generators import check_sums, vias

CLIENTS = 3
CONNECTIONS = 3000
SKEW_S = 0.005
NAME = f"iom{os.getpid()}"
SERVER = f"{NAME}s"
NAMES = [f"{NAME}c{client}" for client in range(CLIENTS)]


def ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Skip(f"ip {' '.join(words)}: {done.stderr.strip()}")


def address(client):
    return f"10.77.{client}.2"


@contextlib.contextmanager
def namespaces():
    """The server's reaches each client's by a link of its own."""
    if os.geteuid() != 0:
        raise Skip("network namespaces are made by root")
    if not shutil.which("ip"):
        raise Skip("ip is missing: apt-get install iproute2")
    with contextlib.ExitStack() as stack:
        for name in SERVER, *NAMES:
            ip("netns", "add", name)
            stack.callback(subprocess.run, ["ip", "netns", "del", name],
                           check=False)
            ip("-n", name, "link", "set", "lo", "up")
        for client, name in enumerate(NAMES):
            ip("-n", SERVER, "link", "add", f"v{client}", "type", "veth",
               "peer", "name", "v", "netns", name)
            ip("-n", SERVER, "address", "add", f"10.77.{client}.1/24", "dev",
               f"v{client}")
            ip("-n", SERVER, "link", "set", f"v{client}", "up")
            ip("-n", name, "address", "add", f"{address(client)}/24", "dev",
               "v")
            ip("-n", name, "link", "set", "v", "up")
            ip("-n", name, "route", "add", "default", "via",
               f"10.77.{client}.1")
        yield


def within(name, *words):
    return ["ip", "netns", "exec", name, *words]


# Where the server is, and how the load generators reach it.
PLACE = ["--server-via", shlex.join(within(SERVER)), "--listen", "0.0.0.0:0",
         "--target", "10.77.0.1"]


def command(folder, launchers, *more, connections=CONNECTIONS, duration="2s"):
    return [str(word) for word in iomodels_command(
        "run", "--model", "iocp", "--connections", connections, "--message",
        "64", "--warmup", "500ms", "--duration", duration,
        "--disturbance-limit", "100", "--server", arguments.echo_server, *vias(*launchers),
        "--output", folder, *more)]


# The load generators wait most of the time: it is not their speed that is
# tested here.
TRAFFIC = {"echo": ["--pattern", "echo", "--think", "500ms"],
           "paced": ["--pattern", "paced", "--rate", "256k"]}


def measure(name, folder, launchers, *more, before=()):
    """Nothing is lost of a run whose traffic has this name."""
    done = run(*before, *command(folder, launchers, *TRAFFIC[name], *more),
               exit_code=None, timeout=120)
    require(done.returncode in (0, BAD_RUN), done)
    check_records(folder)
    record = one_record(folder)
    check_sums(record,
               launchers if len(launchers) > 1 else launchers[0])
    require_equal(record["connections"]["connected"], CONNECTIONS)
    for part in record["generators"]:
        require_equal(part["connections"]["connected"], CONNECTIONS // CLIENTS)
    print(f"# {name}: skew {record['phases']['start_skew_s'] * 1e3:.2f} ms,"
          f" overlap {record['phases']['overlap_percent']} %, clocks within"
          f" {[part['clock']['uncertainty_us'] for part in record['generators']]}"
          f" us, valid {record['valid']} {record['reasons']}", flush=True)
    return record


def check_skew(record, told):
    """By what the load generators themselves said, each by its own clock. All
    have the clock of one kernel here, which the runner does not use: so the
    true times are known, and those of the record are off by no more than their
    uncertainty says."""
    begins = []
    for part, file in zip(record["generators"], told):
        said = [json.loads(line)
                for line in file.read_text(encoding="utf-8").splitlines()]
        epoch, = [line["epoch_us"] for line in said
                  if line["event"] == "ready"]
        begin, = [line["t_us"] for line in said if line["event"] == "phase"
                  and line["phase"] == "measuring"]
        begins.append((epoch + begin, part["phases"]["begin_s"] * 1e6,
                       part["clock"]["uncertainty_us"]))
    for true, reported, doubt in begins:
        for other, other_reported, other_doubt in begins:
            require(abs(true - other - (reported - other_reported))
                    <= doubt + other_doubt + 3, begins)
    trues, _, doubts = zip(*begins)
    require(abs(max(trues) - min(trues)
                - record["phases"]["start_skew_s"] * 1e6)
            <= 2 * max(doubts) + 3, begins)


def measure_skew(scratch, launchers, *before):
    """With each traffic. How far apart windows begin is a matter of how soon
    each of many processes gets one of a few processors: the bound has to hold
    in the best run of a few, and what is reported has to be true in each."""
    told = [scratch / f"{rank}.told" for rank in range(CLIENTS)]
    launchers = [shlex.join(["sh", "-c", '"$@" | tee "$0"', str(file),
                             *shlex.split(launcher)])
                 for file, launcher in zip(told, launchers)]
    skews = []
    while not skews or min(skews) >= SKEW_S:
        require(len(skews) < 6, f"skews of {skews} s")
        for name in TRAFFIC:
            record = measure(name, scratch / f"{name}{len(skews)}", launchers,
                             *PLACE, before=before)
            check_skew(record, told)
            skews.append(record["phases"]["start_skew_s"])


def case_plain(scratch):
    with namespaces():
        measure_skew(scratch, [shlex.join(within(name)) for name in NAMES])
    check_nothing_left()


@contextlib.contextmanager
def ssh(scratch):
    """A server of ssh in each client's namespace; the launchers."""
    sshd = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin")
    if not sshd or not shutil.which("ssh"):
        raise Skip("sshd is missing: apt-get install openssh-server")
    pathlib.Path("/run/sshd").mkdir(exist_ok=True)
    for key in "host", "user":
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                        scratch / key], check=True)
    shutil.copy(scratch / "user.pub", scratch / "authorized")
    config = scratch / "sshd_config"
    config.write_text(f"""Port 22
HostKey "{scratch}/host"
AuthorizedKeysFile "{scratch}/authorized"
StrictModes no
UsePAM no
PidFile none
PermitRootLogin yes
SetEnv {MARK}
""", encoding="utf-8")
    (scratch / "ssh_config").write_text("".join(f"""Host client{client}
    HostName {address(client)}
""" for client in range(CLIENTS)) + f"""Host *
    User root
    IdentityFile "{scratch}/user"
    IdentitiesOnly yes
    StrictHostKeyChecking no
    UserKnownHostsFile /dev/null
    LogLevel ERROR
    BatchMode yes
    ServerAliveInterval 1
    ServerAliveCountMax 3
""", encoding="utf-8")
    launchers = [shlex.join(["ssh", "-F", str(scratch / "ssh_config"),
                             f"client{client}"]) for client in range(CLIENTS)]
    with contextlib.ExitStack() as stack:
        for name in NAMES:
            daemon = stack.enter_context(subprocess.Popen(
                within(name, sshd, "-D", "-e", "-f", str(config)),
                stderr=subprocess.DEVNULL))
            stack.callback(daemon.terminate)
        for launcher in launchers:
            deadline = time.monotonic() + 20
            while subprocess.run(within(SERVER, *shlex.split(launcher), "true"),
                                 capture_output=True, check=False).returncode:
                require(time.monotonic() < deadline, f"no {launcher}")
                time.sleep(0.1)
        yield launchers


def case_ssh(scratch):
    with namespaces(), ssh(scratch) as launchers:
        # From where the server is, since ssh itself goes through the links.
        measure_skew(scratch, launchers, *within(SERVER))
    check_nothing_left()


def case_link_down(scratch):
    """The link of one breaks: the others' figures are kept, and it says so."""
    with namespaces():
        folder = scratch / "down"
        launchers = [shlex.join(within(name)) for name in NAMES]
        with Program(*command(folder, launchers, *TRAFFIC["echo"], *PLACE,
                              "--io-timeout", "2s")) as runner:
            time.sleep(2)
            ip("-n", SERVER, "link", "set", "v1", "down")
            require_equal(runner.wait(120).returncode, BAD_RUN)
        check_records(folder)
        record = one_record(folder)
        require(not record["valid"], record["reasons"])
        print(f"# {record['reasons']}", flush=True)
    check_nothing_left()


if __name__ == "__main__":
    main(globals())
