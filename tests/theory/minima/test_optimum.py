"""The optimum over all W and b: stationary, canonical, reproducible, never above a candidate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ground.structure import structure_of
from theory.loss.floats import hessian, loss_and_gradient
from theory.minima.optimum import optimum
from theory.minima.starts import spread_starts, structured_starts

densities = st.floats(0.01, 1.0)
ratios = st.floats(0.1, 10.0)


@settings(max_examples=15)
@given(densities, ratios, st.booleans())
def test_every_minimum_is_one(p, r, bias):
    """Zero gradient, no negative curvature, its loss is its own, best first."""
    importance = np.array([1.0, r])
    found = optimum(2, 1, density=p, importance=importance, bias=bias, starts=16)
    losses = [minimum.loss for minimum in found.minima]
    assert losses == sorted(losses)
    assert found.loss == losses[0]
    for minimum in found.minima:
        b = minimum.b if bias else None
        loss, dW, db = loss_and_gradient(minimum.W, b, density=p, importance=importance)
        assert float(loss) == pytest.approx(minimum.loss, rel=1e-12, abs=1e-18)
        assert abs(dW).max() <= 1e-9 * p * (1 + r)
        second = hessian(minimum.W, b, density=p, importance=importance)
        if bias:
            assert abs(db).max() <= 1e-9 * p * (1 + r)
        else:
            second = second[:2, :2]
        eigenvalues = np.linalg.eigvalsh(second)
        assert eigenvalues[0] >= -1e-6 * abs(second).max()
        # On a kink the Hessian is another one on each side.
        if np.abs(minimum.b if bias else minimum.W).min() > 1e-3:
            least = eigenvalues[0] / np.abs(eigenvalues).max()
            assert minimum.curvature == pytest.approx(least, abs=1e-6)
        assert structure_of(minimum.W) == minimum.structure
    assert sum(minimum.count for minimum in found.minima) == found.converged <= found.starts


@settings(max_examples=8)
@given(densities, ratios, st.booleans())
def test_no_candidate_beats_it(p, r, bias):
    """The natural solutions, and 2 000 other points, are upper bounds."""
    importance = np.array([1.0, 1.0, r])
    best = optimum(3, 2, density=p, importance=importance, bias=bias, starts=16).loss
    W, b = structured_starts(3, 2, np.full(3, p / 2))
    X, c = spread_starts(3, 2, 2048, np.full(3, p / 2))
    W, b = np.concatenate([W, X]), np.concatenate([b, c]) * bias
    others = loss_and_gradient(W, b, density=p, importance=importance)[0]
    assert best <= others.min() * (1 + 1e-12)


@settings(max_examples=10)
@given(densities)
def test_equal_features_may_be_exchanged(p):
    """Importances (1, r) and (r, 1) have the same loss, mirrored weights."""
    here = optimum(2, 1, density=p, importance=[1.0, 0.3], starts=16)
    there = optimum(2, 1, density=p, importance=[0.3, 1.0], starts=16)
    assert here.loss == pytest.approx(there.loss, rel=1e-10)
    np.testing.assert_allclose(np.abs(here.W), np.abs(there.W[:, ::-1]), atol=1e-5)


def test_minima_of_equal_loss_are_told_apart():
    """Importances one unit in the last place apart: mirrored minima have one and the same loss."""
    almost = [1.0, np.nextafter(1.0, 0.0), np.nextafter(1.0, 2.0)]
    found = optimum(3, 1, density=1.0, importance=almost, starts=16)
    assert 1 / 12 < found.loss < 2 / 12  # one dimension is not nothing, and not all of three
    assert len({id(minimum) for minimum in found.minima}) == len(found.minima)


def test_full_rank_loses_nothing():
    assert optimum(3, 3, density=0.4, starts=8).loss < 1e-20


def test_dense_equal_features_barely_beat_principal_components():
    """At p = 1 the linear optimum drops one direction, cost 1/12; clipping gains 0.3 % on it."""
    loss = optimum(3, 2, density=1.0, starts=16).loss
    assert 0.99 / 12 < loss < 1 / 12


@pytest.mark.result("D44")
def test_the_pentagon_of_five_sparse_features():
    found = optimum(5, 2, density=0.05, starts=32)
    assert str(found.structure) == "[1 2 3 4 5]"
    norms = np.linalg.norm(found.W, axis=0)
    cosines = np.sort((found.W.T @ found.W / np.outer(norms, norms))[0])
    np.testing.assert_allclose(cosines, np.sort(np.cos(2 * np.pi * np.arange(5) / 5)), atol=1e-6)
    kinds = {str(minimum.structure) for minimum in found.minima}
    assert len(kinds) >= 3  # two digons and a triangle with a digon are minima too


def test_it_repeats_itself():
    first, second = (optimum(3, 1, density=0.2, starts=16) for _ in range(2))
    assert first.loss == second.loss
    np.testing.assert_array_equal(first.W, second.W)


def test_a_rough_search_ends_near_a_minimum_of_the_same_loss():
    importance = 0.8 ** np.arange(7)
    found = optimum(7, 2, density=0.1, importance=importance, starts=2, rtol=1e-6)
    again = loss_and_gradient(found.W, found.b, density=0.1, importance=importance, method="exact")
    assert found.loss == pytest.approx(float(again[0]), rel=1e-6)
    assert found.converged >= 1


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"n_hidden": 3}, "n_hidden"),
        ({"density": -0.1}, "density"),
        ({"density": [[0.1, 0.2]]}, "density"),
        ({"importance": [1.0, -1.0]}, "importance"),
        ({"starts": -1}, "starts"),
    ],
)
def test_bad_input_is_named(change, names):
    with pytest.raises(ValueError, match=names):
        optimum(**({"n_features": 2, "n_hidden": 1, "density": 0.5} | change))
