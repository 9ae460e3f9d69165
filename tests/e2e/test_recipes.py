#!/usr/bin/env python3
"""The commands of harness/several-machines.md, as they stand there, with
stand-ins for ssh, srun, salloc, kubectl and wine that start the words here: what
is tested is that the shell, the launchers' words and the options fit together.

    test_recipes.py --iomodels IOMODELS --echo-server ECHO_SERVER
"""

import os
import re

from e2e import TESTS, arguments, main, one_record, require_equal, run
from test_generators import TASKS, check_sums

IOMODELS, ECHO_SERVER = (os.path.abspath(program) for program in (
    arguments.iomodels, arguments.echo_server))
PAGE = TESTS.parent / "harness" / "several-machines.md"
STAND_INS = {
    "ssh": 'shift; exec sh -c "$*"',
    "wine": 'exec "$@"',
    "salloc": 'while [ "$1" != iomodels ]; do shift; done; "$@"',
    "srun": 'shift 3; exec python3 "$HERE/tasks.py" 4 "$@"',
    "kubectl": """case $1 in
get) printf 'pod/iomodels-load-%s-abcde\\n' 0 1 2 3 ;;
exec) shift 4; exec "$@" ;;
cp) cp "$2" "$HERE/program" ;;
esac""",
    "iomodels": '[ "$1" != run ] || set -- "$@" $MORE; exec "$IOMODELS" "$@"',
    "iomodels-server.exe": 'exec "$ECHO_SERVER" "$@"',
}
# What a test has less of.
INSTEAD = {
    r"30k": "30",
    r"10s": "600ms",
    r"ulimit -n 20000": "ulimit -n 200",
    r"0\.0\.0\.0:5150": "127.0.0.1:0",
    r"--target \w+": "--target 127.0.0.1",
    r"/iomodels/iomodels ": '"$HERE/program" ',
    r"build/native/harness/cli/iomodels": IOMODELS,
}


def recipes():
    """The blocks of commands, each by the headline that it is below."""
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        for block in re.findall(r"(?:^    .*\n)+", section, re.M):
            if "iomodels run" in block:
                yield section.partition("\n")[0], block


def case_recipes(scratch):
    for name, words in STAND_INS.items():
        (scratch / name).write_text(f"#!/bin/sh\n{words}\n", encoding="utf-8")
        (scratch / name).chmod(0o755)
    (scratch / "tasks.py").write_text(TASKS, encoding="utf-8")
    environment = {
        "PATH": f"{scratch}:{os.environ['PATH']}", "HERE": str(scratch),
        "IOMODELS": IOMODELS, "ECHO_SERVER": ECHO_SERVER,
        "MORE": "--warmup 200ms --disturbance-limit 100 --output records"}
    done = []
    for number, (title, block) in enumerate(recipes()):
        for found, put in INSTEAD.items():
            block = re.sub(found, lambda _, put=put: put, block)
        folder = scratch / str(number)
        folder.mkdir()
        told = run("bash", "-c", block, environment=environment, cwd=folder,
                   exit_code=None)
        print(f"# {title}: {told.stderr}".replace("\n", " "), flush=True)
        record = one_record(folder / "records")
        check_sums(record, record["asked"]["load_via"])
        done.append(title)
    require_equal(done, ["OpenSSH", "OpenSSH", "OpenSSH on Windows", "Slurm",
                         "Kubernetes"])


if __name__ == "__main__":
    main(globals())
