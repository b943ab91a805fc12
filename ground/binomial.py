"""Binomial probabilities without `scipy.stats`, which takes longer to import than steps run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincc, gammaln, xlog1py, xlogy

__all__ = ["at_most", "exactly", "more_than", "quantile"]


def at_most(k: Any, trials: Any, probability: Any) -> NDArray[np.float64]:
    """P(X ≤ k) of so many trials, entry by entry; k may lie outside 0…n.

    Examples
    --------
    >>> at_most([-1, 0, 1, 2, 5], 2, 0.5)
    array([0.  , 0.25, 0.75, 1.  , 1.  ])
    """
    k, n, p = _whole(k, trials, probability)
    inside = (k >= 0) & (k < n)
    value = betaincc(np.where(inside, k + 1, 1.0), np.where(inside, n - k, 1.0), p)
    return np.where(inside, value, np.where(k < 0, 0.0, 1.0))


def more_than(k: Any, trials: Any, probability: Any) -> NDArray[np.float64]:
    """P(X > k) of so many trials, entry by entry, without cancellation.

    Examples
    --------
    >>> more_than([-1, 0, 1, 2, 5], 2, 0.5)
    array([1.  , 0.75, 0.25, 0.  , 0.  ])
    """
    k, n, p = _whole(k, trials, probability)
    inside = (k >= 0) & (k < n)
    value = betainc(np.where(inside, k + 1, 1.0), np.where(inside, n - k, 1.0), p)
    return np.where(inside, value, np.where(k < 0, 1.0, 0.0))


def exactly(k: Any, trials: Any, probability: Any) -> NDArray[np.float64]:
    """P(X = k) of so many trials, entry by entry.

    Examples
    --------
    >>> exactly([0, 1, 2, 3], 2, 0.5).round(15)
    array([0.25, 0.5 , 0.25, 0.  ])
    """
    k, n, p = _whole(k, trials, probability)
    inside = (k >= 0) & (k <= n)
    k = np.where(inside, k, 0.0)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.where(inside, np.exp(ways + xlogy(k, p) + xlog1py(n - k, -p)), 0.0)


def quantile(level: float, trials: int, probability: float) -> int:
    """The least k with P(X ≤ k) ≥ level.

    Examples
    --------
    >>> quantile(0.5, 3, 0.5)
    1
    """
    return int(np.argmax(at_most(np.arange(trials + 1), trials, probability) >= level))


def _whole(k: Any, trials: Any, probability: Any) -> tuple[Any, Any, Any]:
    """All three as floats of one shape, k rounded down."""
    k, n, p = np.broadcast_arrays(k, trials, np.asarray(probability, dtype=float))
    return np.floor(k.astype(float)), n.astype(float), p
