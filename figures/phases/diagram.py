"""A phase diagram, planned: the grid and how many models each of its cells is worth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray

__all__ = ["Diagram"]


@dataclass(frozen=True)
class Diagram:
    """A size × size grid, logarithmic in density p = 1 … 0.01 and importance r = 0.1 … 10."""

    n_features: int
    n_hidden: int
    size: int
    restarts: int
    steps: int
    batch: int = 1024
    seed: int = 2022
    chunk: int = 64  # cells trained and saved together

    @property
    def densities(self) -> FloatArray:
        """p, falling from 1 to 0.01."""
        return np.geomspace(1, 0.01, self.size)

    @property
    def importances(self) -> FloatArray:
        """r, rising from 0.1 to 10."""
        return np.geomspace(0.1, 10, self.size)

    def configuration(self) -> dict[str, Any]:
        """Everything the measurement depends on, but for the code."""
        return {"protocol": "phase diagram, 1", **asdict(self)}
