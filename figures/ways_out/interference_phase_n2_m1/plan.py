"""Two features in one dimension, their overlap or their weights at a price."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray


@dataclass(frozen=True)
class Plan:
    """One trained diagram, trained lines in λ and in μ, and theory everywhere.

    Attributes
    ----------
    size, strength : int, float
        Size × size cells of the trained diagram, at this λ.
    restarts, steps, batch, learning_rate, seed, chunk
        How every cell is trained, and how many are kept together.
    path_density, path_ratios, path_most, path : float, tuple, float, int
        Where the interference penalty is raised: at one density, for some r, in steps of λ.
    decay_densities, decay_ratios, decay : tuple, tuple, int
        Where weight decay is raised, in steps from zero to the lone feature's death.
    surface : int
        Densities at which λ_c is mapped, and at which lines are drawn.
    section : int
        Densities of the section at r = 1.
    table_densities, table_importances : tuple of float
    """

    size: int
    restarts: int
    steps: int
    path: int
    decay: int
    surface: int
    section: int
    strength: float = 0.012
    batch: int = 256
    learning_rate: float = 0.02
    seed: int = 2051
    chunk: int = 64
    path_density: float = 0.1
    path_ratios: tuple[float, ...] = (1.0, 0.5)
    path_most: float = 0.032
    decay_densities: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4)
    decay_ratios: tuple[float, ...] = (0.9, 0.5)
    table_densities: tuple[float, ...] = (
        0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0,
    )  # fmt: skip
    table_importances: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

    @property
    def densities(self) -> FloatArray:
        """p of the trained diagram, falling from 1 to 0.01."""
        return np.geomspace(1, 0.01, self.size)

    @property
    def importances(self) -> FloatArray:
        """r of the trained diagram, rising from 0.1 to 10."""
        return np.geomspace(0.1, 10, self.size)

    @property
    def strengths(self) -> FloatArray:
        """λ along the path."""
        return np.linspace(0, self.path_most, self.path)

    @property
    def shares(self) -> FloatArray:
        """μ along the lines of decay, over that at which the lone feature dies."""
        return (np.arange(self.decay) + 0.5) / self.decay

    def configuration(self) -> dict[str, Any]:
        """Everything that the data depend on, but for the code."""
        kept = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }
        return {"protocol": "penalties at (2, 1), 1", **kept}


PLANS = {
    "paper": Plan(size=16, restarts=8, steps=1000, path=13, decay=10, surface=37, section=25),
    "quick": Plan(
        size=8, restarts=6, steps=700, path=5, decay=5, surface=15, section=10,
        decay_densities=(0.1,), table_densities=(0.1, 0.6), table_importances=(0.5, 1.0),
    ),
}  # fmt: skip
