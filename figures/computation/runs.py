"""How nets that compute |x| are trained: sizes, densities and starts of what two figures share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray

__all__ = ["Runs", "Stage"]


@dataclass(frozen=True)
class Stage:
    """How one density is trained: batches grow as active features become rare."""

    density: float
    batch: int
    steps: int
    learning_rate: float


@dataclass(frozen=True)
class Runs:
    """Nets of one size, trained at each stage from each start by Adam, the rate by a cosine.

    Attributes
    ----------
    n_features, n_hidden : int
    falloff : float
        Importance of a feature over that of the one before.
    stages : tuple of Stage
        From dense to sparse.
    runs : int
        From each start.
    noise : float
        Deviation of the noise on the naive solution.
    response : float
        Of matched outputs: a lone feature's own output per unit, at the start.
    jolt : float
        Noise on a net before it goes on, annealed, at the next density.
    """

    n_features: int
    n_hidden: int
    falloff: float
    stages: tuple[Stage, ...]
    runs: int = 5
    noise: float = 0.03
    response: float = 0.3
    jolt: float = 0.01
    held_out: int = 32_768
    seed: int = 2022

    @property
    def importance(self) -> FloatArray:
        """I_i, the first 1."""
        return np.asarray(self.falloff ** np.arange(self.n_features))

    @property
    def densities(self) -> FloatArray:
        """p, falling."""
        return np.array([stage.density for stage in self.stages])
