"""Three correlated pairs in the plane: from a hexagon to three principal components."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from figures.geometry.runs import Runs
from figures.kit.profile import Profile
from ground.checks import FloatArray

NAME = "pca_collapse"


PAIRS = 3


SETUPS = {
    "paper": Runs(6, 2, runs=24, steps=3000, law="correlated", sizes=(2,) * PAIRS),
    "quick": Runs(6, 2, runs=12, steps=1000, law="correlated", sizes=(2,) * PAIRS, held_out=8192),
}


COUNTS = {"paper": 25, "quick": 9}


def densities(profile: Profile) -> FloatArray:
    """Chance of a pair's gate, rising; finer where pairs collapse in the paper's profile."""
    return np.geomspace(0.02, 0.8, COUNTS[profile.name])


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return {"densities": densities(profile).tolist(), **asdict(SETUPS[profile.name])}
