"""D06: boundaries are exact and complete, and ties under the oracle."""

from __future__ import annotations

from itertools import combinations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.phases.ties import PAPER, assert_tie, densities, ratios
from theory.conventions import p, r
from theory.phases.boundary import _branches, boundary
from theory.phases.candidates import candidates
from theory.phases.lines import distinct, importance_vector


def pairs(sizes):
    return list(combinations(distinct(*sizes), 2))


@pytest.mark.result("D06")
@pytest.mark.parametrize("sizes", PAPER)
@given(data=st.data(), density=densities, seed=st.integers(0, 2**32 - 1))
def test_candidates_tie_on_their_boundary(sizes, data, density, seed):
    curve = boundary(*data.draw(st.sampled_from(pairs(sizes))))
    if curve.importance is None:
        density, ratio = curve.density[0], data.draw(ratios)
    else:
        if not curve.domain.contains(density):
            return
        ratio = curve.importance.subs(p, density)
    assert ratio > 0
    assert sp.simplify(curve.equation.lhs.subs({p: density, r: ratio})) == 0
    assert_tie(curve.first, curve.second, density, ratio, seed, 2 * len(PAPER))


@pytest.mark.result("D06")
@pytest.mark.parametrize("sizes", PAPER)
@given(data=st.data(), ratio=ratios, seed=st.integers(0, 2**32 - 1))
def test_branches_over_importance_tie_too(sizes, data, ratio, seed):
    curve = boundary(*data.draw(st.sampled_from(pairs(sizes))))
    for branch in curve.density:
        density = branch.subs(r, ratio)
        if density.is_real and 0 < density <= 1:
            back = ratio if curve.importance is None else curve.importance.subs(p, density)
            assert sp.simplify(back - ratio) == 0
            assert_tie(curve.first, curve.second, density, ratio, seed, 4 * len(PAPER))


@pytest.mark.result("D06")
@pytest.mark.parametrize("sizes", PAPER)
@given(data=st.data(), density=densities, ratio=ratios)
def test_there_is_no_tie_off_the_boundary(sizes, data, density, ratio):
    """Completeness: losses are equal exactly where the curve's equation holds."""
    curve = boundary(*data.draw(st.sampled_from(pairs(sizes))))
    importance = importance_vector(sizes[0], sp.Rational(ratio))
    losses = [c.loss(density, importance) for c in (curve.first, curve.second)]
    holds = curve.equation.lhs.subs({p: density, r: ratio}) == 0
    assert (losses[0] == losses[1]) == holds


@pytest.mark.result("D06")
def test_boundaries_of_the_smallest_diagram():
    one, other, digon = candidates(2, 1)
    curve = boundary(one, digon)
    assert sp.simplify(curve.importance - 2 * p / (4 - 5 * p)) == 0
    assert [sp.simplify(b - 4 * r / (2 + 5 * r)) for b in curve.density] == [0]
    assert curve.domain == sp.Interval.open(0, sp.Rational(4, 5))
    mirrored = boundary(other, digon)
    assert sp.simplify(mirrored.importance * curve.importance) == 1
    assert boundary(one, other).importance == 1
    assert boundary(one, other).density == ()


@pytest.mark.result("D06")
@pytest.mark.parametrize("sizes", PAPER)
def test_a_boundary_ends_where_its_importance_does(sizes):
    """An end of the domain belongs to it only if it is p = 1, with a positive importance there."""
    ends = set()
    for first, second in pairs(sizes):
        try:
            curve = boundary(first, second)
        except ValueError:  # they tie nowhere, or everywhere
            continue
        if curve.importance is not None:
            for end in curve.domain.boundary - {0}:
                top, bottom = (sp.expand(x.subs(p, end)) for x in sp.fraction(curve.importance))
                reached = bool(bottom != 0 and top / bottom > 0)
                assert (end in curve.domain) == reached
                assert end == 1 or not reached
                ends.add((end == 1, reached))
    assert ends >= {(True, True), (False, False)}


def test_a_curve_that_turns_has_a_branch_on_either_side():
    """r = p (2 − 3p) is reached twice, below and above p = ⅓, which is not the middle."""
    hill = p * (2 - 3 * p)
    branches = _branches(hill, sp.expand(r - hill), sp.Interval.open(0, sp.Rational(1, 2)))
    low, high = sp.Rational(1, 4), sp.Rational(5, 12)
    assert hill.subs(p, low) == hill.subs(p, high)
    assert {branch.subs(r, hill.subs(p, low)) for branch in branches} == {low, high}


def test_boundaries_that_do_not_exist_say_so():
    one = candidates(2, 1)[0]
    with pytest.raises(ValueError, match="tie at every density"):
        boundary(one, one)
    with pytest.raises(ValueError, match="must have one shape"):
        boundary(one, candidates(3, 1)[0])
    pair = {str(candidate.structure): candidate for candidate in candidates(4, 2)}
    with pytest.raises(ValueError, match="tie nowhere"):
        boundary(pair["[1] [2 3] (4)"], pair["[1 2 3] (4)"])
