"""Laws read off data: activations that were recorded, and densities that fall by a power."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from ground.checks import as_at_least_zero, as_floats, as_importance, as_number
from numeric.features.law import Features, check_count
from numeric.namespaces import like

__all__ = ["GivenActivations", "zipf_densities"]


@dataclass(frozen=True, eq=False)
class GivenActivations(Features):
    """Rows of a given array, each equally likely, drawn with replacement.

    So an autoencoder trains on the activations h of another model.

    .. math:: P(x = h_r) = 1/R

    Parameters
    ----------
    activations : array_like (rows, n_features)
        h; finite. The compiled kernels read it in single precision.
    importance : array_like (..., n_features), optional
        Weights of the squared errors; leading axes are instances, which share the rows.

    Raises
    ------
    ValueError
        Not a matrix of finite numbers with at least one row and one column.

    Examples
    --------
    >>> GivenActivations([[0.0, 1.0], [2.0, 3.0]]).mean()
    array([1., 2.])
    """

    activations: Any
    importance: Any = None
    n_features: int = field(init=False)
    density: Any = field(init=False)
    low: float = field(init=False)
    high: float = field(init=False)

    def __post_init__(self) -> None:
        h = as_floats("activations", self.activations)
        if h.ndim != 2 or not h.size or not np.all(np.isfinite(h)):
            raise ValueError(
                f"activations must be finite, of shape (rows, n_features), got shape {h.shape}"
                f"{' with NaN or infinity in it' if h.ndim == 2 and h.size else ''}"
            )
        importance = as_importance(self.importance, h.shape[1])
        self._set(
            activations=h,
            importance=importance,
            n_features=h.shape[1],
            density=np.broadcast_to(np.mean(h != 0, axis=0), importance.shape),
            low=float(h.min()),
            high=float(h.max()),
        )

    @property
    def n_uniforms(self) -> int:
        """One: ⌊rows·u⌋ is the row."""
        return 1

    def from_uniform(self, uniform: Any) -> Any:
        """Row ⌊R u⌋."""
        xp = array_namespace(uniform)
        rows = len(self.activations)
        place = xp.astype(xp.floor(uniform[..., 0] * rows), xp.int64)
        place = xp.where(place < rows, place, xp.full_like(place, rows - 1))  # R·u may round to R
        flat = xp.reshape(xp.asarray(place, device=device_of(uniform)), (-1,))
        drawn = xp.take(like(self.activations, uniform), flat, axis=0)
        return xp.reshape(drawn, (*place.shape, self.n_features))

    def co_activity(self) -> np.ndarray:
        """The fraction of rows in which both entries differ from 0."""
        active = (self.activations != 0).astype(np.float64)
        return self._for_all(active.T @ active / len(active))

    def mean(self) -> np.ndarray:
        """E[x_i], the mean of a column, (..., n)."""
        return np.broadcast_to(self.activations.mean(axis=0), self.density.shape).copy()

    def second_moment(self) -> np.ndarray:
        """E[x_i²], the mean square of a column, (..., n)."""
        return np.diagonal(self.second_moments(), axis1=-2, axis2=-1).copy()

    def second_moments(self) -> np.ndarray:
        """E[x_i x_j] = hᵀh / R, (..., n, n)."""
        return self._for_all(self.activations.T @ self.activations / len(self.activations))

    def instance(self, index: int | np.ndarray) -> GivenActivations:
        """The law of one instance, or of several side by side, by index in the flattened axes."""
        importance = self.importance.reshape(-1, self.n_features)[index]
        return GivenActivations(self.activations, importance)

    def configuration(self) -> dict[str, Any]:
        """What tells the law apart: a digest stands for the rows, which may be millions."""
        return {
            "law": type(self).__name__,
            "rows": len(self.activations),
            "n_features": self.n_features,
            "digest": hashlib.sha256(np.ascontiguousarray(self.activations).tobytes()).hexdigest(),
            "importance": self.importance.tolist(),
        }

    def _for_all(self, matrix: np.ndarray) -> np.ndarray:
        """The same matrix for every instance."""
        return np.broadcast_to(matrix, (*self.instances, *matrix.shape)).copy()


def zipf_densities(
    n_features: int,
    exponent: float,
    *,
    mean: float | None = None,
    maximum: float | None = None,
) -> np.ndarray:
    r"""Densities that fall by a power of the rank, as the frequencies of words do.

    .. math:: p_i = c \, i^{-\alpha}, \quad i = 1 \dots n

    Parameters
    ----------
    n_features : int
    exponent : float
        α, finite and ≥ 0; 0 makes all equal.
    mean, maximum : float, optional
        One of the two sets c: the mean of the densities, or the greatest, p_1. In (0, 1].

    Returns
    -------
    ndarray (n_features,)

    Raises
    ------
    ValueError
        Neither or both of mean and maximum; a mean so great that p_1 would exceed 1.

    Examples
    --------
    >>> zipf_densities(4, 1.0, maximum=0.6)
    array([0.6 , 0.3 , 0.2 , 0.15])
    """
    n = check_count("n_features", n_features)
    exponent = as_at_least_zero("exponent", exponent)
    if (mean is None) == (maximum is None):
        raise ValueError(f"give one of mean and maximum, got mean={mean!r}, maximum={maximum!r}")
    shape = np.arange(1, n + 1, dtype=np.float64) ** -exponent
    name, given = ("mean", mean) if maximum is None else ("maximum", maximum)
    value = as_number(name, given, "a number in (0, 1]", lambda number: 0 < number <= 1)
    p = shape * (value / (1.0 if maximum is not None else shape.mean()))
    if p[0] > 1 + 1e-12:
        raise ValueError(
            f"mean must be at most {shape.mean():.6g} for exponent {exponent:g} and "
            f"n_features = {n}, or the first density exceeds 1, got {mean!r}"
        )
    return np.asarray(np.minimum(p, 1.0))
