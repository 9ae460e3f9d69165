#!/usr/bin/env python3
"""Other clients than the load generator's healthy ones. Each model gives nc and
socat their file back. One client in five is hostile (silent, slow, deaf,
resetting): in every model the healthy ones lose nothing and are served, the
server's memory, threads and handles stay bounded, and are back when they
left."""

import os
import shutil
import subprocess
import time

from e2e import (Missing, Program, Server, each, iomodels_command, main,
                 model_names, require, require_equal)

CLIENTS = 50
WAIT_US = 5_000_000
ROUNDS = 6
BACK_S = 40  # a lost notification is made up for within ten seconds
KIB, MIB = 1 << 10, 1 << 20
# A thread's stack: what Wine takes for one, whatever is asked for.
STACK = 1.5 * MIB
SHARE = 0.02
FILE_SIZE = 10 * MIB
SIZES = ("working_set_bytes", "threads", "handles")


def load(server, *words, seconds="1s"):
    """A load to its end; returns its final line."""
    with Program(*iomodels_command(
            "load", "--json-stream", "--target", "%s:%d" % server.address,
            "--connections", CLIENTS, "--warmup", "100ms", "--duration",
            seconds, *words)) as program:
        # Its input stays open: closed, whoever started it would be gone.
        program.say("go\nstart\ndrain")
        return program.until(lambda line: line["event"] == "final", 120)[-1]


class Watched(Server):
    """A server that is asked how it is."""

    def __init__(self, model, *words):
        super().__init__("--model", model, "--listen", "127.0.0.1:0",
                         "--sample-ms", "0", *words)

    def settled(self):
        """Its sample when all have left and it does not change any more."""
        deadline = time.monotonic() + BACK_S
        before, now = None, self.mark()
        while time.monotonic() < deadline and not (
                before and now["connections"] == 0 and is_back(now, before)
                and is_back(before, now)):
            time.sleep(0.3)
            before, now = now, self.mark()
        return now

    def final(self):
        done = self.stop(60)
        require_equal(done.returncode, 0, done)
        require_equal(done.last["opens"], done.last["closes"], done)
        return done.last


def is_back(now, then):
    return all(None in (now[key], then[key])
               or now[key] <= then[key] * (1 + SHARE) for key in SIZES)


def healthy(final):
    made = final["attempted"]
    require_equal(final["connected"], made, final["outcomes"])
    require_equal(final["ends"]["completed"], made, final["ends"])
    require_equal(final["mismatches"], 0, final["first_mismatch"])
    require_equal(final["messages_echoed"], final["messages_sent"])
    require(final["worst_wait"]["us"] <= WAIT_US, final["worst_wait"])


def one_in_five(model):
    with Watched(model) as server:
        # The first round makes buffers resident and pools as large as they
        # need to be, and perhaps the next one. What leaks grows in each.
        after = None
        for _ in range(ROUNDS):
            before = after
            final = load(server, "--hostile", "20%", "--pattern", "mixed")
            healthy(final)
            for kind, found in final["hostile"].items():
                require(found["connected"] > 0, f"{kind}: {found}")
            after = server.settled()
            require_equal(after["connections"], 0, "left open")
            if before and is_back(after, before):
                break
        require(is_back(after, before), f"{before} -> {after}")
        print(f"# {model}: {[after[key] for key in SIZES]}, were "
              f"{[before[key] for key in SIZES]}; longest wait "
              f"{final['worst_wait']['us'] / 1000:.0f} ms", flush=True)
        server.final()


def deaf_ones(model):
    """However much they send, the server holds one buffer a connection."""
    with Watched(model) as server:
        before = server.mark()
        final = load(server, "--hostile", "80%:deaf", seconds="500ms")
        healthy(final)
        deaf = final["hostile"]["deaf"]
        require(deaf["sent_bytes"] > CLIENTS * 256 * KIB, deaf)
        grown = (server.settled()["peak_working_set_bytes"]
                 - before["working_set_bytes"])
        threads = CLIENTS if model == "blocking" else 8
        room = CLIENTS * 32 * KIB + threads * STACK + 4 * MIB
        require(grown < room, f"{grown} of {room}: {deaf}")
        server.final()


