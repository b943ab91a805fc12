"""Cumulants: the generating function, rational arithmetic, samples; and what ranks count."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import Estimate, assert_compatible
from theory.polytopes.catalogue import square_antiprism
from theory.ways_out.cumulants import (
    countable_lines,
    cumulant_matrix,
    feature_cumulant,
    line_skewness,
    lone_chance,
    vanishing_density,
)

p, t = sp.Symbol("p"), sp.Symbol("t")


@pytest.mark.result("D43")
def test_cumulants_are_the_series_of_the_logarithm():
    """ln(1 − p + p (eᵗ − 1)/t), expanded; the recursion never sees it."""
    inner = p * sum(t**k / sp.factorial(k + 1) for k in range(1, 7))
    series = sp.expand(sum((-1) ** (k + 1) * inner**k / k for k in range(1, 7)))
    for order in range(1, 7):
        expected = series.coeff(t, order) * sp.factorial(order)
        assert sp.expand(feature_cumulant(order, p) - expected) == 0


@pytest.mark.result("D43")
def test_the_fourth_vanishes_at_one_density():
    root = vanishing_density()
    assert abs(sp.N(feature_cumulant(4, p).subs(p, root), 40)) < 1e-35
    fourth = sp.Poly(sp.cancel(feature_cumulant(4, p) / p), p)
    assert sp.Poly(fourth, p).count_roots(0, 1) == 1
    assert feature_cumulant(4, sp.Rational(41, 100)) > 0 > feature_cumulant(4, sp.Rational(42, 100))
    for density in (sp.Rational(1, 50), sp.Rational(2, 5), sp.Rational(9, 10)):
        third, fourth = (feature_cumulant(order, density) for order in (3, 4))
        assert line_skewness(float(density)) == pytest.approx(float(third / abs(fourth) ** 0.75))


WEIGHTS = st.integers(1, 4).flatmap(
    lambda m: st.lists(
        st.lists(st.integers(-3, 3), min_size=m, max_size=m), min_size=m, max_size=2 * m + 3
    )
)


@pytest.mark.result("D43")
@given(WEIGHTS, st.sampled_from([0.1, 0.7]))
def test_rank_by_rational_arithmetic(columns, density):
    """The rank of K itself, of the squared Gram matrix, and the laws that bound them."""
    W = np.array(columns).T
    found = countable_lines(W)
    squares = sp.Matrix([[int(a @ b) ** 2 for b in W.T] for a in W.T])
    assert found.rank == squares.rank()
    K = cumulant_matrix(W, density=density)
    scale = max(np.abs(K).max(), 1e-300)
    assert found.rank == np.linalg.matrix_rank(K / scale, tol=1e-10, hermitian=True)
    m = len(W)
    assert found.rank <= min(found.lines, found.most)
    assert found.most == m * (m + 1) // 2
    assert found.equal_pairs <= found.lines <= found.features <= 2 * found.lines + len(columns)


@pytest.mark.result("D43")
@given(st.integers(1, 5), st.integers(0, 3), st.integers(0, 1000))
def test_antipodes_count_once_and_turns_change_nothing(m, more, seed):
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(m, m + more if m > 1 else 1))
    found = countable_lines(W)
    assert found.counted == (W.shape[1] <= found.most)
    turn = np.linalg.qr(rng.normal(size=(m, m)))[0]
    paired = countable_lines(turn @ np.concatenate([W, -W], axis=1))
    assert (paired.rank, paired.lines) == (found.rank, found.lines)
    assert paired.equal_pairs == found.lines
    assert found.equal_pairs == 0


@pytest.mark.result("D43")
def test_where_lines_are_not_told():
    angle = 2 * np.pi * np.arange(5) / 5
    pentagons = np.kron(np.eye(3), [np.cos(angle), np.sin(angle)])
    assert (countable_lines(pentagons).rank, countable_lines(pentagons).lines) == (9, 15)
    gram = np.array(square_antiprism(sp.sqrt(sp.Rational(1, 3))).gram.tolist(), dtype=float)
    values, axes = np.linalg.eigh(gram)
    antiprism = countable_lines((axes[:, -3:] * np.sqrt(values[-3:])).T)
    assert (antiprism.lines, antiprism.rank, antiprism.counted) == (8, 5, False)


@pytest.mark.result("D43")
@pytest.mark.parametrize("density", [0.1, 0.8])
def test_samples_with_noise(density):
    """E of fourth moments minus the Gaussian part, by parts, noise in it."""
    rng = np.random.default_rng(3)
    W = np.array([[1.0, -0.5, 0.3], [0.2, 0.8, -0.9]])
    parts = []
    for _ in range(50):
        x = rng.random((20_000, 3)) * (rng.random((20_000, 3)) < density)
        h = (x - density / 2) @ W.T + rng.normal(0, 0.2, (20_000, 2))
        C = (density / 3 - density**2 / 4) * W @ W.T + 0.04 * np.eye(2)  # exact: no bias
        a, b = h.T
        parts.append([np.mean(a**2 * b**2) - C[0, 0] * C[1, 1] - 2 * C[0, 1] ** 2,
                      np.mean(a**4) - 3 * C[0, 0] ** 2])  # fmt: skip
    K = cumulant_matrix(W, density=density)
    for sampled, exact in zip(np.array(parts).T, (K[0, 2], K[0, 0]), strict=True):
        error = sampled.std(ddof=1) / np.sqrt(len(sampled))
        assert_compatible(Estimate(sampled.mean(), error), exact, per_example=4)


@pytest.mark.result("D43")
def test_lone_chance_by_enumeration():
    patterns = np.array(np.meshgrid(*[[0, 1]] * 4)).reshape(4, -1)
    chance = np.prod(np.where(patterns, 0.3, 0.7), axis=0)
    alone = (patterns.sum(axis=0) == 1) & (patterns[2] == 1)
    assert lone_chance(4, 0.3) == pytest.approx(chance[alone].sum())
    assert (lone_chance(1, 1.0), lone_chance(2, 1.0)) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: feature_cumulant(13, p), "order must be at most 12"),
        (lambda: feature_cumulant(4, 0.5), "density must be exact|density must hold exact"),
        (lambda: countable_lines([[[1.0]]]), "W must be one model"),
        (lambda: cumulant_matrix([[1.0]], density=0.0), "density must be"),
        (lambda: lone_chance(0, 0.5), "n_features must be"),
    ],
)
def test_bad_input_is_named(call, match):
    with pytest.raises(ValueError, match=match):
        call()
