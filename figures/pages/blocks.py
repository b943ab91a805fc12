"""The little Markdown that a figure's sentences hold, set in HTML: code, lists, tables."""

from __future__ import annotations

import re
from html import escape

__all__ = ["blocks", "inline"]

_RULE = re.compile(r"\|(\s*:?-+:?\s*\|)+")


def blocks(text: str) -> str:
    """Paragraphs, lists and tables, each set off by a blank line; one paragraph stays bare.

    >>> blocks("Two `levels`:\\n\\n- 5+\\n- 6")
    '<p>Two <code>levels</code>:</p><ul><li>5+</li><li>6</li></ul>'
    """
    parts = [part for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
    if len(parts) == 1 and parts[0][0] not in "|-":
        return inline(parts[0])
    return "".join(_block(part.strip().splitlines()) for part in parts)


def inline(text: str) -> str:
    """Escape text, keeping code between backticks."""
    parts = escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if k % 2 else part for k, part in enumerate(parts))


def _block(lines: list[str]) -> str:
    if all(line.startswith("|") for line in lines):
        return _table(lines)
    if all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{inline(line[2:])}</li>" for line in lines) + "</ul>"
    return f"<p>{inline(' '.join(lines))}</p>"


def _table(lines: list[str]) -> str:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if not _RULE.fullmatch(line)
    ]
    head = "".join(f"<th>{inline(cell)}</th>" for cell in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{inline(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:]
    )
    return f"<table><tr>{head}</tr>{body}</table>"
