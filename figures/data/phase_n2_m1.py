"""Two features in one dimension: the paper's first phase diagram."""

from __future__ import annotations

from typing import Any

import xarray as xr

from figures import phases
from figures.phases import PhaseSetup
from figures.profile import Profile

NAME = "phase_n2_m1"
SETUPS = {
    "paper": PhaseSetup(2, 1, size=32, restarts=10, steps=4000),
    "quick": PhaseSetup(2, 1, size=8, restarts=4, steps=1000),
}


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return SETUPS[profile.name].configuration()


def measure(profile: Profile) -> xr.Dataset:
    """Train the diagram."""
    return phases.measure(SETUPS[profile.name], profile, NAME)


def derive(profile: Profile) -> xr.Dataset:
    """Compute what theory says."""
    return phases.derive(SETUPS[profile.name])