def case_one_in_five():
    each(model_names(), one_in_five)


def case_deaf_ones():
    each(model_names(), deaf_ones)


def case_accepts_held_by_silent_ones():
    """More of them than accepts: they are swept, and the others get in."""
    def check(*words):
        tune = ["first_bytes=1000", "timeout_ms=1000", "least=4", "most=4",
                *words]
        with Watched("iocp_accept", *(f"--tune={word}" for word in tune)
                     ) as server:
            held(server)

    def held(server):
        final = load(server, "--hostile", "20%:silent", seconds="4s")
        require(CLIENTS * 4 // 5 == final["connected"] == final["attempted"]
                == final["ends"]["completed"], final)
        silent = final["hostile"]["silent"]
        swept = silent["ends"]["reset"] + silent["ends"]["closed"]
        require(swept >= CLIENTS // 5, silent)
        last = server.final()
        require(last["refusals"].get("WSAETIMEDOUT", 0) >= swept, last)
        # Those who waited for their turn to be swept left by FIN.
        require(final["connected"] <= last["opens"], last)
        require_equal(last["accepted"], last["opens"] + last["refused"], last)

    each([(), ("poster=worker",), ("signal=timer",), ("depth=fixed",)], check)


def case_data_with_the_accept():
    """Of every size around the accept's room; none is lost or doubled."""
    def check(*words):
        with Watched("iocp_accept", "--tune", "first_bytes=64", "--buffer",
                     "100", *words) as server:
            for size in 1, 63, 64, 65, 100, 101, 5000:
                healthy(load(server, "--pattern", "churn", "--message", size,
                             seconds="200ms"))
            server.final()

    each([(), ("--tune", "poster=worker")], check)


def case_ways_to_accept():
    """With one accept at first, or always, and each pointer."""
    def check(*words):
        with Watched("iocp_accept", "--tune", "least=1",
                     *(f"--tune={word}" for word in words)) as server:
            require(dict(word.split("=") for word in words).items()
                    <= server.first["tuning"].items(), server.first)
            healthy(load(server, "--pattern", "churn", seconds="300ms"))
            server.final()

    each([(signal, poster, f"pointer={pointer}", "depth=" + depth)
          for signal in ("signal=timer", "signal=fd_accept")
          for poster in ("poster=thread", "poster=worker")
          for pointer, depth in (("looked_up", "adaptive"),
                                 ("library", "adaptive"), ("cached", "fixed"))],
         check)


def case_who_can_reach_it():
    """A server that listens elsewhere than on loopback says so."""
    def check(address, told):
        with Server("--model", "iocp", "--listen", address) as server:
            done = server.stop()
        require_equal(done.returncode, 0, done)
        require(told == ("every machine that reaches this one can connect"
                         in done.stderr), done)

    each([("127.0.0.1:0", False), ("127.0.0.5:0", False),
          ("0.0.0.0:0", True)], check)


def case_half_close(scratch):
    """Other programs send a file, close that direction, and read until the
    server's FIN."""
    content = os.urandom(FILE_SIZE)
    (scratch / "random").write_bytes(content)

    def check(command, model):
        with Server("--model", model) as server:
            host, port = server.address
            with open(scratch / "random", "rb") as stream:
                done = subprocess.run(command.format(host, port).split(),
                                      stdin=stream, capture_output=True,
                                      timeout=120, check=False)
            require_equal(done.returncode, 0, done.stderr)
            require(done.stdout == content, f"{FILE_SIZE} bytes came back as "
                    f"{len(done.stdout)} or as others")
            last = server.stop().last
        require_equal([last[key] for key in (
            "recv_bytes", "send_bytes", "opens", "closes")],
            [FILE_SIZE, FILE_SIZE, 1, 1])

    for program in "socat", "nc":
        if not shutil.which(program):
            raise Missing(f"{program} is missing")
    each([(command, model) for command in (
        "socat -t 60 - TCP:{0}:{1}", "nc -N -w 60 {0} {1}")
        for model in model_names()], check)


main(globals())
