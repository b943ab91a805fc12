"""Trained: the models that the figure shows."""

from __future__ import annotations

import xarray as xr

from figures.basics import training as basics
from figures.basics.basic_results_n20_m5.plan import NAME, SETUPS
from figures.kit.profile import Profile


def measure(profile: Profile) -> xr.Dataset:
    """Train both models."""
    return basics.measure(SETUPS[profile.name], profile, NAME)
