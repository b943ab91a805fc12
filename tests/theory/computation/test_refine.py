"""Descents on the exact loss of two-layer nets: they end lower, and where nothing leads down."""

from __future__ import annotations

import numpy as np
import pytest

from theory.computation.absolute_value import naive_loss, naive_net
from theory.computation.refine import balanced, refine_two_layer
from theory.computation.two_layers import two_layer_loss, two_layer_loss_and_gradient

PRIVILEGED = {"target": "identity", "low": 0.0}


def test_a_descent_ends_lower_and_says_what_it_minimised():
    rng = np.random.default_rng(2)
    W1 = rng.normal(size=(3, 4))
    start = W1, np.abs(W1).T / 2, None
    made = refine_two_layer(*start, 0.1, points=64, steps=60)
    known = {"density": 0.1, "points": 64}
    here = two_layer_loss(made.W1, made.W2, made.b, **known)
    assert made.loss.loss == here.loss < 0.7 * two_layer_loss(*start, **known).loss
    # Another sample, of which nothing was minimised: the same where it is exact.
    assert made.held_out.exact == made.loss.exact
    assert made.held_out.loss != made.loss.loss
    deviation = np.hypot(made.held_out.error, made.loss.error)
    assert abs(made.held_out.loss - made.loss.loss) < 12 * deviation


@pytest.mark.result("D26")
def test_entries_in_creases_are_zero_and_no_step_leads_down():
    importance = 0.7 ** np.arange(3)
    naive = naive_net(3, 4, density=0.1, importance=importance)
    rng = np.random.default_rng(0)
    shaken = [part + 0.02 * rng.normal(size=part.shape) for part in (naive.W1, naive.W2, naive.b)]
    made = refine_two_layer(*shaken, 0.1, importance, points=64)
    assert made.converged
    # The third feature borrows neurons a little: better than not at all, far beyond the error.
    assert made.loss.loss < naive.loss - 100 * made.loss.error
    assert (made.W1 == 0).sum() >= 3
    for seed in range(30):
        rng = np.random.default_rng(seed)
        for sign in (1e-5, -1e-5):
            moved = (
                part + sign * rng.normal(size=part.shape) for part in (made.W1, made.W2, made.b)
            )
            there = two_layer_loss(*moved, 0.1, importance, points=64).loss
            assert there > made.loss.loss * (1 - 1e-9)


def test_it_finds_the_naive_net_and_stays_there():
    naive = naive_net(2, 2, density=0.3, importance=[1.0, 0.01])
    rng = np.random.default_rng(0)
    shaken = [part + 0.05 * rng.normal(size=part.shape) for part in (naive.W1, naive.W2, naive.b)]
    made = refine_two_layer(*shaken, 0.3, [1.0, 0.01])
    expected = naive_loss(2, 2, density=0.3, importance=[1.0, 0.01])
    assert made.loss.loss <= expected * (1 + 1e-6)
    stayed = refine_two_layer(naive.W1, naive.W2, naive.b, 0.3, [1.0, 0.0])
    assert stayed.converged
    assert stayed.loss.loss < 1e-13


def test_tied_weights_stay_tied_and_biases_stay_if_they_are_told_to():
    W = np.array([[0.9, 0.1, 0.3], [0.1, 0.8, 0.4]])
    made = refine_two_layer(W, None, None, 0.2, [1.0, 0.9, 0.1], **PRIVILEGED)
    assert np.array_equal(made.W2, made.W1.T)
    assert made.converged
    assert made.b.any()
    held = refine_two_layer(W, None, None, 0.2, [1.0, 0.9, 0.1], bias=False, **PRIVILEGED)
    assert not held.b.any()
    assert made.loss.loss < held.loss.loss
    # Nothing leads down, not even the tied slope.
    loss, slopes = two_layer_loss_and_gradient(
        made.W1, made.W2, made.b, 0.2, [1.0, 0.9, 0.1], **PRIVILEGED
    )
    assert np.abs(slopes["W1"] + slopes["W2"].T).max() < 1e-5 * loss.loss


def test_balancing_changes_no_net():
    rng = np.random.default_rng(1)
    W1, W2, b = rng.normal(size=(3, 2)), rng.normal(size=(2, 3)), rng.normal(size=2)
    W1[2] = 0.0
    new = balanced((100 * W1, W2, b))
    assert two_layer_loss(*new, 0.4).loss == pytest.approx(
        two_layer_loss(100 * W1, W2, b, 0.4).loss, rel=1e-13
    )
    np.testing.assert_allclose(
        np.linalg.norm(new[0], axis=1)[:2], np.linalg.norm(new[1], axis=0)[:2]
    )
    assert np.array_equal(new[0][2], W1[2])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"W1": np.ones((2, 3, 2)), "W2": None}, "one net"),
        ({"bias": 1}, "bias"),
        ({"steps": 0}, "steps"),
        ({"W1": np.ones((40, 100)), "W2": None, "steps": 10**6}, "steps"),
        ({"W1": [1.0], "W2": None}, "W1"),
    ],
)
def test_bad_input_is_named(change, named):
    call = {"W1": np.ones((3, 2)), "W2": np.ones((2, 3)), "b": None, "density": 0.1}
    with pytest.raises(ValueError, match=named):
        refine_two_layer(**{**call, **change})
