"""D06: multiple points and pieces of boundaries are exact, complete, and minimal."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given

from tests.theory.phases.ties import SMALL, assert_tie, densities, ratios
from theory.conventions import p
from theory.numbers.roots import rational_between
from theory.phases.candidates import candidates
from theory.phases.envelope import multiple_points, phase_boundaries, winning_candidates
from theory.phases.lines import distinct, importance_vector, loss_line


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
def test_the_triangle_never_wins_at_scale_one():
    """With unit norms and zero bias the triangle of (3, 2) loses to two factors everywhere."""
    triangle = next(c for c in candidates(3, 2) if str(c.structure) == "[1 2 3]")
    assert triangle not in winning_candidates(3, 2)
    assert len(winning_candidates(3, 2)) == 4


@pytest.mark.result("D06")
@pytest.mark.parametrize("sizes", SMALL)
@given(density=densities, ratio=ratios)
def test_the_map_of_winners_is_right_everywhere(sizes, density, ratio):
    """The best known loss at a random point is that of the winner its pieces imply."""
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
