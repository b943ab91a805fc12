"""The best decoder's error against quadrature, neighbours, exact numbers, and as laws."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.spatial import cKDTree

from agreement.strategies import densities, importances, orders, toy_models
from theory.data_law import feature_variance
from theory.derivations.D38_price_of_a_decoder import aligned_error, digon_error
from theory.loss.floats import loss_and_gradient
from theory.ways_out.chords import chord_error
from theory.ways_out.decoder_error import decoder_error
from theory.ways_out.exact_decoder import exact_decoder_error

p = sp.Symbol("p", positive=True)
SIGNED = st.sampled_from([-1.0, 1.0, 0.5, -0.25, 0.0]) | st.floats(0.02, 1.0) | st.floats(-1, -0.02)


def encoder(v):
    """Orthonormal rows that see all but v."""
    return np.linalg.svd(np.atleast_2d(np.asarray(v, dtype=float)))[2][1:]


@st.composite
def directions(draw, most=5):
    """v (n,) and its world."""
    n = draw(st.integers(2, most))
    v = np.array(draw(st.lists(SIGNED, min_size=n, max_size=n)))
    assume(np.any(v != 0))
    world = {
        "density": np.array(draw(st.lists(densities(), min_size=n, max_size=n))),
        "importance": np.array(draw(st.lists(importances(), min_size=n, max_size=n))),
    }
    return v, world


def by_quadrature(w, density):
    """E for h = w₁x₁ + w₂x₂, from the density of h and the conditional means, point by point."""
    q = density

    def given(h):
        """Density of h, and the squared conditional means times it, of x₁ and x₂."""
        ends = sorted(((h - w[1] * y) / w[0]) for y in (0.0, 1.0))
        low, high = max(ends[0], 0.0), min(ends[1], 1.0)
        both = max(high - low, 0.0) * q**2 / abs(w[1])
        middle = (low + high) / 2
        one = q * (1 - q) / abs(w[0]) * (0 < h / w[0] < 1)
        two = q * (1 - q) / abs(w[1]) * (0 < h / w[1] < 1)
        first = both * middle + one * h / w[0]
        second = both * (h - w[0] * middle) / w[1] + two * h / w[1]
        mass = both + one + two
        return (first**2 + second**2) / mass if mass else 0.0

    kinks = np.unique([0.0, w[0], w[1], w[0] + w[1]])
    pieces = [quad(given, a, b, epsrel=1e-12) for a, b in pairwise(kinks)]
    return 2 * q / 3 - sum(value for value, _ in pieces), sum(error for _, error in pieces)


@pytest.mark.result("D38")
@pytest.mark.parametrize("w", [(1.0, -1.0), (1.0, 1.0), (1.0, -0.3), (0.4, 1.3), (-0.7, 0.6)])
@pytest.mark.parametrize("density", [0.02, 0.3, 0.9, 1.0])
def test_two_features_by_quadrature_over_h(w, density):
    wanted, error = by_quadrature(w, density)
    assert decoder_error([w], density=density) == pytest.approx(wanted, abs=error + 1e-14)
    assert error < 1e-6 * wanted


@pytest.mark.result("D38")
@pytest.mark.parametrize(
    ("v", "density"),
    [((1.0, 0.4), 0.5), ((1.0, -0.6), 0.4), ((1.0, 0.5, -0.7), 0.5), ((1.0, 1.0, 1.0), 0.6),
     ((1.0, 0.0, 0.5), 0.4)],
)  # fmt: skip
def test_nearest_neighbours_in_h_differ_by_twice_the_variance(v, density):
    rng = np.random.default_rng(38)
    W = rng.normal(size=(len(v) - 1, len(v) - 1)) @ encoder(v)

    def halves(samples):
        """Half the squared distance of x to that of the nearest h: twice its law at one h."""
        x = (rng.random((samples, len(v))) < density) * rng.random((samples, len(v)))
        # Inputs that are equal, all zero, get neighbours of their own.
        h = x @ W.T + 1e-12 * rng.normal(size=(samples, len(v) - 1))
        _, near = cKDTree(h).query(h, k=2)
        half = ((x - x[near[:, 1]]) ** 2).sum(axis=1) / 2
        return half.mean(), half.std() / np.sqrt(samples)

    (value, error), (coarse, rough) = halves(60_000), halves(15_000)
    # Neighbours lie apart: a bias that falls as samples grow, at most its fall from a quarter.
    # Pairs share neighbours, at most six others in three dimensions: errors up to √6 larger.
    bias = abs(coarse - value)
    exact = float(decoder_error(W, density=density))
    assert abs(value - exact) < bias + 4 * np.sqrt(6) * error
    assert rough < 0.03 * exact


@pytest.mark.result("D38")
@pytest.mark.parametrize("W", [[[1, -1]], [[1, 2]], [[3, -1]], [[1, 1, 0], [0, 1, -2]]])
def test_partial_fractions_are_the_integral(W):
    exact = exact_decoder_error(W, density=p)
    for value in (sp.Rational(1, 50), sp.Rational(1, 2), 1 - sp.Rational(1, 10**6)):
        wanted = float(exact.subs(p, value).evalf(60))
        assert decoder_error(W, density=float(value)) == pytest.approx(wanted, rel=2e-10)
    dense = float(exact_decoder_error(W, density=1))
    assert decoder_error(W, density=1.0) == pytest.approx(dense, rel=1e-12)


@pytest.mark.result("D38")
def test_digon_and_sum_in_closed_form():
    for value in (0.01, 0.3, 0.99):
        digon = float(digon_error().rhs.subs(p, sp.Rational(str(value))).evalf(60))
        assert decoder_error([[1.0, -1.0]], density=value) == pytest.approx(digon, rel=1e-11)
        wanted = feature_variance(value)
        assert decoder_error([[1.0, 1.0]], density=value) == pytest.approx(wanted, rel=1e-11)
    assert sp.expand(aligned_error().rhs - p / 3 + p**2 / 4) == 0
    assert sp.series(digon_error().rhs, p, 0, 4).removeO() == p**2 / 3 - p**3 / 5


@pytest.mark.result("D38")
def test_unequal_worlds_exactly():
    world = {"density": [sp.Rational(1, 3), sp.Rational(4, 5)], "importance": [2, 1]}
    exact = float(exact_decoder_error([[2, 3]], **world).evalf(40))
    floats = decoder_error([[2.0, 3.0]], density=[1 / 3, 0.8], importance=[2.0, 1.0])
    assert floats == pytest.approx(exact, rel=1e-12)


@pytest.mark.result("D38")
@settings(max_examples=25)
@given(directions(), st.data())
def test_rows_may_be_mixed_and_features_exchanged(given_direction, data):
    v, world = given_direction
    n = len(v)
    value = decoder_error(encoder(v), **world)
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    mixing = np.linalg.qr(rng.normal(size=(n - 1, n - 1)))[0] * 10 ** rng.uniform(-3, 3, n - 1)
    assert decoder_error(mixing.T @ encoder(v), **world) == pytest.approx(
        value, rel=1e-9, abs=1e-300
    )
    order = data.draw(orders(n))
    moved = {name: each[order] for name, each in world.items()}
    assert decoder_error(encoder(v)[:, order], **moved) == pytest.approx(
        value, rel=1e-9, abs=1e-300
    )


@pytest.mark.result("D38")
@settings(max_examples=25)
@given(directions(), st.integers(0, 4), st.floats(0, 3))
def test_more_importance_costs_more_and_sums(given_direction, which, more):
    v, world = given_direction
    W, extra = encoder(v), np.zeros(len(v))
    extra[which % len(v)] = more
    value = decoder_error(W, **world)
    added = decoder_error(W, density=world["density"], importance=extra)
    both = decoder_error(W, density=world["density"], importance=world["importance"] + extra)
    assert both >= value
    assert both == pytest.approx(value + added, rel=1e-11, abs=1e-300)


@pytest.mark.result("D38")
@settings(max_examples=25)
@given(toy_models(4, fewest_features=2))
def test_no_toy_loses_less(model):
    v = model.W[0] + np.arange(1, model.n_features + 1)  # any direction
    W = (0.5 + abs(model.W[0, 0])) * encoder(v)
    loss = loss_and_gradient(W, model.b, **model.world)[0]
    assert decoder_error(W, **model.world) <= loss * (1 + 1e-11) + 1e-14 * model.scale


@pytest.mark.result("D38")
@settings(max_examples=25)
@given(directions(4))
def test_nor_is_anything_worse_than_knowing_nothing_but_the_other_features(given_direction):
    """Dropping the feature of most weight is a decoder's choice only where v is that axis."""
    v, world = given_direction
    nothing = float(world["importance"] @ feature_variance(world["density"]))
    assert 0 <= decoder_error(encoder(v), **world) <= nothing * (1 + 1e-12)


