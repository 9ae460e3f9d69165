"""The links of a page, of HTML or Markdown, and which of them lead nowhere."""

import html.parser
import pathlib
import re
import urllib.parse

LINKS = {"a": "href", "link": "href", "img": "src", "source": "src",
         "script": "src", "use": "xlink:href"}
# [text](target) and ![text](target "title"), after code is taken out.
MARKDOWN = re.compile(r"(?<!\\)\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
CODE = re.compile(r"^(?: {4}|\t).*$|^(```|~~~).*?^\1|`[^`\n]*`",
                  re.MULTILINE | re.DOTALL)


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.whole = [], set(), False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.whole = self.whole or tag == "html"
        if attrs.get("id"):
            self.ids.add(attrs["id"])
        if attrs.get(LINKS.get(tag)):
            self.links.append(attrs[LINKS[tag]])


def links(path):
    """Each link of a page as it stands there, and the page as it was read."""
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    if path.suffix == ".md":
        page.links += MARKDOWN.findall(CODE.sub("", text))
    return page.links, page


def leads(path, page, link):
    """Whether a relative link leads somewhere; others are not followed."""
    parts = urllib.parse.urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    if parts.path:
        return (path.parent / urllib.parse.unquote(parts.path)).exists()
    # A piece of a page may lead to another piece of it.
    return not page.whole or parts.fragment in page.ids


def dangling(path):
    """The links of a page that lead nowhere."""
    found, page = links(pathlib.Path(path))
    return [link for link in found if not leads(pathlib.Path(path), page,
                                                link)]
