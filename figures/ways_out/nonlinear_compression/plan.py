"""Two scalars in one number: levels, widths of ramps, noise, densities, and nets that learn it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray


@dataclass(frozen=True)
class Plan:
    """What is computed, sampled and trained.

    Attributes
    ----------
    levels : int
        From 1 to so many.
    widths, noises : tuple of float
        ε of the ramps, and σ of the noise on t.
    samples : int
        Of each code.
    codes : tuple of int
        Levels that are compared over density.
    points : int
        Densities, from 1 to `least`.
    neurons : tuple of int
        Of either hidden layer of the nets.
    instances, steps : int
        Of the nets.
    """

    levels: int
    samples: int
    points: int
    neurons: tuple[int, ...]
    instances: int
    steps: int
    widths: tuple[float, ...] = (0.0, 0.01, 0.03, 0.1)
    noises: tuple[float, ...] = (0.0, 0.003, 0.01, 0.03)
    codes: tuple[int, ...] = (2, 3, 5, 10)
    least: float = 0.01
    seed: int = 2041

    @property
    def densities(self) -> FloatArray:
        """p, falling from 1."""
        return np.geomspace(1, self.least, self.points)

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


PLANS = {
    "paper": Plan(10, 20_000, points=11, neurons=(4, 8, 16), instances=5, steps=1200),
    "quick": Plan(5, 4000, points=9, neurons=(5, 12), instances=3, steps=500),
}
