"""Benefit per dimension of every arrangement, winners, free blocks, large ones, upper bounds."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.free import free_dataset
from figures.geometry.packing_theory.plan import Plan
from theory.geometry.blocks import FreeBlock
from theory.geometry.free_blocks import best_free_block
from theory.geometry.hybrids import hybrid_block
from theory.geometry.large_blocks import large_block
from theory.geometry.library import shipped_block
from theory.geometry.packing import packing
from theory.geometry.packing_bound import packing_bound
from theory.geometry.takeovers import large_blocks_take_over, packing_transitions
from theory.loss.floats import loss_and_gradient


def derive(plan: Plan) -> xr.Dataset:
    """Everything over 1/p from 1 to 100."""
    large = [large_block(float(density)) for density in plan.densities]
    found = [
        *packing_transitions(np.geomspace(1, 0.01, plan.changes), names=plan.names),
        large_blocks_take_over(*plan.large_between, names=plan.names),
    ]
    bounds = [packing_bound(float(density)) for density in plan.densities]
    result = packing(plan.densities, names=plan.names).assign(
        bound=("density", [bound.benefit for bound in bounds]),
        large_benefit=("density", [block.benefit for block in large]),
        large_ratio=("density", [block.features_per_dimension for block in large]),
        large_scale=("density", [block.scale for block in large]),
        transition=("change", [change.density for change in found]),
        accuracy=("change", [change.accuracy for change in found]),
        dense=("change", [change.dense for change in found]),
        sparse=("change", [change.sparse for change in found]),
    )
    return xr.merge([result, derive_free(plan), derive_hybrids(plan)])


def derive_hybrids(plan: Plan) -> xr.Dataset:
    """The best hybrid where digons or triangles are the best transitive blocks, or nearly."""
    densities = np.array(plan.hybrid_densities)
    kinds = [(e, j) for e in (1, 2) for j in (2, 3)]
    every = [[hybrid_block(e, j, float(p)) for e, j in kinds] for p in densities]
    best = [max(row, key=lambda block: block.benefit) for row in every]
    rivals = packing(densities, names=plan.hybrid_rivals)["benefit"].max("arrangement").values
    return xr.Dataset(
        {
            "hybrid_benefit": ("hybrid_density", [block.benefit for block in best]),
            "hybrid_rival": ("hybrid_density", rivals),
            "hybrid_features": ("hybrid_density", [block.n_features for block in best]),
            "hybrid_dimensions": ("hybrid_density", [block.dimension for block in best]),
        },
        {"hybrid_density": densities},
    )


def derive_free(plan: Plan) -> xr.Dataset:
    """The best free blocks found, by density and dimension: as shipped, or else by a search."""
    p, dimensions = plan.free_densities, plan.free_dimensions
    table = [[_free_block(d, float(q), plan.starts) for d in dimensions] for q in p]
    return free_dataset(p, dimensions, table)


def _free_block(n_hidden: int, density: float, starts: int) -> FreeBlock:
    block = shipped_block(n_hidden, density)
    if block is None:
        return best_free_block(n_hidden, density, starts=starts)
    loss, _, _ = loss_and_gradient(block.W, block.b, density=density)
    return FreeBlock(density, float(loss), block.W, block.b)
