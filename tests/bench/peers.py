"""The iocp model beside its peers: echo servers with Boost.Asio, with Go's net and
as the SDK's samples write a completion port loop (tests/bench/peers). Each round
loads each server once; a figure is divided by that of the best peer of the same
round, the one with the most round trips a second that does not let connections
starve: a p99 of more than ten times p50 comes from a few that are served again and
again while the others wait, which is another load. Beside them stands the bare
loop under iocp (iocp_floor.c): what iocp misses of a ratio and the bare loop
misses, too, lies not in the model.

    peers.py --iomodels PATH --server PATH [--server-via LAUNCHER]
        [--rounds N] [--held N]"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys

import drive

HERE = pathlib.Path(__file__).resolve().parent / "peers"
BUILD = pathlib.Path(drive.arguments.server).resolve().parents[3] / "peers"
PEERS = ["Boost.Asio", "Go net", "port loop"]
OURS = ["iocp", "bare loop", "iocp, plain port"]
CELLS = [(100, 64), (100, 4096), (1000, 64), (1000, 4096)]
LEAST_RATE = {"iocp": 1.20, "iocp, plain port": 1.0}
MOST_CPU, MOST_CONNECTING = 0.85, 1.1
STARVES = 10  # p99 over p50
ABSOLUTE = ["spread", "slept"]
TICKS = os.sysconf("SC_CLK_TCK")


def run(*words, **more):
    try:
        subprocess.run(words, check=True, env={**os.environ, **more})
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"{error}: `./run bench peers` installs what it needs")


def build():
    """The words of each server. Debian's headers of Boost stand beside those of
    its C library, which are not for Windows: so by a link."""
    (BUILD / "include").mkdir(parents=True, exist_ok=True)
    boost = BUILD / "include" / "boost"
    if not boost.exists():
        boost.symlink_to("/usr/include/boost")
    asio, go = BUILD / "asio_echo.exe", BUILD / "go_echo.exe"
    # As meson.build says: Wine 10 loses these registers.
    kept = [f"-ffixed-xmm{number}" for number in range(6, 16)]
    run("x86_64-w64-mingw32-g++", "-std=c++17", "-O2", "-static", *kept,
        "-D_WIN32_WINNT=0x0A00", "-isystem", BUILD / "include",
        HERE / "asio_echo.cpp", "-o", asio, "-lws2_32", "-lmswsock")
    run("go", "build", "-o", go, HERE / "go_echo.go", GOOS="windows",
        GOARCH="amd64", CGO_ENABLED="0", GO111MODULE="off",
        GOCACHE=str(BUILD / "go"))
    model = [drive.arguments.server, "--listen", "127.0.0.1:0", "--sample-ms",
             "0", "--model", "iocp"]
    loops = pathlib.Path(drive.arguments.server).resolve().parents[2] / "tests/bench"
    workers = 1 if drive.pinned(0) else os.cpu_count()  # as iocp presets them
    plain = [*model, "--tune", "batch=1", "--tune", "inline=0"]
    return {"iocp": model,
            "bare loop": [str(loops / "iocp_floor.exe"), str(workers)],
            "iocp, plain port": plain,
            "Boost.Asio": [str(asio)], "Go net": [str(go)],
            "port loop": [str(loops / "port_loop.exe")]}


def wineserver():
    """The process of this prefix: it stands in a folder that is named by it."""
    prefix = os.stat(os.environ["WINEPREFIX"])
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(folder / "cwd").endswith(
                    f"server-{prefix.st_dev:x}-{prefix.st_ino:x}"):
                return int(folder.name)
        except OSError:
            continue
    sys.exit("no wineserver of WINEPREFIX: start this by ./run bench peers")


def cpu_s(processes):
    """Processor time."""
    texts = [pathlib.Path(f"/proc/{process}/stat").read_text()
             for process in processes]
    return sum(int(ticks) for text in texts
               for ticks in text.rpartition(")")[2].split()[11:13]) / TICKS


def sleeps(process):
    """How often its one thread waited. Linux decides by past processor use
    whether wineserver runs as soon as a request comes, and sleeps again, or
    when several have come, of a server's several threads: two regimes, of which
    the second costs up to a tenth less, whatever the server's code."""
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", status)[1])


