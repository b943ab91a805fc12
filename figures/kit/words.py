"""Lists and tables in a figure's sentences, where numbers would otherwise form a chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["bullets", "markdown_table"]


def bullets(lines: Iterable[str]) -> str:
    """A list in Markdown, set off from the sentence before it.

    >>> print("Two levels:" + bullets(["5+ at 0.37", "6 at 0.29"]))
    Two levels:
    <BLANKLINE>
    - 5+ at 0.37
    - 6 at 0.29
    <BLANKLINE>
    """
    return "\n\n" + "\n".join(f"- {line}" for line in lines) + "\n"


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, set off from the sentence before it.

    >>> print(markdown_table(["p", "ratio"], [["0.05", "3.72"]]).strip())
    | p | ratio |
    |---|---|
    | 0.05 | 3.72 |
    """
    lines = [headings, *rows]
    for line in lines:
        if len(line) != len(headings):
            raise ValueError(f"rows must have {len(headings)} cells, got {len(line)}: {line!r}")
    set_lines = ["| " + " | ".join(line) + " |" for line in lines]
    set_lines.insert(1, "|---" * len(headings) + "|")
    return "\n\n" + "\n".join(set_lines) + "\n"
