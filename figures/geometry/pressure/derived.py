"""How clean the digons get: more features that compete, and longer training."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.pressure.plan import SETUPS, configuration
from figures.kit.profile import Profile
from ground.results import configured
from theory.geometry.mixture import mixture


def derive(profile: Profile) -> xr.Dataset:
    """Loss of the best packing for each number of features per dimension."""
    setup = SETUPS[profile.name]
    m = setup.runs.n_hidden
    # Others are far behind at such densities (packing_theory).
    names = ["point", "triangle", "digon", "pentagon", "square antiprism"]
    loss = [
        mixture([setup.density], r * m, m, names=names, large=False)["loss"].item()
        for r in setup.ratios
    ]
    result = xr.Dataset({"loss": ("ratio", loss)}, {"ratio": np.array(setup.ratios)})
    return configured(result, {"theory": "packing", **configuration(profile)})
