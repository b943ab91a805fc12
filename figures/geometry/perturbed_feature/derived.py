"""Five features in the plane, one of them sparser or denser than the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from figures.geometry.perturbed_feature.plan import Plan
from theory.geometry.perturbed import crossing, pentagon, snapping_ratio, two_digons


def derive(plan: Plan) -> xr.Dataset:
    """Both branches along the ratio at the paper's density; the crossing against density.

    The crossing is derived at the trained densities too, so that none is interpolated.
    """
    p, count = plan.density, plan.branch_points
    ratio = np.geomspace(min(plan.ratios), snapping_ratio(p), count)
    branches: dict[int, Any] = {}
    start = int(np.argmin(np.abs(ratio - 1)))
    for order in (range(start, count), range(start, -1, -1)):
        near = None
        for k in order:
            near = branches[k] = pentagon(p, float(p / ratio[k]), near=near)
    digons = [two_digons(p, float(p / r)) for r in ratio]
    p_axis = np.geomspace(0.01, 0.22, plan.crossing_points)
    crossings = [crossing(float(density)) for density in p_axis]
    trained = [crossing(density) for density in plan.all_densities]
    at = trained[0]
    return xr.Dataset(
        {
            "pentagon_loss": ("ratio", [branches[k].loss for k in range(count)]),
            "pentagon_W": (
                ("ratio", "hidden", "feature"),
                np.array([branches[k].W for k in range(count)]),
            ),
            "digons_loss": ("ratio", [branch.loss for branch in digons]),
            "crossing_ratio": ("density", [found.ratio for found in crossings]),
            "trained_ratio": ("trained_density", [found.ratio for found in trained]),
            "snapping_ratio": float(ratio[-1]),
            "at": at.ratio,
            "pentagon_slope": at.pentagon.slope,
            "digons_slope": at.digons.slope,
        },
        {"ratio": ratio, "density": p_axis, "trained_density": list(plan.all_densities)},
    )
