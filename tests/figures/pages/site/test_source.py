"""Sources of the site: a page for every public name, figure, result and command."""

from __future__ import annotations

import re

import matplotlib.image
import numpy as np
import pytest

from agreement.cli import VERBS
from figures.kit.agreement_table import write_row
from figures.kit.profile import ROOT, Profile
from figures.kit.result import Result
from figures.pages import chapters
from figures.pages.evidence import Evidence, evidence
from figures.pages.glossary import GLOSSARY
from figures.pages.site import derived, source
from figures.pages.site.command_line import command_page
from figures.pages.site.derived import derivation_pages, myst
from figures.pages.site.documents import document_pages, relinked
from figures.pages.site.names import HOUSES, names
from figures.pages.site.pictures import picture_pages
from figures.pages.site.reference import reference_pages
from theory.derivations.registry import results

LABELS = [entry.label for entry in results()]


@pytest.fixture
def profile(tmp_path):
    """A profile with two figures, one of them of this project."""
    made = Profile("quick", tmp_path / "build")
    words = ("At p < 1", f"By {LABELS[0]}", "`theory`:\n\n- one\n- two", "", "ours")
    for target, verdict in (("phase_n2_m1", "holds: as it must"), ("sample", "not found: by far")):
        Result(target, *words, verdict, "Two panels").write(made)
        path = made.figure(target)
        path.parent.mkdir(exist_ok=True, parents=True)
        matplotlib.image.imsave(path, np.zeros((40, 60, 3)))
    write_row(made.root / "tables", "sample", {"cells": 4, "agree_optimum": 0.75})
    return made


@pytest.fixture(scope="module")
def listed():
    """What the tests are, none of them run; reading them takes a second."""
    return evidence()


@pytest.fixture
def as_they_stand(monkeypatch):
    """Texts without their live formulas written anew, which takes half a minute for all."""
    monkeypatch.setattr(chapters, "refreshed", lambda text: text)


def test_every_public_name_has_a_page():
    pages = reference_pages()
    for house in HOUSES:
        listed = pages[f"reference/{house}.rst"]
        for each in names(house):
            page = pages[f"reference/{house}/{each.name}.rst"]
            assert re.search(rf"\.\. auto\w+:: ({each.path}|{each.module})$", page, re.M)
            assert f"<{each.path}>`" in listed
            assert f"<{house}/{each.name}>" in listed
    assert len(pages) == 4 + sum(len(names(house)) for house in HOUSES)


def test_every_name_says_what_it_is_and_where_it_lives():
    for house in HOUSES:
        for each in names(house):
            assert len(each.first_line) > 10, each.path
            assert (ROOT / each.module.replace(".", "/")).with_suffix(".py").exists(), each.path
            assert not re.search(r"[\x00-\x08\x0b-\x1f]|\t", each.thing.__doc__), (
                f"{each.path}: a control character, which was to be a letter after a backslash"
            )


def test_every_figure_has_a_page_and_a_card(profile):
    pages = picture_pages(profile)
    overview = pages["figures/index.md"]
    for target in ("phase_n2_m1", "sample"):
        page = pages[f"figures/{target}.md"]
        assert f":link: {target}\n" in overview
        assert f"<{target}>" in overview
        for words in (
            "At p < 1",
            "(ours)",
            "- one\n- two",
            "![Two panels]",
            f"make PROFILE=quick {target}",
        ):
            assert words in page
        assert f"[{LABELS[0]} · " in page
        assert f"{{download}}`{target}.png <full/{target}.png>`" in page
    assert "| phase agrees with the best known model | 75.0 % |" in pages["figures/sample.md"]
    assert "phase agrees with the best known model: **75.0 %**" in overview
    assert "holds 1, corrected 0, not found 1" in overview
    assert "{bdg-danger}`not found` By far" in pages["figures/sample.md"]


def test_a_site_of_nothing_says_what_to_do(tmp_path):
    with pytest.raises(ValueError, match="run make figures"):
        picture_pages(Profile("quick", tmp_path))


