"""Gain and vulnerability: tight frames, dedicated features, orthogonal factors, samples."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.strategies import densities, toy_models
from tests.oracles import Estimate, assert_compatible
from theory.adversary.directions import attack_directions
from theory.adversary.exact import exact_attack, expected_attacked_loss
from theory.adversary.gain import gain, linear_vulnerability, vulnerability
from theory.adversary.random_feature import random_feature_loss
from theory.loss.exact import expected_loss
from theory.polytopes.catalogue import polytope

EVER = st.floats(0.01, 1.0)


@pytest.mark.result("D17")
@pytest.mark.parametrize("name", ["digon", "triangle", "pentagon", "tetrahedron", "cube"])
def test_gain_of_tight_frames(name):
    """Of squared length c and dimensionality D: c²/D for its own output, (c/D)² for all."""
    shape, c = polytope(name), 1.3
    D = float(shape.dimensionality[0])
    W = np.sqrt(c) * np.array(shape.vertices, float)
    np.testing.assert_allclose(gain(W) ** 2, c**2 / D, rtol=1e-13)
    np.testing.assert_allclose(linear_vulnerability(W), (c / D) ** 2, rtol=1e-13)


@pytest.mark.result("D17")
@given(toy_models(4))
def test_gains_are_powers_of_the_gram_matrix(model):
    G = model.W.T @ model.W
    reach = np.linalg.norm(np.abs(model.W).T @ np.abs(model.W), axis=1)
    np.testing.assert_allclose(gain(model.W), np.linalg.norm(G, axis=1), atol=1e-13 * reach.max())
    if np.linalg.norm(model.W, axis=0).min() > 1e-3:
        ratios = np.diag(G @ G @ G @ G) / np.diag(G @ G)
        scale = np.abs(model.W).max() ** 4 + 1e-300
        np.testing.assert_allclose(
            linear_vulnerability(model.W), ratios.mean(), rtol=1e-9, atol=1e-13 * scale
        )


@pytest.mark.result("D17")
@given(densities(1e-3), st.floats(1e-3, 3.0), st.integers(1, 4), st.integers(0, 3))
def test_dedicated_unit_features_have_exactly_one(p, size, kept, ignored):
    n = kept + ignored
    W, b = np.eye(kept, n), np.where(np.arange(n) < kept, 0.0, p / 2)
    found = vulnerability(W, b, size=size, density=p, live_above=0.5)
    # L' − L is a difference of losses of size ε² + n p.
    assert found == pytest.approx(1.0, abs=1e-13 * (1 + n / size**2))


@pytest.mark.result("D17")
def test_dedicated_unit_features_in_symbols():
    p, epsilon = sp.symbols("p epsilon", positive=True)
    W, b = [[1, 0, 0], [0, 1, 0]], [0, 0, p / 2]
    attacked = expected_attacked_loss(W, b, exact_attack(W, 2, epsilon), density=p)
    assert sp.expand(attacked - expected_loss(W, b, density=p) - epsilon**2) == 0


@pytest.mark.result("D17")
@settings(max_examples=25)
@given(toy_models(3, density=EVER), toy_models(2, density=EVER), st.sampled_from([0.1, 0.7]))
def test_an_attack_moves_its_own_orthogonal_factor_only(first, second, size):
    m, n = len(first.W) + len(second.W), first.n_features + second.n_features
    W = np.zeros((m, n))
    W[: len(first.W), : first.n_features] = first.W
    W[len(first.W) :, first.n_features :] = second.W
    W[:, 0] += 0.5 * (np.arange(m) == 0)
    if not (np.linalg.norm(W, axis=0) > 1e-6).any():
        return
    world = {
        "density": np.concatenate([first.density, second.density]),
        "importance": np.concatenate([first.importance, second.importance]),
    }
    b = np.concatenate([first.b, second.b])
    here = vulnerability(W, b, size=size, live_above=1e-6, **world)
    whole, clean = (
        random_feature_loss(W, b, size=e, live_above=1e-6, **world) for e in (size, 0.0)
    )
    reach = 1 + np.abs(b) + (1 + size) * (np.abs(W).T @ np.abs(W)).sum(axis=1)
    scale = world["importance"] @ reach**2 / size**2
    assert here == pytest.approx((whole - clean) / size**2, rel=1e-11, abs=1e-12 * scale)


@pytest.mark.result("D17")
def test_samples_of_a_pentagon():
    rng = np.random.default_rng(5)
    W = 1.1 * np.array(polytope("pentagon").vertices, float)
    b, p, size = np.full(5, -0.2), 0.2, 0.4
    x = rng.random((40_000, 5)) * (rng.random((40_000, 5)) < p)
    k = rng.integers(5, size=len(x))
    G = W.T @ W
    attacked = x + size * attack_directions(W)[k]
    errors = [np.sum((x - np.maximum(y @ G + b, 0)) ** 2, axis=1) for y in (x, attacked)]
    growth = (errors[1] - errors[0]) / size**2
    estimate = Estimate(growth.mean(), growth.std() / np.sqrt(len(x)))
    assert_compatible(estimate, vulnerability(W, b, size=size, density=p))


@pytest.mark.result("D17")
def test_gain_is_not_the_vulnerability_of_a_sparse_pentagon():
    """Its bias takes most of the attack: below a tenth of what linear theory says."""
    W, b = 1.2 * np.array(polytope("pentagon").vertices, float), np.full(5, -0.45)
    found = float(vulnerability(W, b, size=0.2, density=0.02))
    assert 0 < found < 0.1 * float(gain(W)[0] ** 2)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="size"):
        vulnerability([[1.0]], [0.0], size=0.0, density=0.5)
    with pytest.raises(ValueError, match="live_above"):
        linear_vulnerability([[1.0]], live_above=2.0)
    for function in (gain, linear_vulnerability):
        with pytest.raises(ValueError, match="W must leave"):
            function([[1e160]])
