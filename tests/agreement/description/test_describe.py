"""`describe` names what was built, whatever its rotation, order, scale and (bounded) noise."""

from __future__ import annotations

import json
import sys
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement.description.describe import describe
from agreement.description.recognise import NAMED_WITHIN, recognise
from ground import checks
from ground.structure import structure_of
from theory.loss import problem
from theory.loss.floats import loss_and_gradient
from theory.minima.composition import best_composition
from theory.minima.optimum import optimum
from theory.polytopes.catalogue import catalogue, polytope, square_antiprism

# What `describe` promises to name under noise of up to NOISE of each column's norm.
PARTS = ["point", "digon", "triangle", "tetrahedron", "pentagon", "square antiprism", "cube"]
NOISE = 0.04


@lru_cache
def corners(name: str) -> np.ndarray:
    return np.array(polytope(name).vertices.evalf(20), dtype=float)


@st.composite
def built(draw: st.DrawFn) -> tuple[np.ndarray, list[tuple[str, set[int]]], set[int]]:
    """W with its parts and ignored features: a tegum product, rotated, shuffled, scaled, noisy."""
    names = draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=4))
    ignored = draw(st.integers(0, 3))
    spare = draw(st.integers(0, 2))  # dimensions that nobody uses
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    noise = draw(st.sampled_from([0.0, NOISE / 2, NOISE]))

    m = sum(len(corners(name)) for name in names) + spare
    n = sum(corners(name).shape[1] for name in names) + ignored
    spare = min(spare, max(0, spare - (m - n)))  # as many features as dimensions at least
    m = sum(len(corners(name)) for name in names) + spare
    W = np.zeros((m, n))
    labels, row, column = [], 0, 0
    for name in names:
        d, k = corners(name).shape
        W[row : row + d, column : column + k] = rng.uniform(0.5, 1.5) * corners(name)
        labels.append((name, range(column, column + k)))
        row, column = row + d, column + k
    rotation, _ = np.linalg.qr(rng.normal(size=(m, m)))
    off = rng.normal(size=(m, n))
    off *= np.linalg.norm(W, axis=0) / np.linalg.norm(off, axis=0)
    order = rng.permutation(n)
    W = (rotation @ (W + noise * off))[:, order]
    place = np.argsort(order)
    parts = [(name, {int(place[i]) for i in members}) for name, members in labels]
    return W, parts, {int(place[i]) for i in range(column, n)}


@given(built())
def test_describe_names_what_was_built(case):
    W, parts, ignored = case
    found = describe(W)
    assert set(found.structure.ignored) == ignored
    named = sorted((factor.name, sorted(factor.features)) for factor in found.factors)
    assert named == sorted((name, sorted(members)) for name, members in parts)
    assert all(factor.distance < 0.1 < NAMED_WITHIN for factor in found.factors)
    for name, members in parts:
        for i in members:
            assert found.role(i) == ("dedicated" if name == "point" else "in superposition")
            assert set(found.partners(i)) == members - {i}
    for i in ignored:
        assert found.role(i) == "ignored"
    assert found.structure == structure_of(W)


@given(built())
def test_features_come_back_in_the_order_of_the_vertices(case):
    """The Gram matrix of a named factor, in its reported order, is the polytope's."""
    W, _, _ = case
    for factor in describe(W).factors:
        columns = W[:, factor.features] / np.linalg.norm(W[:, factor.features], axis=0)
        ideal = corners(factor.name).T @ corners(factor.name)
        if factor.shape is not None:  # the height that fits best
            ideal = np.array(square_antiprism(factor.shape**0.5).gram.evalf(20), dtype=float)
        distance = np.linalg.norm(columns.T @ columns - ideal) / np.linalg.norm(ideal)
        assert distance == pytest.approx(factor.distance, abs=1e-9)


def test_named_polytopes_are_farther_apart_than_two_thresholds():
    """So no arrangement is within the threshold of two names, and the name is the nearest."""
    for k in range(2, 13):
        names = catalogue(k)
        for known in names:
            others = recognise(corners(known.name), named_within=1e-6)
            assert others.name == known.name
            for other in names:
                if other.name != known.name:
                    assert spectra_or_rows_apart(known, other) > 2 * NAMED_WITHIN


