"""The arguments people cite: one text a label, its formulas taken from the live expressions.

A formula that code can produce stands between two markers,

    <!-- live: theory.phases.antipodal:optimal_scale -->
    $$ … $$
    <!-- /live -->

and `refreshed` rewrites what is between them from the SymPy expression that the named function
returns.  A formula in a line that Markdown would change, by a backslash before punctuation or an
underscore between it, stands between $` and `$, since code hosts read Markdown first and formulas
after.  ``python -m theory.derivations`` says which texts are out of date; with ``--write`` it
brings them up to date.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
_LIVE = re.compile(
    r"(?P<start>(?P<indent> *)<!-- live: (?P<module>[\w.]+):(?P<function>\w+) -->\n)"
    r"(?:(?!<!-- live:).)*?(?P<end> *<!-- /live -->)",
    re.DOTALL,
)


def texts() -> Iterator[Path]:
    """The derivations, in the order of their labels."""
    yield from sorted(FOLDER.glob("D[0-9][0-9]_*.md"))


def live_formulas(text: str) -> list[tuple[str, str]]:
    """The (module, function) pairs whose expressions a text shows."""
    return [(match["module"], match["function"]) for match in _LIVE.finditer(text)]


def refreshed(text: str) -> str:
    """Return the text with every live formula written anew from its expression.

    Raises
    ------
    ValueError
        A marker names no function of this project, or a marker has no end.
    """
    if text.count("<!-- live:") != text.count("<!-- /live -->"):
        raise ValueError("text must close every '<!-- live: … -->' with '<!-- /live -->'")
    return _LIVE.sub(_formula, text)


def _formula(match: re.Match[str]) -> str:
    try:
        function = getattr(importlib.import_module(match["module"]), match["function"])
    except (ImportError, AttributeError) as error:
        raise ValueError(
            f"text names no function: {match['module']}:{match['function']}"
        ) from error
    lines = ("$$", _latex(function), "$$")
    formula = "".join(f"{match['indent']}{line}\n" for line in lines)
    return f"{match['start']}{formula}{match['end']}"


@cache
def _latex(function: Callable[[], Any]) -> str:
    """Work out a formula once: all of them take fifteen seconds, and book and site show each."""
    from sympy import latex  # a third of a second that only who writes formulas should pay

    return str(latex(function()))
