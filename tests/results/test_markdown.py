#!/usr/bin/env python3
"""Every markdown table renders as one table on GitHub: parsed by GitHub's own
parser (Debian: cmark-gfm), and the HTML read back."""

import html.parser
import json
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import Missing, iomodels, main, require

COMPARISON = SOURCE / "results" / "wine-8.0-debian-12"
BOOK = SOURCE / "results" / "wine-8.0-debian-12-book"


class Page(html.parser.HTMLParser):
    """The tables as rows of cells; the text that is in none; code apart."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.outside, self.tags = [], "", []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][-1].append("")
        self.tags.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass  # <br />, <img />

    def handle_endtag(self, tag):
        require(self.tags and self.tags[-1] == tag, f"</{tag}> by itself")
        self.tags.pop()

    def handle_data(self, data):
        if "th" in self.tags or "td" in self.tags:
            self.tables[-1][-1][-1] += data
        elif "code" not in self.tags:
            self.outside += data


def parse(markdown, what):
    if not shutil.which("cmark-gfm"):
        raise Missing("cmark-gfm is missing: apt-get install cmark-gfm")
    done = subprocess.run(["cmark-gfm", "-e", "table"], input=markdown,
                          capture_output=True, encoding="utf-8", timeout=60,
                          check=True)
    page = Page(done.stdout)
    strays = [line for line in page.outside.split("\n") if "|" in line]
    require(not strays, f"{what}: not in a table: {strays}")
    for table in page.tables:
        widths = {len(row) for row in table}
        require(len(widths) == 1, f"{what}: rows of {widths} cells")
        require(all(row[0].strip() for row in table),
                f"{what}: a row without its first cell")
    return page


def runs(folder):
    found = [json.loads(path.read_text(encoding="utf-8"))
             for path in folder.glob("2*.json")]
    return {(r["asked"]["model"], f"{r['asked']['connections']:,}")
            for r in found}


def check_notes(page, what):
    """Each footnote that a cell names stands once outside of the table."""
    cells = " ".join(cell for row in page.tables[0] for cell in row)
    named = set(re.findall(r"\[(\d+)\]", cells))
    told = re.findall(r"^\[(\d+)\] ", page.outside, re.MULTILINE)
    require(named and sorted(told) == sorted(named),
            f"{what}: the cells name {sorted(named)}, below are {told}")


def check_comparison(markdown, what):
    page = parse(markdown, what)
    tables = [table for table in page.tables if table[0][0] == "model"]
    require(len(tables) == 1, f"{what}: {len(tables)} tables of models")
    rows = {(row[0], row[1].split("/")[0]) for row in tables[0][1:]}
    require(rows == runs(COMPARISON) and len(rows) == len(tables[0]) - 1,
            f"{what}: its rows are {sorted(rows)}")
    check_notes(page, what)
    return page


def check_book(markdown, what):
    page = parse(markdown, what)
    require(len(page.tables) == 1, f"{what}: {len(page.tables)} tables")
    rows = {(re.sub(r" \[.*", "", row[0]), row[1])
            for row in page.tables[0][1:]}
    models = {model for model, _ in runs(BOOK)}
    require(rows == runs(BOOK) | {(model, "50,000") for model in models}
            and len(rows) == len(page.tables[0]) - 1,
            f"{what}: its rows are {sorted(rows)}")
    check_notes(page, what)
    require("† recalled" in page.outside, f"{what}: marks are not explained")


def case_table(_):
    page = check_comparison(
        iomodels("table", COMPARISON, "--format", "markdown").stdout, "table")
    require(len(page.tables) == 1, f"{len(page.tables)} tables")


def case_book(_):
    check_book(iomodels("table", BOOK, "--book", "--format", "markdown").stdout,
               "table --book")


def case_committed_book(_):
    found = sorted((SOURCE / "results").glob("*/book.md"))
    require(found, "no book.md under results/")
    for path in found:
        check_book(path.read_text(encoding="utf-8"), str(path))


def case_committed_table(_):
    path = COMPARISON / "table.md"
    check_comparison(path.read_text(encoding="utf-8"), str(path))


def case_readme(_):
    """The README shows the rows of 1,000 connections and some columns: each
    cell as it stands in the whole table."""
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    heads = re.findall(r"^\|[\s:|-]+\|$", text, re.MULTILINE)
    page = parse(text, "README.md")
    require(len(page.tables) == len(heads),
            f"{len(heads)} tables are written, {len(page.tables)} rendered")
    shown = next(table for table in page.tables if table[0][0] == "model")
    whole = check_comparison(
        iomodels("table", COMPARISON, "--format", "markdown").stdout,
        "table").tables[0]
    columns = [whole[0].index(heading) for heading in shown[0]]
    wanted = [[row[column] for column in columns] for row in whole[1:]
              if row[1].startswith("1,000/")]
    require(shown[1:] == wanted, f"README.md: {shown[1:]} is not {wanted}")


def case_words_of_others(scratch):
    """What comes from elsewhere is text, whatever it holds."""
    words = ("timed_out: a | b || c \\| d *e* _f_ `g|h` <b>i</b> [j](k) "
             "![l](m) ~n~ # o &amp; \\")
    subprocess.run([sys.executable, HERE.parent / "make_records.py",
                    scratch / "r", "--models", "iocp,select",
                    "--connections", "10"], check=True)
    path = next((scratch / "r").glob("*-iocp-*.json"))
    record = json.loads(path.read_text(encoding="utf-8"))
    record.update(valid=False, reasons=[words])
    record["machine"]["server"]["cpu"] = "A | B <C> *D*"
    path.write_text(json.dumps(record), encoding="utf-8")
    for book in ([], ["--book"]):
        text = iomodels("table", scratch / "r", *book, "--format",
                        "markdown").stdout
        page = Page(subprocess.run(
            ["cmark-gfm", "-e", "table"], input=text, capture_output=True,
            encoding="utf-8", timeout=60, check=True).stdout)
        require(len(page.tables) == 1, f"{len(page.tables)} tables: {text}")
        require(len({len(row) for row in page.tables[0]}) == 1, text)
        require("a | b || c \\| d *e* _f_ `g|h` <b>i</b> [j](k) ![l](m)"
                in page.outside, page.outside)
        require("A | B <C> *D*" in page.outside, page.outside)


if __name__ == "__main__":
    main(globals())
