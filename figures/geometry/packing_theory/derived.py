"""Benefit per dimension of every arrangement, winners, free blocks, and the limit of large ones."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.free import free_dataset
from figures.geometry.packing_theory.plan import Plan
from figures.kit.profile import cores
from theory.geometry.free_blocks import best_free_blocks
from theory.geometry.large_blocks import large_block
from theory.geometry.packing import packing
from theory.geometry.takeovers import large_blocks_take_over, packing_transitions


def derive(plan: Plan) -> xr.Dataset:
    """Everything over 1/p from 1 to 100."""
    large = [large_block(float(density)) for density in plan.densities]
    found = [
        *packing_transitions(np.geomspace(1, 0.01, plan.changes), names=plan.names),
        large_blocks_take_over(*plan.large_between, names=plan.names),
    ]
    result = packing(plan.densities, names=plan.names).assign(
        large_benefit=("density", [block.benefit for block in large]),
        large_ratio=("density", [block.features_per_dimension for block in large]),
        large_scale=("density", [block.scale for block in large]),
        transition=("change", [change.density for change in found]),
        accuracy=("change", [change.accuracy for change in found]),
        dense=("change", [change.dense for change in found]),
        sparse=("change", [change.sparse for change in found]),
    )
    return xr.merge([result, derive_free(plan)])


def derive_free(plan: Plan) -> xr.Dataset:
    """The best free blocks found, by density and dimension."""
    p, dimensions = plan.free_densities, plan.free_dimensions
    table = best_free_blocks(p, dimensions, starts=plan.starts, n_jobs=cores())
    return free_dataset(p, dimensions, table)
