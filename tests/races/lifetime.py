"""lifetime.py SERVER MODEL: holds a completion-based model to the lifetime
argument at the head of its file, sentence by sentence. SERVER is
iomodels-server-witness, which ends with code 71 when one does not hold, and
says how often each was held to. Prints TAP.

Each rule (rules.h) is also broken once on purpose: that must be seen."""

import json
import os
import random
import re
import shlex
import socket
import struct
import subprocess
import sys
import threading

TIMEOUT_S = 60
BROKEN = 71
CLIENTS, ROUNDS, MOST = 12, 6, 30000

# Sentence of the model's file -> the rules that it comes to.
SENTENCES = {
    "overlapped": {
        "a connection belongs to one thread from its hand-over to its close":
            ["owner"],
        "only that thread posts its one operation": ["owner", "one"],
        "looks whether it is done, and closes when it is":
            ["once", "done", "close"],
        "A thread ends when its last connection has been closed": ["end"],
        "so nothing that the kernel may still write to goes away":
            ["close", "taken"],
    },
    "apc": {
        "a connection has one operation": ["one"],
        "and its routine runs once": ["once", "done"],
        "on the thread that posted it, which alone touches, closes and "
        "cancels": ["owner"],
        "A thread ends when its last connection was closed": ["end"],
        "no routine is owed to it then": ["close", "taken"],
    },
    "iocp": {
        "an open connection has one operation": ["one"],
        "pending in the kernel, finished and queued in the port, or in the "
        "hands of the thread that took it there": ["once", "done"],
        "Only that thread touches the connection; to post is to pass it on":
            ["hand"],
        "and it is closed only in hand, when nothing is pending":
            ["hand", "close"],
        "At the end the workers leave first": ["workers-first"],
        "then one thread cancels what is pending and takes every completion "
        "before it frees what that belongs to": ["taken"],
        "A pending AcceptEx owns its OVERLAPPED and buffer, also after the "
        "sweep closed its socket, until the thread that called run() takes "
        "its completion": ["accept-rest"],
        "That thread alone closes these sockets": ["accept-thread"],
        "each once; one that it hands on is not its own any more":
            ["accept-once"],
    },
}


