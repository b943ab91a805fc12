"""The loss in floats [D03] against rational arithmetic, and its derivatives against each other."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import rational_rows
from theory.loss.clipped_cube import two_product, two_sum
from theory.loss.exact import expected_loss
from theory.loss.floats import hessian, loss_and_gradient

DIGITS = 1e-12  # relative; ten digits are asked for

plain = st.floats(-1.5, 1.5, allow_subnormal=False)
awkward = st.sampled_from(
    [0.0, 1.0, -1.0, 0.5, 1e-12, -1e-12, 1e-5, 0.1, 0.2, -0.3, 1 - 1e-9, 0.7071067811865476]
)
weight = plain | awkward
probability = st.sampled_from([0.0, 1.0, 1e-9, 0.5]) | st.floats(0.0, 1.0)


@st.composite
def models(draw, most):
    """W, b, p, I with zero, coincident, cancelling and tiny columns among them."""
    n = draw(st.integers(1, most))
    m = draw(st.integers(1, n))
    W = np.array(draw(st.lists(weight, min_size=m * n, max_size=m * n))).reshape(m, n)
    if n > 1:
        source, target = draw(st.permutations(range(n)))[:2]
        factor = draw(st.sampled_from([None, None, 0.0, 1.0, -1.0, 1e-12]))
        if factor is not None:
            W[:, target] = factor * W[:, source]
    lists = st.lists
    b = np.array(draw(lists(weight, min_size=n, max_size=n)))
    p = np.array(draw(lists(probability, min_size=n, max_size=n)))
    weights = np.array(draw(lists(st.floats(0.0, 10.0), min_size=n, max_size=n)))
    kink = draw(st.sampled_from(["", "zero", "vertex"]))
    if kink == "zero":
        b[:] = 0.0
    if kink == "vertex":  # z vanishes at a vertex, as nearly as a float can
        b = -(W.T @ W) @ np.array(draw(lists(st.sampled_from([0.0, 1.0]), min_size=n, max_size=n)))
    return W, b, p, weights


def flat(*arrays):
    """Every entry of nested lists of Fractions."""
    return [entry for rows in arrays for entry in np.ravel(np.array(rows, dtype=object))]


def check(model, low):
    W, b, p, importance = model
    loss, dW, db = loss_and_gradient(W, b, density=p, importance=importance, low=low)
    exact, exact_W, exact_b = rational_rows.loss_and_gradient(W, b, p, importance, low)
    # Below the normal range floats are whole multiples of the smallest, and keep no digits.
    grain = 100 * Fraction(np.nextafter(0.0, 1.0))
    assert abs(Fraction(float(loss)) - exact) <= Fraction(DIGITS) * exact + grain
    # The natural size of the gradient: an output's errors times its inputs, times the weights.
    reach = 1 + np.abs(W).max() ** 2 * len(b) + np.abs(b).max()
    size = (importance * (p + reach)).sum() * (1 + np.abs(W).max())
    for got, wanted in zip(flat(dW, db), flat(exact_W, exact_b), strict=True):
        assert abs(Fraction(float(got)) - wanted) <= Fraction(DIGITS * size)


@given(plain, plain)
def test_sums_and_products_of_floats_lose_nothing(x, y):
    """What rounding takes from x + y and x · y is a float too, and is kept."""
    s, v = two_sum.py_func(x, y)
    q, e = two_product.py_func(x, y)
    assert (s, q) == (x + y, x * y)
    assert Fraction(s) + Fraction(v) == Fraction(x) + Fraction(y)
    if abs(q) > 1e-250 or 0.0 in (x, y):  # else the error itself may underflow
        assert Fraction(q) + Fraction(e) == Fraction(x) * Fraction(y)


@pytest.mark.result("D03")
@given(models(most=4), st.sampled_from([0, -1]))
def test_loss_and_gradient_against_rationals(model, low):
    check(model, low)


@pytest.mark.result("D03")
@settings(max_examples=6)
@given(models(most=6))
def test_loss_and_gradient_against_rationals_up_to_six_features(model):
    check(model, 0)


@pytest.mark.result("D03")
@pytest.mark.parametrize("epsilon", [1e-3, 1e-6, 1e-9, 1e-12])
def test_a_tiny_loss_keeps_its_digits(epsilon):
    """Near a perfect model the loss is of order ε², and still right to twelve digits."""
    W = np.array([[1 - epsilon, epsilon / 3], [-epsilon / 7, 1 + epsilon]])
    b = np.array([epsilon / 5, -epsilon / 11])
    check((W, b, np.array([0.3, 0.8]), np.ones(2)), 0)


@pytest.mark.result("D03")
@pytest.mark.parametrize("p", [0.5, 1e-3, 1e-8, 1e-12])
def test_a_sparse_pair_keeps_its_digits(p):
    """[1, −1] without bias errs by the smaller of two active features: p²/3, nothing in p."""
    loss = loss_and_gradient([[1.0, -1.0]], density=p)[0]
    assert float(loss) == pytest.approx(p * p / 3, rel=1e-14)


@pytest.mark.result("D03")
@pytest.mark.parametrize("low", [0, -1])
@pytest.mark.parametrize("size", [1e-150, 1e-155, 1e-160, 1e-162])
def test_weights_whose_products_underflow_are_none(size, low):
    """Slopes of 1e-300 and below, whose reciprocals overflow: nothing comes out, p/3 is lost."""
    W = size * np.array([[1.0, -2.0, 0.5]])
    loss, dW, db = loss_and_gradient(W, density=0.4, low=low)
    assert float(loss) == pytest.approx(0.4, rel=1e-14)
    assert np.abs(dW).max() <= 10 * size
    assert np.isfinite(db).all()


@pytest.mark.result("D03")
def test_against_the_symbolic_loss():
    """Two sides of one definition: SymPy's rational loss and the floats."""
    W = [
        [Fraction(3, 4), Fraction(-1, 2), Fraction(0)],
        [Fraction(1, 4), Fraction(1), Fraction(1, 2)],
    ]
    b = [Fraction(-1, 8), Fraction(1, 16), Fraction(1, 4)]
    p = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]
    importance = [Fraction(1), Fraction(2), Fraction(1, 2)]
    exact = expected_loss(W, b, density=p, importance=importance)
    floats = [np.array(v, dtype=float) for v in (W, b, p, importance)]
    got = loss_and_gradient(*floats[:2], density=floats[2], importance=floats[3])[0]
    assert float(got) == pytest.approx(float(exact), rel=1e-14)


