"""The figures' pages: one each, and an overview of all with claim, verdict and agreement."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from figures.kit.agreement_table import HEADINGS, read_rows, shown
from figures.kit.cost import STEPS, costs
from figures.kit.folder import folders
from figures.kit.profile import Profile
from figures.kit.result import VERDICTS, Result, read_results
from figures.pages.labels import derivations_of
from figures.pages.titles import named
from theory.derivations.registry import results

__all__ = ["picture_pages"]

COLOURS = {"holds": "success", "corrected": "warning", "not found": "danger"}


def picture_pages(profile: Profile) -> dict[str, str]:
    """Sources of the figures' pages by file name.

    Raises
    ------
    ValueError
        There are no results yet.
    """
    entries = read_results(profile)
    if not entries:
        raise ValueError(f"folder {profile.root} holds no results yet; run make figures")
    rows = read_rows(profile.root / "tables")
    pages = {"figures/index.md": _overview(entries, rows, profile)}
    for entry in entries:
        pages[f"figures/{entry.target}.md"] = _page(entry, rows.get(entry.target, {}), profile)
    return pages


def _overview(entries: list[Result], rows: Mapping[str, Any], profile: Profile) -> str:
    outcomes = Counter(entry.outcome for entry in entries)
    tally = ", ".join(f"{verdict} {outcomes[verdict]}" for verdict in VERDICTS)
    spent = sum(sum(_seconds(entry, profile).values()) for entry in entries)
    parts = [
        "# Figures\n\nEach figure states a claim, asserts it before it is drawn, and puts theory "
        f"beside training. Claims: {tally}. All of them took {spent:.0f} CPU seconds. "
        "The numbers of all are in one [table](#agreement-of-all).",
    ]
    known = folders()
    families: dict[str, list[Result]] = {}
    for entry in entries:
        family = known[entry.target].path.parent.name if entry.target in known else "others"
        families.setdefault(family, []).append(entry)
    for family, those in families.items():
        parts.append(f"## {family.replace('_', ' ').capitalize()}\n\n{_sentence(family)}")
        cards = "\n".join(_card(entry, rows.get(entry.target, {}), profile) for entry in those)
        parts.append(f":::::{{grid}} 1 2 3 3\n:gutter: 3\n:padding: 0\n\n{cards}\n:::::")
    contents = "\n".join(f"{named(entry.target)} <{entry.target}>" for entry in entries)
    parts += [
        "(agreement-of-all)=\n## Agreement of all\n\n" + _summary(entries, rows, profile),
        f"```{{toctree}}\n:hidden:\n\n{contents}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _sentence(family: str) -> str:
    try:
        return (importlib.import_module(f"figures.{family}").__doc__ or "").strip()
    except ImportError:
        return ""


def _card(entry: Result, row: Mapping[str, Any], profile: Profile) -> str:
    alt = _one_line(entry.alt or entry.claim)
    numbers = _numbers(row)[:1]
    measured = f"\n\n{numbers[0][0]}: **{numbers[0][1]}**" if numbers else ""
    return (
        f"::::{{grid-item-card}} {named(entry.target)}\n:img-top: small/{entry.target}.png\n"
        f":img-alt: {alt}\n:link: {entry.target}\n:link-type: doc\n\n"
        f"{_one_line(entry.claim)}{measured}\n\n"
        f":::{{card-footer}}\n{_badge(entry)} {entry.whose}\n:::\n::::\n"
    )


def _page(entry: Result, row: Mapping[str, Any], profile: Profile) -> str:
    titles = {each.label: each.title for each in results()}
    alt = _one_line(entry.alt or entry.claim).replace("[", "(").replace("]", ")")
    verdict = entry.verdict.removeprefix(entry.outcome).lstrip(":;, ")
    picture = f"![{alt}](full/{entry.target}.png){{.picture}}"
    parts = [
        f"# {named(entry.target)}",
        f"**Claim** ({entry.whose}). {entry.claim}",
        f"{_badge(entry)} {verdict[:1].upper() + verdict[1:]}",
        picture if profile.figure(entry.target).exists() else "",
        f"## Set-up\n\n{entry.setup}" if entry.setup else "",
        f"## Theory\n\n{entry.theory}" if entry.theory else "",
        f"## Measured\n\n{entry.training}" if entry.training else "",
    ]
    if numbers := _numbers(row):
        lines = [f"| {heading} | {value} |" for heading, value in numbers]
        table = "\n".join(["| trained against derived | |", "|---|--:|", *lines])
        parts.append(f"## Agreement\n\n{table}")
    table = profile.table(entry.target, ".md")
    if table.exists():
        lines = table.read_text(encoding="utf-8").splitlines()
        text = "\n".join(line.lstrip("#") if line.startswith("#") else line for line in lines)
        parts.append(f"## Table\n\n::::{{dropdown}} All numbers\n{text}\n::::")
    if labels := derivations_of(entry):
        lines = [f"- [{label} · {titles[label]}](/derivations/{label}.md)" for label in labels]
        parts.append("## Rests on\n\n" + "\n".join(lines))
    parts.append(
        f"## Make it\n\n```sh\n{_command(entry.target, profile)}\n```\n\n{_time(entry, profile)}"
    )
    if files := _files(entry, profile):
        lines = [f"- {{download}}`{name} <{place}>`: {what}" for name, place, what in files]
        parts.append("## Files\n\n" + "\n".join(lines))
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(entries: Iterable[Result], rows: Mapping[str, Any], profile: Profile) -> str:
    lines = ["| figure | claim | verdict | agreement | CPU s |", "|---|---|---|---|--:|"]
    for entry in entries:
        numbers = _numbers(rows.get(entry.target, {}))
        first = f"{numbers[0][0]}: {numbers[0][1]}" if numbers else ""
        seconds = sum(_seconds(entry, profile).values())
        lines.append(
            f"| [{named(entry.target)}]({entry.target}.md) | {entry.whose} | {_badge(entry)} "
            f"| {first} | {seconds:.0f} |"
        )
    return "\n".join(lines)


def _numbers(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Headings and values of a row; the sizes of the work last."""
    sizes = ("cells", "runs")
    keys = [key for key in HEADINGS if key in row]
    keys.sort(key=lambda key: key in sizes)
    return [(HEADINGS[key], shown(key, row[key])) for key in keys]