class Server:
    def __init__(self, path, model, options=(), breaks=None):
        env = dict(os.environ)
        if breaks:
            env["IOMODELS_WITNESS_BREAK"] = breaks
        wrapper = shlex.split(os.environ.get("MESON_EXE_WRAPPER", ""))
        self.process = subprocess.Popen(
            [*wrapper, path, "--model", model, "--threads", "2",
             "--max-connections", "40", "--sample-ms", "0", "--guard",
             *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=env, text=True)
        self.guard = threading.Timer(TIMEOUT_S, self.process.kill)
        self.guard.start()
        line = self.process.stdout.readline()
        try:
            self.port = json.loads(line)["port"]
        except (ValueError, KeyError):
            out, err = self.process.communicate()
            raise AssertionError(f"it does not listen: {line}{out}{err}")

    def stop(self):
        """Its exit code, its final line or None, what the witness said."""
        try:
            out, err = self.process.communicate("stop\n", TIMEOUT_S)
        except BrokenPipeError:
            out, err = "", ""
        self.guard.cancel()
        lines = [json.loads(line) for line in out.splitlines()]
        final = next((x for x in lines if x["event"] == "final"), None)
        return self.process.returncode, final, err


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()


def echo(sock, data):
    sender = threading.Thread(target=sock.sendall, args=(data,))
    sender.start()
    left = memoryview(data)
    while left:
        got = sock.recv(65536)
        if not got or got != left[:len(got)]:
            raise AssertionError(f"{len(got)} wrong bytes, or the end")
        left = left[len(got):]
    sender.join()


def client(port, number, faults):
    """Rounds of a connection each that ends in one of four ways."""
    chance = random.Random(number)
    try:
        for turn in range(ROUNDS):
            sock = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
            sock.settimeout(TIMEOUT_S)
            for _ in range(3):
                echo(sock, chance.randbytes(chance.randrange(1, MOST)))
            if (number + turn) % 4 == 0:
                sock.shutdown(socket.SHUT_WR)
                if sock.recv(1):
                    raise AssertionError("a surplus byte")
            elif (number + turn) % 4 == 1:
                sock.sendall(chance.randbytes(50000))
                reset(sock)
                continue
            elif (number + turn) % 4 == 2:
                reset(sock)
                continue
            sock.close()
    except (OSError, AssertionError) as fault:
        faults.append(f"client {number}: {fault!r}")


def crowd(port):
    """Clients at once; then some that are open while the server stops: one
    idle, one whose echoes it cannot send."""
    faults = []
    threads = [threading.Thread(target=client, args=(port, n, faults))
               for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_S)
    if faults:
        raise AssertionError("; ".join(faults))
    held = []
    for deaf in (False, True) * 4:
        sock = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        sock.settimeout(TIMEOUT_S)
        echo(sock, b"here")
        sock.setblocking(False)
        try:
            while deaf:
                sock.send(bytes(65536))
        except BlockingIOError:
            pass
        held.append(sock)
    return held


def held_to(text):
    """Rule -> how often it was held to."""
    counts = {}
    for line in text.splitlines():
        words = line.split()
        if words[:2] == ["witness:", "held:"]:
            counts[words[2]] = int(words[3])
    return counts


def scenario(path, model, options, silent):
    server = Server(path, model, options)
    held, quiet = [], []
    try:
        if silent:
            quiet = [socket.create_connection(("127.0.0.1", server.port),
                                              TIMEOUT_S) for _ in range(3)]
        held = crowd(server.port)
        for sock in quiet: # until the sweep refuses them
            sock.settimeout(TIMEOUT_S)
            try:
                sock.recv(1)
            except ConnectionResetError:
                pass
    except (OSError, AssertionError) as fault:
        code, _, err = server.stop()
        raise AssertionError(f"{fault}; server: {code} {err}")
    code, final, err = server.stop()
    for sock in held + quiet:
        sock.close()
    if code != 0 or final is None or "broken" in err:
        raise AssertionError(f"it ended with {code}: {err}")
    if final["opens"] != final["closes"] or final["opens"] < CLIENTS * ROUNDS:
        raise AssertionError(f"opens {final['opens']}, {final['closes']}")
    if silent and final["refusals"].get("WSAETIMEDOUT", 0) < len(quiet):
        raise AssertionError(f"nobody was swept: {final['refusals']}")
    return held_to(err)


def broken(path, model, rule):
    server = Server(path, model, breaks=rule)
    for number in range(40):
        try:
            with socket.create_connection(("127.0.0.1", server.port), 5) as s:
                s.settimeout(5)
                echo(s, b"x" * 100)
        except (OSError, AssertionError):
            break # it ended
    code, _, err = server.stop()
    if code != BROKEN or f"witness: broken: {rule}\n" not in err:
        raise AssertionError(f"not seen; it ended with {code}: {err}")


def argument(model):
    """Finds what the file says to be what is tested, and nothing more."""
    folder = os.path.dirname(os.path.realpath(__file__))
    with open(os.path.join(folder, "..", "..", "models", model + ".c"),
              encoding="utf-8") as file:
        comment = file.read().split("*/")[0]
    text = comment[comment.index("Lifetime:"):]
    if text.count("\n") >= 10:
        raise AssertionError("it has ten lines or more")
    rest = re.sub(r"\s*\n \*\s*|\s+", " ", text)
    for sentence in SENTENCES[model]:
        if sentence not in rest:
            raise AssertionError(f"it does not say: {sentence}")
        rest = rest.replace(sentence, "")
    if re.sub(r"[\s,;:.]", "", rest) != "Lifetime":
        raise AssertionError(f"nothing here tests: {rest}")


def main(path, model):
    sentences = SENTENCES[model]
    scenarios = [((), False)]
    if model != "apc":
        scenarios.append((("--tune", "inline=0"), False))
    if model == "iocp":
        scenarios.append((("--tune", "accept_bytes=4096", "--tune",
                           "accept_timeout_ms=1000", "--tune", "accepts=8"),
                          True))
    rules = sorted({rule for needed in sentences.values() for rule in needed})
    print(f"1..{1 + len(scenarios) + len(sentences) + len(rules)}")
    number, bad, counts = 0, 0, {}

    def report(name, fault):
        nonlocal number, bad
        number += 1
        bad += bool(fault)
        for line in str(fault or "").splitlines():
            print("#", line)
        print(f"{'not ok' if fault else 'ok'} {number} - {name}", flush=True)

    fault = None
    try:
        argument(model)
    except AssertionError as found:
        fault = found
    report(f"each sentence of models/{model}.c has its test", fault)
    for options, silent in scenarios:
        fault = None
        try:
            for rule, count in scenario(path, model, options, silent).items():
                counts[rule] = counts.get(rule, 0) + count
        except AssertionError as found:
            fault = found
        report(f"{model} {' '.join(options)}", fault)
    for sentence, needed in sentences.items():
        missing = [rule for rule in needed if not counts.get(rule)]
        report(sentence, missing and f"never held to: {missing}")
    for rule in rules:
        fault = None
        try:
            broken(path, model, rule)
        except AssertionError as found:
            fault = found
        report(f"{rule}, broken on purpose, is seen", fault)
    return 1 if bad else 0


sys.exit(main(*sys.argv[1:]))
