"""One page that shows every figure: its claim, its set-up, how well theory and training agree.

The page holds its pictures and its style, so it can be sent as one file; beside its folder it
finds the derivations and the data that it links.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from figures.kit.agreement_table import HEADINGS, read_rows, shown
from figures.kit.profile import Profile
from figures.kit.result import Result, read_results
from figures.pages.blocks import blocks, inline
from figures.pages.glossary import GLOSSARY
from figures.pages.labels import derivations_of
from figures.pages.results import run_time
from ground.results import write_text
from theory.derivations.registry import results

STYLE = Path(__file__).with_name("page.css")


def write_gallery(profile: Profile) -> Path:
    """Write ``index.html`` from what was built, and return its path."""
    entries = read_results(profile)
    if not entries:
        raise ValueError(f"folder {profile.root} holds no results yet; run make figures")
    rows = read_rows(profile.root / "tables")
    titles = {entry.label: entry.title for entry in results()}
    contents = "".join(
        f'<li><a href="#{entry.target}">{escape(named(entry.target))}</a>: {entry.outcome}</li>'
        for entry in entries
    )
    words = "".join(
        f"<dt>{escape(word)}</dt><dd>{inline(meaning)}</dd>" for word, meaning in GLOSSARY.items()
    )
    sections = "\n".join(
        _section(entry, rows.get(entry.target, {}), titles, profile) for entry in entries
    )
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gallery · superposition-theory</title>
<style>
{STYLE.read_text(encoding="utf-8")}</style>
</head>
<body class="gallery">
<header>
<h1>Toy models of superposition, derived and measured</h1>
<p>Each figure asserts its claim before it is drawn. Below it: the set-up, what theory predicts,
what training found, and how well the two agree. Derivations:
<a href="derivations/derivations.html">one page</a>,
<a href="derivations/derivations.pdf">PDF</a>.</p>
<nav><ul>{contents}</ul></nav>
<details><summary>Words</summary><dl>{words}</dl></details>
</header>
<main>
{sections}
</main>
</body>
</html>
"""
    path = profile.root / "index.html"
    write_text(path, page)
    return path


def named(target: str) -> str:
    """Return a target's name as a heading.

    >>> named("phase_n2_m1")
    'Phase, n = 2, m = 1'
    """
    words = [
        f"{word[0]} = {word[1:]}" if word[0] in "nm" and word[1:].isdigit() else word
        for word in target.split("_")
    ]
    sizes = [word for word in words if "=" in word]
    plain = " ".join(word for word in words if "=" not in word)
    return ", ".join([plain[:1].upper() + plain[1:], *sizes])


def _section(
    entry: Result, row: Mapping[str, Any], titles: Mapping[str, str], profile: Profile
) -> str:
    facts = {
        f"Claim ({entry.whose})": entry.claim,
        "Verdict": entry.verdict,
        "Set-up": entry.setup,
        "Theory": entry.theory,
        "Training": entry.training,
        "Run time": run_time(entry.target, profile),
    }
    terms = "".join(
        f"<dt>{escape(term)}</dt><dd>{blocks(text)}</dd>" for term, text in facts.items() if text
    )
    alt = entry.alt or entry.claim
    return f"""<section id="{entry.target}">
<h2><a href="#{entry.target}">{escape(named(entry.target))}</a></h2>
<figure><a href="figures/{entry.target}.svg"><img alt="{escape(alt, quote=True)}" \
src="data:image/png;base64,{_picture(profile.figure(entry.target))}"></a></figure>
<dl>{terms}</dl>
{_table(row)}<p class="links">{_links(entry, titles, profile)}</p>
</section>"""


def _table(row: Mapping[str, Any]) -> str:
    cells = "".join(
        f"<tr><th>{escape(heading)}</th><td>{shown(key, row[key])}</td></tr>"
        for key, heading in HEADINGS.items()
        if key in row
    )
    return f"<table>{cells}</table>\n" if cells else ""


def _links(entry: Result, titles: Mapping[str, str], profile: Profile) -> str:
    links = [
        f'<a href="derivations/derivations.html#{label}">{label} · {inline(titles[label])}</a>'
        for label in derivations_of(entry)
    ]
    folder = profile.root
    files = [
        *sorted(folder.glob(f"data/{entry.target}.*.nc")),
        *sorted(folder.glob(f"tables/{entry.target}.*json")),
        *sorted(folder.glob(f"figures/{entry.target}.*")),
    ]
    paths = [path.relative_to(folder).as_posix() for path in files]
    links += [f'<a href="{path}"><code>{path}</code></a>' for path in paths]
    return " ".join(links)


def _picture(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")


__all__ = ["named", "write_gallery"]
