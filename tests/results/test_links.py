#!/usr/bin/env python3
"""Every link of a page in the repository leads somewhere."""

import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from e2e import Skip, main, require
from links import dangling, links

SOURCE = HERE.parent.parent


def committed(kind):
    """Pages under version control: what is built or measured here is not."""
    if not shutil.which("git"):
        raise Skip("git is missing")
    done = subprocess.run(["git", "-C", SOURCE, "ls-files", "-z", f"*.{kind}"],
                          capture_output=True, check=False)
    if done.returncode:
        raise Skip("this is no clone")
    return [SOURCE / name for name in done.stdout.decode().split("\0") if name
            and (SOURCE / name).exists()]


def case_committed_pages(_):
    count = 0
    for path in committed("md") + committed("html"):
        bad = dangling(path)
        require(not bad, f"{path.relative_to(SOURCE)} leads nowhere by {bad}")
        count += len(links(path)[0])
    require(count > 4, f"only {count} links were found")


def case_what_leads_nowhere_is_seen(scratch):
    (scratch / "a b.md").write_text("# There\n", encoding="utf-8")
    page = scratch / "page.md"
    page.write_text(
        "[a](a%20b.md) [b](none.md) ![c](none.png \"x\") [d](https://x.y/z)\n"
        "[e](#there) `[f](none)`\n\n    [g](none)\n\n\\[h\\](none)\n"
        "<img src=\"none.svg\">\n", encoding="utf-8")
    require(sorted(dangling(page)) == ["none.md", "none.png", "none.svg"],
            str(dangling(page)))
    page = scratch / "page.html"
    page.write_text(
        "<html><p id=\"x\"><a href=\"#x\">1</a><a href=\"#y\">2</a>"
        "<a href=\"a%20b.md\">3</a><a href=\"c/none.dat\">4</a>"
        "<a href=\"data:,\">5</a></p></html>", encoding="utf-8")
    require(dangling(page) == ["#y", "c/none.dat"], str(dangling(page)))


if __name__ == "__main__":
    main(globals())
