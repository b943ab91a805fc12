"""The texts of the derivations as chapters, for the book and for the site alike."""

from __future__ import annotations

import re

from figures.kit.profile import Profile
from figures.kit.result import Result as FigureResult
from figures.kit.result import read_results
from figures.pages.evidence import Evidence
from figures.pages.labels import derivations_of
from theory.derivations import FOLDER, refreshed
from theory.derivations.registry import Result, results

__all__ = ["body_of", "count_of", "figures_by_label", "linked", "outcome_of"]

_KEEP = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|^#.*?$|!?\[[^\]]*\]\([^)]*\)", re.S | re.M
)


def body_of(entry: Result) -> str:
    """One text without its title, its live formulas fresh, its markers gone."""
    text = refreshed((FOLDER / entry.derivation).read_text(encoding="utf-8"))
    _, _, body = text.partition("\n")
    return re.sub(r"<!--.*?-->\n?", "", body, flags=re.S)


def linked(text: str, here: str = "") -> str:
    """Link every label outside code, formulas and headings to its chapter.

    >>> linked("By D01 and `D01`.")
    'By [D01](#D01) and `D01`.'
    """
    known = {entry.label for entry in results()}
    text = re.sub(r"\]\((D\d\d)_\w+\.md(#[^)]*)?\)", r"](#\1)", text)

    def link(match: re.Match[str]) -> str:
        label = match[0]
        return f"[{label}](#{label})" if label in known - {here} else label

    pieces, end = [], 0
    for kept in _KEEP.finditer(text):
        pieces += [re.sub(r"\bD\d\d\b", link, text[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join([*pieces, re.sub(r"\bD\d\d\b", link, text[end:])])


def figures_by_label(profile: Profile) -> dict[str, list[FigureResult]]:
    """Figures that exist, under each label they rest on."""
    found: dict[str, list[FigureResult]] = {}
    for entry in read_results(profile):
        if profile.figure(entry.target).exists():
            for label in derivations_of(entry):
                found.setdefault(label, []).append(entry)
    return found


def count_of(checked: Evidence) -> str:
    """How many tests hold a result, in words."""
    return f"{len(checked.tests)} test{'s' * (len(checked.tests) != 1)}"


def outcome_of(checked: Evidence) -> str:
    """What became of a result's tests, in words; bold unless all passed."""
    total = len(checked.tests)
    if checked.verdict == "passed":
        return "all passed"
    if checked.verdict == "failed":
        failed = sum(outcome == "failed" for outcome in checked.outcomes.values())
        return f"**{failed} of {total} failed**"
    return f"**{checked.passed} of {total} passed**" if checked.passed else f"**{checked.verdict}**"
