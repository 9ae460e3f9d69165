#!/usr/bin/env python3
"""The HTML report, as a browser shows it."""

import atexit
import functools
import json
import pathlib
import urllib.parse

from browser import Browser
from e2e import (BAD_INPUT, each, iomodels, main, make_records, one_line,
                 require, require_equal, require_in, shared_folder)
from links import dangling, links

# A4 across, less the margins, at the 96 pixels an inch that CSS counts.
PRINT_WIDTH = 1031
HOSTILE = ('<script>document.title="taken"</script>'
           '<img src="http://127.0.0.1:9/x.png" onerror="alert(1)">\'&"')


def edit(folder, change):
    """Changes each record of a folder."""
    for path in folder.glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        change(record)
        path.write_text(json.dumps(record), encoding="utf-8")


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


@functools.cache
def browser():
    started = Browser()
    atexit.register(started.close)
    return started


def shown(page, width=1280, mobile=False):
    """The browser, with the page in a window of that width."""
    window = browser()
    window.cdp("Emulation.setDeviceMetricsOverride", width=width, height=900,
               deviceScaleFactor=1, mobile=mobile)
    window.media()
    for kind in "browser", "performance":
        window.log(kind)  # of earlier pages
    window.open(page)
    return window


def check_console(window):
    complaints = [entry for entry in window.log("browser")
                  if entry["level"] in ("SEVERE", "WARNING")]
    require(not complaints, f"console: {complaints}")


def case_every_chart_is_there():
    records, page = made()
    window = shown(page)

    def check(name):
        seen = window.script("""
            const figure = document.querySelector(
                `figure#${CSS.escape(arguments[0])}`);
            const svg = figure?.querySelector("svg");
            if (!svg) return null;
            const box = svg.getBoundingClientRect();
            return {width: box.width, height: box.height,
                drawn: [...svg.querySelectorAll("path")].filter(
                    path => path.getBBox().width > 0).length,
                role: svg.getAttribute("role"),
                words: (svg.getAttribute("aria-labelledby") || "")
                    .split(" ").map(
                        id => document.getElementById(id)?.textContent),
                caption: figure.querySelector("figcaption").textContent,
                cells: figure.querySelectorAll("details td").length};""", name)
        require(seen, "not on the page")
        require(seen["width"] > 600 and seen["height"] > 400
                and seen["drawn"] > 20, f"small or empty: {seen}")
        require(seen["role"] == "img" and len(seen["words"]) == 2
                and all(seen["words"]), f"no text alternative: {seen}")
        require(seen["caption"].strip(), "no caption")
        require_equal(seen["cells"], 24, "figures")

    names = sorted(path.stem for path in (records / "charts").glob("*.svg"))
    require(len(names) >= 7, f"few charts: {names}")
    each(names, check)


def case_nothing_is_fetched_and_nothing_complains():
    page = made()[1]
    window = shown(page)
    check_console(window)
    messages = [json.loads(entry["message"])["message"]
                for entry in window.log("performance")]
    fetched = {message["params"]["request"]["url"] for message in messages
               if message["method"] == "Network.requestWillBeSent"}
    require_equal({url for url in fetched
                   if not url.startswith(("data:", "about:", "chrome"))},
                  {page.resolve().as_uri()}, "fetched")
    require_equal(window.count("script"), 0, "scripts")


def case_it_is_well_formed():
    found = shown(made()[1]).script("""
        const all = selector => [...document.querySelectorAll(selector)];
        const ids = all("[id]").map(e => e.id);
        return {
            lang: document.documentElement.lang,
            title: document.title,
            headings: all("h1,h2,h3,h4").map(e => +e.tagName[1]),
            bad: {
                twice: ids.filter((id, at) => ids.indexOf(id) != at),
                dangling: all("a[href^='#']").map(e => e.hash.slice(1))
                    .concat(all("use").map(e =>
                        e.getAttribute("xlink:href").slice(1)))
                    .filter(id => !document.getElementById(id)),
                unscoped: all("th:not([scope])").length,
                uncaptioned: all("table").filter(e => !e.caption).length,
                unnamed: all("[role=region]").filter(
                    e => !e.getAttribute("aria-label")
                        || e.tabIndex != 0).length},
            main: all("main").length};""")
    require(found["lang"] == "en" and found["title"], found)
    levels = found["headings"]
    require(levels.count(1) == 1 and levels[0] == 1
            and all(b - a <= 1 for a, b in zip(levels, levels[1:])),
            f"headings: {levels}")
    require(not any(found["bad"].values()), found["bad"])
    require_equal(found["main"], 1, found)


WIDER = """
    return [...document.querySelectorAll(arguments[0])].filter(
        e => !e.closest(arguments[1]) && e.getBoundingClientRect().right
            > document.documentElement.clientWidth + 1)
        .map(e => e.outerHTML.slice(0, 80));"""


def case_in_windows_of_any_width():
    def check(width):
        window = shown(made()[1], width, mobile=width == 390)
        seen = window.script("""
            return {page: document.documentElement.scrollWidth,
                window: document.documentElement.clientWidth,
                cut: [...document.querySelectorAll(".scroll")].filter(
                    e => e.scrollWidth > e.clientWidth && getComputedStyle(e)
                        .overflowX != "auto").length,
                text: Math.min(...[...document.querySelectorAll(
                    "p,td,th,li,a")].filter(e => e.offsetWidth).map(
                        e => parseFloat(getComputedStyle(e).fontSize)))};""")
        require_equal(seen["window"], width, "wide")
        require(seen["page"] <= width, f"wider than its window: {seen}")
        require_equal(window.script(WIDER, "body *", ".scroll"), [], "wider")
        require_equal(seen["cut"], 0, "boxes cut off")
        require(seen["text"] >= 12, f"text of {seen['text']} px")

    each([390, 900, 1400], check)


