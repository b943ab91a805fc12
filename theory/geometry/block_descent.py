"""From the best block at one density to the best at the next: a few evaluations each [D14].

The minimum over scale, bias and shape moves smoothly with the density, and so does the curvature
there.  A descent that starts with the last one's inverse Hessian, from where the last two minima
point to, needs four or five evaluations; one that knows nothing needs fifteen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray

__all__ = ["Point", "descend"]

Value = Callable[[FloatArray], tuple[float, FloatArray]]

_MOST = 40  # evaluations; a descent that needs more is given up
FLAT = 1e-10  # of the gradient, in units of the loss at stake
_ROUNDING = 1e-14  # of the loss at stake: what a comparison of two values can tell
_STEP = 1e-4  # of a difference of gradients
_LONGEST = 0.5  # step in any of the variables


@dataclass(frozen=True, eq=False)
class Point:
    """Where a descent ended.

    Attributes
    ----------
    x : (r,)
    value : float
    inverse : (r, r)
        What the descent knows of the inverse Hessian.
    """

    x: FloatArray
    value: float
    inverse: FloatArray


def descend(
    value: Value,
    start: FloatArray,
    bounds: FloatArray,
    inverse: FloatArray | None = None,
    *,
    flat: float = FLAT,
) -> Point | None:
    """Quasi-Newton (BFGS) between bounds; None where it does not arrive.

    Parameters
    ----------
    value : callable
        A value and its gradient, both in units of what is at stake.
    start : (r,)
    bounds : (r, 2)
    inverse : (r, r), optional
        Inverse Hessian to begin with; without it differences of gradients.
    flat : float
        Where the gradient is less, the descent has arrived.

    Examples
    --------
    >>> def bowl(x): return float((x[0] - 1) ** 2), 2 * (x - 1)
    >>> found = descend(bowl, np.array([0.3]), np.array([[-2.0, 2.0]]))
    >>> found.x.round(12).tolist()
    [1.0]
    """
    low, high = bounds.T
    x = np.clip(start, low, high)
    here, slope = value(x)
    spent = 1
    if inverse is None:
        inverse = _inverse_hessian(value, x, slope, high)
        spent += len(x)
        if inverse is None:
            return None
    while spent < _MOST:
        pinned = ((x <= low) & (slope > 0)) | ((x >= high) & (slope < 0))
        free = np.where(pinned, 0.0, slope)
        if np.abs(free).max() <= flat:
            return Point(x, here, inverse)
        step = np.where(pinned, 0.0, -inverse @ free)
        down = float(step @ free)
        if not down < 0.0:
            return None
        step *= min(1.0, _LONGEST / np.abs(step).max())
        for share in (1.0, 0.3, 0.1, 0.02):
            to = np.clip(x + share * step, low, high)
            there, ahead = value(to)
            spent += 1
            if there <= here + 1e-4 * share * down:
                break
            if abs(there - here) <= _ROUNDING and np.abs(ahead).max() <= np.abs(free).max():
                break  # values no longer tell points apart, gradients still do
        else:
            # Nothing lower within rounding is as good as flat.
            return Point(x, here, inverse) if -down <= 1e2 * _ROUNDING else None
        inverse = _updated(inverse, to - x, ahead - slope)
        x, here, slope = to, there, ahead
    return None


def _inverse_hessian(
    value: Value, x: FloatArray, slope: FloatArray, high: FloatArray
) -> FloatArray | None:
    """By differences of gradients; None where it is not positive."""
    steps = np.where(x + _STEP > high, -_STEP, _STEP)
    rows = [(value(x + move)[1] - slope) / h for move, h in zip(np.diag(steps), steps, strict=True)]
    hessian = 0.5 * (np.array(rows) + np.array(rows).T)
    values, vectors = np.linalg.eigh(hessian)
    if values[0] <= 1e-6 * values[-1]:
        return None
    return np.asarray((vectors / values) @ vectors.T)


def _updated(inverse: FloatArray, moved: FloatArray, turned: FloatArray) -> FloatArray:
    """BFGS's inverse Hessian after a step, unless curvature along it was not positive."""
    along = float(moved @ turned)
    pushed = inverse @ turned
    if along <= 1e-12 * float(np.abs(moved).max() * np.abs(turned).max()):
        return inverse
    ratio = (1.0 + float(turned @ pushed) / along) / along
    crossed = np.outer(moved, pushed) / along
    return np.asarray(inverse + ratio * np.outer(moved, moved) - crossed - crossed.T)
