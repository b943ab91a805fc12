r"""The linear model x' = WᵀW x + b, in closed form: PCA weighted by importance.

Features are independent, so with c_i = I_i Var(x_i) the best model of m dimensions keeps the m
features of largest c_i, each by itself, and loses the sum of the other c_i.  Superposition is
never better, at any density.  Floats throughout: nothing here needs a sign to be decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray, as_density, as_importance, as_model, check_sizes
from theory.data_law import feature_variance


@dataclass(frozen=True, eq=False)
class LinearOptimum:
    """The best linear model [D08].

    Attributes
    ----------
    W : (m, n)
    b : (n,)
    loss : float
        W has one unit row for each feature kept; b_i is E[x_i] for those dropped, else zero.
    kept : tuple of int
        Features kept, 0-based, in the order of their weighted variance.
    unique : bool
        Whether WᵀW is the only optimum: the last kept weighs more than the first dropped.
    """

    W: FloatArray
    b: FloatArray
    loss: float
    kept: tuple[int, ...]
    unique: bool


def weighted_variance(density: Any, importance: Any, n_features: int) -> FloatArray:
    """Return c_i = I_i (p_i/3 − p_i²/4): what losing each feature costs, (..., n) [D08]."""
    variance = feature_variance(as_density(density, n_features))
    return np.asarray(as_importance(importance, n_features) * variance)


def linear_loss(W: Any, b: Any = None, *, density: Any, importance: Any = None) -> FloatArray:
    r"""Expected loss of the linear model at any W and b [D08].

    .. math:: L = \sum_{ij} I_i \sigma_j^2 (\delta_{ij} - G_{ij})^2
       + \sum_i I_i \big( \mu_i - (G\mu)_i - b_i \big)^2, \qquad G = W^T W

    Parameters
    ----------
    W : array_like (..., m, n)
    b : array_like (..., n), optional
        None means zero; `theory.loss.linear.best_linear_bias` makes the second sum vanish.
    density : array_like, () or (..., n)
    importance : array_like, () or (..., n), optional

    Returns
    -------
    ndarray (...)

    Raises
    ------
    ValueError
        Shapes that do not fit, numbers that are not finite, a density outside [0, 1], a negative
        importance, or squared errors that overflow.

    Examples
    --------
    >>> float(linear_loss([[1.0, 0.0]], [0.0, 0.5], density=1.0).round(12))
    0.083333333333

    References
    ----------
    theory/derivations/D08_linear_model.md
    """
    weights, biases = as_model(W, b)
    n = weights.shape[-1]
    densities, I = as_density(density, n), as_importance(importance, n)
    residual = np.eye(n) - np.swapaxes(weights, -1, -2) @ weights
    spread = np.einsum("...i,...ij,...j->...", I, residual**2, feature_variance(densities))
    offset = np.einsum("...ij,...j->...i", residual, densities / 2) - biases
    loss = np.asarray(spread + np.sum(I * offset**2, axis=-1))
    if not np.isfinite(loss).all():
        raise ValueError("W, b and importance must leave squared errors finite")
    return loss


def best_linear_bias(W: Any, *, density: Any) -> FloatArray:
    """Return b = (1 − WᵀW) E[x], the best bias for any W, (..., n) [D08]."""
    weights, _ = as_model(W)
    mean = as_density(density, weights.shape[-1]) / 2
    through = np.einsum("...mi,...mj,...j->...i", weights, weights, mean)
    return np.asarray(mean - through)


def linear_optimum(
    n_features: int, n_hidden: int, *, density: Any, importance: Any = None
) -> LinearOptimum:
    r"""Best linear model of n features in m dimensions [D08].

    .. math:: \min_{W, b} L = \sum_{i > m} c_{(i)}, \qquad c_i = I_i (p_i/3 - p_i^2/4)

    Parameters
    ----------
    n_features, n_hidden : int
        n ≥ m ≥ 1.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional

    Returns
    -------
    LinearOptimum
        Of equal features the first are kept; any rotation among features that are equal in
        importance and density is then as good, superposition included, and `unique` is false.

    Raises
    ------
    ValueError
        Sizes, densities or importances out of range.

    Examples
    --------
    >>> linear_optimum(3, 1, density=0.5, importance=[1, 3, 2]).kept
    (1,)

    References
    ----------
    theory/derivations/D08_linear_model.md
    """
    n, m = check_sizes(n_features, n_hidden)
    weights = weighted_variance(density, importance, n)
    if weights.ndim != 1:
        raise ValueError(f"density and importance must be one number or {n}, got more axes")
    order = np.argsort(-weights, kind="stable")
    kept = order[:m]
    W = np.zeros((m, n))
    W[np.arange(m), kept] = 1.0
    b = as_density(density, n) / 2
    b[kept] = 0.0
    return LinearOptimum(
        W=W,
        b=b,
        loss=float(weights[order[m:]].sum()),
        kept=tuple(int(i) for i in kept),
        unique=bool(m == n or weights[order[m - 1]] > weights[order[m]]),
    )
