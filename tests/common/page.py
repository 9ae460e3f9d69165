"""A page of HTML or Markdown as it was read, and its links that lead nowhere."""

import html.parser
import pathlib
import re
import urllib.parse

LINKS = {"a": "href", "link": "href", "img": "src", "source": "src",
         "script": "src", "use": "xlink:href"}
VOID = {"meta", "link", "br", "img", "hr"}
# [text](target) and ![text](target "title"), after code is taken out.
MARKDOWN = re.compile(r"(?<!\\)\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
CODE = re.compile(r"^(?: {4}|\t)[^\n]*$|^(```|~~~).*?^\1|`[^`\n]*`",
                  re.MULTILINE | re.DOTALL)


class Page(html.parser.HTMLParser):
    """Its elements with their attributes, tables as rows of cells, the text
    outside of tables, code and style, and end tags that end nothing."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.tables, self.outside = [], [], ""
        self.open, self.stray = [], []
        self.feed(text)
        self.close()
        self.ids = {attrs["id"] for _, attrs in self.elements
                    if attrs.get("id")}
        self.links = [attrs[LINKS[tag]] for tag, attrs in self.elements
                      if attrs.get(LINKS.get(tag))]

    def count(self, *tags):
        return sum(tag in tags for tag, _ in self.elements)

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if self.open[-1:] == [tag]:
            self.open.pop()
        else:
            self.stray.append(tag)

    def handle_data(self, data):
        if "th" in self.open or "td" in self.open:
            self.tables[-1][-1][-1] += data
        elif not {"code", "style"} & set(self.open):
            self.outside += data


def read(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".md":
        return Page(text)
    text = CODE.sub("", text)
    page = Page(text)
    page.links += MARKDOWN.findall(text)
    return page


def leads(path, page, link, exists):
    """Whether a relative link leads somewhere; others are not followed."""
    parts = urllib.parse.urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    if parts.path:
        return exists(path.parent / urllib.parse.unquote(parts.path))
    # A piece of a page may lead to another piece of it.
    return not page.count("html") or parts.fragment in page.ids


def dangling(path, exists=pathlib.Path.exists):
    """The links of a page that lead to what does not exist."""
    path = pathlib.Path(path)
    page = read(path)
    return [link for link in page.links
            if not leads(path, page, link, exists)]
