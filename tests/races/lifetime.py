"""lifetime.py SERVER MODEL [NAME=VALUE]: holds a completion-based model to the lifetime
argument at the head of its file, sentence by sentence, with that tuning
alone if one is given. SERVER is iomodels-server-witness, which ends with code 71 when one does not hold, and
says how often each was held to. Prints TAP.

Each rule (witness.c) is also broken once on purpose: that must be seen."""

import collections
import concurrent.futures
import itertools
import pathlib
import random
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "common"))

import file_client
from echo_client import EchoClient, Ended
from iotest import Server, launched, main, others, require, require_equal

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
    "threadpool": {
        "an open connection has one operation": ["one"],
        "pending, queued in the pool, or in the hands of the callback that has "
        "it": ["once", "done"],
        "Only that callback touches the connection, and closes it when nothing "
        "is pending": ["hand", "close"],
        "At the end the thread that called run() cancels what is pending until "
        "every callback has closed its connection": ["taken"],
    },
    "iocp_zero": {
        "an open connection has one operation": ["one"],
        "pending in the kernel, finished and queued in the port, or in the "
        "hands of the thread that took it there": ["once", "done"],
        "Only that thread touches the connection, receives without blocking "
        "while nothing is pending": ["one", "hand"],
        "to post is to pass it on": ["hand"],
        "and it is closed only in hand, when nothing is pending":
            ["hand", "close"],
        "At the end the workers leave first": ["workers-first"],
        "then one thread cancels what is pending and takes every completion "
        "before it frees what that belongs to": ["taken"],
    },
    "iocp": {
        "an open connection is in one place: its one operation is pending in "
        "the kernel or finished and queued in the port":
            ["one", "once", "done"],
        "or it is queued there without one; or stands in line; or is in the "
        "hand of the worker that took it, which alone touches it": ["hand"],
        "It is closed only in hand, when nothing is pending":
            ["hand", "close"],
        "At the end the workers leave first": ["workers-first"],
        "then one thread cancels what is pending and takes every completion "
        "before it frees what that belongs to": ["taken"],
        "A pending AcceptEx owns its OVERLAPPED and its socket until the "
        "thread that called run() takes its completion": ["accept-rest"],
        "which gives the socket on or closes it, once":
            ["accept-thread", "accept-once"],
    },
    "iocp_ordered": {
        "each operation of a connection is pending in the kernel, queued in "
        "the port, or in the hands of the worker that took it there":
            ["one", "once", "done"],
        "The connection counts its operations and the threads at work on it; "
        "who counts the last one off closes it, when nothing is pending":
            ["close"],
        "After an error nothing is posted": ["after-error"],
        "and what is pending is cancelled": ["cancelled"],
        "At the end one thread cancels what is pending; then the workers "
        "leave, and it takes every completion that is left": ["taken"],
    },
}

SENTENCES["iocp_accept"] = {
    "an open connection has one operation": ["one"],
    "pending in the kernel, finished and queued in the port, or in the hands "
    "of the thread that took it there": ["once", "done"],
    "which alone touches and closes it": ["hand", "close"],
    "A pending AcceptEx owns its OVERLAPPED and buffer, also after the sweep "
    "closed its socket, until its end is taken": ["accept-rest"],
    "To post, sweep or take holds one lock": ["accept-thread"],
    "so each socket is closed or given on once; one that became a connection "
    "is no accept's": ["accept-once"],
    "At the end the workers leave first": ["workers-first"],
    "then one thread cancels and takes all that is pending": ["taken"],
}

SENTENCES["iocp_file"] = {
    "an open connection has one operation, of its socket or on the file":
        ["one"],
    "pending in the kernel, finished and queued in the port, or in the hands "
    "of the thread that took it there": ["once", "done"],
    "which alone touches the connection, and closes it when nothing is "
    "pending": ["hand", "close"],
    "At the end the workers leave first": ["workers-first"],
    "then one thread cancels what is pending and takes every completion "
    "before it frees what that belongs to": ["taken"],
}

# Under Wine sockets are not used again (the model's test at the start), so there
# what is said of those that are leaving is held to by nobody.
SENTENCES["iocp_reuse"] = {
    "a socket that is accepting, open or leaving has one operation":
        ["one", "accept-rest"],
    "pending, queued in its port, or in the hands of the thread that took it "
    "there": ["once", "done"],
    "which alone touches the socket": ["hand", "close", "accept-thread"],
    "Its struct holds the OVERLAPPED and is the key of its port, with which a "
    "socket stays associated": ["done", "accept-rest", "accept-once"],
    "it is freed when all is over": ["taken"],
    "the workers have left": ["workers-first"],
    "and one thread has cancelled what was pending and taken every completion":
        ["taken"],
}

# The witness keeps what a request owns from the model until it is taken.
SENTENCES["afd_poll"] = {
    "an open connection has one request": ["one"],
    "pending in the driver, finished and queued in the port, or in the hands "
    "of its thread": ["once", "done"],
    "which alone touches the connection": ["owner"],
    "A request owns its IO_STATUS_BLOCK and AFD_POLL_INFO until its completion "
    "was taken, also after a cancel and after the socket's close": ["rest"],
    "so a connection is closed only in hand": ["close"],
    "At the end each thread cancels its requests": ["owner"],
    "and takes every completion before it ends": ["end", "taken"],
}

