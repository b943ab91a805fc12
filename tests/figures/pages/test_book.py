"""The book and the gallery: every link leads somewhere, every formula is set, all is inside."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import matplotlib.image
import numpy as np
import pytest

from figures.kit.agreement_table import write_row
from figures.kit.folder import folders
from figures.kit.profile import Profile
from figures.kit.result import Result
from figures.pages.book import book_text, linked, numbered, typst_source, write_book
from figures.pages.evidence import Evidence, evidence
from figures.pages.gallery import write_gallery
from figures.pages.labels import derivations_of, labels_used, modules_of
from theory.derivations import live_formulas, texts
from theory.derivations.registry import results

LABELS = [entry.label for entry in results()]


class Page(HTMLParser):
    """What a page defines, what it links, and what it would fetch."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.links, self.fetched, self.tags = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values["href"]] if tag == "a" and "href" in values else []
        self.fetched += [values["src"]] if "src" in values else []
        self.fetched += [values["href"]] if tag == "link" else []


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A profile with one figure, its book and its gallery."""
    profile = Profile("quick", tmp_path_factory.mktemp("build"))
    label = LABELS[0]
    path = profile.figure("sample_n2_m1")
    path.parent.mkdir(parents=True)
    matplotlib.image.imsave(path, np.zeros((4, 6, 3)))
    path.with_suffix(".svg").touch()
    words = ("At p < 1 & more", f"By {label}", "`theory`", "", "ours", "holds: as it must")
    Result("sample_n2_m1", *words).write(profile)
    write_row(profile.root / "tables", "sample_n2_m1", {"cells": 4, "agree_optimum": 0.75})
    report = profile.root / "tests.xml"
    report.write_text(
        "<testsuites><testsuite>"
        '<testcase classname="theory.loss.moments" name="theory.loss.moments.generating_moment"/>'
        "</testsuite></testsuites>",
        encoding="utf-8",
    )
    page, pdf = write_book(profile, report)
    gallery = write_gallery(profile)
    return (
        profile,
        page.read_text(encoding="utf-8"),
        pdf.read_bytes(),
        gallery.read_text(encoding="utf-8"),
    )


def test_every_link_of_the_book_leads_somewhere(built):
    page = Page(built[1])
    assert len(page.ids) == len(set(page.ids))
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside <= set(page.ids)
    assert set(LABELS) <= inside
    assert {f"tests-{label}" for label in LABELS} <= inside


def test_the_pages_fetch_nothing(built):
    for html in (built[1], built[3]):
        page = Page(html)
        assert all(source.startswith("data:") for source in page.fetched)
        assert "script" not in page.tags
        assert "@import" not in html


def test_every_formula_is_set(built):
    shown = sum(text.read_text(encoding="utf-8").count("$$") for text in texts()) // 2
    assert built[1].count('<math display="block"') == shown
    assert built[1].count('<span class="equation"') == shown
    assert shown >= sum(len(live_formulas(path.read_text(encoding="utf-8"))) for path in texts())
    without_source = re.sub(r"<annotation.*?</annotation>", "", built[1], flags=re.S)
    assert "$" not in re.sub(r"<(code|pre).*?</\1>", "", without_source, flags=re.S)


def test_the_pdf_is_one(built):
    assert built[2].startswith(b"%PDF-")
    assert built[2].rstrip().endswith(b"%%EOF")


def test_the_figure_stands_with_the_label_it_names(built):
    html = built[1]
    assert html.index(f'id="{LABELS[0]}"') < html.index("At p &lt; 1 &amp; more")
    assert "At p &lt; 1 &amp; more (Claim: ours.) Verdict: holds: as it must" in " ".join(
        html.split()
    )
    assert "At p &lt; 1 &amp; more" not in html[html.index(f'id="{LABELS[1]}"') :]


def test_the_gallery_says_claim_set_up_agreement_and_links(built):
    profile, _, _, html = built
    page = Page(html)
    assert "At p &lt; 1 &amp; more" in html
    assert "<code>theory</code>" in html
    assert "75.0 %" in html
    assert f"derivations/derivations.html#{LABELS[0]}" in page.links
    local = {link.partition("#")[0] for link in page.links if not link.startswith("#")}
    assert all((profile.root / link).is_file() for link in local)


def test_a_gallery_of_nothing_says_what_to_do(tmp_path):
    with pytest.raises(ValueError, match="run make figures"):
        write_gallery(Profile("quick", tmp_path))


def test_a_failed_test_shows(tmp_path):
    found = evidence()
    tests = found[LABELS[0]].tests
    outcomes = dict.fromkeys(tests, "passed") | {tests[-1]: "failed"}
    text = book_text(Profile("quick", tmp_path), found | {LABELS[0]: Evidence(tests, outcomes)})
    assert f"| **1 of {len(tests)} failed** |" in text
    assert "all passed" not in text
    assert f"1 failed, {len(LABELS) - 1} not run, of {len(LABELS)}" in text


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


def test_formulas_are_numbered_by_chapter():
    math = '<math display="block"><mi>x</mi></math>'
    html = numbered(f'<h1 id="D01">A</h1>{math}{math}<h1 id="D02">B</h1>{math}')
    assert re.findall(r'class="equation" id="(D\d\d\.\d)"', html) == ["D01.1", "D01.2", "D02.1"]


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
