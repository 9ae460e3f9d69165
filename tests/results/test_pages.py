#!/usr/bin/env python3
"""Every link of a page in the repository leads somewhere; every markdown table
renders as one table on GitHub: parsed by GitHub's own parser (Debian:
cmark-gfm), and the HTML read back."""

import json
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import (Missing, Skip, each, edit_records, iomodels, main,
                 make_records, require, require_equal, require_in, run)
from page import Page, dangling, read

COMPARISON = SOURCE / "results" / "wine-8.0-debian-12"
BOOK = SOURCE / "results" / "wine-8.0-debian-12-book"
CURVE = SOURCE / "results" / "wine-8.0-debian-12-curve"


def case_links():
    if not shutil.which("git"):
        raise Skip("git is missing")
    # What is built or measured here is not under version control: no page may
    # lead there.
    done = run("git", "-C", SOURCE, "ls-files", "-z", exit_code=None)
    if done.returncode:
        raise Skip("this is no clone")
    files = {SOURCE / name for name in done.stdout.split("\0") if name}
    known = files.union(*(file.parents for file in files))
    pages = [path for path in files
             if path.suffix in (".md", ".html") and path.exists()]
    each(pages, lambda path: require_equal(
        dangling(path, lambda target: target.resolve() in known), []))
    require(sum(len(read(path).links) for path in pages) > 4, "few links")


def case_what_leads_nowhere_is_seen(scratch):
    (scratch / "a b.md").write_text("# There\n", encoding="utf-8")
    page = scratch / "page.md"
    page.write_text(
        "[a](a%20b.md) [b](none.md) ![c](none.png \"x\") [d](https://x.y/z)\n"
        "[e](#there) `[f](none)`\n\n    [g](none)\n\n\\[h\\](none)\n"
        "<img src=\"none.svg\">\n", encoding="utf-8")
    require_equal(sorted(dangling(page)), ["none.md", "none.png", "none.svg"])
    page = scratch / "page.html"
    page.write_text(
        "<html><p id=\"x\"><a href=\"#x\">1</a><a href=\"#y\">2</a>"
        "<a href=\"a%20b.md\">3</a><a href=\"c/none.dat\">4</a>"
        "<a href=\"data:,\">5</a></p></html>", encoding="utf-8")
    require_equal(dangling(page), ["#y", "c/none.dat"])


def parse(markdown):
    if not shutil.which("cmark-gfm"):
        raise Missing("cmark-gfm is missing: apt-get install cmark-gfm")
    done = subprocess.run(["cmark-gfm", "-e", "table"], input=markdown,
                          capture_output=True, encoding="utf-8", timeout=60,
                          check=True)
    page = Page(done.stdout)
    require_equal(page.stray, [], "end tags by themselves")
    for table in page.tables:
        require_equal(len({len(row) for row in table}), 1, "widths of rows")
        require(all(row[0].strip() for row in table), "a row without a name")
    return page


def check(markdown, heading, rows):
    """A table of exactly these rows, and nothing of it outside; each footnote
    that a cell names stands once below."""
    page = parse(markdown)
    require("|" not in page.outside, f"not in a table: {page.outside}")
    tables = [table for table in page.tables if table[0][0] == heading]
    require_equal(len(tables), 1, "tables of models")
    found = [(re.sub(r" [!\[].*", "", row[0]), row[1].split("/")[0])
             for row in tables[0][1:]]
    require_equal(sorted(found), sorted(rows), "rows")
    cells = " ".join(cell for row in tables[0] for cell in row)
    named = set(re.findall(r"\[(\d+)\]", cells))
    told = re.findall(r"^\[(\d+)\] ", page.outside, re.MULTILINE)
    require(named and sorted(told) == sorted(named),
            f"the cells name {sorted(named)}, below are {told}")
    return page, tables[0]


def runs(folder):
    found = [json.loads(path.read_text(encoding="utf-8"))["asked"]
             for path in folder.glob("2*.json")]
    return {(asked["model"], f"{asked['connections']:,}") for asked in found}


def table_of(folder, *words):
    return iomodels("table", folder, "--format", "markdown", *words).stdout


def case_comparison():
    for text in (table_of(COMPARISON),
                 (COMPARISON / "table.md").read_text(encoding="utf-8")):
        page, _ = check(text, "model", runs(COMPARISON))
        require_equal(len(page.tables), 1, "tables")


def case_book():
    rows = runs(BOOK)
    rows |= {(model, "50,000") for model, _ in rows}
    for text in (table_of(BOOK, "--book"),
                 (BOOK / "table.md").read_text(encoding="utf-8")):
        page, _ = check(text, parse(text).tables[0][0][0], rows)
        require_equal(len(page.tables), 1, "tables")
        require_in(page.outside, "† recalled")


def case_estimate():
    """The page is what its command prints, with a row for each model."""
    made = r"Made by `iomodels (.*?)(?: --output \S+)?`"
    text = (COMPARISON / "estimate.md").read_text(encoding="utf-8")
    command, folder, *words = re.search(made, text)[1].split()
    again = iomodels(command, SOURCE / folder, *words).stdout
    require_equal(re.sub(made, "", text), re.sub(made, "", again))
    tables = parse(text).tables
    models = {model for model, _ in runs(COMPARISON)}
    require_equal(tables[0][0][0], "connections")
    for table in tables[1:]:
        require_equal({row[0] for row in table[1:]}, models)


def case_readme():
    """The README's tables render. What it shows of the comparison and of the
    curve is what the commands print of the committed records."""
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    require_equal(len(parse(text).tables), len(re.findall(
        r"^\|[\s:|-]+\|$", text, re.MULTILINE)), "tables that are rendered")
    printed = iomodels("table", COMPARISON).stdout
    lines = printed.splitlines()
    blocks = [lines[lines.index(next(line for line in lines
                                     if line.startswith("Fastest in "))):],
              lines[:3] + [line for line in lines if " 1,000/1,000 " in line],
              iomodels("table", CURVE).stdout.partition("\n\n")[0]
              .splitlines()]
    for block in blocks:
        require_in(text, "".join(f"    {line}\n" for line in block))


def case_words_of_others(scratch):
    """What comes from elsewhere is text, whatever it holds."""
    words = ("timed_out: a | b || c \\| d *e* _f_ `g|h` <b>i</b> [j](k) "
             "![l](m) ~n~ # o &amp; \\")

    def poison(record):
        if record["asked"]["model"] == "iocp":
            record.update(valid=False, reasons=[words])
            record["machine"]["server"]["cpu"] = "A | B <C> *D*"

    edit_records(make_records(scratch, "--models", "iocp,select",
                              "--connections", "10"), poison)
    for book in ([], ["--book"]):
        page = parse(table_of(scratch, *book))
        require_equal(len(page.tables), 1, "tables")
        require_in(page.outside, "A | B <C> *D*",
                   "a | b || c \\| d *e* _f_ `g|h` <b>i</b> [j](k) ![l](m)")


main(globals())