def spectra_or_rows_apart(first, second) -> float:
    """A lower bound of the relative distance over all orders, by sorted entries and spectra."""
    A, B = (np.array(known.gram.evalf(20), dtype=float) for known in (first, second))
    entries = np.linalg.norm(np.sort(A.ravel()) - np.sort(B.ravel()))
    spectra = np.linalg.norm(np.linalg.eigvalsh(A) - np.linalg.eigvalsh(B))
    return max(entries, spectra) / max(np.linalg.norm(A), np.linalg.norm(B))


def test_equal_dimensionality_does_not_fool_it():
    for name in ("cube", "square antiprism"):
        found = describe(corners(name))
        assert found.summary == f"1 {name}"
        assert found.dimensionality == pytest.approx([3 / 8] * 8)
        assert found.leverage == pytest.approx([3 / 8] * 8)


def test_octahedron_splits_into_digons():
    assert describe(corners("octahedron")).summary == "3 digons"


def test_what_has_no_name_says_what_it_is_not():
    """Two features at half a right angle: linked, but no digon, which has one dimension."""
    W = np.array([[1, np.sqrt(0.5)], [0, np.sqrt(0.5)]])
    found = describe(W)
    (factor,) = found.factors
    assert factor.name is None
    assert (factor.nearest, factor.distance, factor.dimensions) == (None, None, 2)
    assert "unnamed" in str(found)
    # Twice the same direction: off-diagonal 1 instead of −1.
    (factor,) = describe([[1, 1]]).factors
    assert (factor.name, factor.nearest, factor.dimensions) == (None, "digon", 1)
    assert factor.distance == pytest.approx(np.sqrt(2))
    lone = describe(np.random.default_rng(1).normal(size=(2, 50)))
    assert lone.factors[0].nearest is None
    assert json.loads(lone.to_json())["factors"][0]["distance"] is None


def test_the_bound_is_below_every_order():
    """What is reported for an unnamed arrangement is less than any order achieves."""
    rng = np.random.default_rng(2)
    for _ in range(20):
        columns = rng.normal(size=(2, 5))
        columns /= np.linalg.norm(columns, axis=0)
        match = recognise(columns)
        if match is None:  # as good as on a line
            continue
        ideal = corners(match.name).T @ corners(match.name)
        gram = columns.T @ columns
        for _ in range(50):
            order = rng.permutation(5)
            distance = np.linalg.norm(gram[np.ix_(order, order)] - ideal) / np.linalg.norm(ideal)
            assert match.distance <= distance + 1e-12


@pytest.mark.parametrize("n_features", [4, 7])
def test_nothing_known_is_better_than_the_best(n_features):
    """Up to 5 features the optimum; beyond, descent: never worse than model or composition."""
    I = 0.8 ** np.arange(n_features)
    rng = np.random.default_rng(3)
    W, b = rng.normal(size=(2, n_features)) / 2, rng.normal(size=n_features) / 10
    found = describe(W, b, density=0.2, importance=I)
    parts = best_composition(n_features, 2, density=0.2, importance=I)
    assert found.best.loss < parts.loss < found.loss
    recomputed = loss_and_gradient(found.best.W, found.best.b, density=0.2, importance=I)
    assert recomputed[0] == pytest.approx(found.best.loss, rel=1e-9)
    assert np.abs(recomputed[1]).max() < 1e-8
    assert describe(found.best.W, found.best.b, density=0.2, importance=I).gap < 1e-9


def test_unequal_partners_are_paired_as_the_optimum_pairs_them():
    I = 0.9 ** np.arange(4)
    parts = best_composition(4, 2, density=0.2, importance=I)
    best = optimum(4, 2, density=0.2, importance=I)
    assert sorted(members for _, members in parts.parts) == sorted(best.structure.factors)
    assert parts.loss == pytest.approx(best.loss, rel=1e-8)


