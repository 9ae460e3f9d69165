#!/usr/bin/env python3
"""The HTML report, as it is written and as a browser lays it out; and the
colours of the charts, by what plots/lines.gp says of them."""

import base64
import functools
import hashlib
import html
import itertools
import json
import math
import pathlib
import re
import shutil
import urllib.parse

from e2e import (Missing, TESTS, each, edit_records, iomodels, main,
                 make_records, require, require_equal, require_in, run,
                 shared_folder)
from page import Page, dangling, read

HOSTILE = ('<script>document.title="taken"</script>'
           '<img src="http://127.0.0.1:9/x.png" onerror="alert(1)">\'&"')


def report(folder, *options):
    return pathlib.Path(iomodels("report", folder, *options).stdout.strip())


def text_of(folder):
    return report(folder).read_text(encoding="utf-8")


@functools.cache
def made():
    """Records that most cases look at, and their page."""
    records = make_records(shared_folder("report"), "--repeat", "3",
                           "--invalid", "select:1000")
    return records, report(records)


# What a browser makes of one frame.
LOOK = """
const look = frame => {
    const page = frame.contentDocument, style =
        e => frame.contentWindow.getComputedStyle(e);
    const all = selector => [...page.querySelectorAll(selector)];
    const width = page.documentElement.clientWidth;
    const rgb = text => text.match(/[\\d.]+/g).map(Number);
    const behind = e => {
        for (; e; e = e.parentElement) {
            const colour = rgb(style(e).backgroundColor);
            if (colour.length == 3 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    const sorted = heading => {
        const table = page.querySelector("#table table");
        const at = [...table.tHead.rows[0].cells].findIndex(
            e => e.textContent.replace(/\\s+/g, " ").startsWith(heading));
        table.tHead.rows[0].cells[at].firstChild.click();
        return [...table.tBodies[0].rows].map(
            row => row.cells[at].firstChild.textContent);
    };
    return {
        window: width, page: page.documentElement.scrollWidth,
        wider: all("body *").filter(e => e.getBoundingClientRect().right
            > width + 1).map(e => [!!e.closest(".scroll"),
                e.outerHTML.slice(0, 80)]),
        scroll: all(".scroll").map(
            e => [e.scrollWidth > e.clientWidth, style(e).overflowX]),
        text: Math.min(...all("p,td,th,li,a").filter(
            e => e.offsetWidth).map(e => parseFloat(style(e).fontSize))),
        colours: ["h1", "h2", "p", ".wine", "caption", "th[scope=col]", "td",
            "td small", "tbody tr:nth-child(even) td small", "a", "td a",
            "figcaption", "summary", "dd", "footer p"].map(name => {
                const e = page.querySelector(name);
                return [name, rgb(style(e).color), behind(e)];
            }),
        sorted: ["round trips", "round trips", "attempted"].map(sorted),
        chart: style(page.querySelector(".chart")).backgroundColor,
        bad: all("th:not([scope])").concat(
            all("table").filter(e => !e.caption),
            all("[role=region]").filter(e => !e.getAttribute("aria-label")
                || e.tabIndex != 0)).map(e => e.outerHTML.slice(0, 80)),
        charts: Object.fromEntries(all("figure").map(figure => {
            const svg = figure.querySelector("svg");
            const box = svg.getBoundingClientRect();
            return [figure.id, {
                size: [box.width, box.height],
                drawn: [...svg.querySelectorAll("path")].filter(
                    path => path.getBBox().width > 0).length,
                role: svg.getAttribute("role"),
                words: svg.getAttribute("aria-labelledby").split(" ").map(
                    id => page.getElementById(id).textContent),
                caption: figure.querySelector("figcaption").textContent,
                cells: figure.querySelectorAll("details td").length}];
        }))};
};
onload = () => {
    document.body.textContent = JSON.stringify(
        [...document.querySelectorAll("iframe")].map(look));
};"""
DARK, PRINT = "(prefers-color-scheme: dark)", "@media print"
# Width, and the media whose rules hold. 1031: A4 across, less the margins, at
# the 96 pixels an inch that CSS counts.
FRAMES = {"small": (390, None), "middle": (900, None), "wide": (1400, None),
          "dark": (1280, DARK), "print": (1031, PRINT)}