def _files(entry: Result, profile: Profile) -> list[tuple[str, str, str]]:
    """Name, place in the site's sources, and what it is, of each file of a figure."""
    kinds = {
        f"{entry.target}.png": ("full", "the picture"),
        f"{entry.target}.svg": ("full", "the same, to be enlarged"),
        f"{entry.target}.measured.nc": ("data", "what training found, netCDF"),
        f"{entry.target}.derived.nc": ("data", "what theory says, netCDF"),
        f"{entry.target}.agreement.json": ("tables", "the agreement as numbers"),
        f"{entry.target}.result.json": ("tables", "the sentences of this page"),
    }
    folder = {"full": "figures", "data": "data", "tables": "tables"}
    return [
        (name, f"{place}/{name}", what)
        for name, (place, what) in kinds.items()
        if (profile.root / folder[place] / name).exists()
    ]


def _command(target: str, profile: Profile) -> str:
    return f"make {target}" if profile.name == "paper" else f"make PROFILE={profile.name} {target}"


def _time(entry: Result, profile: Profile) -> str:
    spent = costs(entry.target, profile)
    if not spent:
        return "Its CPU time was not recorded."
    steps = ", ".join(f"{step} {spent[step]['seconds']:.1f} s" for step in STEPS if step in spent)
    return f"CPU time: {steps}, on {next(iter(spent.values()))['machine']}."


def _seconds(entry: Result, profile: Profile) -> dict[str, float]:
    return {step: float(cost["seconds"]) for step, cost in costs(entry.target, profile).items()}


def _badge(entry: Result) -> str:
    return f"{{bdg-{COLOURS[entry.outcome]}}}`{entry.outcome}`"


def _one_line(text: str) -> str:
    return " ".join(text.split("\n\n", 1)[0].split())
