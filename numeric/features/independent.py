"""Laws of the data: which features are active together, and what they are worth when they are.

Each law maps independent uniforms to samples in one place (``from_uniform``), so that ordinary
random numbers and quasi-random points go through the same definition.  Leading axes of ``density``
and ``importance`` are instances: models that see different worlds, trained side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from ground.checks import as_density, as_floats, as_importance, check_positive_int
from numeric.features.law import Features, aligned, check_count, with_diagonal
from numeric.features.sets import AnticorrelatedSets, CorrelatedSets
from numeric.namespaces import like

__all__ = [
    "AnticorrelatedSets",
    "CorrelatedSets",
    "ExactlyKActive",
    "Features",
    "IndependentFeatures",
    "OneHot",
]


@dataclass(frozen=True, eq=False)
class IndependentFeatures(Features):
    """Every feature active by itself, with its own density.

    .. math:: P(x_i \\ne 0) = p_i, \\quad x_i \\mid x_i \\ne 0 \\sim U[\\text{low}, \\text{high}]

    Parameters
    ----------
    density : float or array_like (..., n_features)
        Probability p = 1 − S that a feature is active, in [0, 1].
    importance : array_like (..., n_features), optional
        Weights of the squared errors, finite and ≥ 0; ones by default.
    n_features : int, optional
        Needed only where neither density nor importance has a feature axis.
    low, high : float
        Ends of the uniform law of an active feature. Where they are equal, such as low=1, high=1,
        an active feature has this very value: binary features.

    Examples
    --------
    >>> IndependentFeatures(0.1, n_features=3).mean()
    array([0.05, 0.05, 0.05])
    >>> IndependentFeatures(0.1, n_features=3, low=1, high=1).mean()
    array([0.1, 0.1, 0.1])
    """

    density: Any
    importance: Any = None
    n_features: int = None  # type: ignore[assignment]
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        n = self.n_features
        if n is None:
            density = as_floats("density", self.density)
            weights = as_floats("importance", 1.0 if self.importance is None else self.importance)
            shapes = (density.shape, weights.shape)
            ends = {shape[-1] for shape in shapes if shape}
            if not ends:
                raise ValueError(
                    "n_features is needed where density is a number and importance has no feature "
                    "axis"
                )
            n = max(ends)
        check_count("n_features", n)
        density, importance = aligned(
            as_density(self.density, n), as_importance(self.importance, n)
        )
        self._set(density=density, importance=importance, n_features=int(n))
        self._check_range()

    def from_uniform(self, uniform: Any) -> Any:
        """Feature i is active where u < p_i; u / p_i is then its place in [low, high)."""
        # One uniform does for both: given u < p, u / p is uniform on [0, 1).
        xp = array_namespace(uniform)
        density = like(self.density, uniform)[..., None, :]
        active = uniform < density
        fraction = uniform / xp.where(density > 0, density, xp.ones_like(density))
        return xp.where(active, self._value(fraction), xp.zeros_like(uniform))

    def co_activity(self) -> np.ndarray:
        """p_i p_j off the diagonal, p_i on it."""
        matrix = self.density[..., :, None] * self.density[..., None, :]
        return with_diagonal(matrix, self.density)


@dataclass(frozen=True, eq=False)
class ExactlyKActive(Features):
    """Exactly ``n_active`` of the features are active, every choice equally likely.

    .. math:: p_i = k/n, \\quad P(i, j) = k (k-1) / (n (n-1))

    Parameters
    ----------
    n_features, n_active : int
        1 ≤ n_active ≤ n_features.
    importance : array_like (..., n_features), optional
        Weights of the squared errors, finite and ≥ 0; ones by default.
    low, high : float
        Ends of the uniform law of an active feature; equal for values that are all the same.

    Examples
    --------
    >>> ExactlyKActive(4, 2).density
    array([0.5, 0.5, 0.5, 0.5])
    """

    n_features: int
    n_active: int
    importance: Any = None
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        n = check_count("n_features", self.n_features)
        k = check_positive_int("n_active", self.n_active)
        if k > n:
            raise ValueError(f"n_active must be at most n_features = {n}, got {k}")
        importance = as_importance(self.importance, n)
        density = np.full_like(importance, k / n)
        self._set(n_features=n, n_active=k, importance=importance, density=density)
        self._check_range()

    @property
    def n_uniforms(self) -> int:
        """One rank a feature, and one value an active feature."""
        return self.n_features + self.n_active

    def from_uniform(self, uniform: Any) -> Any:
        """The features with the k smallest uniforms are active; their values come in rank order."""
        xp = array_namespace(uniform)
        n, k = self.n_features, self.n_active
        # argsort of argsort is the rank of each feature.
        order = xp.argsort(uniform[..., :n], axis=-1)
        rank = xp.argsort(order, axis=-1)
        place = xp.take_along_axis(uniform[..., n:], xp.where(rank < k, rank, 0 * rank), axis=-1)
        values = self._value(place)
        return xp.where(rank < k, values, xp.zeros_like(values))

    def co_activity(self) -> np.ndarray:
        """k(k−1) / (n(n−1)) off the diagonal, k/n on it."""
        n, k = self.n_features, self.n_active
        pair = k * (k - 1) / (n * (n - 1)) if n > 1 else 0.0
        return with_diagonal(np.full((*self.density.shape, n), pair), self.density)


@dataclass(frozen=True, eq=False)
class OneHot(ExactlyKActive):
    """Exactly one feature active: the law that independent features tend to as p → 0.

    Conditioned on a sample that is not zero: only non-zero samples cost anything beyond the bias.

    Parameters
    ----------
    n_features : int
    importance : array_like (..., n_features), optional
        Weights of the squared errors, finite and ≥ 0; ones by default.
    low, high : float
        Ends of the uniform law of an active feature; equal for values that are all the same.

    Examples
    --------
    >>> OneHot(4).density
    array([0.25, 0.25, 0.25, 0.25])
    """

    n_features: int
    n_active: int = field(init=False, default=1)
    importance: Any = None
    low: float = 0.0
    high: float = 1.0

    @property
    def n_uniforms(self) -> int:
        """One: n·u names the feature, its fraction is the value's place."""
        return 1

    def from_uniform(self, uniform: Any) -> Any:
        """Feature ⌊n u⌋ is active, at the fractional part of n u."""
        xp = array_namespace(uniform)
        place = uniform * self.n_features
        features = xp.arange(self.n_features, dtype=uniform.dtype, device=device_of(uniform))
        active = xp.floor(place) == features
        values = self._value(place - xp.floor(place))
        return xp.where(active, values, xp.zeros_like(values))
