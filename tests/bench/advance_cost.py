"""Instructions a call of conn_advance, by callgrind: advance_cost.py PROGRAM.

Fails at the limit or above. The count includes what conn_advance calls.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

LIMIT = 100
TURNS = 10000
FUNCTION = "conn_advance"
SKIP = 77


def cost_of(lines):
    """Sums the self cost of FUNCTION and, by its calls, of what it calls."""
    names = {}
    current = None
    cost = 0
    for line in lines:
        if line.startswith(("fn=", "cfn=")):
            number, _, name = line.split("=", 1)[1].partition(" ")
            names.setdefault(number, name)
            if line.startswith("fn="):
                current = names[number]
        elif current == FUNCTION and (line[:1].isdigit() or line[:1] in "+-*"):
            # A cost of zero is left out.
            cost += sum(int(n) for n in line.split()[1:2])
    return cost


def main():
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: apt-get install valgrind")
        return SKIP
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "callgrind.out")
        run = subprocess.run(
            ["valgrind", "-q", "--tool=callgrind",
             f"--callgrind-out-file={out}", sys.argv[1], str(TURNS)],
            stdout=subprocess.PIPE, text=True, timeout=120, check=True)
        cost = cost_of(out.read_text().splitlines())
    calls = int(run.stdout)
    if cost == 0:
        print(f"{FUNCTION} is not in the profile: was it inlined?")
        return 1
    print(f"{FUNCTION}: {cost / calls:.1f} instructions a call ({calls} "
          f"calls); the limit is {LIMIT}")
    return cost / calls >= LIMIT


sys.exit(main())
