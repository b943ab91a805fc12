"""Two features in one dimension under L1 on h: diagrams, thresholds, and what they are against."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray


@dataclass(frozen=True)
class Plan:
    """Diagrams at some λ, derived and trained, and lines of theory.

    Attributes
    ----------
    size : int
        Cells a side of a diagram.
    restarts, steps, batch, seed, chunk
        Runs of a cell, and how they are trained.
    levels : tuple of float
        λ of the diagrams.
    densities_of_table : tuple of float
        p at which thresholds are computed and followed, from 0.02 to 0.4.
    ratios : tuple of float
        Relative importances r of the thresholds.
    dense : tuple of float
        p at which negative interference is followed in λ, at r = ½.
    line : int
        Densities along a border.
    points : int
        Values of λ along such a line.
    pentagon : float
        Density of the pentagon.
    """

    size: int
    restarts: int
    steps: int
    batch: int = 256
    seed: int = 2022
    chunk: int = 288
    levels: tuple[float, ...] = (0.05, 0.2, 0.5)
    densities_of_table: tuple[float, ...] = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
    ratios: tuple[float, ...] = (1.0, 0.5)
    dense: tuple[float, ...] = (0.45, 0.55, 0.65, 0.8, 0.95)
    line: int = 12
    points: int = 11
    pentagon: float = 0.05

    @property
    def densities(self) -> FloatArray:
        """p of the diagrams, falling from 1 to 0.01."""
        return np.geomspace(1, 0.01, self.size)

    @property
    def importances(self) -> FloatArray:
        """r of the diagrams, rising from 0.1 to 10."""
        return np.geomspace(0.1, 10, self.size)

    def configuration(self) -> dict[str, Any]:
        """Everything that the data depend on, but for the code."""
        kept = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }
        return {"protocol": "penalised phase diagram, 1", **kept}


PLANS = {
    "paper": Plan(size=16, restarts=8, steps=600),
    "quick": Plan(
        size=5, restarts=8, steps=400, levels=(0.2, 0.5),
        densities_of_table=(0.02, 0.4), dense=(0.45, 0.65), line=3, points=3,
    ),
}  # fmt: skip
