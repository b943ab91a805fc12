"""The nearest boundaries of (2, 1) lie on the lines of D09, and the searched optimum agrees."""

from __future__ import annotations

import numpy as np
import pytest

from theory.minima.optimum import optimum
from theory.transitions.branches import superposed, tilted
from theory.transitions.kinds import kind_of
from theory.transitions.nearest import best_kinds, nearest_edges
from theory.transitions.onset import onset_importance, tricritical_densities

pytestmark = pytest.mark.result("D09")


def kind_at(density, importance):
    """Of the model that a search over all weights finds best."""
    W = optimum(2, 1, density=density, importance=[1.0, importance], starts=8).W
    kind = kind_of(W, density)
    return kind + ("'" if abs(W[0, 0]) < abs(W[0, 1]) and kind in "IT" else "")


@pytest.mark.parametrize(
    "point", [(0.6, 0.75), (0.8, 1.05), (0.9, 1.0), (0.01, 0.001), (0.516, 0.567)]
)
def test_the_optimum_changes_its_kind_there_and_only_there(point):
    """A little before an edge the search finds what is inside, a little after what is beyond."""
    for edge in nearest_edges(*point):
        place = list(point)
        axis = ("density", "importance").index(edge.axis)
        outwards = np.sign(edge.at - point[axis]) or 1.0
        for side, kind in ((-1.0, edge.inside), (1.0, edge.beyond)):
            place[axis] = edge.at * (1.0 + 1e-4 * side * outwards)
            assert kind_at(*place) == kind
        # And nothing happens on the way.
        for share in (0.3, 0.7):
            place[axis] = point[axis] ** (1 - share) * edge.at**share
            if edge.at != point[axis]:
                assert best_kinds(*np.array(place)[:, None])[0].removesuffix("'") == (
                    edge.inside.removesuffix("'")
                )


def test_at_an_edge_of_first_order_two_minima_cost_the_same():
    [dense] = [edge for edge in nearest_edges(0.1, 0.5) if edge.axis == "density"]
    best, other = optimum(2, 1, density=dense.at, importance=[1.0, 0.5], starts=8).minima[:2]
    assert other.loss / best.loss - 1 < 1e-9
    assert {kind_of(best.W, dense.at), kind_of(other.W, dense.at)} == {"S", "I"}


def test_a_continuous_edge_is_the_onset_in_closed_form():
    low, high = tricritical_densities()
    [edge] = [e for e in nearest_edges(0.75, 0.8) if e.axis == "importance" and e.at > 0.8]
    assert low < 0.75 < high
    assert (edge.inside, edge.beyond, edge.order) == ("I", "T", 3)
    assert edge.at == pytest.approx(onset_importance(0.75), rel=1e-10)


def test_the_triple_point_at_equal_importance_is_found_on_another_way():
    """Where S and T exchange at r = 1: .70640369, as `special_points` finds on another way."""
    [edge] = [edge for edge in nearest_edges(0.65, 1.0) if edge.axis == "density"]
    assert edge.at == pytest.approx(0.7064036926938088, abs=1e-9)


def test_exchanged_features_have_mirrored_edges():
    here, there = nearest_edges(0.3, 0.4), nearest_edges(0.3, 2.5)
    mirrored = sorted(1 / e.at for e in there if e.axis == "importance")
    assert [e.at for e in here if e.axis == "importance"] == pytest.approx(mirrored, rel=1e-9)
    one, other = (next(e.at for e in edges if e.axis == "density") for edges in (here, there))
    assert one == pytest.approx(other, rel=1e-9)


def test_letters_are_those_of_the_branches_that_are_followed():
    densities = np.array([0.45, 0.65])
    for letter, branch in (("S", superposed(densities)), ("T", tilted(densities))):
        for j, density in enumerate(densities):
            alive = np.flatnonzero(np.isfinite(branch.loss[:, j]))
            grown = [k for k in alive if abs(branch.W[k, j, 0, 1]) > 1e-4]
            assert {kind_of(branch.W[k, j], density) for k in grown} <= {letter}


@pytest.mark.parametrize(
    ("density", "importance", "name"),
    [
        (0.0, 1.0, "density"),
        (2, 1.0, "density"),
        (0.1, 0.0, "importance"),
        (0.1, 1e9, "importance"),
    ],
)
def test_what_is_out_of_range_is_named(density, importance, name):
    with pytest.raises(ValueError, match=name):
        nearest_edges(density, importance)
