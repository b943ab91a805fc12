"""Three correlated pairs in the plane: from a hexagon to three principal components."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.pca_collapse.plan import PAIRS, Plan
from theory.geometry.collapse import collapsed_pairs, collapses, pair_minima


def derive(plan: Plan) -> xr.Dataset:
    """The best known model at each density, and the thresholds."""
    best = pair_minima(PAIRS, plan.densities.tolist(), starts=4)
    found = collapses(PAIRS, [0.05, 0.1, 0.2, 0.5], starts=2)
    return xr.Dataset(
        {
            "W": (("density", "hidden", "feature"), np.array([m.W for m in best])),
            "b": (("density", "feature"), np.array([m.b for m in best])),
            "loss": ("density", [m.loss for m in best]),
            "collapsed": ("density", [collapsed_pairs(m.W) for m in best]),
            "threshold": ("change", [change.density for change in found]),
            "above": ("change", [change.above for change in found]),
        },
        {"density": plan.densities},
    )