@pytest.mark.usefixtures("as_they_stand")
def test_every_result_has_a_page_with_what_it_is_and_its_tests(profile, listed):
    found = dict(listed)
    tests = found[LABELS[1]].tests
    outcomes = dict.fromkeys(tests, "passed")
    found[LABELS[1]] = Evidence(tests, outcomes)
    found[LABELS[2]] = Evidence(found[LABELS[2]].tests, {found[LABELS[2]].tests[0]: "failed"})
    pages = derivation_pages(profile, found)
    for entry in results():
        page = pages[f"derivations/{entry.label}.md"]
        assert page.startswith(f"({entry.label})=\n# {entry.label} · {entry.title}\n")
        for status in entry.status.split(", "):
            assert f"`{status}`" in page.split("##")[0]
        assert f"[{entry.label}]({entry.label}.md)" in pages["derivations/index.md"]
        assert "<!--" not in page
    assert (
        f"{{bdg-success}}`{len(tests)} tests: all passed`" in pages[f"derivations/{LABELS[1]}.md"]
    )
    assert "{bdg-danger}`" in pages[f"derivations/{LABELS[2]}.md"]
    assert "(/figures/phase_n2_m1.md)" in pages[f"derivations/{LABELS[0]}.md"]


def test_live_formulas_are_written_anew(profile, listed, monkeypatch):
    monkeypatch.setattr(chapters, "refreshed", lambda text: f"{text}\nanew\n")
    monkeypatch.setattr(derived, "results", lambda: results()[:1])
    assert "\nanew\n" in derivation_pages(profile, listed)[f"derivations/{LABELS[0]}.md"]


def test_formulas_of_code_hosts_are_read_as_formulas():
    assert myst("$`a_i`$, `$b$`, $c$") == "$a_i$, `$b$`, $c$"
    assert myst("[x](D07_antipodal_pair.md#proof)") == "[x](D07.md)"


def test_every_command_and_option_is_on_its_page():
    page = command_page()["reference/command_line.md"]
    for verb in VERBS:
        assert f"## `superposition {verb.__name__.rpartition('.')[2]}`" in page
    for option in ("--density", "--fail-above", "--starts"):
        assert re.search(rf"^`[^`]*{option}[^`]*`\n: \S", page, re.M), option
    assert "%(" not in page
    assert "==SUPPRESS==" not in page


def test_documents_lead_to_pages_of_the_site():
    pages = document_pages()
    assert {"about/architecture.md", "about/changes.md", "how_to/recover.md"} <= set(pages)
    for text in pages.values():
        for target in re.findall(r"\]\(([^)#]+)", text):
            assert target.startswith(("/", "http")), target
    for word in GLOSSARY:
        assert f"\n{word}\n  " in pages["about/words.md"]
    text = "![p](docs/a.png) [t](theory/derivations/D07_antipodal_pair.md) [f](RESULTS.md#pressure)"
    led = "![p](/pictures/a.png) [t](/derivations/D07.md) [f](/figures/pressure.md)"
    assert relinked(text, "README.md") == led


@pytest.mark.usefixtures("as_they_stand")
def test_a_second_gathering_writes_only_what_changed(profile, listed, tmp_path):
    folder = tmp_path / "source"
    assert not source.gather(profile, listed, folder)
    before = {path: path.lstat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert {path.suffix for path in before} >= {".md", ".rst", ".png"}
    entry = Result("sample", "Another claim", "", "", "", "ours", "holds: yes")
    entry.write(profile)
    (folder / "figures" / "gone.md").write_text("# Gone", encoding="utf-8")
    assert source.gather(profile, listed, folder), "a page is gone"
    after = {path: path.lstat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    changed = {path.name for path in before if before[path] != after[path]}
    # The page, the overview with its claim, and the result that no longer carries its label.
    assert {"sample.md", "index.md"} <= changed <= {"sample.md", "index.md", f"{LABELS[0]}.md"}
