"""`superposition claims` prints what the registry holds, chosen by label and status."""

from __future__ import annotations

import json

import pytest

from agreement.cli import main
from theory.derivations.problems import problems
from theory.derivations.registry import claims, result


def told(capsys, *arguments):
    assert main(["claims", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_all_of_them_each_once(capsys):
    keys = [entry["key"] for entry in told(capsys)]
    assert len(keys) == len(set(keys))
    assert set(keys) >= {claim.key for listed in claims().values() for claim in listed}


def test_by_label_and_status(capsys):
    certified = told(capsys, "D44", "--status", "certified")
    assert [entry["statement"] for entry in certified] == [
        claim.statement for claim in result("D44").claims if claim.status == "certified"
    ]
    both = told(capsys, "D44", "D45", "--status", "open, refuted")
    assert {entry["status"] for entry in both} == {"open", "refuted"}
    asked = next(problem for problem in problems() if problem.label == "MAIS-O49")
    assert [entry["key"] for entry in told(capsys, "MAIS-O49")] == [c.key for c in asked.claims]


def test_text_says_whose_it_was_and_what_it_rests_on(capsys):
    assert main(["claims", "D45", "--status", "refuted"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("D45.2      refuted    With one entry a column")
    assert "(MAIS-O49; step 2; `theory.minima.one_axis`" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 100
    assert main(["claims", "D01", "--status", "open"]) == 0
    assert capsys.readouterr().out == "no claim of that status\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["D99"], "LABEL must be one of D01, "),
        (["--status", "known"], "--status must be one of proved, certified, numerical, refuted"),
    ],
)
def test_what_is_not_known_is_named(capsys, arguments, message):
    assert main(["claims", *arguments]) == 2
    assert message in capsys.readouterr().err
