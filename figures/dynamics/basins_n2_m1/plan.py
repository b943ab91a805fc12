"""Basins of (2, 1): which part of random starts ends where, by density, importance, scale and λ."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray


@dataclass(frozen=True)
class Plan:
    """Maps of two worlds, probabilities along density and along the penalty.

    Attributes
    ----------
    circles : int
        Radii of each map.
    densities : int
        Points of each line along density.
    strengths : tuple of float
        Penalties λ, from 0 on.
    flows, runs : int
        Random starts at each dot, followed by the flow and by training.
    every : int
        Dots at each so manieth density.
    tolerance : float
        Of a probability.
    maps : tuple of (float, float)
        Density and importance of feature 2.
    importances, scales : tuple of float
        Of the lines along density.
    penalised : tuple of (float, float, float)
        Density, importance and scale of the lines along λ.
    rate, batch, lifetimes : float, int, float
        Of training: its time is so many times that in which the weaker feature is learnt.
    """

    circles: int
    densities: int
    strengths: tuple[float, ...]
    flows: int
    runs: int
    every: int
    tolerance: float
    lifetimes: float
    maps: tuple[tuple[float, float], ...] = ((0.3, 0.2), (0.3, 0.5))
    reach: float = 1.6
    importances: tuple[float, ...] = (0.2, 0.5)
    scales: tuple[float, ...] = (0.1, 1.0)
    lowest: float = 0.08
    highest: float = 0.7
    penalised: tuple[tuple[float, float, float], ...] = ((0.3, 0.5, 1.0), (0.6, 0.8, 1.0))
    rate: float = 0.2
    batch: int = 256
    seed: int = 2209

    @property
    def density(self) -> FloatArray:
        """Densities of the lines."""
        return np.geomspace(self.lowest, self.highest, self.densities)

    @property
    def dotted(self) -> FloatArray:
        """Densities at which starts are followed, too."""
        return self.density[1 :: self.every]

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


STRENGTHS = (0.0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03)
PLANS = {
    "paper": Plan(
        circles=24, densities=9, strengths=STRENGTHS, flows=600, runs=300, every=3, tolerance=1e-2,
        lifetimes=12.0,
    ),
    "quick": Plan(
        circles=2, densities=2, strengths=(0.01, 0.02), flows=20, runs=20, every=2,
        tolerance=7e-2, lifetimes=2.0, scales=(1.0,), penalised=((0.6, 0.8, 1.0),), lowest=0.2,
        highest=0.5,
    ),
}  # fmt: skip
