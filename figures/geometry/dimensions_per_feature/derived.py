"""Uniform features, many more than dimensions: models from dense to sparse, and their packing."""

from __future__ import annotations

import xarray as xr

from figures.geometry.dimensions_per_feature.plan import NAMES, SIZES, configuration
from figures.geometry.packing_theory.derived import free_blocks
from figures.kit.profile import Profile
from ground.results import configured
from theory.geometry.mixture import mixture

# needs: packing_theory.derived


def derive(profile: Profile) -> xr.Dataset:
    """Best mixture of blocks for both sizes at the densities trained.

    ``free_…``: where free blocks compete too, at their densities.
    """
    parts = []
    p, free = free_blocks(profile)
    for label, size in SIZES[profile.name].items():
        n, m = size.runs.n_features, size.runs.n_hidden
        part = mixture(size.densities, n, m, names=NAMES[profile.name])
        parts.append(_named(part, f"_{label}"))
        both = mixture(p, n, m, names=NAMES[profile.name], free=free)
        kept = both[["loss", "dimensions_per_feature", "share", "features"]]
        kept = kept.rename(density="free_density", block="free_block")
        parts.append(kept.rename({name: f"free_{name}_{label}" for name in kept.data_vars}))
    return configured(xr.merge(parts), {"theory": "packing", **configuration(profile)})


def _named(part: xr.Dataset, ending: str) -> xr.Dataset:
    """All names but ``block`` with that ending."""
    return part.rename(
        {name: f"{name}{ending}" for name in [*part.dims, *part.data_vars] if name != "block"}
    )
