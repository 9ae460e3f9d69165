#!/usr/bin/env python3
"""The HTML report, as a browser shows it."""

import atexit
import functools
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse

import e2e
from browser import Browser
from e2e import iomodels, one_line, require
from links import dangling, links

HERE = pathlib.Path(__file__).resolve().parent
# A4 across, less the margins, at the 96 pixels an inch that CSS counts.
PRINT_WIDTH = 1031
HOSTILE = ('<script>document.title="taken"</script>'
           '<img src="http://127.0.0.1:9/x.png" onerror="alert(1)">\'&"')


def make_records(folder, *options):
    subprocess.run([sys.executable, HERE.parent / "make_records.py", folder,
                    *options], check=True)


def edit(path, change):
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record)
    path.write_text(json.dumps(record), encoding="utf-8")


def report(folder, *options):
    done = iomodels("report", folder, *options)
    page = pathlib.Path(done.stdout.strip())
    require(page.is_file(), f"no page: {done.stdout!r}")
    return page


@functools.cache
def made():
    """Records that most cases look at, and their page."""
    scratch = tempfile.TemporaryDirectory()
    atexit.register(scratch.cleanup)
    records = pathlib.Path(scratch.name) / "records"
    make_records(records, "--repeat", "3", "--invalid", "select:1000")
    return records, report(records)


@functools.cache
def browser():
    started = Browser()
    atexit.register(started.close)
    return started


def shown(page, width=1280, mobile=False):
    """The browser, with the page in a window of that width."""
    browser().cdp("Emulation.setDeviceMetricsOverride", width=width,
                  height=900, deviceScaleFactor=1, mobile=mobile)
    browser().media()
    for kind in ("browser", "performance"):
        browser().log(kind)  # of earlier pages
    browser().open(page)
    return browser()


def names_of_charts(records):
    names = sorted(path.stem for path in (records / "charts").glob("*.svg"))
    require(len(names) >= 7, f"few charts: {names}")
    return names


def case_every_chart_is_there(_):
    records, page = made()
    window = shown(page)
    for name in names_of_charts(records):
        seen = window.script("""
            const svg = document.querySelector(
                `figure#${CSS.escape(arguments[0])} svg`);
            if (!svg) return null;
            const box = svg.getBoundingClientRect();
            const lines = [...svg.querySelectorAll("path")].filter(
                path => path.getBBox().width > 0);
            const text = id => document.getElementById(id)?.textContent;
            return {width: box.width, height: box.height,
                drawn: lines.length, role: svg.getAttribute("role"),
                words: (svg.getAttribute("aria-labelledby") || "")
                    .split(" ").map(text),
                caption: svg.closest("figure")
                    .querySelector("figcaption").textContent,
                cells: svg.closest("figure")
                    .querySelectorAll("details td").length};""", name)
        require(seen, f"{name} is not on the page")
        require(seen["width"] > 600 and seen["height"] > 400,
                f"{name}: {seen}")
        require(seen["drawn"] > 20, f"{name} is empty: {seen}")
        require(seen["role"] == "img", f"{name}: {seen}")
        require(len(seen["words"]) == 2 and all(seen["words"]),
                f"{name}: no text alternative: {seen['words']}")
        require(seen["caption"].strip(), f"{name} has no caption")
        require(seen["cells"] == 24, f"{name}: {seen['cells']} figures")


def case_nothing_is_fetched_and_nothing_complains(_):
    page = made()[1]
    window = shown(page)
    complaints = [entry for entry in window.log("browser")
                  if entry["level"] in ("SEVERE", "WARNING")]
    require(not complaints, f"console: {complaints}")
    fetched = set()
    for entry in window.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            fetched.add(message["params"]["request"]["url"])
    fetched = {url for url in fetched
               if not url.startswith(("data:", "about:", "chrome"))}
    require(fetched == {page.resolve().as_uri()}, f"fetched: {fetched}")
    scripts = window.script(
        "return document.querySelectorAll('script').length;")
    require(scripts == 0, f"{scripts} scripts")


def case_it_is_well_formed(_):
    window = shown(made()[1])
    found = window.script("""
        const all = selector => [...document.querySelectorAll(selector)];
        const ids = all("[id]").map(e => e.id);
        return {
            lang: document.documentElement.lang,
            title: document.title,
            headings: all("h1,h2,h3,h4").map(e => +e.tagName[1]),
            twice: ids.filter((id, at) => ids.indexOf(id) != at),
            dangling: all("a[href^='#']").map(e => e.hash.slice(1))
                .concat(all("use").map(e =>
                    e.getAttribute("xlink:href").slice(1)))
                .filter(id => !document.getElementById(id)),
            unscoped: all("th:not([scope])").length,
            uncaptioned: all("table").filter(e => !e.caption).length,
            unnamed: all("[role=region]").filter(
                e => !e.getAttribute("aria-label")
                    || e.tabIndex != 0).length,
            main: all("main").length};""")
    require(found["lang"] == "en" and found["title"], str(found))
    levels = found["headings"]
    require(levels.count(1) == 1 and levels[0] == 1
            and all(b - a <= 1 for a, b in zip(levels, levels[1:])),
            f"headings: {levels}")
    for key in ("twice", "dangling"):
        require(not found[key], f"{key}: {found[key]}")
    for key in ("unscoped", "uncaptioned", "unnamed"):
        require(found[key] == 0, f"{key}: {found[key]}")
    require(found["main"] == 1, str(found))