def test_loss_and_gap():
    W, b, I = [[1.0, 0.0, -1.0]], [0.0, 0.15, 0.0], [1.0, 0.5, 1.0]
    found = describe(W, b, density=0.3, importance=I)
    assert found.loss == loss_and_gradient(W, b, density=0.3, importance=I)[0]
    assert found.best.loss <= best_composition(3, 1, density=0.3, importance=I).loss
    assert found.gap > 0
    again = describe(found.best.W, found.best.b, density=0.3, importance=I)
    assert abs(again.gap) < 1e-9
    assert describe(W, b).loss is None
    assert describe(W, b, density=0.3, against_best=False).gap is None


@pytest.mark.parametrize("density", [1.0, 0.3, 0.05])
def test_compositions_are_upper_bounds_made_of_their_parts(density):
    I = 0.8 ** np.arange(8)
    found = best_composition(8, 3, density=density, importance=I)
    by_hand = describe(found.W, found.b)
    assert sorted(found.ignored) == list(by_hand.structure.ignored)
    assert sorted(sorted(members) for _, members in found.parts) == sorted(
        list(factor) for factor in by_hand.structure.factors
    )
    dedicated = np.eye(3, 8), np.where(np.arange(8) < 3, 0, density / 2)
    trivial = float(loss_and_gradient(*dedicated, density=density, importance=I)[0])
    assert found.loss <= trivial * (1 + 1e-12)
    if density == 1.0:  # everything is always active: PCA, and nothing is gained by sharing
        assert found.loss == pytest.approx(trivial, rel=1e-9)


def test_json_and_table_agree():
    W = np.hstack([corners("pentagon"), np.zeros((2, 1))])
    found = describe(W, density=0.1)
    data = json.loads(found.to_json())
    assert data["structure"] == {"factors": [[0, 1, 2, 3, 4]], "ignored": [5]}
    assert data["features"][5] == {
        "feature": 5, "role": "ignored", "with": [], "norm": 0.0, "bias": 0.0,
        "dimensionality": 0.0, "leverage": 0.0, "superposition": 0.0,
    }  # fmt: skip
    assert data["loss"] == found.loss
    assert data["best_known"]["loss"] == found.best.loss
    text = str(found)
    assert "6 features in 2 dimensions: 1 pentagon, 1 feature ignored" in text
    assert f"Loss: {found.loss:.6g}" in text


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"W": np.zeros((2, 2, 3))}, "W must be one model"),
        ({"W": [[1, float("nan")]]}, "W"),
        ({"W": [[1, 0]], "b": [0]}, "b"),
        ({"W": [[1, 0]], "density": 2}, "density"),
        ({"W": [[1, 0]], "density": 0.5, "importance": [1, -1]}, "importance"),
        ({"W": [[1, 0]], "named_within": 0}, "named_within"),
        ({"W": [[1, 0]], "orthogonal_below": float("nan")}, "orthogonal_below"),
    ],
)
def test_bad_input_is_named(arguments, name):
    with pytest.raises(ValueError, match=rf"^{name}"):
        describe(**arguments)


@pytest.mark.parametrize("n_features", [3, 7])
@pytest.mark.parametrize("density", [None, 0.2])
def test_a_model_is_checked_once(n_features, density, monkeypatch):
    """At the border; the loss, the composition, descents and the optimum take what is checked."""
    original, seen = checks.as_model, []

    def counted(W, b=None):
        seen.append(np.shape(W))
        return original(W, b)

    for name, module in list(sys.modules.items()):
        ours = name.split(".")[0] in ("agreement", "ground", "numeric", "theory")
        if ours and getattr(module, "as_model", None) is original:
            monkeypatch.setattr(module, "as_model", counted)
    plain = problem._plain  # arrays of usual size are checked by themselves

    def counted_plain(W, b, *world):
        found = plain(W, b, *world)
        seen.extend([] if found is None else [np.shape(W)])
        return found

    monkeypatch.setattr(problem, "_plain", counted_plain)
    W = np.random.default_rng(4).normal(size=(2, n_features))
    describe(W, density=density)
    assert seen == [W.shape]


@pytest.mark.parametrize("density", [None, 0.1, [[0.1] * 3] * 2])
def test_several_models_at_once_are_refused(density):
    several = np.ones((2, 1, 3)) if density != [[0.1] * 3] * 2 else np.ones((1, 3))
    with pytest.raises(ValueError, match="one model"):
        describe(several, density=density)
