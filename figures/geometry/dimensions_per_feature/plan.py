"""Uniform features, many more than dimensions: models from dense to sparse, and their packing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from figures.geometry.runs import Runs
from figures.kit.profile import Profile
from ground.checks import FloatArray

NAME = "dimensions_per_feature"


@dataclass(frozen=True)
class Size:
    """One size of model, trained over 1/p from 1 to 100."""

    runs: Runs
    count: int

    @property
    def densities(self) -> FloatArray:
        """p, falling from 1 to 0.01."""
        return np.geomspace(1, 0.01, self.count)

    def steps(self, density: float) -> int:
        """More of them at both ends.

        Dense data have one direction far longer than the rest, which is slow to learn; of sparse
        features few are seen in a step.
        """
        return self.runs.steps * (1 if ENDS[0] < density < ENDS[1] else LONGER)


ENDS = (0.02, 0.6)


LONGER = 4


SEED = 2023  # not the one with which the detection of lines was settled


# Families compared: all, or those that win somewhere.
NAMES = {"paper": None, "quick": ["point", "triangle", "digon", "pentagon", "5-demicube"]}


# The paper's size, and the official notebook's.
SIZES = {
    "paper": {
        "400_30": Size(Runs(400, 30, runs=1, steps=2500, seed=SEED), 13),
        "200_20": Size(Runs(200, 20, runs=2, steps=2500, seed=SEED), 25),
    },
    "quick": {
        "400_30": Size(Runs(80, 8, runs=1, steps=600, learning_rate=2e-2, held_out=8192), 5),
        "200_20": Size(Runs(50, 5, runs=2, steps=600, learning_rate=2e-2, held_out=8192), 5),
    },
}


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    sizes = {label: asdict(size) for label, size in SIZES[profile.name].items()}
    return {**sizes, "ends": ENDS, "longer": LONGER}
