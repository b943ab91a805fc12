"""The diagram as theory has it, its borders under other attacks, and thresholds at r = 1."""

from __future__ import annotations

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.adversary.robust_phase_n2_m1.plan import Plan
from theory.adversary.many_blocks import block_thresholds
from theory.adversary.robust_diagram import exchange_importance, robust_phase_diagram
from theory.adversary.threshold import digon_defence, digon_thresholds

CASES = ("worst", "live", "silent")


def derive(plan: Plan) -> xr.Dataset:
    """Compute the robust optimum in every cell, and everything along lines."""
    rows = [
        robust_phase_diagram([p], plan.importances, size=plan.attack)
        for p in tqdm(plan.densities, desc="robust optimum", unit="density")
    ]
    diagram = xr.concat(rows, "density")
    along = np.geomspace(0.01, 0.65, plan.line)
    borders = np.array(
        [exchange_importance(along, size=size) for size in tqdm(plan.surface, desc="borders")]
    )
    p = np.array(plan.densities_at_r1)
    thresholds = [
        digon_thresholds(p, objective="worst"),
        digon_thresholds(p, objective="random", dead="live"),
        digon_thresholds(p, objective="random", dead="silent"),
    ]
    blocks = [block_thresholds(p, dead=dead) for dead in ("live", "silent")]
    defence = digon_defence(plan.sparse, np.linspace(0.01, 0.3, plan.defended))
    return xr.merge(
        [
            diagram,
            xr.Dataset(
                {"border": (("size", "along"), borders)},
                coords={"size": list(plan.surface), "along": along},
            ),
            _renamed(xr.concat(thresholds, xr.DataArray(list(CASES), dims="case")), "r1"),
            _renamed(xr.concat(blocks, xr.DataArray(["live", "silent"], dims="dead")), "blocks"),
            _renamed(defence, "defence"),
        ],
        compat="equals",
        join="exact",
    )


def _renamed(dataset: xr.Dataset, prefix: str) -> xr.Dataset:
    """Put a prefix before every name, so that layers with other axes can share a file."""
    names = [*dataset.data_vars, *dataset.coords]
    return dataset.rename({name: f"{prefix}_{name}" for name in names})
