"""embed.py OUT NAME=FILE...: writes a C header in which each FILE is a
constant array of bytes NAME, ended by a zero that NAME_size does not count."""

import sys


def main(out, *pairs):
    with open(out, "w", encoding="ascii", newline="\n") as header:
        header.write("/* Made by embed.py; do not edit. */\n")
        header.write("#include <stddef.h>\n")
        for pair in pairs:
            name, path = pair.split("=", 1)
            with open(path, "rb") as source:
                data = source.read().replace(b"\r\n", b"\n")
            header.write(f"static const char {name}[] = {{\n")
            for at in range(0, len(data), 16):
                row = ", ".join(f"{byte - 256 if byte > 127 else byte}"
                                for byte in data[at:at + 16])
                header.write(f"    {row},\n")
            header.write("    0};\n")
            header.write(f"static const size_t {name}_size = {len(data)};\n")


main(*sys.argv[1:])
