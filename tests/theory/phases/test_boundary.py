"""D06: boundaries and multiple points are exact, complete, and ties under the oracle."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from ground.structure import Structure
from tests.oracles import assert_compatible, assert_same, monte_carlo_loss, quadrature_loss
from theory.conventions import p, r
from theory.numbers.roots import irreducible_factors, rational_between, roots_inside
from theory.phases.boundary import _branches, boundary
from theory.phases.candidates import candidates
from theory.phases.diagram import phase_diagram
from theory.phases.envelope import multiple_points, phase_boundaries, winning_candidates
from theory.phases.lines import distinct, importance_vector, loss_line

PAPER = [(2, 1), (3, 2)]
SMALL = [*PAPER, (3, 1), (4, 1), (4, 2), (4, 3)]
densities = st.fractions(Fraction(1, 50), 1, max_denominator=50)
rationals = st.fractions(-2, 2, max_denominator=3)
ratios = st.fractions(Fraction(1, 20), 20, max_denominator=20)


def pairs(sizes):
    return list(combinations(distinct(*sizes), 2))


def floats(values):
    return [float(value) for value in values]


def model(candidate, density, ratio):
    importance = floats(importance_vector(len(candidate.b), ratio))
    W = np.array(candidate.W.tolist(), dtype=float)
    return W, floats(candidate.bias(sp.sympify(density))), float(density), importance


def assert_tie(first, second, density, ratio, seed, comparisons):
    """Two models cost the same, by quadrature and by sampling from the definition."""
    scale = max(1.0, float(ratio))
    models = [model(candidate, density, ratio) for candidate in (first, second)]
    losses = [quadrature_loss(*each) for each in models]
    assert_same(losses[0], losses[1], scale=scale)
    for each in models:
        estimate = monte_carlo_loss(*each, seed=seed, samples=1 << 13)
        assert_compatible(estimate, losses[0], per_example=comparisons)


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
@pytest.mark.parametrize("sizes", SMALL)
def test_multiple_points_are_ties_and_minimal(sizes):
    """Winners tie under the exact loss and the oracles, and no candidate is better there."""
    points = multiple_points(*sizes)
    assert points
    for point in points:
        assert len(point.winners) >= 3
        importance = importance_vector(sizes[0], point.importance)
        for candidate in point.winners:
            assert candidate.loss(point.density, importance) == point.loss
        for candidate in candidates(*sizes):
            assert candidate.loss(point.density, importance) >= point.loss
        for seed, (one, other) in enumerate(combinations(point.winners, 2)):
            assert_tie(one, other, point.density, point.importance, seed, 20)


@pytest.mark.result("D06")
def test_multiple_points_of_the_paper():
    (triple,) = multiple_points(2, 1)
    assert (triple.density, triple.importance) == (sp.Rational(4, 7), 1)
    assert [str(c.structure) for c in triple.winners] == ["[1] (2)", "[2] (1)", "[1 2]"]
    (quadruple,) = multiple_points(3, 2)
    assert (quadruple.density, quadruple.importance) == (sp.Rational(4, 7), 1)
    assert len(quadruple.winners) == 4


@pytest.mark.result("D06")
def test_the_pentagon_has_its_exact_place():
    """(5, 2): where the pentagon's region ends on r = 1, coefficients lying in QQ(√5)."""
    end, corner = multiple_points(5, 2)
    assert (corner.density, corner.importance) == (sp.Rational(4, 7), 1)
    assert end.importance == 1
    assert sorted(str(c.structure) for c in end.winners) == [
        "[1 2 3 4 5]",
        "[1 2] [3 4] (5)",
        "[1 2] [3 5] (4)",
    ]
    losses = [c.loss(end.density, importance_vector(5, sp.Integer(1))) for c in end.winners]
    for loss in losses:
        assert abs(sp.N(loss - end.loss, 40)) < sp.Float("1e-35", 40)
    # Denser, two digons win; sparser, the pentagon does.
    for factor, ignored in ((sp.Rational(9, 10), 0), (sp.Rational(11, 10), 1)):
        place = rational_between(end.density * factor, end.density * factor * sp.Rational(101, 100))
        found = min(end.winners, key=lambda c: sp.N(c.loss(place)))
        assert len(found.structure.ignored) == ignored


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


@pytest.mark.result("D06")
def test_the_triangle_never_wins_at_scale_one():
    """With unit norms and zero bias the triangle of (3, 2) loses to two factors everywhere."""
    triangle = next(c for c in candidates(3, 2) if str(c.structure) == "[1 2 3]")
    assert triangle not in winning_candidates(3, 2)
    assert len(winning_candidates(3, 2)) == 4


@pytest.mark.result("D06")
@pytest.mark.parametrize("sizes", SMALL)
@given(density=densities, ratio=ratios)
def test_the_map_of_winners_is_right_everywhere(sizes, density, ratio):
    """The exact best loss at a random point is that of the winner its pieces imply."""
    importance = importance_vector(sizes[0], sp.Rational(ratio))
    best = min(candidate.loss(density, importance) for candidate in distinct(*sizes))
    assert best == min(c.loss(density, importance) for c in winning_candidates(*sizes))
    below = None
    for piece in phase_boundaries(*sizes):
        low, high = piece.density
        if piece.importance is None or not low < density < high:
            continue
        tie = piece.importance.subs(p, density)
        if tie == ratio:
            assert piece.below.loss(density, importance) == best
        if tie < ratio and (below is None or tie > below[0]):
            below = (tie, piece.above)
    if below is not None:
        assert below[1].loss(density, importance) == best


