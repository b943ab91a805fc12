"""A figure of the basic results, planned: features of falling importance at several densities."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray
from numeric.features.independent import IndependentFeatures

__all__ = ["BasicSetup"]


@dataclass(frozen=True)
class BasicSetup:
    """n features of importance base^i, trained at several densities, several times each.

    Attributes
    ----------
    n_features, n_hidden : int
    base : float
    densities : tuple of float
        Of the ReLU-output model, falling.
    restarts, steps : int
        Of each density; plain Adam, `learning_rate` falling to 0 along half a cosine.
    linear_densities : tuple of float
        Of the linear model, falling; its runs and steps have their own numbers.
    samples : int
        Held-out samples that the restarts of one density are compared on, the same for all.
    """

    n_features: int
    n_hidden: int
    base: float
    densities: tuple[float, ...]
    restarts: int
    steps: int
    linear_densities: tuple[float, ...] = ()
    linear_restarts: int = 2
    linear_steps: int = 8000
    learning_rate: float = 0.01
    samples: int = 65_536
    seed: int = 2022

    @property
    def importance(self) -> FloatArray:
        """base^i, i = 0 … n−1."""
        return np.asarray(self.base ** np.arange(self.n_features))

    def features(self, densities: tuple[float, ...], restarts: int = 1) -> IndependentFeatures:
        """One world for each density and restart."""
        p = np.repeat(densities, restarts)[:, None] * np.ones(self.n_features)
        return IndependentFeatures(p, np.broadcast_to(self.importance, p.shape))

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return {"protocol": "basic results, 1", **asdict(self)}
