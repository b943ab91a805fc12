"""Two features in one dimension: the paper's first phase diagram, with certificates."""

from __future__ import annotations

from typing import Any

import xarray as xr
from tqdm import tqdm

from figures import phases
from figures.phases import PhaseSetup
from figures.profile import Profile
from theory import certify_grid

NAME = "phase_n2_m1"
SETUPS = {
    "paper": PhaseSetup(2, 1, size=32, restarts=10, steps=4000),
    "quick": PhaseSetup(2, 1, size=8, restarts=4, steps=1000),
}
CERTIFIED = {"paper": 2, "quick": 4}  # every which cell along both axes gets a certificate


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return SETUPS[profile.name].configuration()


def measure(profile: Profile) -> xr.Dataset:
    """Train the diagram."""
    return phases.measure(SETUPS[profile.name], profile, NAME)


def derive(profile: Profile) -> xr.Dataset:
    """Compute what theory says, and prove it on a coarser grid."""
    setup, every = SETUPS[profile.name], CERTIFIED[profile.name]
    rows = [
        certify_grid([p], setup.importances[::every]).drop_attrs()
        for p in tqdm(setup.densities[::every], desc="certificates", unit="density")
    ]
    certified = xr.concat(rows, "density").rename(
        {"density": "certified_density", "importance": "certified_importance"}
    )
    certified = certified.rename({name: f"certified_{name}" for name in certified.data_vars})
    return phases.derive(setup).merge(certified, combine_attrs="override")
