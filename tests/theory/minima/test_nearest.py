"""Exchanges of the optimum's structure, beside those that are known exactly."""

from __future__ import annotations

import pytest

from theory.minima.nearest import nearest_exchanges
from theory.transitions.nearest import nearest_edges

pytestmark = pytest.mark.result("D03")


@pytest.mark.result("D09")
def test_two_features_exchange_where_their_edges_are():
    """A search on lines, and roots of exact losses: two ways to the same three places."""
    found, exact = nearest_exchanges(2, 1, 0.1, 0.5), nearest_edges(0.1, 0.5)
    assert [x.axis for x in found] == [x.axis for x in exact]
    for one, other in zip(found, exact, strict=True):
        assert one.at == pytest.approx(other.at, rel=2e-7)  # halved to 1e-7
        assert one.jump > 0.5


def test_a_dedicated_feature_changes_nothing_for_the_other_two():
    """(3, 2) with a dedicated first feature is (2, 1): the same boundary below in importance."""
    below = [x for x in nearest_exchanges(3, 2, 0.1, 0.5) if x.axis == "importance" and x.at < 0.5]
    [edge] = [x for x in nearest_edges(0.1, 0.5) if x.axis == "importance" and x.at < 0.5]
    assert below[0].at == pytest.approx(edge.at, rel=2e-7)
    assert (below[0].inside, below[0].beyond) == ("[1] [2 3]", "[1] [2] (3)")


def test_each_way_is_told():
    calls = []
    nearest_exchanges(2, 1, 1.0, told=lambda: calls.append(1))
    assert len(calls) == 4


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((2, 3, 0.1), "n_hidden"),
        ((6, 2, 0.1), "n_features"),
        ((2, 1, 0.0), "density"),
        ((2, 1, 0.1, 0.0), "importance"),
    ],
)
def test_what_is_out_of_range_is_named(arguments, name):
    with pytest.raises(ValueError, match=name):
        nearest_exchanges(*arguments)
