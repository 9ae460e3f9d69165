#!/usr/bin/env python3
"""The lines of the charts: seen on white, and told apart by the colour-blind,
by what plots/lines.gp says of them."""

import itertools
import math
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CONTRAST, APART = 3, 20  # WCAG's for graphics; CIE 1976

# Machado, Oliveira, Fernandes 2009, at full severity, on linear RGB.
SIGHTS = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868),
               (0.114503, 0.786281, 0.099216),
               (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968),
                 (0.280085, 0.672501, 0.047413),
                 (-0.011820, 0.042940, 0.968881)),
}
TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722),
          (0.0193, 0.1192, 0.9505))
WHITE = (0.9505, 1.0, 1.089)


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector)) for row in matrix]


def linear(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in parts]


def contrast(colour):
    return 1.05 / (times(TO_XYZ, linear(colour))[1] + 0.05)


def lab(colour, sight):
    seen = [min(1, max(0, c)) for c in times(sight, linear(colour))]
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
               for t in (c / w for c, w in zip(times(TO_XYZ, seen), WHITE)))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def main():
    script = (ROOT / "plots" / "lines.gp").read_text(encoding="utf-8")
    colours = re.search("^colours = '(.*)'", script, re.M)[1].split()
    markers = re.search("^markers = '(.*)'", script, re.M)[1].split()
    dashes = re.findall("'(.*?)'", re.search(
        r"^array dashes\[8\] = \[(.*?)\]", script, re.M | re.S)[1])
    for name, each in (("colours", colours), ("markers", markers),
                       ("dashes", dashes)):
        assert len(each) == len(set(each)) == 8, f"{name}: {each}"
    for colour in colours:
        assert contrast(colour) >= CONTRAST, \
            f"{colour} on white: {contrast(colour):.2f} to 1"
    for name, sight in SIGHTS.items():
        for one, other in itertools.combinations(colours, 2):
            apart = math.dist(lab(one, sight), lab(other, sight))
            assert apart >= APART, f"{name}: {one}, {other}: {apart:.1f}"


main()
