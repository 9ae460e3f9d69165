"""The errors of each call, from errors.txt; numbers of those that the server
does not name."""

import collections

NUMBERS = {}
Call = collections.namedtuple("Call", "listed fail complete also")


def errors_of(path):
    """{call: Call}"""
    calls = {}
    with open(path, encoding="utf-8") as text:
        for line in text:
            if line.startswith("#") or not line.strip():
                continue
            if line.startswith("="):
                _, name, NUMBERS[name] = line.split()
                continue
            if not line[0].isspace():
                name, _, *unlisted = line.split()
                calls[name] = Call(not unlisted, [], [], [])
                into = calls[name].fail
                continue
            for word in line.split():
                if word.endswith(":"):
                    into = getattr(calls[name], word[:-1])
                else:
                    into.append(word)
    return calls
