"""`superposition phase` says of a point what theory says of it, and how each number is known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from agreement.cli import main
from theory.data_law import feature_variance
from theory.loss.floats import loss_and_gradient
from theory.transitions.nearest import nearest_edges
from theory.transitions.onset import onset_importance


def asked(capsys, *words):
    assert main(["phase", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_number_is_that_of_theory(capsys):
    found = asked(capsys, "--density", "0.1", "--importance", "0.5")
    assert found["law"] == {"kind": "independent", "density": 0.1, "low": 0.0, "high": 1.0}
    for minimum in found["minima"]:
        loss, dW, db = loss_and_gradient(
            minimum["W"], minimum["b"], density=0.1, importance=[1.0, 0.5]
        )
        assert minimum["loss"] == pytest.approx(float(loss), rel=1e-12)
        assert max(np.abs(dW).max(), np.abs(db).max()) < 1e-9
    assert [minimum["kind"] for minimum in found["minima"]] == ["S", "A"]
    assert found["minima"][0]["known"] == "certified [D10]"
    proof = found["certificate"]
    assert proof["lower"] <= found["minima"][0]["loss"] <= proof["upper"] * (1 + 1e-12)
    assert proof["structures"] == ["[1 2]"]
    edges = {(edge.axis, edge.at) for edge in nearest_edges(0.1, 0.5)}
    assert {(way["axis"], way["at"]) for way in found["boundaries"]} == edges
    assert {way["label"] for way in found["boundaries"]} == {"D09"}
    # The closed forms of D05 and the boundaries of D06, by hand.
    digon, ignored = found["candidates"][:2]
    assert (digon["name"], digon["formula"]) == ("1-2 digon", "p**2*(r + 1)/6")
    assert digon["loss"] == pytest.approx(0.1**2 * 1.5 / 6, rel=1e-14)
    assert ignored["loss"] == pytest.approx(0.5 * float(feature_variance(0.1)), rel=1e-14)
    at = {(w["axis"], w["at"] > 1): w["at"] for w in found["candidate_boundaries"]}
    assert at["density", False] == pytest.approx(4 / 9, rel=1e-12)


def test_an_ignored_feature_is_a_closed_form_and_its_end_the_onset(capsys):
    found = asked(capsys, "--density", "0.75", "--importance", "0.7")
    best = found["minima"][0]
    assert best["kind"] == "I"
    assert best["loss"] == pytest.approx(0.7 * float(feature_variance(0.75)), rel=1e-12)
    [up] = [w for w in found["boundaries"] if w["axis"] == "importance" and w["at"] > 0.7]
    assert up["at"] == pytest.approx(onset_importance(0.75), rel=1e-9)
    assert up["change"] == "third order, continuous"
    assert up["beyond"].startswith("T, tilted")


def test_what_is_not_proved_is_not_called_proved(capsys):
    assert main(["phase", "3", "2", "--density", "0.3", "--importance", "0.5"]) == 0
    text = capsys.readouterr().out
    assert "the best that was found" in text
    assert "only (2, 1) has certificates [D10]" in text
    assert "certified [D10]" not in text.lower()
    assert "Law: features independent, active with probability p = 0.3" in text
    # Outside the certificate's range.
    assert main(["phase", "--density", "0.1", "--importance", "5000"]) == 0
    text = capsys.readouterr().out
    assert "not certified: importance must be" in text
    assert "I', feature 1 ignored" in text


def test_an_open_certificate_says_so(monkeypatch, capsys):
    monkeypatch.setattr("agreement.answers.phase.BUDGET", 20)
    assert main(["phase", "--density", "0.1"]) == 0
    text = capsys.readouterr().out
    assert "certificate open after" in text
    assert "Certified:" not in text
    assert "known by" in text
    assert "certified [D10]" not in text.partition("Nearest")[0]


def test_as_many_dimensions_as_features_lose_nothing(capsys):
    found = asked(capsys, "2", "2", "--density", "0.3")
    assert found["minima"][0]["loss"] == pytest.approx(0.0, abs=1e-15)
    assert found["boundaries"] == []
    assert main(["phase", "2", "2", "--density", "0.3"]) == 0
    assert "nothing is lost" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--density", "0"], "density"),
        (["--density", "often"], "--density must be one number, got 'often'"),
        (["--density", "0.1,0.2"], "--density must be one number"),
        (["--density", "0.1", "--importance", "-1"], "importance"),
        (["--density", "0.1", "--importance", "0.5^i"], "--importance must be one number"),
        (["2", "3", "--density", "0.1"], "n_hidden"),
        (["7", "2", "--density", "0.1"], "n_features"),
        (["--density", "0.1", "--starts", "-1"], "starts"),
    ],
)
def test_bad_input_is_named_in_a_line(words, named, capsys):
    assert main(["phase", *words]) == 2
    error = capsys.readouterr().err
    assert named in error
    assert error.count("\n") == 1
