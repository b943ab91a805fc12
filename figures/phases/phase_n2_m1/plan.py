"""Two features in one dimension: the paper's first phase diagram, with certificates."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures.kit.profile import Profile
from figures.phases.grid import PhaseSetup

NAME = "phase_n2_m1"


SETUPS = {
    "paper": PhaseSetup(2, 1, size=32, restarts=12, steps=3000),
    "quick": PhaseSetup(2, 1, size=8, restarts=6, steps=1000),
}


LINE = {"paper": 81, "quick": 15}  # densities along a line of transitions


RATIOS = np.geomspace(0.1, 1, 7)  # at which the paper's diagram is held against the true one


CERTIFIED = {"paper": 2, "quick": 4}  # every which cell along both axes gets a certificate


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return SETUPS[profile.name].configuration()
