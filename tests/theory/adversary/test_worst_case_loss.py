"""The loss under worst attacks: the integral against samples, its gradient against differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from agreement.strategies import toy_models
from theory.adversary.pair_kernel import pair_loss
from theory.adversary.worst_case import worst_case
from theory.adversary.worst_case_loss import _sampled, worst_case_loss
from theory.loss.floats import loss_and_gradient

FEW = settings(max_examples=8)
FALSE_ALARM = 1e-7


@pytest.mark.result("D19")
@FEW
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.8))
def test_the_integral_is_the_mean_of_independent_samples(seed, size):
    """The kernel of strips shares nothing with the search over candidates."""
    rng = np.random.default_rng(seed)
    W, b = rng.uniform(-1.3, 1.3, (1, 2)), rng.uniform(-0.5, 0.5, 2)
    p, weight = rng.uniform(0.05, 1, 2), rng.uniform(0.2, 2, 2)
    found = worst_case_loss(W, b, size=size, density=p, importance=weight)
    x = rng.random((20_000, 2)) * (rng.random((20_000, 2)) < p)
    each = worst_case(W, b, x, size=size, importance=weight).loss
    error = each.std(ddof=1) / np.sqrt(len(each))
    assert abs(each.mean() - found.loss) <= norm.isf(FALSE_ALARM) * error + found.error


@pytest.mark.result("D19")
def test_stratified_samples_know_their_error():
    """Over several models the distance to the integral is as large as the stated error."""
    rng = np.random.default_rng(1)
    ratios = []
    for _ in range(12):
        W, b = rng.uniform(-1.2, 1.2, (1, 2)), rng.uniform(-0.3, 0.3, 2)
        p, size = np.full(2, rng.uniform(0.1, 0.9)), rng.uniform(0.05, 0.5)
        exact = worst_case_loss(W, b, size=size, density=p).loss
        sampled = _sampled(W, b, size, p, np.ones(2), 64, 60.0)
        ratios.append((sampled.loss - exact) / sampled.error)
    # Eight scramblings leave a t of seven degrees: its mean square is 7/5.
    assert 0.1 < np.mean(np.square(ratios)) < 7.0


@pytest.mark.result("D19")
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.6))
def test_the_gradient_is_that_of_the_loss(seed, size):
    rng = np.random.default_rng(seed)
    theta = rng.uniform(-1.2, 1.2, 4)
    p, weight = rng.uniform(0.05, 1, 2), rng.uniform(0.2, 2, 2)
    step = 1e-5

    def value(theta, weight):
        return pair_loss(theta, weight, p, np.array([size]), 1e-12)[0][0, 0]

    slopes, bends = [], []
    middle = value(theta, weight)
    for axis in range(5):
        up, down = [theta.copy(), weight.copy()], [theta.copy(), weight.copy()]
        for moved, sign in ((up, 1), (down, -1)):
            (moved[0] if axis < 4 else moved[1])[axis if axis < 4 else 1] += sign * step
        above, below = value(*up), value(*down)
        slopes.append((above - below) / (2 * step))
        bends.append(abs(above - 2 * middle + below) / (2 * step))
    out = pair_loss(theta, weight, p, np.array([size]), 1e-12)[0][0]
    # The second derivative jumps at no more than a few places: differences are right to a step,
    # and where it is large, a monotone slope lies between those of both sides.
    allowed = 200 * step * (1 + np.abs(out).max()) + np.array(bends)
    assert np.all(np.abs(np.array(slopes) - out[1:]) <= allowed)


@pytest.mark.result("D19")
@given(toy_models(2, fewest_features=2))
def test_without_an_attack_it_is_the_clean_loss(model):
    world = {"density": np.maximum(model.density, 1e-3), "importance": model.importance}
    clean = loss_and_gradient(model.W, model.b, **world)[0]
    found = worst_case_loss(model.W, model.b, size=0.0, points=16, **world)
    assert found.loss == pytest.approx(float(clean), abs=found.error * 8 + 1e-11 * model.scale)


@pytest.mark.result("D19")
def test_a_triangle_is_sampled_and_attacked_more_than_by_one_of_three():
    angle = 2 * np.pi * np.arange(3) / 3
    W = np.stack([np.cos(angle), np.sin(angle)])
    found = worst_case_loss(W, np.zeros(3), size=0.1, density=0.1, points=64)
    assert found.sampled
    assert found.exact
    assert found.upper == found.loss
    fixed = loss_and_gradient(W, 0.1 * (W.T @ W)[0] / np.sqrt(1.5) @ W.T @ W, density=0.1)[0]
    assert found.loss > fixed
    assert found.error < 1e-3 * found.loss


@pytest.mark.parametrize(
    ("call", "name"),
    [({"points": 100}, "points"), ({"size": np.inf}, "size"), ({"density": 0.0}, "density"),
     ({"W": np.ones((1, 11)), "b": np.zeros(11)}, "W"), ({"b": None}, "b")],
)  # fmt: skip
def test_bad_input_is_named(call, name):
    usual = {"W": [[1.0, -1.0]], "b": [0.0, 0.0], "size": 0.1, "density": 0.3}
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        worst_case_loss(**{**usual, **call})
