"""D02: the exact expected loss against quadrature and Monte Carlo, and its laws."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import example, given
from hypothesis import strategies as st

from tests.oracles import assert_compatible, assert_same, monte_carlo_loss, quadrature_loss
from theory.conventions import density_symbols, feature_variance, importance_symbols, p
from theory.loss.exact import expected_loss, expected_loss_of_gram, feature_costs, gram

rationals = st.builds(Fraction, st.integers(-4, 4), st.integers(1, 3))
densities = st.fractions(Fraction(1, 10), 1, max_denominator=10)
weights = st.fractions(0, 3, max_denominator=5)


@st.composite
def models(draw, most_features=3):
    n = draw(st.integers(1, most_features))
    m = draw(st.integers(1, n))
    row = st.lists(rationals, min_size=n, max_size=n)
    return (
        draw(st.lists(row, min_size=m, max_size=m)),
        draw(row),
        draw(st.lists(densities, min_size=n, max_size=n)),
        draw(st.lists(weights, min_size=n, max_size=n)),
    )


def floats(values):
    return [float(value) for value in values]


def size(W, b):
    """An upper bound of (x − ReLU(z))²: the scale of the quadrature's terms."""
    weights = np.abs(np.array(W, dtype=float))
    return float((1 + np.abs(floats(b)).max() + (weights.T @ weights).sum(1).max()) ** 2)


def regular(k):
    """k unit vectors at the corners of a regular polygon."""
    angles = [2 * sp.pi * j / k for j in range(k)]
    return sp.Matrix([[sp.cos(t) for t in angles], [sp.sin(t) for t in angles]])


@pytest.mark.result("D02")
@given(models())
@example(([[1, -1]], [0, 0], [Fraction(1, 2)] * 2, [1, 1]))
@example(([[1, 0, 0], [0, 0, 0]], [0, Fraction(1, 4), -1], [Fraction(1)] * 3, [1, 2, 0]))
def test_loss_is_the_integral(model):
    W, b, density, importance = model
    exact = expected_loss(W, b, density=density, importance=importance)
    assert exact.is_Rational
    oracle = quadrature_loss(W, b, floats(density), floats(importance))
    assert_same(exact, oracle, scale=size(W, b) * max(1.0, float(sum(importance))))


@pytest.mark.result("D02")
@given(models(4), st.integers(0, 2**32 - 1))
def test_loss_is_the_sampled_mean(model, seed):
    W, b, density, importance = model
    exact = expected_loss(W, b, density=density, importance=importance)
    assert_compatible(monte_carlo_loss(W, b, floats(density), floats(importance), seed=seed), exact)


@pytest.mark.result("D02")
@given(models(3))
def test_symbols_and_numbers_agree(model):
    W, b, density, importance = model
    p_i, I_i = density_symbols(len(b)), importance_symbols(len(b))
    general = expected_loss(W, b, density=p_i, importance=I_i)
    values = dict(zip((*p_i, *I_i), (*density, *importance), strict=True))
    exact = expected_loss(W, b, density=density, importance=importance)
    assert general.subs(values) == exact
    same = expected_loss(W, b, density=p, importance=importance).subs(p, density[0])
    assert same == expected_loss(W, b, density=density[0], importance=importance)


@pytest.mark.result("D02")
@pytest.mark.parametrize("k", [3, 5, 6])
def test_regular_polygons_stay_exact(k):
    bias = -sp.sqrt(2) / 10
    exact = expected_loss(regular(k), [bias] * k, density=p)
    assert not exact.has(sp.Float)
    few = expected_loss(regular(k), [bias] * k, density=sp.Rational(1, 3))
    assert abs(sp.N(exact.subs(p, sp.Rational(1, 3)) - few, 30)) < 1e-25
    W = np.array(regular(k).evalf(), dtype=float)
    estimate = monte_carlo_loss(W, [float(bias)] * k, 1 / 3, seed=k)
    assert_compatible(estimate, exact.subs(p, sp.Rational(1, 3)))
    if k < 6:
        assert_same(few, quadrature_loss(W, [bias] * k, 1 / 3), scale=k)


@pytest.mark.result("D02")
@given(models(3), st.integers(1, 4), st.integers(1, 4))
def test_rotating_the_hidden_space_changes_nothing(model, u, v):
    W, b, density, importance = model
    c, s = sp.Rational(u**2 - v**2, u**2 + v**2), sp.Rational(2 * u * v, u**2 + v**2)
    padded = sp.Matrix([*W, [0] * len(b)]) if len(W) < len(b) else sp.Matrix(W)
    if padded.rows >= 2:
        turn = sp.eye(padded.rows)
        turn[:2, :2] = sp.Matrix([[c, -s], [s, c]])
        rotated = turn * padded
        kwargs = {"density": density, "importance": importance}
        assert expected_loss(rotated, b, **kwargs) == expected_loss(W, b, **kwargs)


@pytest.mark.result("D02")
@given(models(3), st.permutations([0, 1, 2]))
def test_relabelling_features_changes_nothing(model, order):
    W, b, density, importance = model
    order = [i for i in order if i < len(b)]
    moved = expected_loss(
        [[row[i] for i in order] for row in W],
        [b[i] for i in order],
        density=[density[i] for i in order],
        importance=[importance[i] for i in order],
    )
    assert moved == expected_loss(W, b, density=density, importance=importance)


