"""The ledger: what is proved has a proof, what is certified a program, and nulls are kept."""

from __future__ import annotations

import re
from collections import Counter
from pkgutil import resolve_name

import pytest

from figures.kit.folder import folders
from figures.kit.profile import ROOT
from figures.pages.evidence import listed_tests
from theory.derivations import FOLDER
from theory.derivations.claims import OURS, STATUSES, claims_of, in_words
from theory.derivations.problems import problems
from theory.derivations.registry import result, results, section

RESULTS = list(results())
IDS = [entry.label for entry in RESULTS]
CLAIMS = [(entry, claim) for entry in RESULTS for claim in entry.claims]
LISTED = listed_tests()
# What did not come out, is not known, or is held by no test: a row more or less is to be seen here.
KEPT = {"refuted": 16, "open": 27}
UNTESTED = 7

END = re.compile(r"∎|\\square")
STEP = re.compile(r"(?:^ *|\*\*|\*)(?:Step )?(\d+|[A-Z])[.,](?=\*| )", re.MULTILINE)


def of(*statuses):
    return [
        pytest.param(entry, claim, id=claim.key)
        for entry, claim in CLAIMS
        if claim.status in statuses
    ]


def text_of(entry):
    return (FOLDER / entry.derivation).read_text(encoding="utf-8")


def proof_of(text):
    return re.search(r"^## Proof[^\n]*\n(.*?)(?=^## |\Z)", text, re.M | re.S)[1]


def exists(name):
    """Whether a program is there: a file, a module, or what a module holds."""
    if "/" in name:
        return (ROOT / name).exists()
    try:
        return resolve_name(name) is not None
    except (ImportError, AttributeError):
        return False


@pytest.mark.parametrize("entry", RESULTS, ids=IDS)
def test_every_result_claims_something_and_says_how_far_it_is_established(entry):
    assert entry.claims
    assert entry.status == in_words(entry.claims)
    assert [claim.key for claim in entry.claims] == [
        f"{entry.label}.{number}" for number in range(1, len(entry.claims) + 1)
    ]
    assert all(claim.statement.endswith(".") for claim in entry.claims)


@pytest.mark.parametrize(("entry", "claim"), of("proved"))
def test_what_is_proved_has_a_proof_that_ends(entry, claim):
    """Each step that is named stands in the proof, and after the last of them an end."""
    text = text_of(entry)
    assert claim.steps or claim.sections, f"{claim.key} names no step"
    places = {match[1]: match.start() for match in STEP.finditer(proof_of(text))}
    assert set(claim.steps) <= set(places), f"{entry.derivation} has no such step"
    if claim.steps:
        last = max(places[step] for step in claim.steps)
        assert END.search(proof_of(text), last), f"the proof of {claim.key} has no end"
    for title in claim.sections:
        assert END.search(section(entry.derivation, text, title)), f"{title} has no end"


@pytest.mark.parametrize(("entry", "claim"), of("certified"))
def test_what_is_certified_has_a_program_and_a_test(entry, claim):
    assert claim.programs
    assert claim.tests


@pytest.mark.parametrize(("entry", "claim"), of("numerical", "refuted"))
def test_what_is_computed_says_by_what(entry, claim):
    assert (
        claim.programs
        or claim.tests
        or claim.figures
        or claim.steps
        or claim.sections
        or not claim.tested
    )


@pytest.mark.parametrize(("entry", "claim"), of("refuted"))
def test_what_is_refuted_was_someone_s(entry, claim):
    assert claim.whose != OURS, "say whose claim it was, or 'of this project, …'"


@pytest.mark.parametrize(("entry", "claim"), of(*STATUSES))
def test_programs_tests_and_figures_are_there(entry, claim):
    assert [name for name in claim.programs if not exists(name)] == []
    files = {test.partition("::")[0] for test in LISTED[entry.label]}
    assert set(claim.tests) <= files, f"these hold no test marked {entry.label}"
    assert set(claim.figures) <= set(folders())


def test_nulls_are_kept():
    counts = Counter(claim.status for _, claim in CLAIMS)
    assert {status: counts[status] for status in KEPT} == KEPT
    assert sum(not claim.tested for _, claim in CLAIMS) == UNTESTED


def test_a_status_is_read_with_all_that_it_rests_on():
    (claim,) = claims_of(
        "D99",
        "- **refuted** (steps 1, 3; section Special cases; `theory.optimum`, `tests/a/b.py`;\n"
        "  figure phase; of Elhage et al. 2022; answers MAIS-O40, MAIS-O41; no test): It is\n"
        "  $a$.",
    )
    assert (claim.key, claim.status, claim.statement) == ("D99.1", "refuted", "It is $a$.")
    assert (claim.steps, claim.sections) == (("1", "3"), ("Special cases",))
    assert (claim.programs, claim.tests) == (("theory.optimum",), ("tests/a/b.py",))
    assert (claim.figures, claim.whose) == (("phase",), "Elhage et al. 2022")
    assert (claim.answers, claim.tested) == (("MAIS-O40", "MAIS-O41"), False)
    assert claims_of("D99", "- **proved** (steps A to C): X.")[0].steps == ("A", "B", "C")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("- **shown** (step 1): X.", "status of D99.1 must be one of proved, .*, got 'shown'"),
        ("- **proved** (by eye): X.", "status of D99.1 cannot be read at 'by eye'"),
        ("- proved: X.", "each entry of the status of D99 must be"),
    ],
)
def test_what_cannot_be_read_is_refused(text, match):
    with pytest.raises(ValueError, match=match):
        claims_of("D99", text)


def test_the_result_has_its_claims():
    pentagon = result("D44")
    assert pentagon.status == "proved, certified, numerical, open"
    assert pentagon.claims[0].answers == ("MAIS-O42",)


def test_problems_of_others_are_all_there_and_what_is_not_answered_is_said():
    assert [problem.label for problem in problems()] == [f"MAIS-O{n}" for n in range(40, 52)]
    for problem in problems():
        found = {claim.status for claim in problem.claims}
        assert "proved" not in {c.status for c in problem.claims if c.label == problem.label}
        if problem.answered == "Not taken up":
            assert found <= {"numerical", "open"}
        else:
            assert found - {"open"}
        # MAIS-O42 alone leaves nothing to ask.
        assert ("open" in found) == (problem.label != "MAIS-O42")
    named = {name for _, claim in CLAIMS for name in claim.answers}
    assert named <= {problem.label for problem in problems()}


@pytest.mark.parametrize(
    "claim", [c for p in problems() for c in p.claims if c.label == p.label], ids=lambda c: c.key
)
def test_what_only_a_problem_says_leads_to_what_is_there(claim):
    assert [name for name in (*claim.programs, *claim.tests) if not exists(name)] == []
    assert set(claim.figures) <= set(folders())
    assert claim.status == "open" or claim.programs or claim.figures
