r"""A pair of neurons that leans: how soft the circuit for |x| is, in closed form.

The exact circuit's pair ReLU(±x₁) may read a second feature, ReLU(x₁ + e x₂) + ReLU(−x₁ + e x₂),
and the second pair may take e x₂ away again.  What is left is wrong only where |x₁| < e |x₂|.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, as_floats, as_positive_density

__all__ = ["lean_of_loss", "leaning_pair", "leaning_pair_loss"]


def leaning_pair(lean: float) -> tuple[FloatArray, FloatArray]:
    """W1 (4, 2) and W2 (2, 4) of two features, the first pair leaning by e [D29].

    Examples
    --------
    >>> leaning_pair(0.25)[0][:2].tolist()
    [[1.0, 0.25], [-1.0, 0.25]]
    """
    W1 = np.array([[1.0, lean], [-1.0, lean], [0.0, 1.0], [0.0, -1.0]])
    return W1, np.array([[1.0, 1.0, -lean, lean], [0.0, 0.0, 1.0, 1.0]])


def leaning_pair_loss(lean: Any, *, density: Any) -> FloatArray:
    r"""Loss of a circuit for |x| of which one pair leans by e, 0 ≤ e ≤ 1 [D29].

    .. math:: L = \tfrac13 p (1 - p)\, e^2 + \tfrac1{12} p^2 e^3

    Quadratic in e at p < 1, cubic at p = 1, where no input has x₁ = 0: a dense circuit is soft.

    Parameters
    ----------
    lean : array_like
        e.
    density : float
        p.

    Examples
    --------
    >>> leaning_pair_loss([0.0, 1.0], density=1.0).round(4)
    array([0.    , 0.0833])
    """
    p = as_positive_density("density", density)
    e = as_floats("lean", lean)
    if not ((e >= 0) & (e <= 1)).all():
        raise ValueError(f"lean must lie in [0, 1], got {lean!r}")
    return np.asarray(p * (1 - p) * e**2 / 3 + p**2 * e**3 / 12)


def lean_of_loss(loss: float, *, density: float) -> float:
    """The lean e that costs this much: the inverse of `leaning_pair_loss` [D29].

    Examples
    --------
    >>> round(lean_of_loss(1e-12, density=1.0), 10)  # the cube root of 12e-12
    0.0002289428
    """
    p = as_positive_density("density", density)
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if leaning_pair_loss(middle, density=p) < loss:
            low = middle
        else:
            high = middle
    return high
