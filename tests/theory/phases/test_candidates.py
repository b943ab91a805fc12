"""D05: the catalogue is complete and without repetition, and its closed forms are right."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from ground.structure import Structure, structure_of
from tests.oracles import assert_compatible, assert_same, monte_carlo_loss, quadrature_loss
from theory.conventions import importance_symbols, p, r
from theory.loss.exact import expected_loss
from theory.phases.candidates import candidates
from theory.phases.shapes import shapes

densities = st.fractions(Fraction(1, 50), 1, max_denominator=50)
weights = st.fractions(0, 10, max_denominator=10)
PAPER = [(2, 1), (3, 2)]


def floats(values):
    return [float(value) for value in values]


def matrix(candidate):
    return np.array(candidate.W.tolist(), dtype=float)


@pytest.mark.result("D05")
@pytest.mark.parametrize("sizes", PAPER)
@given(density=densities, data=st.data())
def test_losses_of_the_paper(sizes, density, data):
    """Every loss of (2, 1) and (3, 2), against quadrature and against Monte Carlo."""
    n = sizes[0]
    importance = data.draw(st.lists(weights, min_size=n, max_size=n))
    seed = data.draw(st.integers(0, 2**32 - 1))
    catalogue = candidates(*sizes)
    for candidate in catalogue:
        loss = candidate.loss(density, importance)
        assert loss.is_Rational
        model = (matrix(candidate), floats(candidate.bias(density)), density, floats(importance))
        assert_same(loss, quadrature_loss(*model), scale=max(1.0, float(sum(importance))))
        estimate = monte_carlo_loss(*model, seed=seed, samples=1 << 14)
        assert_compatible(estimate, loss, per_example=len(catalogue) * len(PAPER))


@pytest.mark.result("D05")
@pytest.mark.parametrize("sizes", [(2, 1), (3, 1), (3, 2), (4, 2), (4, 3)])
@given(data=st.data())
def test_loss_by_factors_is_the_loss_of_the_whole(sizes, data):
    """The sum over factors against the general formula, each feature with its own density."""
    n = sizes[0]
    candidate = data.draw(st.sampled_from(candidates(*sizes)))
    density = data.draw(st.lists(densities, min_size=n, max_size=n))
    importance = data.draw(st.lists(weights, min_size=n, max_size=n))
    for chance in (density, density[0]):
        general = expected_loss(
            candidate.W, candidate.bias(chance), density=chance, importance=importance
        )
        assert sp.expand(general - candidate.loss(chance, importance)) == 0


def counted(n, m):
    """How many there are, from the exponential generating function e^x e^{Σ c_k y^d x^k / k!}."""
    x, y = sp.symbols("x y")
    factors = sp.Integer(0)
    for shape in shapes(n, m):
        arrangements = factorial(shape.size - 1) // 2 if shape.cyclic else 1
        factors += arrangements * y**shape.dimension * x**shape.size / factorial(shape.size)
    terms = sum(factors**k / factorial(k) for k in range(n + 1))
    series = sp.Poly(sp.expand(terms * sum(x**k / factorial(k) for k in range(n + 1))), x, y)
    return factorial(n) * series.coeff_monomial(x**n * y**m)


@pytest.mark.result("D05")
@pytest.mark.parametrize(
    "sizes", [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (4, 2), (4, 3), (5, 2), (6, 3)]
)
def test_each_solution_exactly_once(sizes):
    catalogue = candidates(*sizes)
    assert len(catalogue) == counted(*sizes)
    assert len({candidate.name for candidate in catalogue}) == len(catalogue)
    n, m = sizes
    grams = set()
    for candidate in catalogue:
        W = matrix(candidate)
        assert W.shape == (m, n)
        assert np.linalg.matrix_rank(W) == m
        norms = np.linalg.norm(W, axis=0)
        assert np.all((abs(norms - 1) < 1e-12) | (norms == 0))
        assert structure_of(W) == candidate.structure
        grams.add((W.T @ W).round(9).tobytes())
    assert len(grams) == len(catalogue)


@pytest.mark.result("D05")
def test_solutions_of_the_paper_are_there():
    assert [c.W.tolist() for c in candidates(2, 1)] == [[[1, 0]], [[0, 1]], [[1, -1]]]
    structures = {str(c.structure) for c in candidates(3, 2)}
    paper = {"[1] [2] (3)", "[2] [3] (1)", "[1] [2 3]", "[1 2] [3]"}
    assert paper < structures
    assert "[1 2 3]" in structures, "the triangle W ⟂ (1, 1, 1), which the paper leaves out"
    triangle = next(c for c in candidates(3, 2) if str(c.structure) == "[1 2 3]")
    assert triangle.W * sp.Matrix([1, 1, 1]) == sp.zeros(2, 1)


@pytest.mark.result("D05")
def test_closed_forms():
    one, other, digon = candidates(2, 1)
    I_1, I_2 = importance_symbols(2)
    assert sp.expand(one.loss(importance=(I_1, I_2)) - I_2 * (p / 3 - p**2 / 4)) == 0
    assert sp.expand(other.loss(importance=(I_1, I_2)) - I_1 * (p / 3 - p**2 / 4)) == 0
    assert sp.expand(digon.loss(importance=(1, r)) - (1 + r) * p**2 / 6) == 0
    assert one.b == (0, p / 2)


@pytest.mark.result("D05")
@given(densities, densities)
def test_relabelling_relabels_the_loss(first, second):
    one, other, digon = candidates(2, 1)
    assert one.loss((first, second), (2, 3)) == other.loss((second, first), (3, 2))
    assert digon.loss((first, second), (2, 3)) == digon.loss((second, first), (3, 2))


def test_candidates_are_frozen_and_cached():
    assert candidates(3, 2) is candidates(3, 2)
    candidate = candidates(3, 2)[0]
    with pytest.raises(AttributeError):
        candidate.name = "other"
    assert isinstance(candidate.structure, Structure)
    assert hash(candidate) == hash(candidates(3, 2)[0])


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((1, 2), "n_hidden must not exceed n_features, got n_hidden=2"),
        ((0, 1), "n_features must be a positive whole number, got 0"),
        ((2, 1.0), "n_hidden must be a positive whole number, got 1.0"),
    ],
)
def test_bad_sizes_are_named(sizes, message):
    with pytest.raises(ValueError, match=message):
        candidates(*sizes)


def test_bad_density_is_named():
    with pytest.raises(ValueError, match="density must be exact"):
        candidates(2, 1)[0].loss(0.5)
    with pytest.raises(ValueError, match="density must lie in"):
        candidates(2, 1)[0].loss(2)
    with pytest.raises(ValueError, match="importance must not be negative"):
        candidates(2, 1)[0].loss(importance=[1, -1])
