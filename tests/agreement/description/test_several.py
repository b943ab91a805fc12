"""Many models at once: who is best, who is at the best minimum known, and under which law."""

from __future__ import annotations

import json

import numpy as np
import pytest

from agreement.cli import main
from agreement.description.assumed import assumed_law, independent_law
from agreement.description.describe import describe
from agreement.description.several import describe_each
from numeric import AnticorrelatedSets, CorrelatedSets, ExactlyKActive, IndependentFeatures, OneHot
from theory.loss.sets import Sets
from theory.minima.optimum import optimum

P = 0.15


@pytest.fixture(scope="module")
def best():
    return optimum(5, 2, density=P, starts=16)


def turned(W, angle, order):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (turn @ W)[:, order]


def test_minima_are_told_apart_whatever_their_copy(best):
    """Factors in another order were another phase."""
    rng = np.random.default_rng(0)
    kinds = [0, 1, 2, 0, 2, 2]
    orders = [rng.permutation(5) for _ in kinds]
    W = np.stack([
        turned(best.minima[k].W, rng.uniform(0, 6), order)
        for k, order in zip(kinds, orders, strict=True)
    ])  # fmt: skip
    b = np.stack([best.minima[k].b[order] for k, order in zip(kinds, orders, strict=True)])
    found = describe_each(W, b, density=P)
    assert list(found.phases.values()) == [3 / 6, 2 / 6, 1 / 6]
    assert found.at_best == (0, 3)
    assert found.best in (0, 3)
    assert found.worst in (2, 4, 5)
    for k, one in zip(kinds, found.models, strict=True):
        assert one.loss == pytest.approx(best.minima[k].loss, rel=1e-9)
        assert one.best.loss == pytest.approx(best.loss, rel=1e-9)
    text = str(found)
    assert "In a minimum of the best loss known: 2 of 6: 0, 3." in text
    assert " 50.0 %" in text
    assert text.splitlines()[-3].endswith("(2, 4, 5)")
    printed = json.loads(found.to_json())
    assert printed["at_best"] == [0, 3]
    assert printed["models"][4]["phase"] == printed["models"][5]["phase"]


def test_what_is_known_of_one_model_is_known_of_all_in_its_world():
    """Beyond five features a rival may be known from another instance alone."""
    rng = np.random.default_rng(5)
    W = rng.normal(size=(4, 2, 7)) / 2
    found = describe_each(W, density=np.array([0.3, 0.3, 0.3, 0.1])[:, None])
    alone = [describe(W[k], density=p).best.loss for k, p in enumerate((0.3, 0.3, 0.3, 0.1))]
    for k in range(3):
        assert found.models[k].best.loss == pytest.approx(min(alone[:3]), rel=1e-6)
    assert found.models[3].best.loss == alone[3]
    assert all(one.best.loss <= one.bottom.loss for one in found.models)


def test_instances_of_the_paper_have_a_density_each(tmp_path, capsys):
    rng = np.random.default_rng(1)
    path = tmp_path / "w.npz"
    np.savez(path, W=rng.normal(size=(3, 4, 2)), b_final=np.zeros((3, 4)))
    command = ["describe", str(path), "--densities", "1,0.3,0.05", "--instance", "all"]
    assert main([*command, "--importance", "0.9^i"]) == 0
    text = capsys.readouterr().out
    for p in ("1", "0.3", "0.05"):
        assert f"each active with p = {p}, then uniform on [0, 1]; importance 0.729 … 1" in text
    assert "the notebooks' means are these over 4" in text
    assert main([*command, "--json"]) == 0
    models = json.loads(capsys.readouterr().out)["models"]
    assert [model["law"]["density"][0] for model in models] == [1, 0.3, 0.05]
    for model in models:
        assert model["mean_loss"] == model["loss"] / 4


def test_every_description_names_its_law():
    W = np.array([[1.0, -1, 0, 0.2], [0, 0.1, 1, -1]])
    one = describe(W, density=0.1, importance=[1, 1, 1, 0.5])
    assert one.law == independent_law([0.1] * 4, [1, 1, 1, 0.5])
    assert f"Law assumed: {one.law.words}." in str(one)
    assert f"as in the notebooks: {one.loss / 4:.6g}" in str(one)
    assert describe(W, density=0.1, low=-1, high=2).law.words.endswith("[-1, 2]; importance 1")
    bare = describe(W)
    assert bare.law is None
    assert json.loads(bare.to_json())["law"] is None
    assert "Law: none assumed" in str(bare)
    assert "Law: none assumed" in str(describe_each(W[None]))


@pytest.mark.parametrize(
    ("law", "words"),
    [
        (Sets("correlated", (2, 2), 0.2), "features in sets of 2, 2, active together, p = 0.2"),
        (AnticorrelatedSets((3, 1), 0.1), "sets of 3, 1, at most one of each active, p = 0.1"),
        (CorrelatedSets((2, 2), [0.2, 0.3]), "active together, p = 0.2 … 0.3"),
        (OneHot(4), "exactly one of 4 features active"),
        (ExactlyKActive(4, 2), "2 of 4 features active at a time"),
        (IndependentFeatures(0.1, n_features=4, low=1.0), "p = 0.1, then 1; importance 1"),
    ],
)
def test_laws_in_words(law, words):
    said = assumed_law(law)
    assert words in said.words
    assert len(said.density) == len(said.importance) == 4
    assert assumed_law(law, [2.0] * 4).importance == (2.0,) * 4
    found = describe(np.eye(2, 4), law=law, samples=1000)
    assert found.law == said
    assert json.loads(found.to_json())["law"]["words"] == said.words
