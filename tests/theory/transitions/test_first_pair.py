"""D12: the first pair, of natural solutions and of the best models."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import assert_same
from theory.conventions import p
from theory.minima.optimum import optimum
from theory.phases.candidates import candidates
from theory.phases.shapes import simplex
from theory.transitions.first_pair import (
    HALF,
    SHARP,
    arms,
    first_pair_density,
    first_pair_formula,
    full_pair_density,
)


@pytest.mark.result("D12")
@given(
    st.lists(st.fractions(Fraction(1, 10), 3, max_denominator=10), min_size=2, max_size=4),
    st.integers(1, 2),
)
def test_the_first_pair_is_the_first_winner(importance, m):
    """Just above the density, dedicating the top features is best; just below, the pair is."""
    if len(importance) <= m:
        return
    importance = sorted(importance, reverse=True)
    ratio = sp.Rational(importance[m]) / sp.Rational(importance[m - 1])
    density = first_pair_formula().subs(sp.Symbol("r", positive=True), ratio)
    assert_same(first_pair_density(importance, m), density)
    names = ("dedicated", "ignored", "digon")
    catalogue = [
        candidate
        for candidate in candidates(len(importance), m)
        if all(word.rstrip(",") in names for word in candidate.name.split() if word[0].isalpha())
    ]
    n = len(importance)
    for place, pairs in (
        (density * sp.Rational(1001, 1000), 0),
        (density * sp.Rational(999, 1000), 1),
    ):
        losses = {c: c.loss(place, importance) for c in catalogue}
        best = min(losses.values())
        found = [c for c, loss in losses.items() if loss == best]
        assert all(sum(len(f) == 2 for f in c.structure.factors) >= pairs for c in found)
        if not pairs:
            assert any(c.structure.ignored == tuple(range(m, n)) for c in found)


@pytest.mark.result("D12")
@pytest.mark.parametrize("ratio", [0.3, 0.7])
def test_first_pair_of_the_best_pair_is_earlier(ratio):
    """With scale and bias free the pair pays from a higher density on, and no higher."""
    importance = [ratio**i for i in range(20)]
    fixed = first_pair_density(importance, 5)
    free = first_pair_density(importance, 5, against="optimum")
    assert abs(fixed - 4 * ratio / (2 + 5 * ratio)) < 1e-15
    assert fixed < free < 1
    for density, wins in ((free * 0.97, True), (free * 1.03, False)):
        dedicated = ratio * (density / 3 - density**2 / 4)
        best = optimum(2, 1, density=density, importance=[1.0, ratio]).loss
        # The pair may set in with the cube of the distance: 3 % inside, some 1e-6 of the loss.
        assert (best < dedicated * (1 - 1e-8)) == wins


@pytest.mark.result("D12")
@pytest.mark.parametrize("size", [3, 4, 5])
def test_no_larger_simplex_forms_before_a_digon(size):
    """Exact: it costs more than a digon of two average ones of its features, at every density."""
    excess = sp.Poly(sp.cancel((size * simplex(size).cost() / 2 - p**2 / 6) / p**2), p)
    assert excess.eval(1) > 0
    assert excess.count_roots(0, 1) == 0


@pytest.mark.parametrize("ratio", [0.5, 0.7, 0.9])
def test_the_full_pair_is_there_where_it_is_said_to_form(ratio):
    """The arm jumps within the tolerance, later than it begins to grow."""
    density = full_pair_density(ratio)
    assert arms(density + SHARP, ratio)[1] < HALF <= arms(density - SHARP, ratio)[1]
    # The boundary is a curve through points, right to 2e-5.
    assert density <= first_pair_density([1.0, ratio], 1, against="optimum") * (1 + 2e-5)


def test_a_pair_that_never_fills_is_refused():
    with pytest.raises(ValueError, match="ratio must be one whose full pair forms between"):
        full_pair_density(0.05)


@pytest.mark.parametrize(
    ("importance", "m", "against", "message"),
    [
        ([1, 1], 2, "candidates", "more than n_hidden=2"),
        ([1, 0], 1, "candidates", "positive importance"),
        ([1, -1], 1, "candidates", "importance must be finite"),
        ([1, 1], 0, "candidates", "n_hidden must be a positive"),
        ([1, 1], 1, "training", "against must be"),
    ],
)
def test_bad_input_is_named(importance, m, against, message):
    with pytest.raises(ValueError, match=message):
        first_pair_density(importance, m, against=against)