def luminance(colour):
    def linear(part):
        part /= 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055)
                                                    / 1.055) ** 2.4
    red, green, blue = (linear(part) for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dim, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dim + 0.05)


COLOURS = """
    const parse = text => text.match(/[\\d.]+/g).map(Number);
    const behind = e => {
        for (; e; e = e.parentElement) {
            const colour = parse(getComputedStyle(e).backgroundColor);
            if (colour.length == 3 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    return ["h1", "h2", "p", ".wine", "caption", "th[scope=col]", "td",
            "td small", "tbody tr:nth-child(even) td small", "a", "td a",
            "figcaption", "summary", "dd", "footer p"].map(name => {
        const e = document.querySelector(name);
        return e ? [name, parse(getComputedStyle(e).color), behind(e)]
                 : [name, null, null];
    });"""


def case_light_and_dark():
    window = shown(made()[1])
    papers = {}
    for scheme in "light", "dark":
        window.media(scheme=scheme)
        for name, ink, paper in window.script(COLOURS):
            require(ink, f"no {name} on the page")
            require(contrast(ink, paper) >= 4.5, f"{scheme}: {name} has a "
                    f"contrast of {contrast(ink, paper):.2f}")
            if name == "p":
                papers[scheme] = luminance(paper)
        card = window.script("""
            return getComputedStyle(document.querySelector(".chart"))
                .backgroundColor;""")
        require_equal(card, "rgb(255, 255, 255)", f"{scheme}: charts on")
    require(papers["light"] > 0.8 and papers["dark"] < 0.05, papers)


def case_in_print():
    window = shown(made()[1], PRINT_WIDTH)
    window.media(media="print", scheme="dark")
    require_equal(window.script(WIDER, "table, svg", "none"), [], "cut off")
    paper, hidden = window.script("""
        return [getComputedStyle(document.body).backgroundColor,
            [...document.querySelectorAll(".scroll")].filter(
                e => getComputedStyle(e).overflowX != "visible").length];""")
    require_equal((paper, hidden), ("rgb(255, 255, 255)", 0))
    pdf = window.do("POST", "/print", {})
    require(len(pdf) > 50000, f"a PDF of {len(pdf)} characters")


def case_records_are_linked_and_judged():
    page = made()[1]
    window = shown(page)
    rows = window.script("""
        return [...document.querySelectorAll("#runs tbody tr")].map(
            row => [row.textContent, row.querySelector("a").getAttribute(
                "href")]);""")
    require_equal(len(rows), 72, "runs")
    for _, href in rows:
        require((page.parent / urllib.parse.unquote(href)).is_file(),
                f"{href} leads nowhere")
    bad, = [text for text, _ in rows if "not valid" in text]
    require("timed_out: synthetic" in bad, bad)
    require_in(window.text(), "Wine, not Windows", "Synthetic CPU", "4096")


def case_every_link_leads_somewhere(folder):
    """Wherever the page, its records and its charts are."""
    records = make_records(folder / "a b" / "records", "--models",
                           "iocp,select", "--invalid", "select:100")
    apart = folder / "c d" / "of it"

    def check(words, charts):
        page = report(records, *words)
        found = {kind: [link for link in links(page)[0]
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
    edit(folder, lambda record: record["suite"].update(command="book"))
    book = text_of(folder)
    change = "non-paged pool change</dt>"
    require(change in plain and change not in book
            and "<dt>non-paged pool</dt>" in book, "the pool")
    cpu = book.partition("<dt>CPU</dt>")[2].partition("</dd>")[0]
    require("and, under Wine, of wineserver" in cpu and "low..high" in cpu,
            cpu)
    require_equal(dangling(folder / "report.html"), [], "dangling links")


def case_windows_figures_are_not_called_wine(folder):
    make_records(folder, "--os", "Windows", "--models", "iocp")
    window = shown(report(folder))
    text = window.text()
    require("Wine, not Windows" not in text and "Windows Server 2022" in text,
            text)
    require(window.count("figure#pool svg"), "no chart of the non-paged pool")


def case_records_are_never_markup(folder):
    make_records(folder, "--repeat", "2", "--models", "iocp,select",
                 "--invalid", "iocp:100")

    def poison(record):
        record["machine"]["server"]["cpu"] = HOSTILE
        record["asked"]["server_via"] = HOSTILE
        record["unknown"] = {key: HOSTILE for key in record["unknown"]}
        if not record["valid"]:
            record["reasons"] = ["timed_out: " + HOSTILE]

    edit(folder, poison)
    window = shown(report(folder))
    title, text = window.script(
        "return [document.title, document.body.textContent];")
    require("taken" not in title, title)
    require_equal(window.count("script, img, [onerror]"), 0, "markup")
    require(text.count(HOSTILE) >= 4, "the text is not shown")
    check_console(window)


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

    edit(folder, nothing_measured)
    text = text_of(folder)
    require("There is no chart" in text and "timed_out: synthetic" in text,
            "the page does not say so")


def case_bad_input(folder):
    (folder / "empty").mkdir()
    records = make_records(folder / "records", "--models", "iocp")

    def check(words, *needles):
        one_line(iomodels("report", *words, exit_code=BAD_INPUT), *needles)

    each([([folder / "none"], "none"), ([folder / "empty"], "no records"),
          ([records, "--gnuplot", "no-such"], "no-such", "gnuplot"),
          ([records, "--output", folder / "empty"], "a folder", "empty"),
          ([], "DIR")], check)


main(globals())
