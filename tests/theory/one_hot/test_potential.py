"""The one-hot limit [D11]: potential against quadrature, sampling and small densities."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from theory.loss.floats import loss_and_gradient
from theory.one_hot.potential import one_feature_moments, one_hot_loss, one_hot_loss_and_gradient

# Eighths, so that zero slopes, exact kinks and cancellations come up often.
eighths = st.integers(-16, 16).map(lambda number: number / 8)


@st.composite
def models(draw, biases=eighths):
    n = draw(st.integers(1, 6))
    m = draw(st.integers(1, min(n, 3)))
    W = draw(arrays(float, (m, n), elements=eighths))
    return W, draw(arrays(float, n, elements=biases))


def loss_by_quadrature(W, b, importance):
    """Send each feature through the model; three Gauss points a piece are exact for cubics."""
    nodes, weights = np.polynomial.legendre.leggauss(3)
    total = 0.0
    for j in range(W.shape[1]):
        slopes = W.T @ W[:, j]
        with np.errstate(divide="ignore", invalid="ignore"):
            kinks = -b / slopes
        edges = np.unique([0.0, 1.0, *kinks[(kinks > 0) & (kinks < 1)]])
        for low, high in pairwise(edges):
            t = (low + high) / 2 + (high - low) / 2 * nodes
            error = np.eye(W.shape[1])[j] * t[:, None] - np.maximum(t[:, None] * slopes + b, 0)
            total += (high - low) / 2 * weights @ (error**2 @ importance)
    return total


@pytest.mark.result("D11")
@given(models(), st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_loss_is_that_of_sending_each_feature_through_the_model(model, importance):
    W, b = model
    I = np.array(importance[: W.shape[1]], dtype=float)
    assert one_hot_loss(W, b, I) == pytest.approx(loss_by_quadrature(W, b, I), rel=1e-12, abs=1e-13)


@pytest.mark.result("D11")
@given(models())
def test_exact_and_float_agree(model):
    W, b = model
    exact = one_hot_loss(sp.Matrix(W).applyfunc(sp.nsimplify), [sp.nsimplify(x) for x in b])
    assert exact.is_Rational
    assert one_hot_loss(W, b) == pytest.approx(float(exact), rel=1e-13, abs=1e-14)


@pytest.mark.result("D11")
def test_exact_loss_of_symbols_is_a_formula():
    w, beta = sp.symbols("w beta", real=True)
    formula = one_hot_loss(sp.Matrix([[w, -w]]), [beta, beta])
    at = {w: sp.Rational(9, 8), beta: sp.Rational(-1, 4)}
    expected = one_hot_loss(np.array([[1.125, -1.125]]), np.array([-0.25, -0.25]))
    assert float(formula.subs(at)) == pytest.approx(float(expected), rel=1e-14)
    assert formula.subs({w: 0, beta: 0}) == sp.Rational(2, 3)


@pytest.mark.result("D11")
@given(models(), st.integers(0, 2**32 - 1))
def test_gradient_is_the_slope_of_the_loss(model, seed):
    W, b = model
    rng = np.random.default_rng(seed)
    I = rng.uniform(0, 2, b.size)
    W, b = W + rng.uniform(-0.01, 0.01, W.shape), b + rng.uniform(-0.01, 0.01, b.shape)
    _, dW, db = one_hot_loss_and_gradient(W, b, I)
    vW, vb = rng.normal(size=W.shape), rng.normal(size=b.shape)
    step = 1e-6
    up = one_hot_loss(W + step * vW, b + step * vb, I)
    down = one_hot_loss(W - step * vW, b - step * vb, I)
    # The potential is C¹ with bounded curvature: a central difference is off by at most
    # step × the jump of the second derivative where it meets a kink.
    slope = np.sum(dW * vW) + db @ vb
    assert (up - down) / (2 * step) == pytest.approx(slope, rel=1e-3, abs=2e-3)


@pytest.mark.result("D11")
def test_gradient_to_ten_digits_away_from_kinks():
    rng = np.random.default_rng(3)
    W, b = rng.normal(size=(20, 2, 5)), 0.4 * rng.normal(size=(20, 5))
    _, dW, db = one_hot_loss_and_gradient(W, b)
    step = 1e-5
    for axis in range(5):
        shift = step * np.eye(5)[axis]
        numeric = (one_hot_loss(W, b + shift) - one_hot_loss(W, b - shift)) / (2 * step)
        np.testing.assert_allclose(numeric, db[:, axis], atol=1e-8)
        for h in range(2):
            shift = step * np.outer(np.eye(2)[h], np.eye(5)[axis])
            numeric = (one_hot_loss(W + shift, b) - one_hot_loss(W - shift, b)) / (2 * step)
            np.testing.assert_allclose(numeric, dW[:, h, axis], atol=1e-7)


@pytest.mark.result("D11")
def test_sampling_gives_the_loss():
    rng = np.random.default_rng(11)
    n, samples = 5, 200_000
    W, b, I = rng.normal(size=(2, n)), 0.3 * rng.normal(size=n), rng.uniform(0.5, 2, n)
    x = np.zeros((samples, n))
    x[np.arange(samples), rng.integers(n, size=samples)] = rng.uniform(size=samples)
    losses = n * ((x - np.maximum(x @ (W.T @ W) + b, 0)) ** 2 @ I)
    z = (losses.mean() - one_hot_loss(W, b, I)) / (losses.std() / np.sqrt(samples))
    assert abs(z) < 4.5


@pytest.mark.result("D11")
@given(models(biases=eighths.map(lambda value: -abs(value))))
def test_limit_of_the_independent_loss(model):
    """With no positive bias, loss / p → H, and the correction is proportional to p."""
    W, b = model
    limit = one_hot_loss(W, b)
    scale = W.shape[1] ** 2 * (1 + np.sum(np.abs(W.T @ W))) ** 2  # bounds E over two active
    for p in (1e-4, 1e-7):
        loss, _, _ = loss_and_gradient(W, b, density=p)
        assert abs(loss / p - limit) <= p * scale + 1e-12 * limit


@given(models(), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_batches_rotations_and_permutations(model, size, seed):
    W, b = model
    rng = np.random.default_rng(seed)
    order = rng.permutation(b.size)
    Q = np.linalg.qr(rng.normal(size=(W.shape[0],) * 2))[0]
    alone = one_hot_loss(W, b)
    np.testing.assert_allclose(
        one_hot_loss(np.stack([W] * size), np.stack([b] * size)), alone, rtol=1e-15
    )
    np.testing.assert_allclose(one_hot_loss(W[:, order], b[order]), alone, rtol=1e-12)
    # A rotation perturbs G by rounding; the loss is Lipschitz in G.
    np.testing.assert_allclose(one_hot_loss(Q @ W, b), alone, rtol=1e-11, atol=1e-11)


@pytest.mark.result("D11")
@pytest.mark.parametrize("slope", [1e-12, -1e-12, 1e-200, -1e-200, 0.0])
@pytest.mark.parametrize("offset", [0.5, 0.0, -0.5])
def test_tiny_slopes_lose_no_digits(slope, offset):
    moments = one_feature_moments(np.array(slope), np.array(offset))
    above = float(offset > 0 or (offset == 0 and slope > 0))
    size = slope if offset == 0 else offset
    square = above * (size**2 / 3 if offset == 0 else size**2)
    np.testing.assert_allclose(moments.z2, square, rtol=1e-11)
    np.testing.assert_allclose(moments.one, above)
    np.testing.assert_allclose(moments.t, above / 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda: one_hot_loss([[1.0, np.nan]]),
        lambda: one_hot_loss([[1.0, 0.0]], [0.0, 0.0, 0.0]),
        lambda: one_hot_loss(sp.Matrix([[1, 0]]), [0]),
    ],
)
def test_bad_arguments_are_named(call):
    with pytest.raises(ValueError, match="got"):
        call()
