"""Documents of the repository as pages of the site, their links led to other pages."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from figures.kit.profile import ROOT
from figures.pages.glossary import GLOSSARY
from figures.pages.site.derived import myst

__all__ = ["DOCUMENTS", "document_pages", "relinked"]

# Page of the site, and the document that it shows.
DOCUMENTS = {
    "about/architecture.md": "docs/ARCHITECTURE.md",
    "about/claims.md": "docs/CLAIMS.md",
    "about/vision.md": "VISION.md",
    "about/changes.md": "CHANGELOG.md",
    "how_to/recover.md": "docs/RECOVER.md",
}
_LINK = re.compile(r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
_TEXT = re.compile(r"(?:theory/derivations/)?(D\d\d)_\w+\.md")


def document_pages(root: Path = ROOT) -> dict[str, str]:
    """Sources of these pages by file name; a document that is not there has none."""
    there = {page: place for page, place in DOCUMENTS.items() if (root / place).exists()}
    pages = {
        page: myst(relinked((root / place).read_text(encoding="utf-8"), place))
        for page, place in there.items()
    }
    pages["about/words.md"] = _words()
    return pages


def relinked(text: str, place: str) -> str:
    """Lead a document's links to pages of the site; what has no page stays as words.

    >>> relinked("[a](ARCHITECTURE.md#x), [b](../LICENSE), [c](https://d.e)", "docs/RECOVER.md")
    '[a](/about/architecture.md#x), b, [c](https://d.e)'
    """
    pages = {document: page for page, document in DOCUMENTS.items()}

    def lead(match: re.Match[str]) -> str:
        target, _, anchor = match["target"].partition("#")
        if "://" in target or not target:
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(place), target))
        if match["picture"]:
            return f"![{match['text']}](/pictures/{posixpath.basename(path)})"
        if path in pages:
            return f"[{match['text']}](/{pages[path]}{'#' * bool(anchor)}{anchor})"
        if path == "RESULTS.md":  # which has a page for each of its sections
            return f"[{match['text']}](/figures/{anchor or 'index'}.md)"
        if label := _TEXT.fullmatch(path):
            return f"[{match['text']}](/derivations/{label[1]}.md)"
        return match["text"]

    return _LINK.sub(lead, text)


def _words() -> str:
    lines = ["# Words", "", "What needs a sentence, for readers new to this field.", ""]
    lines += ["```{glossary}"]
    for word, meaning in GLOSSARY.items():
        lines += [word, f"  {meaning}", ""]
    return "\n".join([*lines, "```", ""])
