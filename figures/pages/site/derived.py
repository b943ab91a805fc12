"""The derivations' pages: one a label, with what it is, what computes it and whether tests pass."""

from __future__ import annotations

import re
from collections import Counter

from figures.kit.profile import Profile
from figures.kit.result import Result as FigureResult
from figures.pages.chapters import body_of, count_of, figures_by_label, outcome_of
from figures.pages.evidence import Evidence
from figures.pages.site.crossings import public
from figures.pages.titles import named
from theory.derivations.citation import cite
from theory.derivations.registry import Result, results

__all__ = ["derivation_pages", "myst"]

STATUSES = {
    "proved": "success-line",
    "certified": "success-line",
    "numerical": "info-line",
    "refuted": "danger-line",
    "open": "secondary-line",
}
COLOURS = {"passed": "success", "failed": "danger", "skipped": "warning", "not run": "secondary"}


def derivation_pages(profile: Profile, found: dict[str, Evidence]) -> dict[str, str]:
    """Sources of the derivations' pages by file name, each with its evidence."""
    figures = figures_by_label(profile)
    pages = {"derivations/index.md": _overview(found)}
    for entry in results():
        name = f"derivations/{entry.label}.md"
        pages[name] = _page(entry, found[entry.label], figures.get(entry.label, []))
    return pages


def myst(text: str) -> str:
    r"""One text's Markdown as MyST reads it: code hosts' formulas, and links to other texts.

    >>> myst("By $`p_i`$ of [it](D05_candidates.md).")
    'By $p_i$ of [it](D05.md).'
    """
    text = re.sub(r"\$`(.+?)`\$", r"$\1$", text, flags=re.S)
    return re.sub(r"\]\((D\d\d)_\w+\.md(#[^)]*)?\)", r"](\1.md)", text)


def _overview(found: dict[str, Evidence]) -> str:
    verdicts = Counter(checked.verdict for checked in found.values())
    tally = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    lines = ["| label | result | what it is | tests |", "|---|---|---|---|"]
    for entry in results():
        lines.append(
            f"| [{entry.label}]({entry.label}.md) | {entry.title} | {_status(entry)} "
            f"| {_badge(found[entry.label])} |"
        )
    contents = "\n".join(entry.label for entry in results())
    return (
        "# Derivations\n\nEach result has a label that never changes its meaning, a text that "
        "proves it, functions that compute it, and tests that hold those functions to "
        f"independent evidence. In this build: {tally}, of {len(found)}. All of them bound are "
        "{download}`one PDF <derivations.pdf>`.\n\n" + "\n".join(lines) + "\n\n"
        f"```{{toctree}}\n:hidden:\n\n{contents}\n```\n"
    )


def _page(entry: Result, checked: Evidence, figures: list[FigureResult]) -> str:
    head = f"({entry.label})=\n# {entry.label} · {entry.title}"
    badges = " ".join(each for each in (_status(entry), _badge(checked)) if each)
    parts = [head, badges]
    if entry.functions:
        parts.append(_functions(entry))
    parts.append(myst(body_of(entry)).strip())
    if figures:
        lines = [f"- [{named(each.target)}](/figures/{each.target}.md)" for each in figures]
        parts.append("## Figures that rest on it\n\n" + "\n".join(lines))
    parts += [
        f"## Its tests\n\n{count_of(checked)}, {outcome_of(checked)} in this build.\n\n"
        f"::::{{dropdown}} Each of them\n{_tests(checked)}\n::::",
        f"## Cite it\n\n```bibtex\n{cite(entry.label).strip()}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _functions(entry: Result) -> str:
    """What computes it: public names as users write them, then what stands behind them."""
    # What writes the formulas of a text is part of the text.
    paths = [
        name.replace(":", ".")
        for name in entry.functions
        if not name.startswith("theory.derivations.")
    ]
    shown = list(dict.fromkeys(name for path in paths if (name := public(path))))
    inside = [path for path in paths if not public(path)]
    said = [f"*Computed by* {_list(shown)}." if shown else ""]
    said += [f"*Inside*: {_list(inside)}." if inside else ""]
    return " ".join(each for each in said if each)


def _list(paths: list[str]) -> str:
    return ", ".join(f"`{path}`" for path in paths)


def _tests(checked: Evidence) -> str:
    files: dict[str, list[str]] = {}
    for test in checked.tests:
        file, _, name = test.partition("::")
        outcome = checked.outcomes.get(test, "not run")
        mark = "✓" if outcome == "passed" else f"**{outcome}**"
        files.setdefault(file, []).append(f"`{name}` {mark}")
    return "\n".join(
        f"- {'examples' if file == 'doctest' else f'`{file}`'}: {', '.join(names)}"
        for file, names in files.items()
    )


def _badge(checked: Evidence) -> str:
    words = f"{count_of(checked)}: {outcome_of(checked).strip('*')}"
    return f"{{bdg-{COLOURS[checked.verdict]}}}`{words}`"


def _status(entry: Result) -> str:
    """What a result is, as the registry has it: proved, certified, numerical, refuted, open."""
    return " ".join(
        f"{{bdg-{STATUSES.get(status, 'secondary-line')}}}`{status}`"
        for status in entry.status.split(", ")
    )
