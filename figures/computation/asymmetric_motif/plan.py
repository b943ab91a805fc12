"""The motif: its loss along density by theory, and nets with half a feature too many, trained."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray


@dataclass(frozen=True)
class Size:
    """Nets of one size: features, neurons, runs at each density, steps of training."""

    n: int
    m: int
    runs: int
    steps: int

    @property
    def label(self) -> str:
        """Of its data."""
        return f"n{self.n}_m{self.m}"


@dataclass(frozen=True)
class Plan:
    """Densities of training, sizes of nets, and how finely theory is drawn.

    Attributes
    ----------
    densities : int
        Trained, from `highest` down to `lowest`.
    sizes : tuple of Size
        The first is that of the theory, three features and five neurons.
    points, steps : int
        Of the descents of the motif with all weights free.
    free : int
        Every so manieth density has such descents.
    draws : int
        Of random and shuffled nets, for each trained one.
    """

    densities: int
    sizes: tuple[Size, ...]
    points: int
    steps: int
    free: int
    draws: int
    lowest: float = 0.02
    highest: float = 0.35
    batch: int = 512
    rate: float = 0.01
    curve: int = 241
    seed: int = 2022

    @property
    def density(self) -> FloatArray:
        """Densities of training."""
        return np.geomspace(self.highest, self.lowest, self.densities)

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


PLANS = {
    "paper": Plan(
        densities=9, sizes=(Size(3, 5, 36, 11_000), Size(6, 11, 12, 8_000)), points=64,
        steps=150, free=2, draws=20,
    ),
    "quick": Plan(
        densities=3, sizes=(Size(3, 5, 24, 5_000), Size(6, 11, 4, 1_000)), points=16, steps=40,
        free=3, draws=3,
    ),
}  # fmt: skip
