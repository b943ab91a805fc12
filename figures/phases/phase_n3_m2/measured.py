"""Trained: the models that the figure shows."""

from __future__ import annotations

import xarray as xr

from figures.kit.profile import Profile
from figures.phases import grid as phases
from figures.phases.phase_n3_m2.plan import NAME, SETUPS


def measure(profile: Profile) -> xr.Dataset:
    """Train the diagram."""
    return phases.measure(SETUPS[profile.name], profile, NAME)