@pytest.mark.result("D06")
@pytest.mark.parametrize("sizes", SMALL)
def test_pieces_separate_winners(sizes):
    """On a piece its two sides tie and are best; next to it each side wins on its own side."""
    for piece in phase_boundaries(*sizes):
        shift = sp.Rational(1, 10**6)
        if piece.importance is None:
            density = piece.density[0]
            low, high = piece.ratio
            ratio = (low + 1) if high is sp.oo else (low + high) / 2
            sides = [((1 - shift) * density, ratio), ((1 + shift) * density, ratio)]
        else:
            density = sum(piece.density) / 2
            ratio = piece.importance.subs(p, density)
            sides = [(density, (1 - shift) * ratio), (density, (1 + shift) * ratio)]
        assert ratio > 0
        on_it = importance_vector(sizes[0], ratio)
        ties = [side.loss(density, on_it) for side in (piece.below, piece.above)]
        assert ties[0] == ties[1] == min(c.loss(density, on_it) for c in distinct(*sizes))
        for winner, (place, factor) in zip((piece.below, piece.above), sides, strict=True):
            weights = importance_vector(sizes[0], factor)
            losses = {c.name: c.loss(place, weights) for c in distinct(*sizes)}
            assert min(losses.values()) == winner.loss(place, weights)


@pytest.mark.result("D06")
def test_points_of_a_piece_lie_on_it():
    for piece in phase_boundaries(3, 2):
        places, ratio = piece.points(50, importance=(0.1, 10.0))
        inside = np.isfinite(ratio)
        assert inside.any()
        assert np.all((ratio[inside] >= 0.1) & (ratio[inside] <= 10))
        for density, value in zip(places[inside], ratio[inside], strict=True):
            losses = []
            for side in (piece.below, piece.above):
                constant, slope = (part.as_expr().subs(p, density) for part in loss_line(side))
                losses.append(float(constant + slope * value))
            # Rounding of a few operations on numbers of order max(1, r).
            assert abs(losses[0] - losses[1]) <= 1e-14 * max(1, value)


@pytest.mark.result("D06")
@pytest.mark.parametrize("sizes", SMALL)
@given(
    st.lists(densities, min_size=1, max_size=3, unique=True),
    st.lists(ratios, min_size=1, max_size=3, unique=True),
)
def test_phase_diagram_holds_the_best_candidate(sizes, p_grid, r_grid):
    diagram = phase_diagram(*sizes, floats(p_grid), floats(r_grid))
    assert diagram.loss.dims == diagram.structure.dims == ("density", "importance")
    for (i, density), (j, ratio) in product(enumerate(p_grid), enumerate(r_grid)):
        importance = importance_vector(sizes[0], sp.Rational(ratio))
        losses = {c: c.loss(density, importance) for c in candidates(*sizes)}
        best = min(losses.values())
        assert abs(diagram.loss.values[i, j] - float(best)) <= 1e-14 * max(1, ratio)
        weights = floats(importance)
        winners = {str(c.structure.canonical(weights)) for c, v in losses.items() if v == best}
        near = {str(c.structure.canonical(weights)) for c, v in losses.items() if v - best < 1e-13}
        assert diagram.structure.values[i, j] in winners | near


@given(st.fractions(Fraction(1, 20), Fraction(19, 20), max_denominator=20), rationals, rationals)
def test_roots_over_a_number_field(place, one, other):
    """(x − c)(x² + …) with c = place ± √5/10^3 in QQ(√5): found when inside, and no conjugate."""
    x = sp.Symbol("x")
    root = sp.Rational(place) + sp.sqrt(5) / 1000
    polynomial = sp.Poly(x - root, x, extension=True)
    assert roots_inside(polynomial) == (root,)
    constant = 1 + abs(one) + other**2 / 4
    quadratic = sp.Poly(x**2 - other * x + constant + sp.sqrt(5), x, extension=True)
    for factor in irreducible_factors(quadratic * polynomial):
        assert roots_inside(factor) == ((root,) if factor.degree() == 1 else ())


def test_configuration_is_complete():
    diagram = phase_diagram(2, 1, [0.5, 0.1], [1.0])
    assert json.loads(diagram.attrs["configuration"]) == {
        "kind": "theory.phase_diagram",
        "n_features": 2,
        "n_hidden": 1,
        "densities": [0.5, 0.1],
        "importances": [1.0],
        "against": "candidates",
    }
    assert Structure.parse(diagram.structure.values[1, 0]) == Structure(((0, 1),))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2, 1, [0.0], [1.0]), r"densities must lie in \(0, 1\]"),
        ((2, 1, [1.5], [1.0]), "densities must lie in"),
        ((2, 1, [0.5], [-1.0]), "importances must be positive"),
        ((2, 1, [0.5], [float("nan")]), "importances must be positive"),
        ((2, 1, 0.5, [1.0]), "densities must be a list"),
        ((2, 1, [0.5], []), "importances must be a list"),
        ((1, 2, [0.5], [1.0]), "n_hidden must not exceed"),
        ((2, 1, [0.5], [1.0], "training"), "against must be 'candidates' or 'optimum'"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        phase_diagram(*arguments)


def test_boundaries_that_do_not_exist_say_so():
    one = candidates(2, 1)[0]
    with pytest.raises(ValueError, match="tie at every density"):
        boundary(one, one)
    with pytest.raises(ValueError, match="must have one shape"):
        boundary(one, candidates(3, 1)[0])
    pair = {str(candidate.structure): candidate for candidate in candidates(4, 2)}
    with pytest.raises(ValueError, match="tie nowhere"):
        boundary(pair["[1] [2 3] (4)"], pair["[1 2 3] (4)"])
