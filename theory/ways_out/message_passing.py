r"""The best decoder of a random W, and the best fast one: state evolution.

For W with independent Gaussian entries of variance 1/m, n and m large, δ = m/n fixed, each feature
is as if seen through noise τ with τ² = σ² + E/δ, where E is the mean squared error of a feature:

$$ δ (τ² − σ²) = mmse(τ). $$

Approximate message passing descends to the largest root; the best decoder of all has the root
where Φ(τ) = I(τ) + (δ/2)(ln τ² + σ²/τ²) is least [D40].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from ground.checks import FloatArray, as_number
from theory.data_law import feature_variance
from theory.ways_out.sparse_channel import (
    LEAST,
    as_channel_density,
    moments_of_channel,
)

__all__ = ["StateEvolution", "message_passing_threshold", "state_evolution"]

_GRID = 120


@dataclass(frozen=True)
class StateEvolution:
    """Errors of decoders of a random W, per feature, in the limit of many features [D40].

    Attributes
    ----------
    density, dimensions_per_feature, noise : float
        p, δ = m/n and σ.
    best_error : float
        Mean squared error of the best decoder.
    fast_error : float
        That of approximate message passing, which no fast algorithm is known to beat.
    """

    density: float
    dimensions_per_feature: float
    noise: float
    best_error: float
    fast_error: float


def message_passing_threshold(density: float) -> float:
    r"""Dimensions per feature from which message passing recovers everything [D40].

    .. math:: \delta(p) = \sup_{\tau > 0} mmse(\tau)/\tau^2

    No noise, random W, many features.  The supremum is above p, its value as τ → 0, unless p = 1:
    between the two the best decoder recovers everything and no fast one is known to.

    Parameters
    ----------
    density : float
        p in [1e-6, 1].

    Returns
    -------
    float
        δ in [p, 1].

    Raises
    ------
    ValueError
        A density outside [1e-6, 1].

    Examples
    --------
    >>> round(message_passing_threshold(0.1), 4)
    0.1877
    >>> message_passing_threshold(1.0)
    1.0

    References
    ----------
    theory/derivations/D40_compressed_sensing.md
    """
    p = as_channel_density(density)

    def ratio(log_noise: float) -> float:
        tau = np.exp(log_noise)
        return float(moments_of_channel(p, np.array([tau]))[0][0]) / tau**2

    logs = np.log(np.geomspace(1e-3, 2.0, 60))
    values = [ratio(at) for at in logs]
    top = int(np.argmax(values))
    if top == 0:
        return p  # it falls from its limit at τ = 0
    ends = logs[top - 1], logs[min(top + 1, len(logs) - 1)]
    found = minimize_scalar(
        lambda at: -ratio(at), bounds=ends, method="bounded", options={"xatol": 1e-7}
    )
    return max(p, values[top], -float(found.fun))


def state_evolution(
    density: float, dimensions_per_feature: float, *, noise: float = 0.0
) -> StateEvolution:
    r"""Errors of the best and of the best known fast decoder of a random W [D40].

    .. math:: \delta(\tau^2 - \sigma^2) = mmse(\tau), \qquad E = mmse(\tau)

    Parameters
    ----------
    density : float
        p in [1e-6, 1].
    dimensions_per_feature : float
        δ = m/n in [1e-6, 10].
    noise : float
        Standard deviation σ of the noise on each hidden dimension, columns of W of length 1; 0 or
        in [1e-6, 1e3].

    Returns
    -------
    StateEvolution
        A prediction for W with independent Gaussian entries, no bound for other W.

    Raises
    ------
    ValueError
        Density, dimensions or noise out of range.

    Examples
    --------
    Half as many dimensions as features, every tenth active: all is recovered.  Dense features are
    decoded little better than by a linear decoder, which leaves half their variance:

    >>> state_evolution(0.1, 0.5).fast_error
    0.0
    >>> round(12 * state_evolution(1.0, 0.5).best_error, 4)
    0.4737

    References
    ----------
    theory/derivations/D40_compressed_sensing.md
    """
    p = as_channel_density(density)
    delta = as_number(
        "dimensions_per_feature",
        dimensions_per_feature,
        "one number m/n in [1e-6, 10]",
        lambda value: 1e-6 <= value <= 10,
    )
    sigma = as_number("noise", noise, "0 or in [1e-6, 1e3]", lambda s: s == 0 or LEAST <= s <= 1e3)
    roots = _fixed_points(p, delta, sigma)
    if not len(roots):
        return StateEvolution(p, delta, sigma, 0.0, 0.0)
    errors, nats = moments_of_channel(p, roots)
    if sigma == 0 and delta > p:
        best = 0.0  # Φ falls without bound as τ → 0
    else:
        potential = nats + delta / 2 * (2 * np.log(roots) + (sigma / roots) ** 2)
        best = float(errors[np.argmin(potential)])
    return StateEvolution(p, delta, sigma, best, float(errors[-1]))


def _fixed_points(p: float, delta: float, sigma: float) -> FloatArray:
    """Noises at which state evolution rests, rising."""

    def excess(log_noise: float) -> float:
        tau = float(np.exp(log_noise))
        error = float(moments_of_channel(p, np.array([tau]))[0][0])
        return (error / delta + sigma**2) / tau**2 - 1

    # The error is at most the variance, so that no root lies above the last noise.
    top = np.sqrt(sigma**2 + feature_variance(p) / delta) * (1 + 1e-9)
    low = sigma * (1 - 1e-9) if sigma else 10 * LEAST
    logs = np.log(np.geomspace(low, top, _GRID))
    values = np.array([excess(at) for at in logs])
    crossings = np.flatnonzero(np.sign(values[:-1]) != np.sign(values[1:]))
    roots = [brentq(excess, logs[k], logs[k + 1], xtol=1e-13, rtol=1e-13) for k in crossings]
    return np.exp(np.array(roots, dtype=float))
