"""sites.py OUT SEAM ROOT SOURCE...: the call sites of the sources, as a C
table. The calls are those that the seam's header defines; a site's name is
FUNCTION.CALL, with .2, .3 ... for later ones of a function."""

import collections
import os
import re
import sys

DEFINE = re.compile(r"^#define (\w+)\(", re.M)
BLANKED = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"'
                     r"|'(?:\\.|[^'\\])*'", re.S)
CANNOT_FAIL = {"free", "CloseThreadpool", "CloseThreadpoolIo"}
FUNCTION = re.compile(r"^(\w[^;{}]*?)^\{(.*?)^\}", re.M | re.S)
CALL = re.compile(r"\b(\w+)\s*\(")


def calls_of(seam):
    """What the sources write, and the call that it is."""
    with open(seam, encoding="utf-8") as text:
        names = DEFINE.findall(text.read())
    calls = {name: name for name in names
             if name not in CANNOT_FAIL and not name.startswith("FAULT_")}
    return {**calls, "accept_ex": "AcceptEx", "disconnect_ex": "DisconnectEx",
            "transmit_file": "TransmitFile",
            "transmit_packets": "TransmitPackets",
            "nt_create_file": "NtCreateFile",
            "nt_device_io_control_file": "NtDeviceIoControlFile"}


def end_of(text, at):
    """Where the parenthesis at this place is closed."""
    depth = 0
    for end in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return end
    raise SystemExit("a call without an end")


def sites_of(path, root, calls):
    with open(path, encoding="utf-8") as source:
        text = BLANKED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]),
                           source.read())
    folder, file = os.path.split(os.path.relpath(path, root))
    model = file[:-2] if folder == "models" else "harness"
    last_lines = {}
    for function in FUNCTION.finditer(text):
        name, seen = CALL.search(function[1])[1], collections.Counter()
        for match in CALL.finditer(text, *function.span(2)):
            call = calls.get(match[1])
            if call is None:
                continue
            first, last = (text.count("\n", 0, at) + 1 for at in (
                match.start(), end_of(text, match.end() - 1)))
            if first <= last_lines.get(call, 0):
                raise SystemExit(f"{path}:{first}: two calls of {call} on one "
                                 "line: one site could be either")
            last_lines[call] = last
            seen[call] += 1
            number = f".{seen[call]}" if seen[call] > 1 else ""
            yield (f"{name}.{call}{number}", model,
                   f"{folder}/{file}".replace("\\", "/"), name, call, first,
                   last)


def main(out, seam, root, *sources):
    calls = calls_of(seam)
    rows = [row for source in sources for row in sites_of(source, root, calls)]
    with open(out, "w", encoding="utf-8") as table:
        table.write("struct fault_site {\n"
                    "    const char *name, *model, *file, *function, *call;\n"
                    "    int first, last; /* lines */\n};\n\n"
                    "static const struct fault_site fault_sites[] = {\n")
        for *texts, first, last in rows:
            words = ", ".join(f'"{text}"' for text in texts)
            table.write(f"    {{{words}, {first}, {last}}},\n")
        table.write("};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
