"""Loss and objective at the exact optimum under each penalty."""

from __future__ import annotations

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.ways_out.ways_out.exact import exact_optimum
from figures.ways_out.ways_out.plan import Plan


def derive(plan: Plan) -> xr.Dataset:
    """Loss and objective (system, condition) where blocks have a penalised optimum."""
    shape = (len(plan.systems), len(plan.conditions))
    loss, objective = np.full(shape, np.nan), np.full(shape, np.nan)
    for place in tqdm(list(np.ndindex(shape)), desc="penalised optimum"):
        best = exact_optimum(plan, *place)
        if best is not None:
            loss[place], objective[place] = best.loss, best.objective
    return xr.Dataset(
        {
            "loss": (("system", "condition"), loss),
            "objective": (("system", "condition"), objective),
        },
        coords={"system": [name for name, *_ in plan.systems]},
    )
