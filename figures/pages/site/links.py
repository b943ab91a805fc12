"""Whether every link of a built site leads somewhere, and nothing is fetched from elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["Links", "check_links"]

_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


class _Page(HTMLParser):
    """What a page defines, links to, and fetches."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.fetched: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value is None:
                continue
            if name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value)
            elif name == "href":
                # Other pages of a site are named by <link> too: the next, the one above.
                page = tag == "link" and dict(attrs).get("rel") in (
                    "next",
                    "prev",
                    "search",
                    "index",
                )
                (self.links if tag == "a" or page else self.fetched).add(value)
            elif name in ("src", "srcset", "poster"):
                self.fetched.add(value)


@dataclass
class Links:
    """What a check found.

    Attributes
    ----------
    pages, inside : int
        Pages read, links that lead to a page or a file of the site.
    broken : list of str
        ``page: link`` of each that leads nowhere.
    elsewhere : list of str
        ``page: address`` of what a page would fetch from the net.
    outside : dict
        Addresses on the net that pages link to, and how many do; they are not fetched.
    """

    pages: int = 0
    inside: int = 0
    broken: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    outside: dict[str, int] = field(default_factory=dict)

    @cached_property
    def said(self) -> str:
        """In a line."""
        return (
            f"{self.pages} pages, {self.inside} links inside, {len(self.broken)} broken, "
            f"{len(self.outside)} addresses outside"
        )


def check_links(root: Path) -> Links:
    """Follow every link of the pages below a folder, anchors too; style sheets fetch as well."""
    # Below _static lie the theme's own parts, which are no pages.
    paths = [path for path in root.rglob("*.html") if "_static" not in path.parts]
    pages = {path.resolve(): _Page(path.read_text(encoding="utf-8")) for path in paths}
    found = Links(pages=len(pages))
    exists: dict[Path, bool] = {}
    for path, page in sorted(pages.items()):
        here = path.relative_to(root.resolve()).as_posix()
        for link in sorted(page.links | page.fetched):
            parts = urlsplit(link)
            if parts.scheme == "data" or parts.scheme == "javascript":
                continue
            if parts.scheme or parts.netloc:
                if link in page.fetched:
                    found.elsewhere.append(f"{here}: {link}")
                else:
                    found.outside[link] = found.outside.get(link, 0) + 1
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target not in exists:
                exists[target] = target.is_file()
            anchor = unquote(parts.fragment)
            lost = anchor and target in pages and anchor not in pages[target].anchors
            found.inside += 1
            if not exists[target] or lost:
                found.broken.append(f"{here}: {link}")
    for sheet in sorted(root.rglob("*.css")):
        for match in _URL.finditer(sheet.read_text(encoding="utf-8")):
            address = match[1] or match[2]
            if address.startswith(("http:", "https:", "//")):
                found.elsewhere.append(f"{sheet.relative_to(root).as_posix()}: {address}")
    return found
