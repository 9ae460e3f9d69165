"""What the fuzzers begin with: a few small inputs each, made here."""

import json
import pathlib
import shlex
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "common"), str(TESTS / "results")]

from heard import heard
from make_records import make


def lines(typed):
    """A word a line."""
    return "\n".join(shlex.split(typed)).encode()


SERVER_ARGS = [lines("s " + typed) for typed in (
    "--model iocp --listen 127.0.0.1:0 --threads 2 --buffer 4K "
    "--tune inline=0 --tune=accepts=7",
    "--model=select --listen=[::1]:80 --max-connections 1000 --backlog 200 "
    "--sample-ms 0 --nodelay 0",
    "--model apc --sndbuf 0 --rcvbuf 1M",
    "--list --json", "--help", "--lits",
    "--model blocking --listen 0.0.0.0:65535")]

CLIENT_ARGS = [lines(typed) for typed in (
    "run --model iocp --connections 100 --duration 2s --message 64K "
    "--tune iocp:inline=0",
    "compare --models iocp,select --connections 10,4k --repeat 3 --seed=9 "
    "--server-via \"ssh -o 'A B' box\"",
    "compare --until-ci 2% --max-repeat 9 --no-plots",
    "book --quick --tiers 700,1200 --rate 5M",
    "compare --resume DIR",
    "load --target 127.0.0.1:7 --connections 9 --pattern stream --rate 1M "
    "--threads 2",
    "load --target [::1]:7 --pipeline 4 --think 5ms "
    "--local-addresses 127.0.0.2,127.0.0.3 --turns")]

CONTROL = [b"mark empty\nmark begin\nstop\n", b"stop", b"mark a b\nsing\r\n",
           b"mark " + b"x" * 300 + b"\nstop\r\n", b"\n\n", b"mark \xff\x00\n"]

TEXT = [b"4000", b"64K", b"200ms", b"5%", b"100,1000,4k",
        b"ssh -o \"A B\" bench@box", b"127.0.0.1:5000", b"[::1]:80",
        b"127.0.0.1,127.0.0.2", b"32768\t60999\n",
        b"Start Port      : 49152\r\nNumber of Ports : 16384\r\n",
        b"Loopback Execution Mode : adaptive\r\n",
        b"12 (wineserver64) S 1 2 3 0 -1 4 5 6 7 8 123 45 0 0 20\n",
        b"sockets: used 9\nTCP: inuse 1 orphan 0 tw 0 alloc 2 mem 17\n",
        b"one\n\r\n\nfour is longer\r\nfive\nrest",
        b"p q\na\"b\nC:\\x y\\\n\ttab\na\\\\\"b\n"]

FLOW = [bytes([1, 9, 2, 0, 3, 1, 99, 3, 99, 1, 9, 3, 200]),
        bytes([7, 0, 0, 0, 1, 2, 0, 3, 0, 4, 3, 129, 3])]

PLAN = [{"schema": "iomodels/plan", "schema_version": 2, "id": "x",
         "command": "compare", "made_at": "2026-11-22T00:00:00.000Z",
         "version": "0.1.0",
         "options": {"models": "iocp", "connections": "10", "seed": 1,
                     "duration": 200000, "tune": ["iocp:inline=0"],
                     "server-via": "wine", "no-plots": True}},
        {"schema": "iomodels/refused", "schema_version": 1, "plan": "x",
         "refused": [{"connections": 50000, "model": None, "name": "files",
                      "limit": "load_open_files", "value": 20000,
                      "need": 50064, "unit": "files", "how_to_fix": "ulimit"},
                     {"connections": 7000, "model": "iocp", "name": "memory",
                      "limit": "memory", "value": 1, "need": 2,
                      "unit": "bytes", "how_to_fix": "buy some"}]}]


def packed(values):
    return [json.dumps(value, separators=(",", ":")).encode()
            for value in values]


def records():
    """Made-up ones: of Wine, of Windows and of another pattern."""
    for more in (["--models", "iocp", "--connections", "100"],
                 ["--models", "select", "--connections", "7000", "--os",
                  "Windows", "--pattern", "stream"]):
        with tempfile.TemporaryDirectory() as folder:
            make(folder, *more)
            path, = pathlib.Path(folder).iterdir()
            yield json.loads(path.read_text("utf-8"))


def streams():
    """What a server and a load say."""
    told = heard()
    # What a fuzzer found: a machine without names leaked.
    odd = [dict(line, machine=[1, "x"]) for line in told["server"]]
    return [dict(told, reasons=[]), dict(told, server=odd),
            dict(told, load=[], reasons=["load_died: it is gone"]),
            {"asked": told["asked"]}]


def seeds():
    """Fuzzer's name -> its inputs."""
    return {"server_args": SERVER_ARGS, "client_args": CLIENT_ARGS,
            "control": CONTROL, "text": TEXT, "flow": FLOW,
            "plan": packed(PLAN),
            "record": packed([*records(), *streams()])}
