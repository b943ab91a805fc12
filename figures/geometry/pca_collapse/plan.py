"""Three correlated pairs in the plane: from a hexagon to three principal components."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from figures.geometry.runs import Runs
from ground.checks import FloatArray

PAIRS = 3


@dataclass(frozen=True)
class Plan:
    """How each density is trained, and how many there are."""

    runs: Runs
    count: int

    @property
    def densities(self) -> FloatArray:
        """Chance of a pair's gate, rising; finer where pairs collapse in the paper's profile."""
        return np.geomspace(0.02, 0.8, self.count)

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return {"densities": self.densities.tolist(), **asdict(self.runs)}


SIZES = (2,) * PAIRS
PLANS = {
    "paper": Plan(Runs(6, 2, runs=24, steps=3000, law="correlated", sizes=SIZES), count=25),
    "quick": Plan(
        Runs(6, 2, runs=12, steps=1000, law="correlated", sizes=SIZES, held_out=8192), count=9
    ),
}