@pytest.mark.result("D03")
@given(models(most=3), st.integers(0, 2**32 - 1), st.sampled_from([0, -1]))
def test_hessian_is_the_derivative_of_the_gradient(model, seed, low):
    """Central differences at generic points: error O(h²) plus rounding/h."""
    _, _, p, importance = model
    n = len(p)
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(rng.integers(1, n + 1), n))
    b = rng.normal(size=n) * 0.3 + 0.02
    options = {"density": p, "importance": importance, "low": low}
    H = hessian(W, b, **options)
    theta = np.concatenate([W.ravel(), b])
    h = 1e-5
    ends = theta + h * np.stack([np.eye(len(theta)), -np.eye(len(theta))])
    _, dW, db = loss_and_gradient(
        ends[..., : W.size].reshape(*ends.shape[:2], *W.shape), ends[..., W.size :], **options
    )
    slopes = np.concatenate([dW.reshape(*ends.shape[:2], -1), db], axis=-1)
    differences = (slopes[0] - slopes[1]) / (2 * h)
    np.testing.assert_allclose(H, H.T, atol=1e-12 * (1 + abs(H).max()))
    near = abs(W.T @ W).min()  # a kink sweeps a small slope quickly: third derivatives ~ 1/slope
    if near > 0.05:
        np.testing.assert_allclose(differences, H, atol=1e-5 * (1 + abs(H).max()))


@pytest.mark.result("D03")
@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.sampled_from([0, -1]))
def test_hessian_by_the_weights_without_bias(seed, n, low):
    """Kinks pass through a corner of the cube: without their end there the Hessian was 10 % off."""
    rng = np.random.default_rng(seed)
    m = int(rng.integers(1, n + 1))
    W, b, p = rng.normal(size=(m, n)), np.zeros(n), rng.uniform(0.05, 1.0, size=n)
    H = hessian(W, b, density=p, low=low)[: m * n, : m * n]
    h = 1e-5
    ends = W.ravel() + h * np.stack([np.eye(m * n), -np.eye(m * n)])
    _, dW, _ = loss_and_gradient(ends.reshape(2, m * n, m, n), b, density=p, low=low)
    slopes = dW.reshape(2, m * n, m * n)
    if abs(W.T @ W).min() > 0.05:  # as above
        differences = (slopes[0] - slopes[1]) / (2 * h)
        np.testing.assert_allclose(differences, H, atol=1e-5 * (1 + abs(H).max()))


@pytest.mark.result("D03")
@given(models(most=3), st.integers(0, 2**32 - 1))
def test_rotating_the_hidden_space_changes_nothing(model, seed):
    W, b, p, importance = model
    m = len(W)
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(m, m)))[0]
    here = loss_and_gradient(W, b, density=p, importance=importance)
    there = loss_and_gradient(turn @ W, b, density=p, importance=importance)
    scale = (importance * (1 + np.abs(b) + len(b) * np.abs(W).max() ** 2)).sum()
    np.testing.assert_allclose(there[0], here[0], rtol=1e-6, atol=1e-12 * scale)


def test_batches_are_their_members():
    rng = np.random.default_rng(3)
    W, b = rng.normal(size=(4, 1, 2, 3)), rng.normal(size=(4, 1, 3))
    p, importance = rng.uniform(size=(5, 3)), rng.uniform(size=(4, 1, 3))
    loss, dW, db = loss_and_gradient(W, b, density=p, importance=importance)
    assert loss.shape == (4, 5)
    assert dW.shape == (4, 5, 2, 3)
    assert db.shape == (4, 5, 3)
    one = loss_and_gradient(W[2, 0], b[2, 0], density=p[4], importance=importance[2, 0])
    assert loss[2, 4] == one[0]
    np.testing.assert_array_equal(dW[2, 4], one[1])
    np.testing.assert_array_equal(db[2, 4], one[2])


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"density": 1.5}, "density"),
        ({"density": np.nan}, "density"),
        ({"importance": [1.0, -1.0]}, "importance"),
        ({"importance": [1.0, 1.0, 1.0]}, "importance"),
        ({"method": "guess"}, "method"),
        ({"low": 0.5}, "low"),
        ({"high": 0.0}, "high"),
        ({"W": [[np.inf, 1.0]]}, "W"),
        ({"W": [[1e200, -1e200]]}, "finite"),
        ({"b": [1e160, 0.0]}, "finite"),
        ({"W": [[1.0], [1.0]]}, "n_hidden"),
        ({"b": [0.0, 0.0, 0.0]}, "b"),
        ({"density": np.full((3, 2), 0.5), "W": np.ones((2, 1, 2)), "b": None}, "leading axes"),
    ],
)
def test_bad_input_is_named(change, names):
    arguments = {"W": [[1.0, -1.0]], "b": [0.0, 0.0], "density": 0.5} | change
    W, b = arguments.pop("W"), arguments.pop("b")
    with pytest.raises(ValueError, match=names):
        loss_and_gradient(W, b, **arguments)
