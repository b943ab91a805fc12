"""Minima along a line of densities or importances."""

from __future__ import annotations

import numpy as np
import pytest

from theory.minima.along import crossings, minima_along
from theory.minima.optimum import optimum


def test_crossings_bracket_a_change_of_the_optimum():
    I = 0.7 ** np.arange(2)
    ends = []
    for p in (0.7, 0.4):
        best = optimum(2, 1, density=p, importance=I)
        ends.append((p, best.W, best.b))
    ((density, before, after, jump),) = crossings(*ends, importance=I)
    assert (before, after) == ("[1] (2)", "[1 2]")
    assert jump < 1e-3  # the second arm grows continuously past the threshold
    for factor, name in ((1.001, before), (0.999, after)):
        best = optimum(2, 1, density=factor * density, importance=I)
        assert str(best.structure) == name


@pytest.mark.result("D09")
def test_minima_along_a_line():
    line = minima_along(0.3, [0.1, 0.25, 0.6], starts=8)
    count = np.isfinite(line.loss).sum("rank").values
    assert list(count) == [1, 2, 2]
    assert (line.loss.diff("rank").fillna(0.0) >= 0).all()
