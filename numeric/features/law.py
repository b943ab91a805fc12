"""The base of every law of the data: exact moments, samples, and its own description."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import numpy as np

from ground.checks import as_number, check_at_most, check_positive_int

__all__ = ["Features", "aligned", "check_count", "with_diagonal"]

MOST = 10**7  # features of a law


class Features:
    """What every law of the data offers: exact moments, samples, and its own description.

    An active feature is uniform on [low, high]; an inactive one is 0.  Laws differ only in which
    features are active together.  With low = high = 1 the values are binary: 1 or 0.

    Attributes
    ----------
    n_features : int
    density, importance : ndarray (..., n_features)
        P(feature active) and the weight of its error; leading axes are instances.
    low, high : float
        Ends of the uniform law of an active feature.
    n_uniforms : int
        Independent uniforms that one sample is made from.

    Examples
    --------
    A law of one's own says what it is and how a sample is made from uniforms:

    >>> class Uniform(Features):
    ...     n_features, low, high = 2, 0.0, 1.0
    ...     density = importance = np.ones(2)
    ...     def from_uniform(self, uniform):
    ...         return uniform
    >>> Uniform().sample(np.random.default_rng(0), 3).shape
    (3, 2)
    """

    n_features: int
    density: Any
    importance: Any
    low: float
    high: float

    @property
    def instances(self) -> tuple[int, ...]:
        """Shape of the leading axes: () for a single world."""
        return tuple(self.density.shape[:-1])

    @property
    def n_uniforms(self) -> int:
        """Independent uniforms that one sample is made from."""
        return self.n_features

    def from_uniform(self, uniform: Any) -> Any:
        """Map uniforms (..., batch, n_uniforms) on [0, 1) to samples (..., batch, n_features)."""
        raise self._missing("from_uniform(uniform)", "what a sample is made from")

    def co_activity(self) -> np.ndarray:
        """P(i and j both active), (..., n, n); its diagonal is the density."""
        raise self._missing("co_activity()", "P(i and j both active)")

    def _missing(self, method: str, what: str) -> NotImplementedError:
        return NotImplementedError(
            f"{type(self).__name__} is a law of the data without {method}, {what}: write it in the "
            "class, beside density, importance, n_features, low and high"
        )

    def sample(self, rng: np.random.Generator, batch: int) -> np.ndarray:
        """Draw ``batch`` samples of every instance: (..., batch, n_features), float64."""
        check_positive_int("batch", batch)
        return np.asarray(self.from_uniform(rng.random((*self.instances, batch, self.n_uniforms))))

    def mean(self) -> np.ndarray:
        """E[x_i] = p_i (low + high) / 2, (..., n)."""
        return self.density * (self.low + self.high) / 2

    def second_moment(self) -> np.ndarray:
        """E[x_i²] = p_i (low² + low·high + high²) / 3, (..., n)."""
        return self.density * (self.low**2 + self.low * self.high + self.high**2) / 3

    def second_moments(self) -> np.ndarray:
        """E[x_i x_j], (..., n, n): co-activity times the squared mean of an active value."""
        matrix = self.co_activity() * ((self.low + self.high) / 2) ** 2
        diagonal = np.arange(self.n_features)
        matrix[..., diagonal, diagonal] = self.second_moment()
        return matrix

    def instance(self, index: int | np.ndarray) -> Features:
        """The law of one instance, or of several side by side, by index in the flattened axes."""
        settings: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self) if f.init}  # type: ignore[arg-type]
        for name in ("density", "importance"):
            if name in settings:
                settings[name] = getattr(self, name).reshape(-1, self.n_features)[index]
        return type(self)(**settings)

    def configuration(self) -> dict[str, Any]:
        """Everything that defines the law, as a dictionary that JSON can hold."""
        settings = {"law": type(self).__name__}
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            settings[field.name] = np.asarray(value).tolist()
        return settings

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Features) and self.configuration() == other.configuration()

    def __hash__(self) -> int:
        return hash(json.dumps(self.configuration(), sort_keys=True))

    def _set(self, **values: Any) -> None:
        """Store checked values: the one place that writes to the frozen record."""
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                value = value.copy()
                value.flags.writeable = False
            object.__setattr__(self, name, value)

    def _check_range(self) -> None:
        low, high = (as_number(f, getattr(self, f), "a finite number") for f in ("low", "high"))
        if not low <= high:
            raise ValueError(f"low and high must be finite with low ≤ high, got {low} and {high}")
        if low == high == 0:
            raise ValueError("low and high must not both be 0: no feature would ever be active")
        self._set(low=low, high=high)

    def _value(self, fraction: Any) -> Any:
        """The value of an active feature, from its place in [0, 1)."""
        return self.low + (self.high - self.low) * fraction


def check_count(name: str, value: Any) -> int:
    """How many features, within what fits into memory."""
    return check_at_most(name, check_positive_int(name, value), MOST, "arrays of them must fit")


def aligned(density: np.ndarray, importance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Density and importance with the same leading axes."""
    try:
        shape = np.broadcast_shapes(density.shape, importance.shape)
    except ValueError:
        raise ValueError(
            f"importance {importance.shape} must fit density {density.shape}: same features, "
            "leading axes that broadcast"
        ) from None
    return np.broadcast_to(density, shape), np.broadcast_to(importance, shape)


def with_diagonal(matrix: np.ndarray, diagonal: np.ndarray) -> np.ndarray:
    """The matrix with its diagonal replaced."""
    index = np.arange(diagonal.shape[-1])
    matrix[..., index, index] = diagonal
    return matrix