def test_zeros_are_known_and_small_entries_lower_the_error_by_their_density():
    lone = decoder_error([[1.0, 0.0]], density=0.3)
    assert lone == pytest.approx(feature_variance(0.3), rel=1e-13)
    faint = decoder_error([[1.0, -1e-9]], density=0.3)
    assert faint == pytest.approx(0.3 * lone, rel=1e-8)
    # v = (1, 1, 0) as rounding leaves it
    W = np.linalg.qr(np.random.default_rng(1).normal(size=(2, 2)))[0] @ encoder([1.0, 1.0, 0.0])
    pair = decoder_error([[1.0, -1.0]], density=0.2)
    assert decoder_error(W, density=0.2) == pytest.approx(pair, rel=1e-12)


@pytest.mark.result("D38")
@pytest.mark.parametrize("gap", [1e-3, 1e-5, 1e-8, 1e-12])
def test_nearly_dense_is_stable(gap):
    q = sp.Rational(1 - gap)  # the float itself
    wanted = float(digon_error().rhs.subs(p, q).evalf(80))
    assert decoder_error([[1.0, -1.0]], density=1 - gap) == pytest.approx(wanted, rel=1e-12)


def test_batches_are_models_one_by_one():
    W = np.stack([encoder(v) for v in ((1.0, 0.3, -1.0), (0.2, 1.0, 0.0))])
    density = np.array([[0.2, 0.4, 0.5], [0.1, 1.0, 0.3]])
    each = [decoder_error(one, density=q) for one, q in zip(W, density, strict=True)]
    assert decoder_error(W, density=density).tolist() == each
    assert chord_error(np.array([1.0]), np.array([0.3]), np.ones(1)) == pytest.approx(
        feature_variance(0.3)
    )


@pytest.mark.parametrize(
    ("W", "match"),
    [([[1.0, 0.0], [0.0, 1.0]], "n - 1"), ([[1.0, 0.0, 0.0]], "n - 1"), ([[0.0, 0.0]], "rank"),
     ([[1.0, 1.0, 0.0], [2.0, 2.0, 0.0]], "rank"), (np.eye(200)[:-1], "at most 128")],
)  # fmt: skip
def test_other_shapes_and_ranks_are_refused(W, match):
    with pytest.raises(ValueError, match=f"(?s)W.*{match}"):
        decoder_error(W, density=0.5)


def test_exact_input_is_rational():
    with pytest.raises(ValueError, match="W must hold rational"):
        exact_decoder_error([[sp.sqrt(2), 1]], density=p)
    with pytest.raises(ValueError, match="W must have one hidden"):
        exact_decoder_error([[1, 0], [0, 1]], density=p)
    with pytest.raises(ValueError, match="W must have full row rank"):
        exact_decoder_error([[0, 0]], density=p)
    assert exact_decoder_error([[1, 1]], density=0) == 0
