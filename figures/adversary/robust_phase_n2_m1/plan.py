"""Two features in one dimension under attack: one trained diagram, and theory at several sizes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray


@dataclass(frozen=True)
class Plan:
    """A size × size grid under one attack, and lines of theory.

    Attributes
    ----------
    attack : float
        ε of the trained diagram.
    size, restarts, steps, batch, learning_rate, seed, chunk
        Grid, runs of a cell, and how they are trained.
    surface : tuple of float
        Sizes ε of attacks at which the border of the digon is drawn.
    line : int
        Densities along such a border.
    densities_at_r1 : tuple of float
        Where thresholds at equal importance are computed; those of the table among them.
    sparse : float
        Density at which the digon's defence is shown.
    defended : int
        Attacks at which it is.
    """

    size: int
    restarts: int
    steps: int
    attack: float = 0.1
    batch: int = 256
    learning_rate: float = 0.03
    seed: int = 2022
    chunk: int = 64
    surface: tuple[float, ...] = (0.0, 0.05, 0.1, 0.15, 0.2)
    line: int = 15
    densities_at_r1: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
    sparse: float = 0.05
    defended: int = 16

    @property
    def densities(self) -> FloatArray:
        """p of the diagram, falling from 1 to 0.01."""
        return np.geomspace(1, 0.01, self.size)

    @property
    def importances(self) -> FloatArray:
        """r of the diagram, rising from 0.1 to 10."""
        return np.geomspace(0.1, 10, self.size)

    def configuration(self) -> dict[str, Any]:
        """Everything that the data depend on, but for the code."""
        kept = asdict(self)
        return {"protocol": "robust phase diagram, 1", **kept, "surface": list(self.surface)} | {
            "densities_at_r1": list(self.densities_at_r1)
        }


PLANS = {
    "paper": Plan(size=32, restarts=8, steps=1000),
    "quick": Plan(
        size=8, restarts=6, steps=600, surface=(0.0, 0.1, 0.2), line=6,
        densities_at_r1=(0.1, 0.3), defended=8,
    ),
}  # fmt: skip
