"""What is known of one block: a symmetric one with one scale and bias, or one of any shape [D14].

The searches that find them are in :mod:`theory.geometry.packing` and
:mod:`theory.geometry.free_blocks`; those that were found once and shipped are read by
:mod:`theory.geometry.library`, which needs no search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray
from theory.data_law import feature_variance

__all__ = ["Block", "FreeBlock"]


@dataclass(frozen=True)
class Block:
    """The best member of a family of arrangements at one density [D14].

    Attributes
    ----------
    name : str
    dimension, n_features : int
    density : float
    loss : float
        Of one feature.
    scale, bias : float
        c = ‖W_i‖² and b_i.
    shape : float or None
        The family's free shape.
    dimensionality : float
        D_i.
    """

    name: str
    dimension: int
    n_features: int
    density: float
    loss: float
    scale: float
    bias: float
    shape: float | None
    dimensionality: float

    @property
    def benefit(self) -> float:
        """Loss saved per hidden dimension, against ignoring all features of the block."""
        saved = feature_variance(self.density) - self.loss
        return float(self.n_features * saved / self.dimension)


@dataclass(frozen=True, eq=False)
class FreeBlock:
    """The best block found of k features in d dimensions at one density [D14].

    Attributes
    ----------
    density : float
    loss : float
        Of all its features.
    W : (d, k)
    b : (k,)
        Features that a search left out are not among them.
    """

    density: float
    loss: float
    W: FloatArray
    b: FloatArray

    @property
    def dimension(self) -> int:
        """d."""
        return int(self.W.shape[0])

    @property
    def n_features(self) -> int:
        """k."""
        return int(self.W.shape[1])

    @property
    def benefit(self) -> float:
        """Loss saved per hidden dimension, against ignoring all features of the block."""
        saved = self.n_features * feature_variance(self.density) - self.loss
        return float(saved / self.dimension)

    @property
    def scale(self) -> float:
        """Mean of ‖W_i‖²."""
        return float((self.W**2).sum() / self.n_features)

    @property
    def dimensionality(self) -> FloatArray:
        """D_i of each feature, (k,)."""
        lengths = np.linalg.norm(self.W, axis=0)
        return np.asarray(lengths**2 / ((self.W.T @ (self.W / lengths)) ** 2).sum(axis=0))
