"""Label ↔ function ↔ derivation ↔ tests: each is there, and each names the others."""

from __future__ import annotations

import configparser
import inspect
import re
from pkgutil import resolve_name

import pytest
import yaml

import theory
from agreement.cli import main
from figures.kit.profile import ROOT
from figures.pages.evidence import listed_tests
from theory.derivations import FOLDER
from theory.derivations.citation import YEAR, cite
from theory.derivations.registry import labelled_functions, labels_in, result, results

RESULTS = results()
IDS = [entry.label for entry in RESULTS]
LISTED = listed_tests()
# What `theory` offers beside results: citations, a search, a flow, a catalogue.
UNLABELLED = {"cite", "result", "results"} | {"best_composition", "gradient_flow", "polytope"}


def used(entry):
    """The section of a text that says where its result is used."""
    text = (FOLDER / entry.derivation).read_text(encoding="utf-8")
    return re.search(r"^## Where it is used\n(.*?)(?=^## |\Z)", text, re.M | re.S)[1]


def exists(name):
    """Whether a dotted name is there, be it a field of a dataclass."""
    try:
        resolve_name(name)
    except AttributeError:
        owner, _, field = name.rpartition(".")
        return field in getattr(resolve_name(owner), "__annotations__", {})
    return True


@pytest.mark.parametrize("entry", RESULTS, ids=IDS)
def test_a_result_has_a_statement_and_functions(entry):
    assert entry.title
    assert entry.statement
    assert entry.functions, f"no docstring in theory begins with [{entry.label}]"
    assert all(
        callable(resolve_name(name)) or isinstance(resolve_name(name), property)
        for name in entry.functions
    )


def test_every_label_in_the_code_has_a_text():
    assert set(labelled_functions()) == set(IDS)


def test_every_public_closed_form_carries_a_label():
    labelled = {resolve_name(name) for names in labelled_functions().values() for name in names}
    public = {
        name
        for name in theory.__all__
        if inspect.isfunction(inspect.unwrap(getattr(theory, name)))
        and getattr(theory, name) not in labelled
    }
    assert public <= UNLABELLED


@pytest.mark.parametrize("entry", RESULTS, ids=IDS)
def test_a_text_names_its_functions_and_tests(entry):
    section = used(entry)
    for name in re.findall(r"`(theory(?:\.\w+)+)`", section):
        assert exists(name), f"there is no {name}"
    words = {word.rpartition(".")[2] for word in re.findall(r"`([\w.]+)`", section)}
    functions = {re.split("[:.]", name)[-1] for name in entry.functions}
    assert functions & words, f"{entry.derivation} names none of {', '.join(functions)}"
    files = {test.partition("::")[0] for test in LISTED[entry.label]}
    named = set(re.findall(r"tests/[\w/]+\.py", section))
    assert named, f"{entry.derivation} names no test"
    assert named <= files, f"{named - files} hold no test marked {entry.label}"


def test_an_unknown_label_is_named():
    with pytest.raises(ValueError, match=r"label must be one of D01, .*, got 'D99'"):
        result("D99")
    with pytest.raises(ValueError, match="got 'd01'"):
        cite("d01")


def test_labels_come_from_the_first_paragraph_alone():
    assert labels_in("The loss [D01, D02].\n\nAs in [D03].") == ["D01", "D02"]
    assert labels_in("An article [D1] of D01.") == []
    assert labels_in(None) == []


@pytest.mark.parametrize("entry", RESULTS, ids=IDS)
def test_a_citation_names_label_title_and_version(entry):
    entry_text = cite(entry.label)
    assert entry_text.startswith(f"@software{{superposition-theory-{entry.label},\n")
    assert f"{{{entry.label}: {entry.title}}}" in entry_text
    assert f"theory/derivations/{entry.derivation}" in entry_text
    assert entry_text.count("{") == entry_text.count("}")


def test_the_command_prints_what_cite_returns(capsys):
    assert main(["cite", IDS[0]]) == 0
    assert capsys.readouterr().out == cite(IDS[0])
    assert main(["cite"]) == 0
    assert capsys.readouterr().out == cite()
    assert main(["cite", "D99"]) == 2
    assert "label must be one of" in capsys.readouterr().err


def test_citation_file_metadata_and_bibtex_agree():
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    about = setup["metadata"]
    assert cff["version"] == cff["preferred-citation"]["version"] == about["version"]
    assert cff["title"] == cff["preferred-citation"]["title"] == about["description"]
    assert cff["authors"] == cff["preferred-citation"]["authors"] == [{"name": about["author"]}]
    assert cff["license"] == about["license"]
    year = int(str(cff["date-released"])[:4])
    assert year == cff["preferred-citation"]["year"] == YEAR
    software, paper = cite().split("\n\n")
    assert f"{{{about['version']}}}" in software
    assert about["description"] in software
    (reference,) = cff["references"]
    assert f"{{{reference['title']}}}" in paper
    kinds = [identifier["type"] for identifier in reference["identifiers"]]
    assert kinds == ["other", "doi", "url"]
    for identifier in reference["identifiers"]:
        assert f"{{{identifier['value'].removeprefix('arXiv:')}}}" in paper
    for author in reference["authors"]:
        assert f"{author['family-names']}, {author['given-names']}" in " ".join(paper.split())
