#!/usr/bin/env python3
"""Echo clients of others: each model gives nc and socat their file back."""

import hashlib
import os
import shutil
import subprocess

from e2e import Missing, Server, main, model_names, require

SIZE = 10 * 1024 * 1024
TIMEOUT_S = 120


def nc_command(host, port):
    return ["nc", "-N", "-w", "60", host, str(port)]


def socat_command(host, port):
    return ["socat", "-t", "60", "-", f"TCP:{host}:{port}"]


def half_close(scratch, command):
    """Sends a file, closes that direction, reads until the server's FIN."""
    content = os.urandom(SIZE)
    source = scratch / "random"
    source.write_bytes(content)
    with source.open("rb") as stream:
        done = subprocess.run(command, stdin=stream, capture_output=True,
                              timeout=TIMEOUT_S, check=False)
    require(done.returncode == 0, f"{command[0]}: {done.returncode} "
            f"{done.stderr.decode(errors='replace')}")
    sent, got = (hashlib.sha256(data).hexdigest()
                 for data in (content, done.stdout))
    require(sent == got, f"{command[0]}: {SIZE} bytes with hash {sent} came "
            f"back as {len(done.stdout)} with {got}")


def each_model(scratch, make_command):
    program = make_command("", 0)[0]
    if not shutil.which(program):
        raise Missing(f"{program} is missing")
    bad = []
    for model in model_names():
        try:
            with Server("--model", model) as server:
                half_close(scratch, make_command(*server.address))
                final, code, _ = server.end()
            require(code == 0, f"exit code {code}")
            require(final["recv_bytes"] == final["send_bytes"] == SIZE
                    and final["opens"] == final["closes"] == 1, str(final))
        except AssertionError as error:
            bad.append(f"{model}: {error}")
    require(not bad, "\n".join(bad))


def case_socat(scratch):
    each_model(scratch, socat_command)


def case_nc(scratch):
    each_model(scratch, nc_command)


if __name__ == "__main__":
    main(globals())