program, model, *tune = others
TUNING = [word for one in tune for word in ("--tune", one)]
CLIENT, SERVES = ((file_client.FileClient, file_client.OPTIONS)
                  if model == "iocp_file" else (EchoClient, []))
UNREAD_MOST = 1 << 26  # bytes; requests for them are small
held_to = collections.Counter()  # how often a rule was held to


def start(*options, breaks=None):
    return Server("--model", model, "--threads", "2", "--max-connections",
                  "40", "--sample-ms", "0", "--guard", *SERVES, *TUNING,
                  *options,
                  command=launched(program), environment={
                      **({"IOMODELS_WITNESS_BREAK": breaks} if breaks else {}),
                      **({"IOMODELS_WITNESS_MANY": "1"}
                         if "poster=worker" in options else {})} or None)


numbers = itertools.count()


def connect(server, echo=0):
    one = CLIENT(server.address, next(numbers)).connect()
    one.echo(echo)
    return one


def client(server, number):
    """Rounds of a connection each that ends in one of four ways."""
    chance = random.Random(number)
    for turn in range(ROUNDS):
        one = connect(server)
        for _ in range(3):
            one.echo(chance.randrange(1, MOST))
        way = (number + turn) % 4
        if way == 0:
            one.finish()
        elif way == 1:
            one.send(50000)
        if way in (1, 2):
            one.reset()
        else:
            one.close()


def held_connection(server, non_reading):
    """One that is open while the server stops: idle, or one whose echoes it
    cannot send."""
    one = connect(server, echo=4)
    while (non_reading and one.sent < UNREAD_MOST
           and one.try_send(65536)):
        pass
    return one


def scenario(silent, *options):
    with start(*options) as server:
        if tune:
            require_equal(server.first["fallback"], None)
        quiet = [connect(server) for _ in range(silent)]
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda number: client(server, number),
                          range(CLIENTS)))
        held = [held_connection(server, non_reading)
                for non_reading in (False, True) * 4]
        for one in quiet:  # until the sweep refuses them
            one.until_end()
        done = server.stop(TIMEOUT_S)
    for one in held + quiet:
        one.close()
    require(done.returncode == 0 and "broken" not in done.stderr, done)
    final = done.last
    require_equal(final["event"], "final", done)
    require(final["opens"] == final["closes"] >= CLIENTS * ROUNDS, final)
    require(final["refusals"].get("WSAETIMEDOUT", 0) >= silent,
            f"nobody was swept: {final}")
    for rule, count in re.findall(r"^witness: held: (\S+) (\d+)", done.stderr,
                                  re.MULTILINE):
        held_to[rule] += int(count)


def broken(rule):
    with start(breaks=rule) as server:
        for _ in range(40):
            try:
                connect(server, echo=100).close()
            except Ended:
                break
        done = server.stop(TIMEOUT_S)
    require(done.returncode == BROKEN
            and f"witness: broken: {rule}\n" in done.stderr, done)


def argument():
    """Finds what the file says to be what is tested, and nothing more."""
    source = TESTS.parent / "models" / f"{model}.c"
    comment = source.read_text("utf-8").split("*/")[0]
    text = comment[comment.index("Lifetime:"):]
    require(text.count("\n") < 10, "it has ten lines or more")
    rest = re.sub(r"\s*\n \*\s*|\s+", " ", text)
    for sentence in SENTENCES[model]:
        require(sentence in rest, f"it does not say: {sentence}")
        rest = rest.replace(sentence, "")
    require_equal(re.sub(r"[\s,;:.]", "", rest), "Lifetime", "not tested")


def held(rules):
    missing = [rule for rule in rules if not held_to[rule]]
    require(not missing, f"never held to: {missing}")


# What a scenario is repeated with: silent clients, which are swept, and options.
SWEEP = ("--tune first_bytes=4096 --tune timeout_ms=1000 --tune most=8 "
         "--tune least=8")
REPEATED = {
    "iocp_ordered": [(0, "--outstanding 16 --buffer 1K")],
    "overlapped": [(0, "--tune inline=0")],
    "iocp": [(0, "--tune inline=0"), (0, "--tune batch=1")],
    "iocp_zero": [(0, "--tune then=overlapped")],
    "iocp_accept": [
        (3, SWEEP), (3, SWEEP + " --tune poster=worker"),
        (0, "--tune least=1 --tune signal=timer --tune pointer=looked_up")],
}


def cases():
    yield f"each sentence of models/{model}.c has its test", argument
    for silent, options in [(0, ""), *REPEATED.get(model, [])]:
        yield (" ".join((model, *TUNING, *options.split())),
               lambda *, row=(silent, *options.split()): scenario(*row))
    for sentence, rules in SENTENCES[model].items():
        yield sentence, lambda *, rules=rules: held(rules)
    for rule in sorted({rule for rules in SENTENCES[model].values()
                        for rule in rules}):
        yield (f"{rule}, broken on purpose, is seen",
               lambda *, rule=rule: broken(rule))


main({f"case_{name}": function for name, function in cases()})
