"""Three features in two dimensions: the paper's second phase diagram."""

from __future__ import annotations

import xarray as xr

from figures.kit.profile import Profile
from figures.phases import grid as phases
from figures.phases.phase_n3_m2.plan import SETUPS


def derive(profile: Profile) -> xr.Dataset:
    """Compute what theory says."""
    return phases.derive(SETUPS[profile.name])
