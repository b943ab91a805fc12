r"""A Sphinx extension: bars in docstrings are absolute values.

Docstrings are written to be read in a shell, |x| among their words; reStructuredText takes that
for the name of something to put in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx

__all__ = ["plain_bars", "setup"]

_CODE = re.compile(r"``.*?``|`[^`]*`")


def plain_bars(lines: list[str]) -> Iterator[str]:
    r"""Escape bars outside code, examples and formulas.

    >>> list(plain_bars(["The size |h| of `a | b`.", "", ".. math:: |h|", "   + |x|", "", "|y|"]))
    ['The size \\|h\\| of `a | b`.', '', '.. math:: |h|', '   + |x|', '', '\\|y\\|']
    """
    block: int | None = None  # how far a directive is set in
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if line.strip() and block is not None and depth <= block:
            block = None
        if line.lstrip().startswith(".. math::"):
            block = depth
        example = line.lstrip().startswith((">>>", "..."))
        yield line if block is not None or example else _escaped(line)


def _escaped(line: str) -> str:
    pieces, end = [], 0
    for code in _CODE.finditer(line):
        pieces += [line[end : code.start()].replace("|", r"\|"), code[0]]
        end = code.end()
    return "".join([*pieces, line[end:].replace("|", r"\|")])


def _process(*given: Any) -> None:
    lines: list[str] = given[-1]
    lines[:] = plain_bars(lines)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register, to be called before numpydoc is."""
    app.connect("autodoc-process-docstring", _process, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
