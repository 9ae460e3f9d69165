#!/usr/bin/env python3
"""Three load generators that one srun starts, on a Slurm of one node, which this
test starts for itself, by whoever runs it.

    test_slurm.py --iomodels IOMODELS --echo-server ECHO_SERVER
"""

import contextlib
import ctypes
import getpass
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from e2e import (MARK, Missing, check_nothing_left, listen, main, processes,
                 require)
from test_generators import check_harmed
from test_namespaces import CLIENTS, TRAFFIC, command, measure

PROGRAMS = ["munged", "slurmctld", "slurmd", "sinfo", "srun"]
# More processors than there are, so that all tasks run at once, and those of
# the next job while the node still cleans up after the last one.
CONFIG = """ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
KillWait=1
ReturnToService=2
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=16
PartitionName=all Nodes=node Default=YES
"""


def end_all():
    """Whatever this test started, also what has left its parent, as slurmstepd
    does: it becomes a child of this process."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
                with contextlib.suppress(OSError):
                    parent = path.read_text().rpartition(")")[2].split()[1]
                    if parent == str(os.getpid()):
                        os.kill(int(path.parent.name), signal.SIGKILL)
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.05)


@contextlib.contextmanager
def slurm():
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    found = {name: shutil.which(name, path=path) for name in PROGRAMS}
    missing = [name for name in PROGRAMS if not found[name]]
    if missing:
        raise Missing(f"{' '.join(missing)} is missing: apt-get install "
                      "slurm-wlm munge")
    # Slurm takes no blanks in the names of files.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="slurm-"))
    listeners, ports = zip(*[listen() for _ in range(2)])
    for listener in listeners:
        listener.close()
    config = folder / "slurm.conf"
    config.write_text(CONFIG.format(
        host=socket.gethostname().split(".")[0], user=getpass.getuser(),
        folder=folder, ports=ports), encoding="utf-8")
    (folder / "cgroup.conf").touch()
    (folder / "key").touch(mode=0o600)
    (folder / "key").write_bytes(os.urandom(128))
    os.environ["SLURM_CONF"] = str(config)
    daemons = [
        [found["munged"], "--foreground", "--force",
         *[f"--{name}={folder}/{file}" for name, file in (
             ("key-file", "key"), ("socket", "munge.socket"),
             ("pid-file", "munged.pid"), ("seed-file", "seed"))]],
        [found["slurmctld"], "-D"], [found["slurmd"], "-D", "-N", "node"]]
    log = folder / "log"
    PR_SET_CHILD_SUBREAPER = 36
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        with open(log, "wb") as output:
            for daemon in daemons:
                subprocess.Popen(daemon, stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=output)
        deadline = time.monotonic() + 60
        while subprocess.run(["sinfo", "-h", "-t", "idle", "-o", "%T"],
                             capture_output=True,
                             check=False).stdout != b"idle\n":
            require(time.monotonic() < deadline, "Slurm does not start: "
                    + log.read_text(errors="replace")[-3000:])
            time.sleep(0.2)
        yield
    finally:
        end_all()
        shutil.rmtree(folder, ignore_errors=True)


# -K ends all tasks when one fails.
SRUN = f"{CLIENTS}:srun -K -n {CLIENTS}"


def case_srun(scratch):
    with slurm():
        for name in TRAFFIC:
            measure(name, scratch / name, [SRUN])
        check_nothing_left()
        for name, harm in HARMS.items():
            folder = scratch / name
            record = check_harmed(
                command(folder, [SRUN], *TRAFFIC["echo"], duration="20s"),
                folder, harm, 1)
            print(f"# {name}: {record['reasons']}", flush=True)
            require(any(reason.startswith("load_died: load generator of rank ")
                        for reason in record["reasons"]), record["reasons"])


def kill_task(found):
    os.kill(found[1], signal.SIGKILL)


def kill_srun(_):
    """Slurm neither ends the tasks then nor closes their input."""
    for pid, line in processes(MARK):
        if line.startswith("srun "):
            os.kill(pid, signal.SIGKILL)


HARMS = {"task": kill_task, "srun": kill_srun}


if __name__ == "__main__":
    main(globals())
