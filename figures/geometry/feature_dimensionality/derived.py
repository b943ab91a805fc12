"""Fractions that packing theory predicts for D_i; models at densities where reigns are short."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.feature_dimensionality.plan import Plan
from figures.geometry.free import free_blocks
from figures.kit.profile import cores
from theory.geometry.blocks import FreeBlock
from theory.geometry.free_blocks import best_free_blocks
from theory.geometry.packing import packing
from theory.polytopes.arrangements import arrangement


def derive(plan: Plan, packing_theory_derived: xr.Dataset) -> xr.Dataset:
    """Share and reign of each fraction, and the D_i of free blocks.

    ``from`` … ``to``: densities where a polytope wins.  ``free_D`` (free_density, free_feature):
    of the largest free blocks that packing_theory found, and of others where no polytope wins and
    models were trained at close densities.
    """
    names = list(plan.names)
    grid = packing(np.geomspace(1, 0.01, plan.count), names=names)
    p, winner = grid["density"].values, grid["winner"].values
    reigns = [p[winner == name] for name in names]
    blocks = largest_blocks(plan, packing_theory_derived)
    shares = np.full((len(blocks), max(block.n_features for block in blocks)), np.nan)
    for row, block in zip(shares, blocks, strict=True):
        row[: block.n_features] = np.sort(block.dimensionality)
    return xr.Dataset(
        {
            "share": ("fraction", [arrangement(name).dimensionality() for name in names]),
            "from": ("fraction", [r.min() if r.size else np.nan for r in reigns]),
            "to": ("fraction", [r.max() if r.size else np.nan for r in reigns]),
            "free_D": (("free_density", "free_feature"), shares),
        },
        {
            "fraction": names,
            "free_density": [block.density for block in blocks],
            "free_dimension": blocks[0].dimension,
        },
    )


def largest_blocks(plan: Plan, packing_theory_derived: xr.Dataset) -> list[FreeBlock]:
    """Free blocks of most dimensions, by falling density: known ones, and at densities trained."""
    _, known = free_blocks(packing_theory_derived)
    here = [float(density) for density in plan.densities if density < plan.sparse]
    largest = known[0][-1].dimension
    found = best_free_blocks(here, [largest], starts=plan.starts, n_jobs=cores())
    every = [*(row[0] for row in found), *(row[-1] for row in known)]
    return sorted(every, key=lambda block: -block.density)
