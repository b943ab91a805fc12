"""One-hot data, six features in two dimensions: runs settling on the levels of the k-gons."""

from __future__ import annotations

import xarray as xr

from figures.dynamics.kgon_levels.plan import N_FEATURES, NAME
from figures.kit.profile import Profile
from ground.results import configured
from theory.one_hot.kgons import kgon_levels


def derive(profile: Profile) -> xr.Dataset:
    """Every level: a k-gon, the other features unused with a positive or a negative bias."""
    levels = kgon_levels(N_FEATURES, dead=True)
    return configured(
        xr.Dataset(
            {
                "loss": ("level", [level.loss for level in levels]),
                "name": ("level", [level.name for level in levels]),
                "kind": ("level", [level.kind for level in levels]),
                "k": ("level", [level.k for level in levels]),
                "radius": ("level", [level.radius for level in levels]),
                "bias": ("level", [level.bias for level in levels]),
            }
        ),
        {"theory": NAME, "n_features": N_FEATURES},
    )
