"""Fractions that packing theory predicts for D_i; models at densities where reigns are short.

The other models shown are those of dimensions_per_feature."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from figures.geometry.dimensions_per_feature.plan import SEED
from figures.geometry.runs import Runs
from figures.kit.profile import Profile
from ground.checks import FloatArray

NAME = "feature_dimensionality"


# What the paper and others report, as a label on the axis.
REPORTED = {
    "point": "1",
    "tetrahedron": "3/4",
    "triangle": "2/3",
    "digon": "1/2",
    "triangle × triangle": "4/9",
    "pentagon": "2/5",
    "square antiprism": "3/8",
    "5-demicube": "5/16",
    "2_21 polytope": "2/9",
}


COUNTS = {"paper": 97, "quick": 13}


# Between digons and large blocks, where the reigns are short: (models, densities).
FINE = {
    "paper": (Runs(200, 20, runs=2, steps=2500, seed=SEED), 10),
    "quick": (Runs(50, 5, runs=2, steps=600, learning_rate=2e-2, held_out=8192), 3),
}


SPARSE = 0.2  # below this density no symmetric polytope is all that trained models show


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return {"densities": densities(profile).tolist(), **asdict(FINE[profile.name][0])}


def densities(profile: Profile) -> FloatArray:
    """p, falling."""
    return np.geomspace(0.27, 0.17, FINE[profile.name][1])
