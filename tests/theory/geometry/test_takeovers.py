"""Takeovers: the order of the winners, and the densities at which they change [D14]."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from theory.geometry.packing import best_block
from theory.geometry.takeovers import packing_transitions
from theory.polytopes.arrangements import arrangement

QUICK = ["point", "digon", "triangle", "tetrahedron", "4-simplex", "pentagon", "square antiprism"]


@pytest.mark.result("D14")
def test_the_order_of_winners_is_the_papers():
    found = packing_transitions(np.geomspace(0.99, 0.15, 8), names=QUICK)
    order = [found[0].dense, *(change.sparse for change in found)]
    assert order == [
        "4-simplex",
        "tetrahedron",
        "triangle",
        "digon",
        "pentagon",
        "square antiprism",
    ]
    shares = [arrangement(name).dimensionality() for name in order]
    assert all(first > second for first, second in pairwise(shares))


@pytest.mark.result("D14")
def test_a_transition_is_as_accurate_as_it_says():
    for change in packing_transitions([0.5, 0.24, 0.21, 0.15], names=QUICK):
        # From scratch, not from neighbours: the sign of the difference must flip across it.
        signs = [
            np.sign(best_block(change.sparse, p).benefit - best_block(change.dense, p).benefit)
            for p in (change.density - change.accuracy, change.density + change.accuracy)
        ]
        assert signs == [1, -1]
