"""sites.py OUT SEAM ROOT SOURCE...: the call sites of the sources, as a C
table. The calls are those that the seam's header defines; a site's name is
FUNCTION.CALL, with .2, .3 ... for later ones of a function."""

import os
import re
import sys

DEFINE = re.compile(r"^#define (\w+)\(", re.M)
BLANKED = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"'
                     r"|'(?:\\.|[^'\\])*'", re.S)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def calls_of(seam):
    """What the sources write, and the call that it is."""
    with open(seam, encoding="utf-8") as text:
        names = DEFINE.findall(text.read())
    calls = {name: name for name in names
             if name != "free" and not name.startswith("FAULT_")}
    return {**calls, "accept_ex": "AcceptEx"}


def end_of(text, at):
    depth = 0
    for end in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return end
    raise SystemExit("a call without an end")


def sites_of(path, root, calls):
    with open(path, encoding="utf-8") as source:
        text = BLANKED.sub(blank, source.read())
    inside = None
    seen = {}
    spans = {}
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    head = None
    for number, line in enumerate(lines, 1):
        if re.match(r"[A-Za-z_]", line):
            found = re.findall(r"(\w+)\s*\(", line)
            if found:
                head = found[-1]
        elif line.startswith("{"):
            inside = head
            continue
        elif line.startswith("}"):
            inside = None
        if inside is None:
            continue
        for match in re.finditer(r"\b(\w+)\s*\(", line):
            call = calls.get(match.group(1))
            if call is None:
                continue
            at = starts[number - 1] + match.end() - 1
            last = number + text.count("\n", at, end_of(text, at))
            for first_line, last_line in spans.get(call, []):
                if number <= last_line and last >= first_line:
                    raise SystemExit(f"{path}:{number}: two calls of {call} "
                                     "on one line: one site could be either")
            spans.setdefault(call, []).append((number, last))
            key = f"{inside}.{call}"
            seen[key] = seen.get(key, 0) + 1
            name = key if seen[key] == 1 else f"{key}.{seen[key]}"
            folder, file = os.path.split(os.path.relpath(path, root))
            model = file[:-2] if folder == "models" else "harness"
            yield (name, model, f"{folder}/{file}".replace("\\", "/"), inside,
                   call, number, last)


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
