"""The book: every result has its chapter, every link leads somewhere, every formula is set."""

from __future__ import annotations

import re

import matplotlib.image
import numpy as np
import pytest

from figures.kit.folder import folders
from figures.kit.profile import Profile
from figures.kit.result import Result
from figures.pages.book import book_text, typst_source, write_book
from figures.pages.chapters import figures_by_label, linked
from figures.pages.evidence import Evidence, evidence
from figures.pages.labels import derivations_of, labels_used, modules_of
from theory.derivations.registry import results

LABELS = [entry.label for entry in results()]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A profile with one figure, the text of its book, and the book."""
    profile = Profile("quick", tmp_path_factory.mktemp("build"))
    path = profile.figure("sample_n2_m1")
    path.parent.mkdir(parents=True)
    matplotlib.image.imsave(path, np.zeros((4, 6, 3)))
    words = (
        "At p < 1 & more",
        f"By {LABELS[0]}, {LABELS[1]}",
        "`theory`",
        "",
        "ours",
        "holds: yes",
    )
    Result("sample_n2_m1", *words).write(profile)
    found = evidence(profile.root / "no report")
    return profile, book_text(profile, found), write_book(profile, profile.root / "no report")


def test_every_link_of_the_book_leads_somewhere(built):
    _, text, _ = built
    anchors = re.findall(r"\{#([\w-]+)\}$", text, re.M)
    assert len(anchors) == len(set(anchors))
    links = set(re.findall(r"\]\(#([\w-]+)\)", text))
    assert links <= set(anchors)
    assert {*LABELS, *(f"tests-{label}" for label in LABELS)} <= links


def test_the_pdf_is_one(built):
    data = built[2].read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")


def test_a_figure_stands_once_in_the_book_with_its_last_label(built):
    profile, text, _ = built
    said = "At p < 1 & more (Claim: ours.) Verdict: holds: yes Built on [D01](#D01)."
    assert text.count(said) == 1
    assert text.index(f"{{#{LABELS[1]}}}") < text.index(said) < text.index(f"{{#{LABELS[2]}}}")
    found = figures_by_label(profile)
    assert {label: len(those) for label, those in found.items()} == dict.fromkeys(LABELS[:2], 1)


def test_a_failed_test_shows(built):
    profile, text, _ = built
    found = evidence()
    tests = found[LABELS[0]].tests
    outcomes = dict.fromkeys(tests, "passed") | {tests[-1]: "failed"}
    failed = book_text(profile, found | {LABELS[0]: Evidence(tests, outcomes)})
    assert f"| **1 of {len(tests)} failed** |" in failed
    assert "all passed" not in failed
    assert f"1 failed, {len(LABELS) - 1} not run, of {len(LABELS)}" in failed
    assert f"{len(LABELS)} not run, of {len(LABELS)}" in text


def test_labels_are_linked_outside_code_formulas_and_headings():
    label = LABELS[0]
    text = f"# {label}\nBy {label} and `{label}`, ${label}$, [{label}](x), D99."
    assert linked(text) == f"# {label}\nBy [{label}](#{label}) and " + text.split(" and ")[1]
    assert linked(f"By {label}.", label) == f"By {label}."
    assert linked(f"[it]({label}_some_name.md)") == f"[it](#{label})"


def test_bars_are_set_as_bars_and_words_stay_words():
    norms = r"$\|W_i\|^2 = \big\|w\big\|$, $|A|$, $\lVert x\rVert$"
    set_text = typst_source(rf"Not parallel: {norms}, $x\,\big|\,A$.")
    assert set_text.count("parallel") == 1
    assert set_text.count('class("normal", bar.v.double)') == 6
    assert set_text.count('class("normal", bar.v)') == 3
    assert "[class" not in set_text


def test_a_figure_names_its_derivations():
    words = Result("no_script", f"{LABELS[1]}", "D98", f"({LABELS[0]})", "", "ours", "holds: yes")
    assert derivations_of(words) == tuple(LABELS[:2])


def test_a_figure_is_linked_by_what_its_modules_import_from_theory(tmp_path):
    script = tmp_path / "sample.py"
    script.write_text(
        "from theory.phases.candidates import Candidate as Solution\n"
        "from theory.derivations.registry import results\n"
        "from theory.loss import floats\n\n"
        "def draw():\n    from theory import one_hot_loss\n    return one_hot_loss\n",
        encoding="utf-8",
    )
    # Through the face of the house or from its wing; a class counts with its methods.
    assert labels_used([script]) == ("D05", "D11")


def test_a_figure_has_its_own_modules_and_those_of_its_family():
    phase = folders()["phase_n2_m1"].path
    modules = modules_of(phase)
    assert set(phase.glob("*.py")) <= modules
    assert phase.parent / "boundaries.py" in modules
    assert all(path.is_relative_to(phase.parent) for path in modules)
    words = Result("phase_n2_m1", "By D01", "", "", "", "ours", "holds: yes")
    assert derivations_of(words) == ("D01", "D06", "D09", "D10")
