"""Fractions that packing theory predicts for D_i; models at densities where reigns are short.

The other models shown are those of dimensions_per_feature.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from figures.geometry.dimensions_per_feature.plan import SEED
from figures.geometry.runs import Runs
from ground.checks import FloatArray

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


@dataclass(frozen=True)
class Plan:
    """Models between digons and large blocks, where reigns are short, and known fractions.

    Attributes
    ----------
    runs : Runs
    fine : int
        Densities trained, between both of `between`.
    count : int
        Densities from 1 to 0.01 at which the winner is asked for.
    names : tuple of str
        Polytopes whose fractions are looked for.
    hubs : int
        Densities from 1 to 0.5 at which hubs are derived.
    hubs_at : float
        Density at which dimensions_per_feature has a line of hubs, trained again from new starts.
    longer : int
        So many times as many steps there.
    """

    runs: Runs
    fine: int
    count: int
    between: tuple[float, float] = (0.27, 0.17)
    names: tuple[str, ...] = (*REPORTED, "4-simplex")
    hubs: int = 6
    hubs_at: float = 10 ** (-1 / 6)
    longer: int = 4

    @property
    def densities(self) -> FloatArray:
        """p of the models trained: falling, and then that at which hubs are looked for anew."""
        return np.append(np.geomspace(*self.between, self.fine), self.hubs_at)

    def steps(self, density: float) -> int:
        """Steps of training at one density: dense features are slow, as in the other figure."""
        return self.runs.steps * (1 if density < self.hubs_at else self.longer)

    @property
    def dense(self) -> FloatArray:
        """p at which hubs are derived, falling; D_i of hubs varies slowly."""
        return np.geomspace(1, 0.5, self.hubs)

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return {"theory": "packing", **asdict(self)}


PLANS = {
    "paper": Plan(Runs(200, 20, runs=2, steps=2500, seed=SEED), fine=10, count=97),
    "quick": Plan(
        Runs(50, 5, runs=2, steps=600, learning_rate=2e-2, held_out=8192), fine=3, count=13
    ),
}
