"""Whether `iomodels curve` finds what is known: a server of one thread that
takes 100 us a message, whose messages come at random, is the queue M/D/1.

    curve.py --iomodels PATH --echo-server PATH [--repeat N]

Wanted: the highest rate carried within 5 % of 10,000/s; p99 within 10 % of the
queue's, where it has one to speak of and up to the bound; the rate within 5 ms
of all repeats alike within 5 %. What a message needs beside the queue (loopback,
wake-ups) is the median at the lowest rate less the 100 us; it is taken off."""

import json
import pathlib
import random
import sys
import tempfile

import drive

SERVICE_US, BOUND_US, QUEUE_FROM = 100, 5000, 0.35
FAULTS = {"ECHO_SERVER_FAULTS":
          f"--service-us {SERVICE_US} --service-bytes 64"}


def queue_p99(load, count=2_000_000):
    """Of M/D/1, by Lindley's recursion; within 2 % up to a load of 0.95."""
    draw, wait, seen = random.Random(1), 0.0, []
    for _ in range(count):
        seen.append(wait)
        wait = max(wait + 1 - draw.expovariate(load), 0.0)
    return SERVICE_US * (1 + sorted(seen)[int(0.99 * count)])


def points(folder):
    """Offered and carried messages a second, p50 and p99 of the valid runs."""
    found = [json.loads(path.read_text()) for path in folder.glob("2*.json")]
    return sorted((record["asked"]["rate_bytes_per_s"] / 64,
                   record["throughput"]["round_trips_per_s"],
                   record["latency_us"]["from_intended"]["p50"],
                   record["latency_us"]["from_intended"]["p99"])
                  for record in found if record["valid"]
                  and record["asked"]["pattern"] == "paced")


def judge(folder):
    """Whether the figures are the queue's, and the last rate within the bound."""
    found = points(folder)
    beside = found[0][2] - SERVICE_US
    carried = max(point[1] for point in found)
    good = abs(carried / 10000 - 1) < 0.05
    print(f"carried {carried:.0f}/s, {beside:.0f} us beside the queue")
    for offered, _, _, p99 in found:
        if 10000 * QUEUE_FROM < offered and p99 <= BOUND_US:
            wanted = queue_p99(offered / 10000)
            ratio = (p99 - beside) / wanted
            good &= abs(ratio - 1) < 0.1
            print(f"{offered:8.0f}/s p99 {p99:6.0f} us, of the queue's "
                  f"{wanted:6.0f}: {ratio:.3f}", flush=True)
    within = max(point[0] for point in found if point[3] <= BOUND_US)
    return good, within


def main():
    rates, good = [], True
    for _ in range(drive.option("--repeat", 2)):
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch, "records")
            words = ["--server", drive.arguments.echo_server, "--server-via",
                     " ".join(drive.pinned(0)), "--load-via",
                     " ".join(drive.pinned(1)), "--message", "64", "--models",
                     "iocp", "--duration", "10s", "--no-plots", "--output",
                     folder]
            with drive.Program(drive.arguments.iomodels, "curve", *words,
                               environment=FAULTS) as program:
                print(program.wait(600).stdout)
            fits, within = judge(folder)
            good &= fits
            rates.append(within)
    print("rates within the bound:", *(f"{rate:.0f}/s" for rate in rates))
    return 0 if good and max(rates) < 1.05 * min(rates) else 1


if __name__ == "__main__":
    sys.exit(main())
