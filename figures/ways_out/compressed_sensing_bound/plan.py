"""Models trained from dense to sparse, what a linear programme recovers from them, and bounds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray


@dataclass(frozen=True)
class Plan:
    """One size of model over density; supports grown; message passing; curves.

    Attributes
    ----------
    n_features, n_hidden : int
        Of the trained models.
    count : int
        Densities at which one is trained, from `most` to `fewest`.
    steps, held_out : int
    orders : int
        Random orders of its features in which each model's supports are grown.
    programme_features, programme_hidden : int
        Of the random directions and of the digons whose success is sampled.
    draws, each : int
        Random dictionaries, and orders of each.
    message_features, message_runs : int
        Of message passing, at the densities trained.
    names : tuple of str
        Families of packing that theory's mixtures are made of, beside large blocks.
    points : int
        Of each curve.
    pair_below : float
        Density below which the optimum of (2, 1), a digon, is drawn.
    floor_density, floor_error : float
        p of Shannon's floor, and a mean squared error that is small for it.
    seed : int
    """

    n_features: int
    n_hidden: int
    count: int
    steps: int
    held_out: int
    orders: int
    programme_features: int
    programme_hidden: int
    draws: int
    each: int
    message_features: int
    message_runs: int
    points: int
    most: float = 0.7
    fewest: float = 0.02
    least: float = 0.01
    names: tuple[str, ...] = ("point", "digon", "triangle", "tetrahedron", "pentagon")
    pair_below: float = 0.7
    floor_density: float = 0.1
    floor_error: float = 1e-4
    seed: int = 2040

    @property
    def densities(self) -> FloatArray:
        """p of the models, falling."""
        return np.geomspace(self.most, self.fewest, self.count)

    @property
    def curve(self) -> FloatArray:
        """Densities of the curves, falling from 1 to `least`."""
        return np.geomspace(1, self.least, self.points)

    @property
    def ratios(self) -> FloatArray:
        """Signal-to-noise ratios of Shannon's floor."""
        return np.geomspace(1.0, 1e12, 49)

    @property
    def digons(self) -> int:
        """As many dimensions as half the features of the sampled programmes."""
        return self.programme_features // 2

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


PLANS = {
    "paper": Plan(
        100, 10, count=9, steps=1500, held_out=32_768, orders=25,
        programme_features=60, programme_hidden=30, draws=60, each=2,
        message_features=2000, message_runs=4, points=41,
    ),
    "quick": Plan(
        40, 4, count=4, steps=400, held_out=8192, orders=7,
        programme_features=20, programme_hidden=10, draws=10, each=1,
        message_features=1000, message_runs=3, points=9,
        names=("point", "digon", "pentagon"),
    ),
}  # fmt: skip
