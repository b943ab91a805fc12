"""Ties of candidates: exact curves, nothing nearer, and losses that tie there."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.conventions import p, r
from theory.phases.diagram import phase_diagram
from theory.phases.nearest import nearest_ties, ranked_candidates

sizes = st.sampled_from([(2, 1), (3, 1), (3, 2), (4, 2)])
points = st.tuples(st.floats(0.01, 0.99), st.floats(0.05, 20.0))


@pytest.mark.result("D05")
@settings(max_examples=10)
@given(sizes, points)
def test_the_first_is_the_winner_of_the_diagram(size, point):
    best = ranked_candidates(*size, *point)[0]
    cell = phase_diagram(*size, [point[0]], [point[1]])
    assert best.loss == pytest.approx(float(cell.loss[0, 0]), rel=1e-12)
    exact = best.formula.subs({p: sp.Float(point[0], 30), r: sp.Float(point[1], 30)})
    assert best.loss == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.result("D06")
@settings(max_examples=12)
@given(sizes, points)
def test_the_best_ties_there_and_wins_on_the_way(size, point):
    best = ranked_candidates(*size, *point)[0].candidate
    for tie in nearest_ties(*size, *point):
        axis = ("density", "importance").index(tie.axis)

        def losses(at, axis=axis):
            place = list(point)
            place[axis] = at
            return {x.candidate.name: x.loss for x in ranked_candidates(*size, *place)}

        there = losses(tie.at)
        assert there[best.name] == pytest.approx(there[tie.beyond.name], rel=1e-7)
        for share in (0.25, 0.75):
            way = losses(point[axis] ** (1 - share) * tie.at**share)
            assert way[best.name] <= min(way.values()) * (1 + 1e-9)
        if tie.curve is not None:
            density = tie.at if axis == 0 else point[0]
            ratio = point[1] if axis == 0 else tie.at
            assert float(tie.curve.subs(p, density)) == pytest.approx(ratio, rel=1e-6)


@pytest.mark.result("D06")
def test_the_papers_boundary_of_two_features():
    """4r/(5r + 2) of D06, at r = 1/2: 4/9; and 2p/(4 − 5p) at p = 1/10: 2/35."""
    by_axis = {(tie.axis, tie.at > 0.5): tie.at for tie in nearest_ties(2, 1, 0.1, 0.5)}
    assert by_axis["density", False] == pytest.approx(4 / 9, rel=1e-14)
    assert by_axis["importance", False] == pytest.approx(2 / 35, rel=1e-14)
    assert not [tie for tie in nearest_ties(2, 2, 0.1) if np.isfinite(tie.at)]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((2, 3, 0.1), "n_hidden"),
        ((7, 2, 0.1), "n_features"),
        ((2, 1, 0.0), "density"),
        ((2, 1, 0.1, -1.0), "importance"),
    ],
)
def test_what_is_out_of_range_is_named(arguments, name):
    for function in (ranked_candidates, nearest_ties):
        with pytest.raises(ValueError, match=name):
            function(*arguments)