def overflow(window):
    return window.script("""
        return {page: document.documentElement.scrollWidth,
            window: document.documentElement.clientWidth,
            wide: [...document.querySelectorAll("body *")].filter(e =>
                !e.closest(".scroll") && e.getBoundingClientRect().right
                > document.documentElement.clientWidth + 1)
                .map(e => e.outerHTML.slice(0, 80))};""")


def case_in_windows_of_any_width(_):
    for width in (390, 900, 1400):
        window = shown(made()[1], width, mobile=width == 390)
        seen = overflow(window)
        require(seen["window"] == width, f"not {width} wide: {seen}")
        require(seen["page"] <= seen["window"] and not seen["wide"],
                f"wider than its window: {seen}")
        boxes = window.script("""
            return [...document.querySelectorAll(".scroll")].filter(
                e => e.scrollWidth > e.clientWidth && getComputedStyle(e)
                    .overflowX != "auto").length;""")
        require(boxes == 0, f"{boxes} boxes are cut off")
        text = window.script("""
            return Math.min(...[...document.querySelectorAll("p,td,th,li,a")]
                .filter(e => e.offsetWidth)
                .map(e => parseFloat(getComputedStyle(e).fontSize)));""")
        require(text >= 12, f"text of {text} px")


def luminance(colour):
    def linear(part):
        part /= 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055)
                                                    / 1.055) ** 2.4
    red, green, blue = (linear(part) for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
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


def case_light_and_dark(_):
    window = shown(made()[1])
    papers = {}
    for scheme in ("light", "dark"):
        window.media(scheme=scheme)
        for name, ink, paper in window.script(COLOURS):
            require(ink, f"no {name} on the page")
            ratio = contrast(ink, paper)
            require(ratio >= 4.5, f"{scheme}: {name} has a contrast of "
                                  f"{ratio:.2f}: {ink} on {paper}")
            if name == "p":
                papers[scheme] = luminance(paper)
        card = window.script("""
            return getComputedStyle(document.querySelector(".chart"))
                .backgroundColor;""")
        require(card == "rgb(255, 255, 255)", f"{scheme}: charts on {card}")
    require(papers["light"] > 0.8 and papers["dark"] < 0.05, str(papers))


def case_in_print(_):
    window = shown(made()[1], PRINT_WIDTH)
    window.media(media="print", scheme="dark")
    seen = window.script("""
        return {wide: [...document.querySelectorAll("table, svg")]
                .filter(e => e.getBoundingClientRect().right
                    > document.documentElement.clientWidth + 1)
                .map(e => [e.getBoundingClientRect().right,
                    e.outerHTML.slice(0, 60)]),
            paper: getComputedStyle(document.body).backgroundColor,
            hidden: [...document.querySelectorAll(".scroll")].filter(
                e => getComputedStyle(e).overflowX != "visible").length};
        """)
    require(not seen["wide"], f"cut off on paper: {seen['wide']}")
    require(seen["paper"] == "rgb(255, 255, 255)", str(seen))
    require(seen["hidden"] == 0, str(seen))
    pdf = window.do("POST", "/print", {})
    require(len(pdf) > 50000, f"a PDF of {len(pdf)} characters")


def case_records_are_linked_and_judged(_):
    records, page = made()
    window = shown(page)
    rows = window.script("""
        return [...document.querySelectorAll("#runs tbody tr")].map(
            row => [row.textContent, row.querySelector("a").getAttribute(
                "href")]);""")
    require(len(rows) == 72, f"{len(rows)} runs")
    for text, href in rows:
        path = page.parent / urllib.parse.unquote(href)
        require(path.is_file(), f"{href} leads nowhere")
    bad = [text for text, href in rows if "not valid" in text]
    require(len(bad) == 1 and "timed_out: synthetic" in bad[0], str(bad))
    text = window.script("return document.body.innerText;")
    require("Wine, not Windows" in text, "Wine is not named")
    require("Synthetic CPU" in text and "4096" in text, "facts are missing")


def case_every_link_leads_somewhere(folder):
    """Wherever the page, its records and its charts are."""
    records = folder / "a b" / "records"
    make_records(records, "--models", "iocp,select", "--invalid", "select:100")
    for words, charts in (
            ([], records / "charts"),
            (["--output", folder / "pages" / "x.html"],
             folder / "pages" / "charts"),
            (["--charts", folder / "c d" / "of it"], folder / "c d" / "of it"),
            (["--output", folder / "p" / "x.html", "--charts", records],
             records)):
        page = report(records, *words)
        data = [link for link in links(page)[0] if link.endswith(".dat")]
        require(len(data) >= 7, f"{len(data)} links to charts' data")
        runs = [link for link in links(page)[0] if link.endswith(".json")]
        require(len(runs) == 6, f"{len(runs)} links to records")
        for link in data:
            path = page.parent / urllib.parse.unquote(link)
            require(path.parent.resolve() == charts.resolve(), link)
        require(not dangling(page), f"{words}: {dangling(page)}")
    require(not (folder / "p" / "charts").exists(), "charts beside the page")


def case_the_book_has_its_own_words(folder):
    """CPU and pool of the book's table are other figures than the plain one's,
    and the page must not explain the one by the other."""
    records = folder / "records"
    make_records(records, "--models", "iocp", "--connections", "7000")
    plain = report(records).read_text(encoding="utf-8")
    for path in records.glob("*.json"):
        edit(path, lambda record: record["suite"].update(command="book"))
    book = report(records).read_text(encoding="utf-8")
    require("non-paged pool change</dt>" in plain
            and "non-paged pool change</dt>" not in book
            and "<dt>non-paged pool</dt>" in book, "the pool")
    cpu = book.partition("<dt>CPU</dt>")[2].partition("</dd>")[0]
    require("and, under Wine, of wineserver" in cpu and "low..high" in cpu,
            cpu)
    require(not dangling(records / "report.html"), "links")


def case_windows_figures_are_not_called_wine(folder):
    make_records(folder / "records", "--os", "Windows", "--models", "iocp")
    window = shown(report(folder / "records"))
    text = window.script("return document.body.innerText;")
    require("Wine, not Windows" not in text, "called Wine")
    require("Windows Server 2022" in text, "no system")
    pool = window.script(
        "return !!document.querySelector('figure#pool svg');")
    require(pool, "no chart of the non-paged pool")


def case_records_are_never_markup(folder):
    records = folder / "records"
    make_records(records, "--repeat", "2", "--models", "iocp,select",
                 "--invalid", "iocp:100")

    def poison(record):
        record["machine"]["server"]["cpu"] = HOSTILE
        record["asked"]["server_via"] = HOSTILE
        record["unknown"] = {key: HOSTILE for key in record["unknown"]}
        if not record["valid"]:
            record["reasons"] = ["timed_out: " + HOSTILE]

    for path in records.glob("*.json"):
        edit(path, poison)
    page = report(records)
    window = shown(page)
    seen = window.script("""
        return {title: document.title,
            text: document.body.textContent,
            bad: document.querySelectorAll("script, img, [onerror]")
                .length};""")
    require("taken" not in seen["title"] and seen["bad"] == 0, str(seen))
    require(seen["text"].count(HOSTILE) >= 4, "the text is not shown")
    require(not [entry for entry in window.log("browser")
                 if entry["level"] == "SEVERE"], "console errors")


def case_runs_that_all_failed(folder):
    records = folder / "records"
    make_records(records, "--models", "iocp", "--connections", "100",
                 "--invalid", "iocp:100")

    def nothing_measured(record):
        for key in ("round_trips_per_s",):
            record["throughput"][key] = None
        for part in record["throughput"].values():
            if isinstance(part, dict):
                part.update(dict.fromkeys(part))
        for part in ("empty", "loaded"):
            record["memory"][part] = dict.fromkeys(record["memory"][part])
        for part in ("threads", "handles"):
            record[part] = dict.fromkeys(record[part])
        record["cpu"]["per_round_trip_us"] = dict.fromkeys(
            record["cpu"]["per_round_trip_us"])
        record["latency_us"] = None
        record["pool"]["host_tcp_memory"] = None
        record["connections"]["connected"] = None
        record["connections"]["attempted"] = None

    for path in records.glob("*.json"):
        edit(path, nothing_measured)
    text = report(records).read_text(encoding="utf-8")
    require("There is no chart" in text and "timed_out: synthetic" in text,
            "the page does not say so")


def case_bad_input(folder):
    (folder / "empty").mkdir()
    one_line(iomodels("report", folder / "none", exit_code=2), "none")
    one_line(iomodels("report", folder / "empty", exit_code=2), "no records")
    make_records(folder / "records", "--models", "iocp")
    one_line(iomodels("report", folder / "records", "--gnuplot", "no-such",
                      exit_code=2), "no-such", "gnuplot")
    one_line(iomodels("report", folder / "records", "--output",
                      folder / "empty", exit_code=2), "a folder", "empty")
    one_line(iomodels("report", exit_code=2), "DIR")


if __name__ == "__main__":
    e2e.main(globals())
