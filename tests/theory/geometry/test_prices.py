"""Prices are the multipliers of the mixture's linear programme, against a solver of those."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from theory.data_law import feature_variance
from theory.geometry.prices import _library, prices

CASES = [(40, 20), (60, 20), (12, 5), (5, 2), (400, 30), (7, 7)]


@pytest.mark.result("D14")
@pytest.mark.parametrize("density", [1.0, 0.3, 0.1, 0.02])
def test_they_solve_the_dual_programme(density):
    offers = _library(density)
    ratio = np.array([offer.ratio for offer in offers])
    benefit = np.array([offer.benefit for offer in offers])
    unit = benefit.max()
    for n, m in CASES:
        found = prices(n, m, density)
        # Nobody pays less than a block saves: feasible.
        assert found.dimension >= 0
        assert found.feature >= 0
        worth = found.dimension + found.feature * ratio
        assert np.all(worth >= benefit - 1e-12 * unit)
        # And as cheap as the primal programme is dear: optimal, by duality.
        solved = linprog(
            -benefit / unit,
            A_ub=np.stack([np.ones_like(ratio), ratio]),
            b_ub=np.array([m, n]),
            method="highs",
        )
        least = n * feature_variance(density) - unit * -solved.fun
        assert found.loss == pytest.approx(least, rel=1e-9)
