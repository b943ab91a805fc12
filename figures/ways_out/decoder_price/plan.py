"""The price of a one-layer decoder: densities, sizes of noise, and what is trained."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray

SIZES = ((2, 1), (3, 2), (4, 3))  # n features in m = n − 1 dimensions


@dataclass(frozen=True)
class Plan:
    """Densities derived and trained.

    Attributes
    ----------
    count : int
        Densities from 1 to 0.01, evenly spread in ln p.
    noises : tuple of float
        σ on h, for two features and ‖W‖_F² = 2.
    noisy_count : int
        Densities of the curves with noise.
    every : int
        Models are trained at each so manieth density.
    runs, steps, batch : int
    wide : (int, int)
        A size beyond m = n − 1, for the bound of any linear encoder.
    wide_densities : tuple of float
    learning_rate : float
        Of Adam at the start; it falls to zero by a cosine.
    seed : int
    """

    count: int
    noises: tuple[float, ...]
    noisy_count: int
    every: int
    runs: int
    steps: int
    wide: tuple[int, int]
    wide_densities: tuple[float, ...]
    batch: int = 1024
    learning_rate: float = 1e-2
    seed: int = 38

    @property
    def densities(self) -> FloatArray:
        """p, falling."""
        return np.geomspace(1, 0.01, self.count)

    @property
    def noisy_densities(self) -> FloatArray:
        """p of the curves with noise, falling."""
        return np.geomspace(1, 0.01, self.noisy_count)

    @property
    def trained_densities(self) -> FloatArray:
        """p of the trained models, falling."""
        return self.densities[:: self.every]

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return {"theory": "price of a decoder", **asdict(self)}


PLANS = {
    "paper": Plan(
        count=25, noises=(0.05, 0.1, 0.2), noisy_count=25, every=3, runs=8, steps=2000,
        wide=(20, 5), wide_densities=(1.0, 0.3, 0.1, 0.03),
    ),
    "quick": Plan(
        count=4, noises=(0.2,), noisy_count=4, every=3, runs=3, steps=600,
        wide=(6, 2), wide_densities=(1.0, 0.3), batch=256,
    ),
}  # fmt: skip
