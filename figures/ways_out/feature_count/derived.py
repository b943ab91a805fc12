"""Exact cumulants of one feature by density, and where the fourth vanishes."""

from __future__ import annotations

import numpy as np
import sympy as sp
import xarray as xr

from figures.ways_out.feature_count.plan import Plan
from theory.ways_out.cumulants import feature_cumulant, vanishing_density


def derive(plan: Plan) -> xr.Dataset:
    """κ₃ and κ₄ along density, and at the densities that are sampled."""
    p = sp.Symbol("p")
    curves = [sp.lambdify(p, feature_cumulant(order, p), "numpy") for order in (3, 4)]
    along = np.linspace(0.0, 1.0, 201)
    sampled = np.array(plan.densities)
    return xr.Dataset(
        {
            "cumulant": (("order", "along"), np.array([curve(along) for curve in curves])),
            "at": (("order", "density"), np.array([curve(sampled) for curve in curves])),
            "vanishing": float(vanishing_density()),
        },
        coords={"order": [3, 4], "along": along, "density": sampled},
    )
