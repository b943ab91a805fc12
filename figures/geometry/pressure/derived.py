"""How clean the digons get: more features that compete, and longer training."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.pressure.plan import Plan
from theory.geometry.mixture import mixture


def derive(plan: Plan) -> xr.Dataset:
    """Loss of the best packing for each number of features per dimension."""
    m = plan.runs.n_hidden
    loss = [
        mixture([plan.density], r * m, m, names=plan.names, large=False)["loss"].item()
        for r in plan.ratios
    ]
    return xr.Dataset({"loss": ("ratio", loss)}, {"ratio": np.array(plan.ratios)})
