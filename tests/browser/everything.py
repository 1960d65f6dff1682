"""Every page of the console, found by following links."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.browser.conftest import Look, Walker

# Links that leave the console, end the visit or are files.
LEAVES = re.compile(r"/console/(logout|jsi18n)|/logout/|\.pem$")
KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/)")


def kind(path: str) -> str:
    """Pages that differ only in the row they show are one page to look at."""
    return KEY.sub("…", urlsplit(path).path)


def links(walker: Walker) -> list[str]:
    hrefs = walker.page.locator("a[href]").evaluate_all("all => all.map(a => a.href)")
    return [
        href.removeprefix(walker.demo.portal)
        for href in hrefs
        if href.startswith(f"{walker.demo.portal}/console/") and not LEAVES.search(href)
    ]


def look_at_everything(walker: Walker, *looks: Look) -> set[str]:
    """Every kind of page that can be reached from the overview by following links."""
    seen: set[str] = set()
    waiting = ["/console/"]
    while waiting:
        path = waiting.pop()
        if kind(path) in seen:
            continue
        seen.add(kind(path))
        walker.open(path)
        assert walker.heading
        if kind(walker.path) in seen - {kind(path)}:
            continue  # redirected to a page that was looked at
        walker.looks_right(*looks)
        waiting += links(walker)
    return seen
