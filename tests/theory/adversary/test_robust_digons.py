"""Digons under the attack on a random feature: the family's loss, its optimum, its limit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.adversary.mean_norm import mean_norm
from theory.adversary.random_feature import random_feature_loss, random_feature_loss_and_gradient
from theory.adversary.robust_digons import (
    _tilted,
    _tilted_digons,
    _tilted_world,
    robust_digons,
    tilted_digons,
    unit_frobenius_size,
)

pytestmark = pytest.mark.result("D17")


def weights(found):
    """W and b of digons in dimensions of their own."""
    pairs = np.kron(np.eye(found.n_digons), [[1.0, -1.0]]) * np.sqrt(found.scale)
    return pairs, np.full(2 * found.n_digons, found.bias)


@pytest.mark.parametrize(("m", "size", "density"), [(1, 0.3, 0.4), (2, 0.6, 0.1), (3, 0.2, 0.3)])
def test_the_objective_is_that_of_the_whole_model(m, size, density):
    """Against the mean over the attacks on all features of W, and the clean loss of W."""
    found = robust_digons(m, size=size, density=density)
    for eps, value in ((size, found.objective), (0.0, found.clean)):
        whole = random_feature_loss(*weights(found), size=eps, density=density)
        assert value == pytest.approx(float(whole), rel=1e-10)


@settings(max_examples=20)
@given(st.integers(1, 3), st.floats(0, 1.5), st.floats(0.05, 0.9))
def test_the_optimum_of_the_family_is_stationary_for_all_weights(m, size, density):
    """By symmetry: nothing that breaks it has a slope, with δ held fixed or not."""
    found = robust_digons(m, size=size, density=density)
    W, b = weights(found)
    for through in (True, False):
        _, dW, db = random_feature_loss_and_gradient(
            W, b, size=size, density=density, through=through
        )
        slope = max(np.abs(dW).max(), np.abs(db).max())
        assert (
            slope < 1e-5 * density
        )  # the descent ends at 1e-10 of its square's scale, or rounding


def test_no_attack_leaves_the_clean_digon():
    """D07: the best antipodal pair with a bias."""
    from theory.minima.optimum import optimum

    best = optimum(2, 1, density=0.2)
    found = robust_digons(4, size=0.0, density=0.2)
    assert found.objective == pytest.approx(4 * best.loss, rel=1e-9)
    assert found.objective == found.clean


@settings(max_examples=15)
@given(st.floats(0.0, 1.0), st.floats(0.05, 0.6))
def test_a_larger_attack_is_no_better(size, density):
    """Found, not proved: the optimum rises with ε, from the clean one on."""
    here, there = (robust_digons(3, size=size + d, density=density) for d in (0.0, 0.05))
    assert there.objective >= here.objective * (1 - 1e-9)
    assert here.objective >= robust_digons(3, size=0.0, density=density).objective * (1 - 1e-9)


@pytest.mark.parametrize(("n", "m"), [(14, 5), (20, 10), (100, 20)])
def test_unit_frobenius_norm_lies_near_the_root_of_m_over_n_at_middling_density(n, m):
    """c = 1/(1 + a² n/m) of few active features and no bias: corrections are of order p."""
    p = 0.2
    ratio = unit_frobenius_size(m, density=p, most=2.0 * mean_norm(n, p)) / mean_norm(n, p)
    assert ratio == pytest.approx(np.sqrt(m / n), rel=p)


def test_sparse_digons_hide_behind_their_bias():
    norm = mean_norm(14, 0.01)
    assert unit_frobenius_size(5, density=0.01, most=norm) is None
    found = robust_digons(5, size=norm, density=0.01)
    assert found.scale > 1
    # The output that the attack raises, where nothing is active, stays below a tenth of it.
    assert found.bias + np.sqrt(2) * found.scale * norm < 0.1 * norm


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_gradient_of_tilted_digons(count):
    """Against central differences, off by step² times a third derivative and rounding over step."""
    world = _tilted_world(count, 0.3)
    point, step = np.array([0.4, 0.7, -0.2]), 1e-5

    def loss(x):
        return _tilted_digons(world, count, x[:2], x[2], 0.5)

    _, gradient = loss(point)
    for i, e in enumerate(np.eye(3)):
        slope = (loss(point + step * e)[0] - loss(point - step * e)[0]) / (2 * step)
        assert abs(slope - gradient[i]) < 1e-8


def test_features_of_no_importance_change_nothing():
    """Four digons by a Fourier sum, three features beside them: the loss of all patterns."""
    point, bias, size = np.array([0.4, 0.7]), -0.3, 0.5
    padded = _tilted_digons(_tilted_world(4, 0.3), 4, point, bias, size)[0]
    W, b = _tilted(4, *point), np.full(8, bias)
    assert padded == pytest.approx(
        float(random_feature_loss(W, b, size=size, density=0.3)), rel=1e-8
    )


def test_tilted_digons_are_what_they_say():
    """Their objective is the exact one of an explicit model of two digons in three dimensions."""
    size, p = 0.6, 0.3
    found = tilted_digons(2, size=size, density=p)
    W = _tilted(2, np.sqrt(found.tilt), np.sqrt(found.scale - found.tilt))
    b = np.full(4, found.bias)
    assert found.objective == pytest.approx(
        float(random_feature_loss(W, b, size=size, density=p)), rel=1e-9
    )
    assert found.clean == pytest.approx(float(random_feature_loss(W, b, size=0, density=p)))
    # They hide the attack: their clean loss is the price.
    digons = robust_digons(2, size=size, density=p)
    assert found.objective < digons.objective
    assert found.clean > digons.clean


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"size": -0.1}, "size must be"),
        ({"size": np.nan}, "size must be"),
        ({"density": 0.0}, "density must be"),
        ({"n_digons": 0}, "n_digons must be"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        tilted_digons(**{"n_digons": 2, "size": 0.1, "density": 0.3, **call})
    with pytest.raises(ValueError, match=message):
        robust_digons(**{"n_digons": 2, "size": 0.1, "density": 0.3, **call})


def test_most_is_named():
    with pytest.raises(ValueError, match="most must be"):
        unit_frobenius_size(2, density=0.3, most=0.0)
