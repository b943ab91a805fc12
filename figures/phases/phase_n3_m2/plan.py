"""Three features in two dimensions: the paper's second phase diagram."""

from __future__ import annotations

from typing import Any

from figures.kit.profile import Profile
from figures.phases.grid import PhaseSetup

NAME = "phase_n3_m2"


SETUPS = {
    "paper": PhaseSetup(3, 2, size=32, restarts=16, steps=3000),
    "quick": PhaseSetup(3, 2, size=8, restarts=8, steps=1000),
}


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return SETUPS[profile.name].configuration()