@functools.cache
def frames():
    """What a browser makes of the page in each of the frames."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        raise Missing("chromium is missing: apt-get install chromium")
    text = made()[1].read_text(encoding="utf-8")
    require_in(text, DARK, PRINT)
    pages = []
    for width, media in FRAMES.values():
        page = text.replace(media, media.startswith("@") and "@media all"
                            or "all") if media else text
        pages.append(f'<iframe width="{width}" height="900" frameborder="0" '
                     f'srcdoc="{html.escape(page)}"></iframe>')
    path = made()[1].with_name("frames.html")
    path.write_text(f"<meta charset=utf-8><script>{LOOK}</script><body>"
                    + "".join(pages), encoding="utf-8")
    done = run(chromium, "--headless", "--no-sandbox", "--disable-gpu",
               "--disable-dev-shm-usage", "--hide-scrollbars", "--dump-dom",
               path.as_uri())
    body = re.search("<body>(.*)</body>", done.stdout, re.DOTALL)[1]
    return dict(zip(FRAMES, json.loads(html.unescape(body)), strict=True))


def case_every_chart_is_there():
    charts = frames()["wide"]["charts"]

    def check(name):
        seen = charts[name]
        require(seen["size"][0] > 600 and seen["size"][1] > 400
                and seen["drawn"] > 20, f"small or empty: {seen}")
        require(seen["role"] == "img" and len(seen["words"]) == 2
                and all(seen["words"]), f"no text alternative: {seen}")
        require(seen["caption"].strip(), "no caption")
        require_equal(seen["cells"], 24, "figures")

    names = sorted(path.stem for path in (made()[0] / "charts").glob("*.svg"))
    require(len(names) >= 7, f"few charts: {names}")
    each(names, check)


def case_a_table_is_sorted_by_a_heading():
    def figures(texts):
        return [float(text.split("/")[0].replace(",", "")) for text in texts]

    up, down, tiers = map(figures, frames()["wide"]["sorted"])
    require(len(up) == 24 and up == sorted(up) and up[0] < up[-1], f"{up}")
    require_equal(down, up[::-1])
    require_equal(tiers, sorted(tiers))


def case_it_is_well_formed_and_fetches_nothing():
    page = read(made()[1])
    require_equal((page.open, page.stray), ([], []), "elements not closed")
    ids = [attrs["id"] for _, attrs in page.elements if attrs.get("id")]
    require_equal(len(ids), len(page.ids), "an id twice")
    require_equal(dangling(made()[1]), [], "dangling links")
    require(("html", {"lang": "en"}) in page.elements
            and page.count("main") == 1, "no language or main part")
    levels = [int(tag[1]) for tag, _ in page.elements
              if re.fullmatch("h[1-4]", tag)]
    require(levels.count(1) == 1 and levels[0] == 1
            and all(b - a <= 1 for a, b in zip(levels, levels[1:])),
            f"headings: {levels}")
    require_equal(page.count("img", "iframe", "object"), 0)
    # What is not a link of its text is fetched.
    require_equal({attrs.get("href") for tag, attrs in page.elements
                   if tag == "link"}, {"data:,"})
    text = made()[1].read_text(encoding="utf-8")
    # The one script is allowed by what it says, no other is.
    script, = re.findall("<script>(.*?)</script>", text, re.DOTALL)
    known = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    require_in(text, f"script-src 'sha256-{known}'\"")
    require("@import" not in text and not re.search(r"url\((?!#|'#)", text),
            "a style fetches something")
    require_equal(frames()["wide"]["bad"], [], "not told to a screen reader")


def case_in_windows_of_any_width():
    def check(name):
        seen, width = frames()[name], FRAMES[name][0]
        require_equal(seen["window"], width, "wide")
        require(seen["page"] <= width, f"wider than its window: {seen}")
        require_equal([tag for in_box, tag in seen["wider"] if not in_box], [])
        require(all(how == "auto" or not cut for cut, how in seen["scroll"]),
                "boxes are cut off")
        require(seen["text"] >= 12, f"text of {seen['text']} px")

    each(["small", "middle", "wide"], check)


def case_in_print():
    seen = frames()["print"]
    require_equal([tag for _, tag in seen["wider"]
                   if re.match("<(table|svg)", tag)], [], "cut off")
    require_equal({how for _, how in seen["scroll"]}, {"visible"})
    require_equal(dict((name, paper) for name, _, paper in seen["colours"])
                  ["h1"], [255, 255, 255])


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
CONTRAST, APART = 3, 20  # WCAG's for graphics; CIE 1976


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector)) for row in matrix]


def linear(colour):
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (part / 255 for part in colour[:3])]


def luminance(colour):
    return times(TO_XYZ, linear(colour))[1]


def contrast(one, other):
    dim, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dim + 0.05)


def lab(colour, sight):
    seen = [min(1, max(0, c)) for c in times(sight, linear(colour))]
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
               for t in (c / w for c, w in zip(times(TO_XYZ, seen), WHITE)))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def case_light_and_dark():
    papers = {}
    for scheme in "wide", "dark":
        for name, ink, paper in frames()[scheme]["colours"]:
            require(contrast(ink, paper) >= 4.5, f"{scheme}: {name} has a "
                    f"contrast of {contrast(ink, paper):.2f}")
            if name == "p":
                papers[scheme] = luminance(paper)
        require_equal(frames()[scheme]["chart"], "rgb(255, 255, 255)",
                      f"{scheme}: charts on")
    require(papers["wide"] > 0.8 and papers["dark"] < 0.05, papers)


def case_lines_of_the_charts():
    """Seen on white, and told apart by the colour-blind."""
    script = (TESTS.parent / "plots" / "styles.gp").read_text(encoding="utf-8")
    names = re.search("^colours = '(.*)'", script, re.M)[1].split()
    markers = re.search("^markers = '(.*)'", script, re.M)[1].split()
    dashes = re.findall("'(.*?)'", re.search(
        r"^array dashes\[8\] = \[(.*?)\]", script, re.M | re.S)[1])
    for all_of_them in names, markers, dashes:
        require(len(all_of_them) == len(set(all_of_them)) == 8, all_of_them)
    colours = [bytes.fromhex(name[1:]) for name in names]
    for name, colour in zip(names, colours):
        require(contrast(colour, (255, 255, 255)) >= CONTRAST,
                f"{name} on white")
    for sight, matrix in SIGHTS.items():
        for one, other in itertools.combinations(colours, 2):
            apart = math.dist(lab(one, matrix), lab(other, matrix))
            require(apart >= APART, f"{sight}: {one.hex()}, {other.hex()}: "
                    f"{apart:.1f}")


def case_records_are_linked_and_judged():
    text = made()[1].read_text(encoding="utf-8")
    runs = Page(text[text.index('<section id="runs"'):].partition(
        "</section>")[0] + "</section>")
    rows = [" ".join(row) for row in runs.tables[0][1:]]
    require(len(rows) == len(runs.links) == 72, f"{len(rows)} runs")
    bad, = [row for row in rows if "not valid" in row]
    require("timed_out: synthetic" in bad, bad)
    require_in(text, "Wine, not Windows", "Synthetic CPU", "4096")


def case_every_link_leads_somewhere(folder):
    """Wherever the page, its records and its charts are."""
    records = make_records(folder / "a b" / "records", "--models",
                           "iocp,select", "--invalid", "select:100")
    apart = folder / "c d" / "of it"

    def check(words, charts):
        page = report(records, *words)
        found = {kind: [link for link in read(page).links
                        if link.endswith(kind)] for kind in (".dat", ".json")}
        require(len(found[".dat"]) >= 7 and len(found[".json"]) == 6, found)
        for link in found[".dat"]:
            path = page.parent / urllib.parse.unquote(link)
            require_equal(path.parent.resolve(), charts.resolve(), link)
        require_equal(dangling(page), [], "dangling links")

    each([([], records / "charts"),
          (["--output", folder / "pages" / "x.html"],
           folder / "pages" / "charts"),
          (["--charts", apart], apart),
          (["--output", folder / "p" / "x.html", "--charts", records],
           records)], check)
    require(not (folder / "p" / "charts").exists(), "charts beside the page")


def case_the_book_has_its_own_words(folder):
    """CPU and pool of the book's table are other figures than the plain one's,
    and the page must not explain the one by the other."""
    make_records(folder, "--models", "iocp", "--connections", "7000")
    plain = text_of(folder)
    edit_records(folder, lambda r: r["suite"].update(command="book"))
    book = text_of(folder)
    change = "non-paged pool change</dt>"
    require(change in plain and change not in book
            and "<dt>non-paged pool</dt>" in book, "the pool")
    cpu = book.partition("<dt>CPU</dt>")[2].partition("</dd>")[0]
    require("and, under Wine, of wineserver" in cpu and "low..high" in cpu,
            cpu)


def case_windows_figures_are_not_called_wine(folder):
    make_records(folder, "--os", "Windows", "--models", "iocp")
    text = text_of(folder)
    require_in(text, "Windows Server 2022", '<figure id="pool"')
    require("Wine, not Windows" not in text, text)


def case_records_are_never_markup(folder):
    make_records(folder, "--repeat", "2", "--models", "iocp,select",
                 "--invalid", "iocp:100")

    def poison(record):
        record["machine"]["server"]["cpu"] = HOSTILE
        record["asked"]["server_via"] = HOSTILE
        record["unknown"] = {key: HOSTILE for key in record["unknown"]}
        if not record["valid"]:
            record["reasons"] = ["timed_out: " + HOSTILE]

    edit_records(folder, poison)
    page = read(report(folder))
    require_equal((page.count("script"), page.count("img")), (1, 0), "markup")
    require(not any("onerror" in attrs for _, attrs in page.elements), "markup")
    cells = [cell for table in page.tables for row in table for cell in row]
    require("".join([page.outside, *cells]).count(HOSTILE) >= 4,
            "the text is not shown")


def case_runs_that_all_failed(folder):
    make_records(folder, "--models", "iocp", "--connections", "100",
                 "--invalid", "iocp:100")

    def nothing_measured(record):
        throughput, connections = record["throughput"], record["connections"]
        for part in (record["memory"]["empty"], record["memory"]["loaded"],
                     record["threads"], record["handles"],
                     record["cpu"]["per_round_trip_us"], throughput["client"],
                     throughput["server"]):
            part.update(dict.fromkeys(part))
        throughput["round_trips_per_s"] = record["latency_us"] = None
        connections["connected"] = connections["attempted"] = None
        record["pool"]["host_tcp_memory"] = None

    edit_records(folder, nothing_measured)
    require_in(text_of(folder), "There is no chart", "timed_out: synthetic")


main(globals())
