"""Decoders that know the dictionary, on models in each geometric phase."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from figures.ways_out.geometries import Geometry, optimal, random_directions
from ground.checks import FloatArray

DECODERS = ("toy", "nonnegative", "signed", "nonnegative matching", "matching")


@dataclass(frozen=True)
class Plan:
    """Models, densities, noise, and how much of each is decoded.

    Attributes
    ----------
    blocks : tuple of str
        Families of packing whose optima are decoded, at their best for each density.
    n_hidden : int
    n_free : int
        Features of the models of random directions and of the trained ones, each seed its own.
    least, most, count : float, float, int
        Of the densities.
    noise : tuple of float
        Deviations in each hidden coordinate over the mean length of W_i, rising from 0.
    seeds, samples : int
        Seeds, and samples of each at each density.
    signed_samples : int
        Of them, those decoded by the programme with codes of any sign, twice each.
    trained_density, steps : float, int
        Of training.
    within : float
        ε, to which a feature counts as decoded.
    seed : int
    """

    blocks: tuple[str, ...] = ("digon", "tetrahedron", "pentagon", "square antiprism")
    n_hidden: int = 6
    n_free: int = 15
    least: float = 0.01
    most: float = 0.5
    count: int = 7
    noise: tuple[float, ...] = (0.0, 0.01, 0.03)
    seeds: int = 5
    samples: int = 100
    signed_samples: int = 50
    trained_density: float = 0.1
    steps: int = 2000
    within: float = 0.1
    seed: int = 3900

    @property
    def densities(self) -> FloatArray:
        """p, rising."""
        return np.geomspace(self.least, self.most, self.count)

    @property
    def geometries(self) -> tuple[str, ...]:
        """Names of the models, in the order of the panels."""
        return (*self.blocks, "random", "trained")

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on."""
        return asdict(self)

    def block(self, name: str, density: float) -> Geometry:
        """A best known model."""
        return optimal(name, self.n_hidden, density=density)

    def directions(self, density: float, seed: int) -> Geometry:
        """Random directions of one seed, at the scale and bias for that density."""
        return random_directions(self.n_free, self.n_hidden, density=density, seed=self.seed + seed)


PLANS = {
    "paper": Plan(),
    "quick": Plan(
        blocks=("digon", "tetrahedron", "pentagon"), n_free=10, n_hidden=6, count=4, seeds=5,
        samples=30, signed_samples=20, noise=(0.0, 0.03), steps=300,
    ),
}  # fmt: skip
