"""How the linear model learns: one logistic curve a feature, in closed form.

From aligned weights gradient flow keeps features apart, and each squared norm obeys a logistic
equation of its own, at a rate of eight times the feature's weighted variance.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, as_floats, as_number
from theory.loss.linear import weighted_variance


def learning_curve(
    times: Any, initial: Any, *, density: Any, importance: Any = None, rate: float = 1.0
) -> FloatArray:
    r"""Squared norms s_i(τ) of features under gradient flow of the linear model [D08].

    .. math:: s_i(\tau) = \frac{1}{1 + (1/s_i(0) - 1)\, e^{-8 \eta c_i \tau}}

    for Ẇ = −η ∂L/∂W with the bias at its best value, from aligned weights: rows of W each
    along one feature, up to a rotation of the hidden space.  Features without a row have s = 0.

    Parameters
    ----------
    times : array_like (T,)
        Time τ ≥ 0; for gradient descent of step size η, τ is the number of steps.
    initial : array_like (n,)
        s_i(0) = ‖W_i‖² ≥ 0.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional
    rate : float
        Step size η > 0.

    Returns
    -------
    ndarray (T, n)

    Raises
    ------
    ValueError
        Times or squared norms that are negative or not finite, a rate that is not positive,
        densities or importances that do not fit.

    Examples
    --------
    >>> learning_curve([0.0, 1e6], [0.25], density=1.0).round(6).tolist()
    [[0.25], [1.0]]

    References
    ----------
    A. Saxe, J. McClelland, S. Ganguli (2014), arXiv 1312.6120;
    theory/derivations/D08_linear_model.md
    """
    rate = as_number("rate", rate, "positive", lambda v: 0 < v < 1e100)
    start, time = as_floats("initial", initial), as_floats("times", times)
    if start.ndim != 1 or not np.all(np.isfinite(start) & (start >= 0)):
        raise ValueError(f"initial must be one squared norm a feature, ≥ 0, got {initial!r}")
    if time.ndim != 1 or not np.all(time >= 0):
        raise ValueError(f"times must be a list of times ≥ 0, got {times!r}")
    speed = 8 * rate * weighted_variance(density, importance, len(start))
    decay = np.exp(-speed * time[:, None])
    # s0 / (s0 + (1 − s0) e^(−…)): the same logistic, but finite at s0 = 0, where e may reach 0.
    denominator = start + (1 - start) * decay
    grown = np.divide(start, denominator, out=np.zeros_like(denominator), where=start > 0)
    return np.asarray(grown)


def learning_loss(norms: Any, *, density: Any, importance: Any = None) -> FloatArray:
    """Return Σ c_i (1 − s_i)², the loss along a learning curve, (T, n) → (T,) [D08]."""
    squared = as_floats("norms", norms)
    weights = weighted_variance(density, importance, squared.shape[-1])
    return np.asarray(np.sum(weights * (1 - squared) ** 2, axis=-1))