def measure(words, connections, message, *more):
    """A load's figures."""
    used, slept = [], []
    with drive.server(*words) as server:
        processes = [server.process.pid, wineserver()]

        def watch(line):
            if "mark" in line:
                used.append(cpu_s(processes))
                slept.append(sleeps(processes[1]))

        load = drive.Load(
            server, "--connections", str(connections), "--message",
            str(message), "--threads", "1", "--io-timeout", "60s",
            "--connect-budget", "2m", *more, watch=watch)
        server.stop()
    trips = load.passed("messages_echoed")
    latency = load.final["latency_us"]["from_send"]
    return {"rate": load.speed()[0], "cpu_us": (used[1] - used[0]) * 1e6 / trips,
            "spread": latency["p99"] / latency["p50"],
            "slept": (slept[1] - slept[0]) / trips,
            "connecting_s": load.connecting_s, "trips": trips / connections}


def round_of(servers, backwards, load):
    figures = {}
    for name in reversed(servers) if backwards else servers:
        figures[name] = found = measure(servers[name], *load)
        print(f"{load[0]:6} x {load[1]:4}  {name:14} {found['rate']:8.0f}/s "
              f"{found['cpu_us']:7.1f} us CPU, p99/p50 {found['spread']:.2f}, "
              f"wineserver slept {found['slept']:.1f} times, "
              f"connected in {found['connecting_s']:.2f} s, "
              f"{found['trips']:.1f} round trips each", flush=True)
    return figures


def ratios(rounds, name, figure):
    """To the best peer's of each round; of the time to connect, the fastest's."""
    def base(figures):
        if figure == "connecting_s":
            return min(figures[peer][figure] for peer in PEERS)
        fair = [peer for peer in PEERS if figures[peer]["spread"] <= STARVES]
        best = max(fair or PEERS, key=lambda peer: figures[peer]["rate"])
        return 1 if figure in ABSOLUTE else figures[best][figure]
    return [figures[name][figure] / base(figures) for figures in rounds]


def interval(values):
    """The median; the whole range, which misses the true median with a chance of
    2 to the power of 1 - rounds, 6 % with five."""
    return (f"{statistics.median(values):.2f} "
            f"({min(values):.2f} to {max(values):.2f})")


def print_table(title, figure, results):
    cells = [f"{connections:,} x {message} B" for connections, message in results]
    print(f"\n{title}\n\n| server | {' | '.join(cells)} |\n"
          f"| :--- |{' ---: |' * len(cells)}")
    for name in OURS + PEERS:
        row = [interval(ratios(rounds, name, figure))
               for rounds in results.values()]
        print(f"| {name} | {' | '.join(row)} |")


def missed(results, held):
    for (connections, message), rounds in results.items():
        wanted = [(name, "rate", 1, 1.0 if held else least)
                  for name, least in LEAST_RATE.items()
                  if name == "iocp" or not held]
        wanted.append(("iocp", "connecting_s", -1, MOST_CONNECTING) if held
                      else ("iocp", "cpu_us", -1, MOST_CPU))
        for name, figure, sign, bound in wanted:
            found = statistics.median(ratios(rounds, name, figure))
            if (found - bound) * sign < 0:
                yield (f"{name} at {connections} x {message} B: {figure} "
                       f"{found:.2f}, {bound} wanted")


def options():
    parser = argparse.ArgumentParser(
        prog="run bench peers", description="Loads iocp and servers of other "
        "libraries in turn, at 100 and 1,000 connections x 64 B and 4 KB.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds [5]")
    parser.add_argument("--held", type=int, metavar="N", help="N connections x "
                        "64 B instead, such as 12000, for at least five round "
                        "trips of each, and the time until they are connected")
    found = parser.parse_args(drive.others)
    if found.rounds < 1 or (found.held is not None and found.held < 1):
        parser.error("--rounds and --held begin at 1")
    drive.raise_files(found.held or 0)
    return found


def main():
    found = options()
    held = found.held
    cells = [(held, 64)] if held else CELLS
    window = ["--warmup", "2s" if held else "500ms", "--duration",
              "15s" if held else "2s"]
    servers = build()
    results = {cell: [] for cell in cells}
    for number in range(found.rounds):
        for cell in cells:
            results[cell].append(
                round_of(servers, number % 2, [*cell, *window]))
    if held and min(figures["trips"] for rounds in results.values()
                    for each in rounds for figures in each.values()) < 5:
        sys.exit("a window has less than five round trips of each connection, "
                 "so that no rate can be told: repeat on an idle machine")
    print_table("Round trips a second, to the best peer's", "rate", results)
    print_table("Processor time of server and wineserver a round trip, to the "
                "best peer's", "cpu_us", results)
    print_table("p99 / p50 of latency", "spread", results)
    print_table("Times that wineserver slept, a round trip", "slept", results)
    if held:
        print_table("Time until all are connected, to the fastest peer's",
                    "connecting_s", results)
    problems = list(missed(results, held))
    print("", *problems, sep="\n")
    return len(problems) > 0


sys.exit(main())
