"""Whether two load generators carry twice what one carries: one and two of them,
of one thread and 100 connections each, load a native echo server flat out, in
turn.

Where four processors are free, each load generator has one, as many processes of
the server share the others, and two must carry at least 1.8 times the messages of
one. Where fewer are free, the two have to share a processor; what can be told
there is what a message costs them of processor time, and what it costs one: at the
same cost they would carry twice as much with a processor each, and 1.8 times as
much at 1.11 times the cost.

    generators.py --iomodels PATH --echo-server PATH [--rounds N]"""

import contextlib
import os
import statistics
import sys

import drive

CONNECTIONS, LEAST_RATE = 100, 1.8
MOST_CPU = 2 / LEAST_RATE
PROCESSORS = sorted(os.sched_getaffinity(0))
FREE = max(0, len(PROCESSORS) - int(os.getloadavg()[0] + 0.5))


def start(stack, program, core, *words):
    return stack.enter_context(
        program([*drive.pinned(core), *map(str, words)]))


def servers(stack, cores):
    """The port that they share."""
    port = 0
    for core in cores:
        port = start(stack, lambda words: drive.Server(command=words), core,
                     drive.arguments.echo_server, "--share", 1, "--sample-ms",
                     0, "--listen", f"127.0.0.1:{port}").port
    return port


def window(load):
    """The samples at its begin and end."""
    return [load.until(lambda line: line.get("mark") == mark)[-1]
            for mark in ("begin", "end")]


def carried(count, port, cores):
    """Messages a second, and microseconds of processor time for each."""
    with contextlib.ExitStack() as stack:
        loads = [
            start(stack, lambda words: drive.Program(*words), cores[rank],
                  *drive.iomodels_command(
                      "load", "--json-stream", "--target", f"127.0.0.1:{port}",
                      "--generators", count, "--rank", rank, "--connections",
                      CONNECTIONS * count, "--threads", 1, "--message", 64,
                      "--warmup", "500ms", "--duration", "2s"))
            for rank in range(count)]
        for word, reached in ("go", "connected"), ("start", "warmup"):
            for load in loads:
                load.say(word)
            for load in loads:
                load.until(lambda line: line["event"] == "phase"
                           and line["phase"] == reached)
        windows = [window(load) for load in loads]
        for load in loads:
            load.say("drain")
        for load in loads:
            final = load.until(lambda line: line["event"] == "final")[-1]
            drive.require(final["ends"]["completed"] == CONNECTIONS
                          and not final["mismatches"], final)
    rate = messages = cpu_us = 0
    for begin, end in windows:
        grown = {name: end[name] - begin[name] for name in
                 ("messages_echoed", "user_us", "kernel_us", "t_us")}
        rate += grown["messages_echoed"] * 1e6 / grown["t_us"]
        messages += grown["messages_echoed"]
        cpu_us += grown["user_us"] + grown["kernel_us"]
    return rate, cpu_us / messages


def main():
    room = FREE >= 4
    ours = PROCESSORS[-2:] if room else [PROCESSORS[-1]] * 2
    theirs = PROCESSORS[:-2] if room else PROCESSORS[:1]
    rates, costs = [], []
    with contextlib.ExitStack() as stack:
        port = servers(stack, theirs)
        for number in range(drive.option("--rounds", 9)):
            order = (1, 2) if number % 2 == 0 else (2, 1)
            found = {count: carried(count, port, ours) for count in order}
            rates.append(found[2][0] / found[1][0])
            costs.append(found[2][1] / found[1][1])
            print(f"round {number + 1}: " + ", ".join(
                f"{count} carried {rate:,.0f}/s at {cost:.3f} us of CPU each"
                for count, (rate, cost) in sorted(found.items())), flush=True)
    rate, cost = map(statistics.median, (rates, costs))
    print(f"two load generators to one: messages {rate:.2f}, processor time a "
          f"message {cost:.3f} (at most {MOST_CPU:.2f} wanted)")
    if not room:
        print(f"{FREE} of {len(PROCESSORS)} processors are free: a server and two "
              f"load generators cannot have one each, so that {LEAST_RATE} times "
              "the messages cannot be seen here; by what a message costs they would "
              f"carry {2 / cost:.2f} times as many with a processor each")
    return cost > MOST_CPU or (room and rate < LEAST_RATE)


sys.exit(main())
