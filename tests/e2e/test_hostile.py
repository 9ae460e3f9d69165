#!/usr/bin/env python3
"""One client in five is hostile (silent, slow, deaf, resetting): in every
model the healthy ones lose nothing and are served, the server's memory,
threads and handles stay bounded, and are back when they left."""

import json
import subprocess
import threading
import time

import e2e
from e2e import Server, iomodels_command, model_names, require

CLIENTS = 50
WAIT_US = 5_000_000
ROUNDS = 6
BACK_S = 40  # a lost notification is made up for within ten seconds
KIB, MIB = 1 << 10, 1 << 20
# A thread's stack: what Wine takes for one, whatever is asked for.
STACK = 1.5 * MIB
SHARE = 0.02


def load(server, *words, seconds="1s"):
    """A load to its end; returns its final line."""
    host, port = server.address
    process = subprocess.Popen(
        iomodels_command("load", "--json-stream", "--target", f"{host}:{port}",
                         "--connections", CLIENTS, "--warmup", "100ms",
                         "--duration", seconds, *words),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        # Kept open: a closed input means that whoever started it is gone.
        process.stdin.write(b"go\nstart\ndrain\n")
        process.stdin.flush()
        killer = threading.Timer(120, process.kill)
        killer.start()
        *_, last = process.stdout
        killer.cancel()
        process.stdin.close()
        process.wait(timeout=20)
    finally:
        process.kill()
    return json.loads(last)


class Watched(Server):
    """A server that is asked how it is."""

    def mark(self):
        self.process.stdin.write(b"mark now\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        """Its final line and exit code; does not wait for what else has its
        pipes, which under Wine takes seconds."""
        self.process.stdin.write(b"stop\n")
        self.process.stdin.flush()
        line = b"{}"
        killer = threading.Timer(60, self.process.kill)
        killer.start()
        while line and json.loads(line).get("event") != "final":
            line = self.process.stdout.readline()
        code = self.process.wait()
        killer.cancel()
        return json.loads(line or b"{}"), code

    def settled(self):
        """Its sample when all have left and it does not change any more."""
        deadline = time.monotonic() + BACK_S
        before = self.mark()
        while time.monotonic() < deadline:
            time.sleep(0.3)
            now = self.mark()
            if (now["connections"] == 0 and is_back(now, before)
                    and is_back(before, now)):
                return now
            before = now
        return before


def is_back(now, then):
    return all(now[key] <= then[key] * (1 + SHARE)
               for key in ("working_set_bytes", "threads")) and (
        now["handles"] is None or then["handles"] is None
        or now["handles"] <= then["handles"] * (1 + SHARE))


def healthy(final, model):
    made = final["attempted"]
    require(final["connected"] == made, f"{model}: {final['outcomes']}")
    require(final["ends"]["completed"] == made, f"{model}: {final['ends']}")
    require(final["mismatches"] == 0, f"{model}: {final['first_mismatch']}")
    require(final["messages_echoed"] == final["messages_sent"], model)
    require(final["worst_wait"]["us"] <= WAIT_US,
            f"{model}: {final['worst_wait']}")


def one_in_five(model):
    with Watched("--model", model, "--listen", "127.0.0.1:0", "--sample-ms",
                 "0") as server:
        # The first round makes buffers resident and pools as large as they
        # need to be, and perhaps the next one. What leaks grows in each.
        after = None
        for _ in range(ROUNDS):
            before = after
            final = load(server, "--hostile", "20%", "--pattern", "mixed")
            healthy(final, model)
            for kind, found in final["hostile"].items():
                require(found["connected"] > 0, f"{model}: {kind}: {found}")
            after = server.settled()
            require(after["connections"] == 0, f"{model}: left open: {after}")
            if before and is_back(after, before):
                break
        require(is_back(after, before), f"{model}: {before} -> {after}")
        print(f"# {model}: {after['working_set_bytes']} bytes, "
                f"{after['threads']} threads, {after['handles']} handles, "
                f"were {before['working_set_bytes']}, {before['threads']}, "
                f"{before['handles']}; longest wait "
                f"{final['worst_wait']['us'] / 1000:.0f} ms", flush=True)
        last, code = server.stop()
        require(code == 0 and last["opens"] == last["closes"], str(last))


def deaf_ones(model):
    """However much they send, the server holds one buffer a connection."""
    with Watched("--model", model, "--listen", "127.0.0.1:0", "--sample-ms",
                 "0") as server:
        before = server.mark()
        final = load(server, "--hostile", "80%:deaf", seconds="500ms")
        healthy(final, model)
        deaf = final["hostile"]["deaf"]
        require(deaf["sent_bytes"] > CLIENTS * 256 * KIB, str(deaf))
        after = server.settled()
        grown = (after["peak_working_set_bytes"]
                 - before["working_set_bytes"])
        threads = CLIENTS if model == "blocking" else 8
        room = CLIENTS * 32 * KIB + threads * STACK + 4 * MIB
        require(grown < room, f"{model}: {grown} of {room}: {deaf}")
        last, code = server.stop()
        require(code == 0 and last["opens"] == last["closes"], str(last))


def case_one_in_five(folder):
    for model in model_names():
        one_in_five(model)


def case_deaf_ones(folder):
    for model in model_names():
        deaf_ones(model)


def case_accepts_held_by_silent_ones(folder):
    """More of them than accepts: they are swept, and the others get in."""
    with Watched("--model", "iocp", "--listen", "127.0.0.1:0", "--sample-ms",
                 "0", "--tune", "accepts=4", "--tune", "accept_bytes=1000",
                 "--tune", "accept_timeout_ms=1000") as server:
        final = load(server, "--hostile", "20%:silent", seconds="3s")
        require(final["connected"] == final["attempted"] == CLIENTS * 4 // 5,
                str(final["outcomes"]))
        require(final["ends"]["completed"] == final["connected"],
                str(final["ends"]))
        silent = final["hostile"]["silent"]
        swept = silent["ends"]["reset"] + silent["ends"]["closed"]
        require(swept >= CLIENTS // 5, f"{silent}")
        last, code = server.stop()
        require(code == 0, str(code))
        require(last["refusals"].get("WSAETIMEDOUT", 0) >= swept, str(last))
        # Those who waited for their turn to be swept left by FIN.
        require(final["connected"] <= last["opens"] == last["closes"],
                str(last))
        require(last["accepted"] == last["opens"] + last["refused"], str(last))


def case_data_with_the_accept(folder):
    """Of every size around the accept's room; none is lost or doubled."""
    with Watched("--model", "iocp", "--listen", "127.0.0.1:0", "--sample-ms",
                 "0", "--tune", "accept_bytes=64", "--buffer", "100") as server:
        for size in (1, 63, 64, 65, 100, 101, 5000):
            final = load(server, "--pattern", "churn", "--message", size,
                         seconds="200ms")
            healthy(final, f"iocp, {size} bytes")
        last, code = server.stop()
        require(code == 0 and last["opens"] == last["closes"], str(last))


def case_who_can_reach_it(folder):
    """A server that listens elsewhere than on loopback says so."""
    for address, told in (("127.0.0.1:0", False), ("127.0.0.5:0", False),
                          ("0.0.0.0:0", True)):
        with Server("--model", "iocp", "--listen", address) as server:
            _, code, err = server.end()
        require(code == 0, err)
        require(("every machine that reaches this one can connect" in err) == told,
                f"{address}: {err!r}")


if __name__ == "__main__":
    e2e.main(globals())
