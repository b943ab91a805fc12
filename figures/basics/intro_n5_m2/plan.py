"""Five features in two dimensions, importance 0.9^i, from dense to sparse."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures.basics.training import BasicSetup
from figures.kit.profile import Profile

NAME = "intro_n5_m2"


CARRIED = 6  # minima that the next density starts from


FINER = 8  # points of a curve between two densities


def _densities(count: int) -> tuple[float, ...]:
    """From 1 down to 1/20, equal steps of the logarithm."""
    return tuple(float(p) for p in 20 ** -np.linspace(0, 1, count))


SETUPS = {
    "paper": BasicSetup(5, 2, 0.9, _densities(28), 16, 4000),
    "quick": BasicSetup(5, 2, 0.9, _densities(10), 8, 1500),
}


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return SETUPS[profile.name].configuration()
