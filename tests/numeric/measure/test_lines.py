"""Lines among D_i: none in featureless points, one where more points lie than chance puts there."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from numeric.measure.lines import lines


@given(st.integers(0, 2**31), st.integers(50, 4000))
def test_featureless_points_have_no_lines(seed, count):
    """At 4.5 σ, after allowing for all bins, 50 draws together find a line once in 6000 times."""
    points = np.random.default_rng(seed).uniform(0.05, 0.95, count)
    assert lines(points, least=4.5) == []


@given(st.integers(0, 2**31), st.floats(0.15, 0.85), st.integers(60, 300))
def test_a_line_is_found_where_it_is_though_no_majority(seed, centre, extra):
    rng = np.random.default_rng(seed)
    around = rng.uniform(0.05, 0.95, 1500)
    line = centre + rng.uniform(-0.002, 0.002, extra)
    found = lines(np.concatenate([around, line]))
    assert any(abs(one.dimensionality - centre) <= 0.01 for one in found)
    assert extra < 1500 / 2


def test_a_slope_is_no_line():
    """Counts that rise smoothly, as those of D_i do towards m/n, make no line inside."""
    points = np.repeat(np.arange(10, 90) / 100, np.arange(400, 0, -5))
    assert lines(points, least=4.5) == []
