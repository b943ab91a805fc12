r"""Features with a neuron each under an L1 penalty on h: arrays of what D34 says of one [D36].

At the best bias b = p (1 − w²)/2 a feature of importance I costs I v (1 − w²)² + λ p w/2, with
v = p/3 − p²/4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray
from theory.data_law import feature_variance
from theory.ways_out.l1_pair import lone_weight

__all__ = ["lone_feature", "lone_objective", "lone_scale", "lone_spinodal", "lone_threshold"]


def lone_threshold(density: Any, importance: Any = 1.0) -> FloatArray:
    r"""The λ at which features with a neuron each are better dropped [D36].

    $$ λ^* = \tfrac{2\sqrt 6}{27} (4 − 3p) I $$

    Parameters
    ----------
    density, importance : float or array, not checked

    Examples
    --------
    >>> round(float(lone_threshold(0.1)), 6)
    0.671342
    """
    price = np.asarray(density) / 2
    return np.asarray(4 / 3 * np.sqrt(2 / 3) * importance * feature_variance(density) / price)


def lone_spinodal(density: Any, importance: Any = 1.0) -> FloatArray:
    r"""The λ up to which they live on when λ rises, √2 λ*; there w² = 1/3 [D36].

    Examples
    --------
    >>> round(float(lone_spinodal(0.1) / lone_threshold(0.1)) ** 2, 12)
    2.0
    """
    return np.asarray(np.sqrt(2.0) * lone_threshold(density, importance))


def lone_scale(density: Any, importance: Any = 1.0, *, l1: Any) -> FloatArray:
    """The weight w > 0 at which each has its minimum, 0 where λ is past its spinodal [D36].

    Examples
    --------
    >>> lone_scale(0.1, l1=np.array([0.0, float(lone_threshold(0.1)), 1.0])).round(6).tolist()
    [1.0, 0.816497, 0.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # a feature of no importance has none
        return np.nan_to_num(lone_weight(density, l1, importance))


def lone_objective(
    w: Any, density: Any, importance: Any = 1.0, *, l1: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Loss, objective and best bias at a weight 0 ≤ w ≤ 1 [D36].

    Examples
    --------
    >>> [round(float(v), 12) for v in lone_objective(0.0, 1.0, l1=1.0)]
    [0.083333333333, 0.083333333333, 0.5]
    """
    left = 1 - np.asarray(w, dtype=float) ** 2
    loss = importance * feature_variance(density) * left**2
    size = density * np.asarray(w) / 2
    return np.asarray(loss), np.asarray(loss + l1 * size), np.asarray(density * left / 2)


def lone_feature(density: float, importance: float, l1: float) -> tuple[float, float]:
    """The best weight of one of them, 0 where it is better dropped, and its objective [D36].

    Examples
    --------
    >>> lone_feature(0.1, 1.0, 0.7)[0]
    0.0
    """
    w = float(lone_scale(density, importance, l1=l1))
    alive = float(lone_objective(w, density, importance, l1=l1)[1])
    dead = float(lone_objective(0.0, density, importance, l1=l1)[1])
    return (w, alive) if w > 0 and alive < dead else (0.0, dead)
