"""Uniform features, many more than dimensions: models from dense to sparse, and their packing."""

from __future__ import annotations

import xarray as xr

from figures.geometry.dimensions_per_feature.plan import Plan
from figures.geometry.free import free_blocks
from figures.geometry.labels import labelled
from theory.geometry.mixture import mixture


def derive(plan: Plan, packing_theory_derived: xr.Dataset) -> xr.Dataset:
    """Best mixture of blocks for both sizes at the densities trained.

    ``free_…``: where free blocks compete too, at their densities.
    """
    parts = []
    p, free = free_blocks(packing_theory_derived)
    for label, size in plan.sizes.items():
        n, m = size.runs.n_features, size.runs.n_hidden
        parts.append(labelled(mixture(size.densities, n, m, names=plan.names), label))
        both = mixture(p, n, m, names=plan.names, free=free)
        kept = both[["loss", "dimensions_per_feature", "share", "features"]]
        kept = kept.rename(density="free_density", block="free_block")
        parts.append(kept.rename({name: f"free_{name}_{label}" for name in kept.data_vars}))
    return xr.merge(parts)
