"""The book of derivations as a PDF, from the texts of which the site has a page each.

The texts are taken as they stand, with their live formulas written anew; around them go a table
of all results with what their tests said in this build, the figures, and links from every label
to its chapter.  pandoc reads the whole; Typst sets it.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pypandoc
import typst

from figures.kit.profile import Profile
from figures.kit.result import Result as FigureResult
from figures.pages.chapters import body_of, count_of, figures_by_label, linked, outcome_of
from figures.pages.evidence import Evidence, evidence
from figures.pages.labels import derivations_of
from figures.pages.titles import named
from ground.results import write_whole
from theory.derivations.citation import DISTRIBUTION, cite
from theory.derivations.registry import Result, results

READ = "commonmark_x-smart+implicit_figures+tex_math_gfm"
TITLE = "Derivations"
TEMPLATE = Path(__file__).with_name("book.typ")


def write_book(profile: Profile, report: Path) -> Path:
    """Write ``derivations.pdf``, and return its path."""
    text = book_text(profile, evidence(report))
    pdf = profile.root / "derivations" / "derivations.pdf"
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / "derivations.typ"
        source.write_text(typst_source(text), encoding="utf-8")
        # Figures are read through absolute paths, so the root is the file system's.
        data = typst.compile(source, root="/")
    write_whole(pdf, lambda path: Path(path).write_bytes(data))
    return pdf


def book_text(profile: Profile, found: dict[str, Evidence]) -> str:
    """Return the whole book in Markdown."""
    figures = figures_by_label(profile)
    parts = [_opening(found)]
    for entry in results():
        parts.append(chapter(entry, found[entry.label]))
        # Each figure once, under its last label: later results build on earlier ones.
        parts += [
            _figure(figure, profile)
            for figure in figures.get(entry.label, [])
            if derivations_of(figure)[-1] == entry.label
        ]
    parts.append(_tests(found))
    return "\n\n".join(parts) + "\n"


def chapter(entry: Result, checked: Evidence) -> str:
    """Return one text, its formulas fresh, its labels linked, with what computes and checks it."""
    functions = ", ".join(_code(name) for name in entry.functions)
    return (
        f"# {entry.label} · {entry.title} {{#{entry.label}}}\n\n"
        f"*Computed by* {functions}. *Checked by* [{count_of(checked)}](#tests-{entry.label}): "
        f"{outcome_of(checked)} in this build.\n\n{linked(body_of(entry), entry.label)}"
    )


def _opening(found: dict[str, Evidence]) -> str:
    verdicts = Counter(checked.verdict for checked in found.values())
    tally = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    rows = [
        f"| [{entry.label}](#{entry.label}) | {entry.title} | "
        f"{'<br>'.join(_code(name) for name in entry.functions)} | "
        f"[{count_of(found[entry.label])}](#tests-{entry.label}) | "
        f"{outcome_of(found[entry.label])} |"
        for entry in results()
    ]
    example = next(iter(found))
    return "\n".join(
        [
            "# Results {#results}",
            "",
            "Each result has a label that never changes its meaning, a text that proves it, "
            "functions that compute it, and tests that hold those functions to independent "
            f"evidence. In this build: {tally}, of {len(found)}. To cite one, "
            f'`theory.cite("{example}")` or `superposition cite {example}` prints',
            "",
            "```",
            cite(example).strip(),
            "```",
            "",
            "| Label | Statement | Functions | Tests | In this build |",
            f"|{'-' * 7}|{'-' * 28}|{'-' * 42}|{'-' * 9}|{'-' * 14}|",
            *rows,
        ]
    )


def _tests(found: dict[str, Evidence]) -> str:
    lines = [
        "# Tests of each result {#tests}",
        "",
        "A test counts for a result when its mark names the label; the example in the "
        "documentation of a function that carries the label counts too.",
    ]
    for entry in results():
        checked = found[entry.label]
        lines += ["", f"## {entry.label} · {entry.title} {{#tests-{entry.label}}}", ""]
        files: dict[str, list[str]] = {}
        for test in checked.tests:
            file, _, name = test.partition("::")
            mark = {"passed": "✓"}.get(checked.outcomes.get(test, ""), "")
            words = checked.outcomes.get(test, "not run")
            files.setdefault(file, []).append(f"`{name}` {mark or f'**{words}**'}")
        lines += [
            f"- {'examples' if file == 'doctest' else _code(file)}: {', '.join(names)}"
            for file, names in files.items()
        ]
    return "\n".join(lines)


def _figure(entry: FigureResult, profile: Profile) -> str:
    path = profile.figure(entry.target).resolve().as_posix()
    others = ", ".join(derivations_of(entry)[:-1])
    also = f" Built on {linked(others)}." if others else ""
    said = f"{entry.claim} (Claim: {entry.whose}.) Verdict: {entry.verdict}"
    return f"![*{named(entry.target)}.* {said}{also}]({path})"


def typst_source(text: str) -> str:
    """Return the book's text in Typst's language, each chapter's formulas numbered anew."""
    text = re.sub(
        r"^(# (D\d\d) .*)$",
        r"\1\n\n```{=typst}\n#counter(math.equation).update(0)\n"
        r'#set math.equation(numbering: n => "(\2." + str(n) + ")")\n```',
        text,
        flags=re.M,
    )
    text = text.replace("<br>", " `#linebreak()`{=typst} ")
    bars = re.compile(r"\$\$.*?\$\$|\$[^$]*\$", re.DOTALL)
    text = bars.sub(lambda formula: formula[0].replace(r"\|", r"\Vert{}"), text)
    arguments = ["--standalone", f"--template={TEMPLATE}", *_metadata()]
    source = pypandoc.convert_text(text, "typst", format=READ, extra_args=arguments)
    source = source.replace("#h(-1em)", "#h(-0.17em)")  # the thin space \! is a sixth of an em
    # pandoc takes bars for relations, which stand apart and carry exponents above, and writes
    # the name of an enlarged symbol as a word.
    source = source.replace("times.circle", "times.o")  # the symbol's name in later versions
    source = source.replace("bar.v.double", 'class("normal", bar.v.double)')
    source = source.replace(r"\|", 'class("normal", bar.v)')
    return re.sub(r"(#scale\([^)]*\))\[([a-z].*?)\]", r"\1[$\2$]", source)


def _metadata() -> list[str]:
    return [
        "--fail-if-warnings",  # a formula that cannot be set, a picture that is not there
        f"--metadata=title:{TITLE}",
        f"--metadata=subtitle:{DISTRIBUTION} {version(DISTRIBUTION)}",
        "--metadata=lang:en",
    ]


def _code(name: str) -> str:
    return f"`{name.replace(':', '.')}`"


__all__ = ["book_text", "chapter", "typst_source", "write_book"]
