"""Fractions that packing theory predicts for D_i, of polytopes, hubs and free blocks."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.feature_dimensionality.plan import Plan
from theory.geometry.hubs import hub_block
from theory.geometry.packing import packing
from theory.geometry.spread_library import spread_blocks
from theory.polytopes.arrangements import arrangement


def derive(plan: Plan) -> xr.Dataset:
    """Share and reign of each fraction, and the D_i of hubs and of the best known free blocks.

    ``from`` … ``to``: densities where a polytope wins.  ``hub_D`` (hub_density,) where features
    are dense.  ``free_D`` (free_density, free_feature): of the shipped blocks of most dimensions.
    """
    names = list(plan.names)
    grid = packing(np.geomspace(1, 0.01, plan.count), names=names)
    p, winner = grid["density"].values, grid["winner"].values
    reigns = [p[winner == name] for name in names]
    most = max(block.dimension for block in spread_blocks())
    blocks = [block for block in spread_blocks() if block.dimension == most]
    shares = np.full((len(blocks), max(block.n_features for block in blocks)), np.nan)
    for row, block in zip(shares, blocks, strict=True):
        row[: block.n_features] = np.sort(block.dimensionality)
    return xr.Dataset(
        {
            "share": ("fraction", [arrangement(name).dimensionality() for name in names]),
            "from": ("fraction", [r.min() if r.size else np.nan for r in reigns]),
            "to": ("fraction", [r.max() if r.size else np.nan for r in reigns]),
            "free_D": (("free_density", "free_feature"), shares),
            "hub_D": ("hub_density", [hub_block(float(q)).dimensionality for q in plan.dense]),
        },
        {
            "fraction": names,
            "free_density": [block.density for block in blocks],
            "free_dimension": most,
            "hub_density": plan.dense,
        },
    )
