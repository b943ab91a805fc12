"""How a figure of geometry is trained: the sizes, the law and the runs of its cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numeric.features.independent import (
    AnticorrelatedSets,
    CorrelatedSets,
    Features,
    IndependentFeatures,
)

__all__ = ["Runs"]

LAWS = {"correlated": CorrelatedSets, "anticorrelated": AnticorrelatedSets}


@dataclass(frozen=True)
class Runs:
    """How the cells of one figure are trained: several runs a cell, by Adam, rate by a cosine.

    Attributes
    ----------
    n_features, n_hidden : int
    runs : int
        Models trained in each cell, from different starts on different samples.
    steps : int
    learning_rate : float
        At the start; it falls to zero.  A hot start lets models leave poor packings.
    law : "independent", "correlated" or "anticorrelated"
    sizes : tuple of int
        Of the sets.
    batch, held_out : int
    seed : int
    """

    n_features: int
    n_hidden: int
    runs: int
    steps: int
    learning_rate: float = 1e-2
    law: str = "independent"
    sizes: tuple[int, ...] = ()
    batch: int = 1024
    held_out: int = 65_536
    seed: int = 2022

    def features(self, density: Any) -> Features:
        """The law of the data at one density, or at one for each feature."""
        if self.law == "independent":
            return IndependentFeatures(density, n_features=self.n_features)
        return LAWS[self.law](self.sizes, density)
