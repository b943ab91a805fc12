"""D02: the exact gradient against the derivative of the exact loss and against the float one."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.strategies import toy_models
from theory import expected_gradient, expected_loss, loss_and_gradient
from theory.conventions import p

GRID = st.integers(0, 8).map(lambda k: k / 8)


def as_floats(matrix):
    return np.array(matrix.tolist(), dtype=float)


@pytest.mark.result("D02", "D03")
@given(toy_models(3, density=GRID, grid=4))
def test_it_is_the_gradient_of_the_recursion(model):
    """The float side (D03) is another formula altogether: surface terms instead of vertex sums."""
    W, b, density, importance = model.exactly()
    exact = expected_gradient(W, b, density=density, importance=importance)
    floats = loss_and_gradient(model.W, model.b, **model.world)[1:]
    for wanted, got in zip(exact, floats, strict=True):
        assert all(entry.is_Rational for entry in wanted)
        size = 1e-12 * model.scale * (1 + np.abs(model.W).max())
        np.testing.assert_allclose(got, as_floats(wanted).reshape(got.shape), rtol=0, atol=size)


@pytest.mark.result("D02")
@settings(max_examples=max(15, settings.default.max_examples // 4))
@given(toy_models(3, density=GRID, grid=4), st.data())
def test_it_is_the_derivative_within_a_cell(model, data):
    """Where no vertex is on the kink, symbols are carried through and SymPy differentiates."""
    W, b, density, importance = model.exactly()
    m, n = len(W), len(b)
    row, column = data.draw(st.integers(0, m - 1)), data.draw(st.integers(0, n - 1))
    # A small odd shift of every parameter leaves no vertex on z = 0.
    weights = sp.Matrix(m, n, lambda i, j: W[i][j] + sp.Rational(1 + 3 * i + 7 * j, 997))
    biases = [b[i] + sp.Rational(2 * i + 1, 991) for i in range(n)]
    w, c = sp.symbols("w c", real=True)
    point = {w: weights[row, column], c: biases[column]}
    moving, offset = weights.copy(), list(biases)
    moving[row, column], offset[column] = w, c
    world = {"density": density, "importance": importance}
    loss = expected_loss(moving, offset, **world, at=point)
    dW, db = expected_gradient(weights, biases, **world)
    assert sp.diff(loss, w).subs(point) == dW[row, column]
    assert sp.diff(loss, c).subs(point) == db[column]


@pytest.mark.result("D02")
def test_symbols_are_carried_through():
    w, c = sp.symbols("w c", positive=True)
    at = {w: sp.Rational(3, 4), c: sp.Rational(1, 8)}
    loss = expected_loss([[w, -w]], [-c, -c], density=p, at=at)
    dW, db = expected_gradient([[w, -w]], [-c, -c], density=p, at=at)
    assert sp.simplify(sp.diff(loss, w) - (dW[0] - dW[1])) == 0
    assert sp.simplify(sp.diff(loss, c) + db[0] + db[1]) == 0


@pytest.mark.result("D02")
def test_algebraic_weights_stay_exact():
    angles = [2 * sp.pi * k / 5 for k in range(5)]
    pentagon = sp.Matrix([[sp.cos(t) for t in angles], [sp.sin(t) for t in angles]])
    dW, db = expected_gradient(pentagon, [-sp.Rational(1, 10)] * 5, density=sp.Rational(1, 5))
    floats = np.array(pentagon.evalf(), dtype=float)
    _, dW_float, db_float = loss_and_gradient(floats, np.full(5, -0.1), density=0.2)
    assert not dW.has(sp.Float)
    np.testing.assert_allclose(as_floats(dW.evalf(30)), dW_float, rtol=0, atol=1e-13)
    np.testing.assert_allclose(as_floats(db.evalf(30)).ravel(), db_float, rtol=0, atol=1e-13)


@pytest.mark.result("D02")
def test_an_ignored_feature_with_its_mean_as_bias_feels_nothing():
    """If the others are at rest, it stays ignored: every ignored solution is critical."""
    W, b = [[1, -1, 0]], [0, 0, p / 2]
    dW, db = expected_gradient(W, b, density=p)
    assert db[2] == 0
    assert dW[2] == sp.expand(p / 2 * (W[0][0] * db[0] + W[0][1] * db[1]))


@pytest.mark.result("D02")
def test_on_the_kink_the_silent_side_counts():
    dW, db = expected_gradient([[0, 0]], [0, 0], density=p)
    assert dW == sp.zeros(1, 2)
    assert db == sp.zeros(2, 1)
    _, floats, biases = loss_and_gradient(np.zeros((1, 2)), np.zeros(2), density=0.3)
    assert np.all(floats == 0)
    assert np.all(biases == 0)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="n_hidden ≤ n_features"):
        expected_gradient([[1], [2]], density=p)
    with pytest.raises(ValueError, match="must be exact"):
        expected_gradient([[0.5]], density=p)
    with pytest.raises(ValueError, match="b must have 2 entries"):
        expected_gradient([[1, 0]], [0], density=p)
