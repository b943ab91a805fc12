r"""A feature with a neuron to itself under an L1 penalty on h: closed form and thresholds [D36].

At the best bias the objective of feature i, alone on an axis with weight w, is

$$ I v (1 − w²)² + λ p w / 2,   v = p/3 − p²/4 $$

It has a minimum with w > 0 up to the spinodal, and that is the best up to the threshold.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, as_at_least_zero, as_density, as_floats
from theory.data_law import feature_variance

__all__ = ["lone_feature", "lone_objective", "lone_scale", "lone_spinodal", "lone_threshold"]

# In units of I v over the price p/2 of a unit of weight: where both minima tie, and the last w > 0.
TIE = 4 / 3 * np.sqrt(2 / 3)
LAST = 8 / np.sqrt(27)


def lone_threshold(density: Any, importance: Any = 1.0) -> FloatArray:
    r"""The λ at which a feature with a neuron to itself is better dropped [D36].

    $$ λ^* = \tfrac{2\sqrt 6}{27} (4 − 3p) I $$

    The change is of first order: w² jumps from 2/3 to 0, the feature's loss from I v/9 to I v.

    Parameters
    ----------
    density : array_like
        p in (0, 1].
    importance : array_like
        I ≥ 0.

    Returns
    -------
    array, of the two broadcast

    Raises
    ------
    ValueError
        Naming the argument and its value.

    Examples
    --------
    >>> round(float(lone_threshold(0.1)), 6)
    0.671342
    """
    p, strength = _checked(density, importance)
    return np.asarray(TIE * strength * feature_variance(p) / (p / 2))


def lone_spinodal(density: Any, importance: Any = 1.0) -> FloatArray:
    r"""The λ up to which a feature with a neuron to itself lives on when λ rises, √2 λ* [D36].

    There w² = 1/3. A feature that is dropped stays dropped at each λ > 0.

    Parameters
    ----------
    density, importance : array_like
        As in :func:`lone_threshold`.

    Returns
    -------
    array, of the two broadcast

    Examples
    --------
    >>> round(float(lone_spinodal(0.1) / lone_threshold(0.1)), 12) == round(2**0.5, 12)
    True
    """
    p, strength = _checked(density, importance)
    return np.asarray(LAST * strength * feature_variance(p) / (p / 2))


def lone_scale(density: Any, importance: Any = 1.0, *, l1: Any) -> FloatArray:
    r"""The weight w > 0 at which a feature with a neuron to itself has its minimum [D36].

    $$ w = \tfrac{2}{\sqrt 3} \cos\Big( \tfrac13 \arccos\big(−λ/λ_s\big) \Big) $$

    with the spinodal λ_s; 0 beyond it.

    Parameters
    ----------
    density, importance : array_like
        As in :func:`lone_threshold`.
    l1 : array_like
        λ ≥ 0.

    Returns
    -------
    array, of the three broadcast

    Examples
    --------
    >>> lone_scale(0.1, l1=[0.0, float(lone_threshold(0.1)), 1.0]).round(6).tolist()
    [1.0, 0.816497, 0.0]
    """
    size = as_floats("l1", l1)
    if not ((size >= 0) & (size < np.inf)).all():
        raise ValueError(f"l1 must be finite and ≥ 0, got {l1!r}")
    last = lone_spinodal(density, importance)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(size > 0, size / last, 0.0)
    angle = np.arccos(-np.clip(share, 0.0, 1.0)) / 3
    # arccos(0)/3 = 30°: w = 1 at λ = 0; arccos(−1)/3 = 60°: w = 1/√3 at the spinodal.
    return np.where((share <= 1) & (last > 0), 2 / np.sqrt(3) * np.cos(angle), 0.0)


def lone_objective(
    w: Any, density: Any, importance: Any = 1.0, *, l1: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Loss, objective and best bias of a feature alone on an axis with weight 0 ≤ w ≤ 1 [D36].

    $$ L = I v (1 − w²)²,   b = p (1 − w²)/2,   F = L + λ p w / 2 $$

    Parameters
    ----------
    w : array_like
    density, importance : array_like
        As in :func:`lone_threshold`.
    l1 : float
        λ ≥ 0.

    Returns
    -------
    loss, objective, bias : arrays

    Examples
    --------
    >>> [round(float(v), 12) for v in lone_objective(0.0, 1.0, l1=1.0)]
    [0.083333333333, 0.083333333333, 0.5]
    """
    p, strength = _checked(density, importance)
    weight, size = as_floats("w", w), as_at_least_zero("l1", l1)
    if not ((weight >= 0) & (weight <= 1)).all():
        raise ValueError(f"w must be in [0, 1], got {w!r}")
    left = 1 - weight**2
    loss = strength * feature_variance(p) * left**2
    return np.asarray(loss), np.asarray(loss + size * p * weight / 2), np.asarray(p * left / 2)


def lone_feature(density: float, importance: float, l1: float) -> tuple[float, float]:
    """The best weight of a feature with a neuron to itself, 0 where it is dropped; its objective.

    Examples
    --------
    >>> lone_feature(0.1, 1.0, 0.7)[0]
    0.0
    """
    w = float(lone_scale(density, importance, l1=l1))
    alive = float(lone_objective(w, density, importance, l1=l1)[1])
    dead = float(lone_objective(0.0, density, importance, l1=l1)[1])
    return (w, alive) if w > 0 and alive < dead else (0.0, dead)


def _checked(density: Any, importance: Any) -> tuple[FloatArray, FloatArray]:
    p, strength = as_density(density), as_floats("importance", importance)
    if not (p > 0).all():
        raise ValueError(f"density must be in (0, 1], got {density!r}")
    if not ((strength >= 0) & (strength < np.inf)).all():
        raise ValueError(f"importance must be finite and ≥ 0, got {importance!r}")
    return p, strength
