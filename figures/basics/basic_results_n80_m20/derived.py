"""Eighty features in twenty dimensions, importance 0.9^i: linear and ReLU output."""

from __future__ import annotations

import xarray as xr

from figures.basics import pair as firstpair
from figures.basics.basic_results_n80_m20.plan import SETUPS
from figures.kit.profile import Profile


def derive(profile: Profile) -> xr.Dataset:
    """Compute what theory says."""
    return firstpair.derive(SETUPS[profile.name])
