"""Laws of the data in which sets of features exclude each other or come together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from ground.checks import as_density, as_floats, as_importance, check_positive_int
from numeric.features.law import Features, aligned, check_count, with_diagonal
from numeric.namespaces import like

__all__ = ["AnticorrelatedSets", "CorrelatedSets"]


@dataclass(frozen=True, eq=False)
class CorrelatedSets(Features):
    """Sets of features that are active together: one gate a set, independent values.

    Parameters
    ----------
    sizes : sequence of int
        Number of features of each set, in order.
    density : float or array_like (..., n_sets) or (..., n_features)
        Probability that a set is active; per feature, it must be equal within a set.
    importance : array_like (..., n_features), optional
        Weights of the squared errors, finite and ≥ 0; ones by default.
    low, high : float
        Ends of the uniform law of an active feature; equal for values that are all the same.

    Examples
    --------
    >>> CorrelatedSets((2, 1), 0.5).co_activity()
    array([[0.5 , 0.5 , 0.25],
           [0.5 , 0.5 , 0.25],
           [0.25, 0.25, 0.5 ]])
    """

    sizes: Any
    density: Any
    importance: Any = None
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        _check_sets(self)
        first = np.cumsum((0, *self.sizes[:-1]))
        if not np.array_equal(self.density, self.density[..., first][..., _set_of(self.sizes)]):
            raise ValueError(
                f"density must be the same for all features of a correlated set (sizes "
                f"{self.sizes}), got {self.density.tolist()}"
            )

    @property
    def n_uniforms(self) -> int:
        """One gate a set, and one value a feature."""
        return len(self.sizes) + self.n_features

    def from_uniform(self, uniform: Any) -> Any:
        """The first uniforms are the gates of the sets, the others the places of the values."""
        xp = array_namespace(uniform)
        n_sets = len(self.sizes)
        members = xp.asarray(_set_of(self.sizes), device=device_of(uniform))
        gate = xp.take(uniform[..., :n_sets], members, axis=-1)
        values = self._value(uniform[..., n_sets:])
        density = like(self.density, uniform)[..., None, :]
        return xp.where(gate < density, values, xp.zeros_like(values))

    def co_activity(self) -> np.ndarray:
        """p within a set, p_i p_j across sets."""
        member = _set_of(self.sizes)
        matrix = self.density[..., :, None] * self.density[..., None, :]
        return np.where(member[:, None] == member, self.density[..., :, None], matrix)


@dataclass(frozen=True, eq=False)
class AnticorrelatedSets(Features):
    """Sets of features of which at most one is active, each with its exact density.

    Parameters
    ----------
    sizes : sequence of int
        Number of features of each set, in order.
    density : float or array_like (..., n_sets) or (..., n_features)
        Probability that a feature is active; within a set the densities add up to at most 1.
    importance : array_like (..., n_features), optional
        Weights of the squared errors, finite and ≥ 0; ones by default.
    low, high : float
        Ends of the uniform law of an active feature; equal for values that are all the same.

    Examples
    --------
    >>> AnticorrelatedSets((2, 1), 0.5).co_activity()
    array([[0.5 , 0.  , 0.25],
           [0.  , 0.5 , 0.25],
           [0.25, 0.25, 0.5 ]])
    """

    sizes: Any
    density: Any
    importance: Any = None
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        _check_sets(self)
        total = self._upper()[..., np.cumsum(self.sizes) - 1]
        # A set may fill its circle exactly; sums such as 3 · (1/3) may round above 1.
        if np.any(total > 1 + 1e-12):
            raise ValueError(
                "density of an anticorrelated set: set size × density must be ≤ 1, got a set with "
                f"a total of {float(total.max()):.6g} (sizes {self.sizes})"
            )

    @property
    def n_uniforms(self) -> int:
        """One a set: it says which feature is active, and its value."""
        return len(self.sizes)

    def _upper(self) -> np.ndarray:
        """Upper ends of the features' intervals on [0, 1], cumulative within each set."""
        parts = np.split(self.density, np.cumsum(self.sizes)[:-1], axis=-1)
        return np.concatenate([np.cumsum(part, axis=-1) for part in parts], axis=-1)

    def from_uniform(self, uniform: Any) -> Any:
        """A set's uniform falls into the interval of one feature, of length p_i, or of none."""
        xp = array_namespace(uniform)
        members = xp.asarray(_set_of(self.sizes), device=device_of(uniform))
        place = xp.take(uniform, members, axis=-1)
        # The lower end is the neighbour's upper end, not upper - p: rounding must leave no overlap.
        ends = self._upper()
        starts = np.concatenate([np.zeros_like(ends[..., :1]), ends[..., :-1]], axis=-1)
        starts[..., np.cumsum((0, *self.sizes[:-1]))] = 0.0
        lower, upper = (like(end, uniform)[..., None, :] for end in (starts, ends))
        active = (place >= lower) & (place < upper)
        length = xp.where(upper > lower, upper - lower, xp.ones_like(upper))
        values = self._value((place - lower) / length)
        return xp.where(active, values, xp.zeros_like(values))

    def co_activity(self) -> np.ndarray:
        """0 within a set, p_i p_j across sets, p_i on the diagonal."""
        member = _set_of(self.sizes)
        matrix = self.density[..., :, None] * self.density[..., None, :]
        matrix = np.where(member[:, None] == member, 0.0, matrix)
        return with_diagonal(matrix, self.density)


def _check_sets(law: CorrelatedSets | AnticorrelatedSets) -> None:
    """Checked sizes, density by feature and importance of a law of sets."""
    several = np.iterable(law.sizes) and not isinstance(law.sizes, str | bytes)
    given = law.sizes if several else (law.sizes,)
    sizes = tuple(check_positive_int("sizes", size) for size in given)
    if not sizes:
        raise ValueError(f"sizes must be a list with one size a set, got {law.sizes!r}")
    n = check_count("sizes", sum(sizes))
    density = as_floats("density", law.density)
    if density.ndim and density.shape[-1] == len(sizes):
        density = density[..., _set_of(sizes)]
    density, importance = aligned(as_density(density, n), as_importance(law.importance, n))
    law._set(
        sizes=sizes,
        density=density,
        importance=importance,
        n_features=n,
    )
    law._check_range()


def _set_of(sizes: tuple[int, ...]) -> np.ndarray:
    """Index of the set that each feature belongs to."""
    return np.repeat(np.arange(len(sizes)), sizes)
