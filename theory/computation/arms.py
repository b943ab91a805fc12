r"""When the naive solution of |x| gives way: weak arms from a pair of neurons to one more feature.

The naive solution computes ⌊m/2⌋ features and answers the others by their mean.  A dropped feature
j can reach for the pair of a kept one, i, by small weights ±ε, so that the pair computes
|x_i + ε x_j| and output j reads a little of it.  To second order in ε the loss changes by

    Φ ε² = p ε² [I_i ((1−p)(1−t)³/3 + t²/4 + p/3) − I_j (1−p)² (1/3 − p/4)],

with −tε the bias of output i, which hides most of what x_j adds when x_i is silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from ground.checks import FloatArray, as_density, as_importance, as_number, check_positive_int
from theory.computation.absolute_value import naive_net

__all__ = ["ArmedNet", "arm_onset", "arm_threshold", "armed_net", "hiding_bias"]

LEAST = 5 / 16  # of the threshold, as p → 0
NAIVE_BEST_ABOVE = (3 - 5**0.5) / 2  # p where p = (1 − p)²


@dataclass(frozen=True, eq=False)
class ArmedNet:
    """The naive solution with a pair of arms [D33].

    Attributes
    ----------
    W1 : (m, n)
    W2 : (n, m)
    b : (n,)
    kept, dropped : int
        The feature that lends its pair, the one that weighs least of those kept, and the one that
        reaches for it, which weighs most of those dropped; 0-based.
    change : float
        Φ ε², the change of the loss to second order in the size of the arms.
    """

    W1: FloatArray
    W2: FloatArray
    b: FloatArray
    kept: int
    dropped: int
    change: float


def hiding_bias(density: Any) -> float | FloatArray:
    r"""How far the output that lends its neurons is pulled down, over the arm [D33].

    .. math:: t = \frac{4 q}{4 q + 1 + \sqrt{8 q + 1}}, \qquad q = 1 - p,

    the root in [0, 1/2] of 2q(1 − t)² = t: what is hidden of the arm against what is lost of x_i.

    Parameters
    ----------
    density : array_like, ()
        p in [0, 1].

    Returns
    -------
    float or ndarray

    Raises
    ------
    ValueError
        A density outside [0, 1].

    Examples
    --------
    >>> hiding_bias(0.0), hiding_bias(1.0)
    (0.5, 0.0)
    """
    q = 1 - as_density(density)
    t = 4 * q / (4 * q + 1 + np.sqrt(8 * q + 1))
    return float(t) if t.ndim == 0 else t


def arm_threshold(density: Any) -> float | FloatArray:
    r"""The ratio I_j/I_i above which arms lower the loss of the naive solution of |x| [D33].

    .. math:: F(p) = \frac{(1-p)(1-t)^3/3 + t^2/4 + p/3}{(1-p)^2 (1/3 - p/4)}

    It rises from 5/16 at p → 0 through 1 at p = 0.2225.

    Parameters
    ----------
    density : array_like, ()
        p in [0, 1).

    Returns
    -------
    float or ndarray

    Raises
    ------
    ValueError
        A density outside [0, 1), at which nothing is ever silent.

    Examples
    --------
    >>> arm_threshold(0.0)
    0.3125
    >>> round(arm_threshold(0.2225050), 6)
    1.0
    """
    p = as_density(density)
    if (p > 1 - 1e-9).any():
        raise ValueError(f"density must be in [0, 1): at 1 arms never pay, got {density!r}")
    F = _cost(p) / _benefit(p)
    return float(F) if F.ndim == 0 else F


def arm_onset(ratio: Any = 1.0) -> float:
    r"""The density below which a dropped feature's arms lower the naive solution's loss [D33].

    .. math:: F(p) = I_j / I_i

    Parameters
    ----------
    ratio : float
        I_j/I_i of the dropped feature and the one that lends its pair, above 0.

    Returns
    -------
    float
        In [0, 1); 0 where the ratio is at most 5/16, so that arms never do.

    Raises
    ------
    ValueError
        A ratio that is not above 0 and at most 1e12.

    Examples
    --------
    >>> round(arm_onset(), 6)
    0.222505
    >>> arm_onset(0.3)
    0.0
    """
    ratio = as_number("ratio", ratio, "in (0, 1e12]", lambda r: 0 < r <= 1e12)
    if ratio <= LEAST:
        return 0.0
    return float(
        brentq(lambda p: float(_cost(p) - ratio * _benefit(p)), 0.0, 1.0, xtol=1e-15, rtol=1e-14)
    )


def armed_net(
    n_features: int, n_hidden: int, *, density: Any, size: float, importance: Any = None
) -> ArmedNet:
    r"""The naive solution of |x| with arms of one size, and what they change to second order [D33].

    .. math:: y'_i = ReLU\big((1 + \tfrac32 t ε) |x_i + ε x_j| - t ε\big), \qquad
       y'_j = \tfrac p2 + (1 - p) ε \big(|x_i + ε x_j| - \tfrac p2\big)

    Parameters
    ----------
    n_features, n_hidden : int
        With 2 ≤ m < 2n, so that one feature is kept and one is dropped.
    density : float
        p, one for all features.
    size : float
        ε, in [0, 1).
    importance : array_like, () or (n,), optional

    Returns
    -------
    ArmedNet

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> armed_net(2, 2, density=0.1, size=0.01).W1
    array([[ 1.  ,  0.01],
           [-1.  , -0.01]])
    """
    n = check_positive_int("n_features", n_features)
    m = check_positive_int("n_hidden", n_hidden)
    if not 2 <= m < 2 * n:
        raise ValueError(f"n_hidden must be in 2…{2 * n - 1}, 2 n_features − 1, got {m}")
    p = as_number("density", density, "one number in [0, 1]", lambda x: 0 <= x <= 1)
    size = as_number("size", size, "in [0, 1)", lambda x: 0 <= x < 1)
    weights = np.broadcast_to(as_importance(importance, n), n)
    naive = naive_net(n, m - m % 2, density=p, importance=importance)
    kept = naive.kept[-1]
    dropped = int(max(set(range(n)) - set(naive.kept), key=lambda j: (weights[j], -j)))
    W1, W2, b = (np.zeros((m, n)), np.zeros((n, m)), naive.b.copy())
    W1[: len(naive.W1)], W2[:, : len(naive.W1)] = naive.W1, naive.W2
    rows = [2 * len(naive.kept) - 2, 2 * len(naive.kept) - 1]
    t = float(hiding_bias(p))
    W1[rows, dropped] = size, -size
    W2[kept, rows] = 1 + 1.5 * t * size
    W2[dropped, rows] = (1 - p) * size
    b[kept] = -t * size
    b[dropped] -= (1 - p) * size * p / 2
    change = p * size**2 * (weights[kept] * _cost(p) - weights[dropped] * _benefit(p))
    return ArmedNet(W1, W2, b, kept, dropped, float(change))


def _cost(p: Any) -> Any:
    """What output i loses, over I_i p ε²."""
    q = 1 - p
    t = 4 * q / (4 * q + 1 + np.sqrt(8 * q + 1))
    return q * (1 - t) ** 3 / 3 + t**2 / 4 + p / 3


def _benefit(p: Any) -> Any:
    """What output j gains, over I_j p ε²."""
    return (1 - p) ** 2 * (1 / 3 - p / 4)
