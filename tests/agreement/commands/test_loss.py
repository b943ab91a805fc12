"""`superposition loss`: numbers of theory for files and for numbers, beside a sample."""

from __future__ import annotations

import json

import numpy as np
import pytest
import sympy as sp

from agreement.cli import main
from theory.loss.exact import expected_loss
from theory.loss.floats import loss_and_gradient
from theory.loss.untied import untied_loss

W = np.array([[1.0, -0.9, 0.2], [0.1, 0.4, 1.1]])
b = np.array([-0.1, 0.05, 0.0])
IMPORTANCE = [1.0, 0.7, 0.49]


def asked(capsys, *words):
    assert main(["loss", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "w.npz"
    np.savez(path, W=W, b=b)
    return str(path)


def test_a_file_and_its_numbers_cost_the_same(file, capsys):
    law = ["--density", "0.2,0.1,0.3", "--importance", "0.7^i", "--low", "-0.5", "--high", "2"]
    read = asked(capsys, file, *law)
    given = asked(capsys, "--weights", "1,-0.9,0.2;0.1,0.4,1.1", "--bias", "-0.1,0.05,0", *law)
    loss, dW, db = loss_and_gradient(
        W, b, density=[0.2, 0.1, 0.3], importance=IMPORTANCE, low=-0.5, high=2.0
    )
    for found in (read, given):
        assert found["loss"] == pytest.approx(float(loss), rel=1e-13)
        assert found["gradient"]["W"] == pytest.approx(np.linalg.norm(dW), rel=1e-9)
        assert found["gradient"]["b"] == pytest.approx(np.linalg.norm(db), rel=1e-9)
        assert sum(part["loss"] for part in found["features"]) == pytest.approx(found["loss"])
        assert found["notebook_loss"] == pytest.approx(float(loss) / 3, rel=1e-13)
        assert found["law"]["low"] == -0.5
        assert not found["at_rest"]


def test_a_sample_agrees_within_its_error(file, capsys):
    """Five standard errors: less than one in a million seeds would fail."""
    found = asked(capsys, file, "--density", "0.2", "--check", "20000", "--seed", "3")
    check = found["check"]
    assert abs(check["z"]) < 5
    assert check["z"] == pytest.approx((check["value"] - found["loss"]) / check["error"])
    assert check["error"] < 0.05 * found["loss"]
    assert asked(capsys, file, "--density", "0.2", "--check", "20000", "--seed", "3") == found


@pytest.mark.result("D02")
def test_the_closed_form_is_exact(capsys):
    words = ["--weights", "1,-1", "--density", "1/3"]
    assert main(["loss", *words, "--exact"]) == 2  # densities of floats are decimals
    assert "--density" in capsys.readouterr().err
    found = asked(capsys, "--weights", "1,-1/2", "--bias", "0,1/4", "--density", "0.1", "--exact")
    p = sp.Symbol("p")
    formula, value = found["exact"].split(" = ")
    exact = expected_loss([[1, -sp.Rational(1, 2)]], [0, sp.Rational(1, 4)], density=p)
    assert sp.expand(sp.sympify(formula.replace("^", "**"), {"p": p}) - exact) == 0
    assert sp.Rational(value) == exact.subs(p, sp.Rational(1, 10))
    assert float(sp.Rational(value)) == pytest.approx(found["loss"], rel=1e-13)


def test_untied_models_have_their_own_loss(tmp_path, capsys):
    D = np.array([[0.9, 0.0], [-1.0, 0.3], [0.1, 1.0]])
    np.savez(tmp_path / "w.npz", W_enc=W, W_dec=D, b=b)
    found = asked(capsys, str(tmp_path / "w.npz"), "--density", "0.2")
    loss = untied_loss(W, D, b, density=0.2)
    assert found["loss"] == pytest.approx(loss, rel=1e-13)
    assert found["gradient"]["norm"] is None
    rows = ";".join(",".join(map(str, row)) for row in D)
    words = ["--weights", "1,-0.9,0.2;0.1,0.4,1.1", "--bias", "-0.1,0.05,0", "--decoder", rows]
    assert asked(capsys, *words, "--density", "0.2")["loss"] == pytest.approx(loss, rel=1e-13)
    assert main(["loss", *words, "--density", "0.2"]) == 0
    assert "not given for an untied model" in capsys.readouterr().out


def test_many_models_are_a_table(tmp_path, capsys):
    np.savez(tmp_path / "w.npz", W=np.stack([W, 0 * W]), b=np.stack([b, 0 * b]))
    file = str(tmp_path / "w.npz")
    found = asked(capsys, file, "--density", "0.2", "--instance", "all")["models"]
    assert [model["index"] for model in found] == [[0], [1]]
    assert found[1]["loss"] == pytest.approx(3 * 0.2 / 3)  # zeros lose E[x²] = p/3 each
    assert [f["of_second_moment"] for f in found[1]["features"]] == pytest.approx([1.0] * 3)
    assert main(["loss", file, "--density", "0.2", "--instance", "all"]) == 0
    assert f"Least: {found[0]['loss']:.9g}, model 0." in capsys.readouterr().out
    assert main(["loss", file, "--density", "0.2"]) == 2
    assert "--instance 0, or --instance all" in capsys.readouterr().err


def test_a_saved_model_says_its_law_itself(tmp_path, capsys):
    path = str(tmp_path / "best.npz")
    law = ["--density", "0.2", "--importance", "1,0.6"]
    assert main(["optimum", "2", "1", *law, "--low", "-0.5", "--save", path, "--json"]) == 0
    saved = json.loads(capsys.readouterr().out)
    found = asked(capsys, path)
    assert found["loss"] == pytest.approx(saved["loss"], rel=1e-12)
    assert found["importance"] == [1.0, 0.6]
    assert found["law"] == {"kind": "independent", "density": 0.2, "low": -0.5, "high": 1.0}
    assert found["at_rest"]
    assert main(["loss", path, "--high", "2"]) == 2
    assert "--low and --high" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("configuration", "named"),
    [
        ({"model": {"model": "Linear"}}, "holds a model 'Linear'"),
        ({"features": {"law": "OneHot", "n_features": 3}}, "names OneHot"),
        ({}, "names no law of its features"),
    ],
)
def test_another_models_loss_is_not_given_for_it(configuration, named, tmp_path, capsys):
    path = tmp_path / "w.npz"
    np.savez(path, W=W, b=b, superposition=json.dumps(configuration))
    words = ["--density", "0.1"] if "model" in configuration else []
    assert main(["loss", str(path), *words]) == 2
    error = capsys.readouterr().err
    assert named in error
    assert error.count("\n") == 1


def test_the_text_says_the_law_and_both_conventions(file, capsys):
    assert main(["loss", file, "--density", "0.2"]) == 0
    text = capsys.readouterr().out
    assert "Law: features independent, active with probability p = 0.2 and then uniform on" in text
    assert "a sum over features" in text
    assert "notebooks take the mean over features" in text


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--density", "0.1"], "--weights"),
        (["--weights", "1,-1"], "--density is needed"),
        (["--weights", "1,a", "--density", "0.1"], "--weights must be numbers"),
        (["--weights", "1,1;1", "--density", "0.1"], "--weights must have rows of one length"),
        (["--weights", "1;1", "--density", "0.1"], "--weights must have at most as many rows"),
        (["--weights", "nan,1", "--density", "0.1"], "--weights"),
        (["--weights", "1,1", "--bias", "1", "--density", "0.1"], "--bias must be 2 numbers"),
        (["--weights", "1,1", "--decoder", "1,1", "--density", "0.1"], "--decoder must have 2"),
        (["--weights", "1,1", "--density", "1.5"], "density"),
        (["--weights", "1,1", "--density", "0.1", "--check", "1"], "--check must be at least 2"),
        (["--weights", "1,1", "--density", "0.1", "--check", "9" * 15], "samples"),
        (["--weights", "1,1", "--density", "0.1", "--seed", "-1", "--check", "9"], "--seed"),
        (["--weights", "1,1", "--density", "0.1", "--low", "1"], "low"),
        (["--weights", "1,1", "--density", "0.1", "--importance", "1,1,1"], "importance"),
        (["--weights", "1,1", "--density", "0.1", "--instance", "0"], "--instance"),
        (["--weights", "1,1,1,1,1,1,1", "--density", "0.1", "--exact"], "--exact is for up to 6"),
        (["{file}", "--density", "0.1", "--exact"], "--exact is for numbers"),
        (["nowhere.npz", "--density", "0.1"], "nowhere.npz"),
    ],
)
def test_bad_input_is_named_in_a_line(words, named, file, capsys):
    assert main(["loss", *(word.format(file=file) for word in words)]) == 2
    error = capsys.readouterr().err
    assert named in error
    assert error.count("\n") == 1
