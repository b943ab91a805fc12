"""Two features behind seven output activations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray


@dataclass(frozen=True)
class Plan:
    """A diagram an activation, a few trained cells in each, and where sharing begins.

    Attributes
    ----------
    densities_drawn, importances_drawn : int
        Cells of each exact diagram; r > 1 is the mirror image of r < 1.
    trained_densities, trained_importances : tuple of float
    restarts, steps, batch, learning_rate, seed
        How each of these is trained.
    table_densities : tuple of float
        Where the least r with superposition is found.
    """

    densities_drawn: int
    importances_drawn: int
    trained_densities: tuple[float, ...]
    restarts: int
    steps: int
    table_densities: tuple[float, ...]
    trained_importances: tuple[float, ...] = (0.3, 0.9)
    batch: int = 128
    learning_rate: float = 0.03
    seed: int = 37

    @property
    def densities(self) -> FloatArray:
        """p, falling from 1 to 0.01."""
        return np.geomspace(1, 0.01, self.densities_drawn)

    @property
    def importances(self) -> FloatArray:
        """r, rising from 0.1 to 1."""
        return np.geomspace(0.1, 1, self.importances_drawn)

    def configuration(self) -> dict[str, Any]:
        """Everything that the data depend on, but for the code."""
        kept = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }
        return {"protocol": "output activations at (2, 1), 1", **kept}


PLANS = {
    "paper": Plan(
        densities_drawn=13, importances_drawn=7, trained_densities=(0.7, 0.2, 0.07), restarts=3,
        steps=350, table_densities=(0.5, 0.1, 0.02),
    ),
    "quick": Plan(
        densities_drawn=2, importances_drawn=2, trained_densities=(0.2,), restarts=2,
        steps=100, table_densities=(),
    ),
}  # fmt: skip