@pytest.mark.result("D02")
@given(st.integers(1, 4))
def test_identity_costs_nothing_and_zero_costs_the_variance(n):
    assert expected_loss(sp.eye(n), density=p) == 0
    ignored = expected_loss(sp.zeros(n, n), [p / 2] * n, density=p)
    assert sp.expand(ignored - n * feature_variance()) == 0


@pytest.mark.result("D02")
@given(models(3))
def test_nothing_is_lost_where_no_feature_is_active(model):
    """At p = 0 only a positive bias costs: Σ I_i (b_i)₊²."""
    W, b, _, importance = model
    exact = expected_loss(W, b, density=0, importance=importance)
    assert exact == sum(I * max(value, 0) ** 2 for I, value in zip(importance, b, strict=True))


@pytest.mark.result("D02")
def test_symbolic_scale_and_bias_in_a_named_cell():
    s, c = sp.Symbol("s", positive=True), sp.Symbol("c", real=True)
    W = [[sp.sqrt(s), -sp.sqrt(s)]]
    at = {s: 1, c: sp.Rational(1, 4)}
    general = expected_loss(W, [c, c], density=p, at=at)
    for scale, bias in [(sp.Rational(9, 4), sp.Rational(1, 3)), (sp.Integer(1), sp.Rational(1, 9))]:
        w = sp.sqrt(scale)
        exact = expected_loss([[w, -w]], [bias, bias], density=p)
        assert sp.expand(general.subs({s: scale, c: bias}) - exact) == 0


def test_gram_of_a_pentagon_is_quadratic():
    expected = {sp.Integer(1), sp.expand((sp.sqrt(5) - 1) / 4), sp.expand(-(sp.sqrt(5) + 1) / 4)}
    assert set(gram(regular(5))) == expected


@pytest.mark.result("D02")
def test_loss_of_gram_is_the_loss():
    W = sp.Matrix([[1, sp.Rational(1, 2), -1]])
    costs = feature_costs(W.T * W, [0, 0, 0], density=p)
    assert sp.expand(sum(costs) - expected_loss(W, density=p)) == 0
    assert expected_loss_of_gram(W.T * W, [0, 0, 0], density=p) == expected_loss(W, density=p)


@pytest.mark.parametrize(
    ("W", "b", "importance", "message"),
    [
        ([[0.5, 1]], None, None, r"W must be exact.*0.5.*theory.loss_and_gradient"),
        (np.array([[0.5, 1.0]]), None, None, "loss_and_gradient"),
        ([[1, 2], [3]], None, None, "rows of one common length"),
        ([1, 2], None, None, "rows of one common length"),
        ([], None, None, "W must be a matrix"),
        ([[1], [2]], None, None, "n_hidden ≤ n_features"),
        ([[1, 2]], [0], None, "b must have 2 entries, got 1"),
        ([[1, 2]], 0, None, "b must have 2 entries"),
        ([[1, 2]], None, [-1, 1], "importance must not be negative, got -1"),
        ([[1, 2]], None, [1, 1, 1], "importance must have 2 entries, got 3"),
        ([[sp.pi, 2]], None, None, "rational or algebraic"),
    ],
)
def test_bad_input_is_named(W, b, importance, message):
    with pytest.raises(ValueError, match=message):
        expected_loss(W, b, density=p, importance=importance)


def test_gram_must_be_symmetric():
    with pytest.raises(ValueError, match="G must be a symmetric matrix"):
        expected_loss_of_gram([[1, 2], [0, 1]], [0, 0], density=p)
    with pytest.raises(ValueError, match=r"G must be exact.*0\.5"):
        expected_loss_of_gram([[0.5]], [0], density=p)


def test_costs_of_some_features_are_those_of_all():
    G, b = gram(sp.Matrix([[1, -1, sp.Rational(1, 2)]])), [0, sp.Rational(1, 4), -1]
    every = feature_costs(G, b, density=p)
    assert feature_costs(G, b, density=p, features=[2, 0]) == [every[2], every[0]]


@pytest.mark.result("D02")
def test_one_importance_stands_for_all():
    W = [[1, sp.Rational(1, 2)]]
    assert expected_loss(W, [0, 0], density=p, importance=3) == sp.expand(
        3 * expected_loss(W, [0, 0], density=p)
    )


def test_only_numbers_are_multiplied_out():
    """A polynomial in p for numbers; Σ I_i c_i(p), one term a feature, for symbols."""
    I = importance_symbols(2)
    G = gram(sp.Matrix([[1, sp.Rational(1, 2)]]))
    costs = feature_costs(G, [0, 0], density=p)
    assert expected_loss_of_gram(G, [0, 0], density=p, importance=I) == I[0] * costs[0] + (
        I[1] * costs[1]
    )
    numbers = expected_loss_of_gram(G, [0, 0], density=p, importance=[2, 3])
    assert numbers == sp.expand(2 * costs[0] + 3 * costs[1])
