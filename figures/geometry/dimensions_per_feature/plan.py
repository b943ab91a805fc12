"""Uniform features, many more than dimensions: models from dense to sparse, and their packing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from figures.geometry.runs import Runs
from ground.checks import FloatArray

SEED = 2023  # not the one with which the detection of lines was settled


@dataclass(frozen=True)
class Size:
    """One size of model, trained over 1/p from 1 to 100."""

    runs: Runs
    count: int

    @property
    def densities(self) -> FloatArray:
        """p, falling from 1 to 0.01."""
        return np.geomspace(1, 0.01, self.count)


@dataclass(frozen=True)
class Plan:
    """Two sizes of model, and what is compared with them.

    Attributes
    ----------
    sizes : dict of Size
        By label.
    near_half : float
        How near to 1/2 the typical trained D* must lie on the digons' plateau.
    ends : (float, float)
        Densities outside of which training is longer.  Dense data have one direction far longer
        than the rest, which is slow to learn; of sparse features few are seen in a step.
    longer : int
        So many times.
    """

    sizes: dict[str, Size]
    near_half: float
    ends: tuple[float, float] = (0.02, 0.6)
    longer: int = 4

    def steps(self, size: Size, density: float) -> int:
        """Steps of training at one density."""
        least, most = self.ends
        return size.runs.steps * (1 if least < density < most else self.longer)

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code; only the claim asks who is near 1/2."""
        kept = {key: value for key, value in asdict(self).items() if key != "near_half"}
        return {"theory": "packing", **kept}


# The paper's size, and the official notebook's.
PLANS = {
    "paper": Plan(
        {
            "400_30": Size(Runs(400, 30, runs=1, steps=2500, seed=SEED), 13),
            "200_20": Size(Runs(200, 20, runs=2, steps=2500, seed=SEED), 25),
        },
        near_half=0.02,
    ),
    "quick": Plan(
        {
            "400_30": Size(Runs(80, 8, runs=1, steps=600, learning_rate=2e-2, held_out=8192), 5),
            "200_20": Size(Runs(50, 5, runs=2, steps=600, learning_rate=2e-2, held_out=8192), 5),
        },
        # Coarse models have few dimensions, of which an odd one is left over.
        near_half=0.12,
    ),
}
