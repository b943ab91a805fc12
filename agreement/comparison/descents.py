"""Directions of descent counted by the loss alone: no derivative of second order, no kink known.

A model is moved a little, and it is seen whether its loss falls.  Where moves along a set of axes
lower it both ways, and so do random mixtures of them, these are two-sided directions of descent;
what else falls is looked for on a small sphere beside them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import minimize

from ground.checks import FloatArray

RADIUS = 1e-4  # of the moves: third-order terms are smaller by it, rounding is not yet felt
FALLS = 1e-4  # second derivative along a move, relative to the scale of the loss, that is a fall
MIXTURES, SEARCHES, STEPS = 40, 6, 40

Value = Callable[[FloatArray], tuple[float, FloatArray]]
"""Loss and gradient at θ."""


def count_descents(
    value: Value, theta: FloatArray, *, scale: float, flat: FloatArray | None = None, seed: int = 0
) -> tuple[int, int]:
    """Directions along which the loss falls both ways, and those along which at least one way.

    Parameters
    ----------
    value : callable
        θ → loss, gradient.
    theta : (D,)
        A critical point.
    scale : float
        Natural size of the loss.
    flat : (K, D), optional
        Directions in which the loss is known to be the same, as rotations.

    Examples
    --------
    >>> def hills(v):
    ...     bend = 3.0 * max(v[0], 0.0)
    ...     slope = np.array([-2 * v[0] + bend, 2 * v[1], -4 * v[2]])
    ...     return float(-v[0]**2 + bend * max(v[0], 0.0) / 2 + v[1]**2 - 2 * v[2]**2), slope
    >>> count_descents(hills, np.zeros(3), scale=1.0)
    (1, 2)
    """
    rest = value(theta)[0]

    def fall(v: FloatArray) -> float:
        """Second derivative along a unit vector, as seen by the loss at a distance."""
        return 2 * (value(theta + RADIUS * v)[0] - rest) / (RADIUS**2 * scale)

    axes = np.linalg.eigh(_differences(value, theta))[1].T
    both = [v for v in axes if max(fall(v), fall(-v)) < -FALLS]
    found = np.array(both).reshape(-1, len(theta))
    for weights in np.random.default_rng(seed).normal(size=(MIXTURES, len(found))):
        mixed = weights @ found
        if len(found) and fall(mixed / np.linalg.norm(mixed)) > -FALLS:
            raise RuntimeError("axes of descent whose mixtures do not descend")
    sides = [2] * len(found)
    flat = np.zeros((0, len(theta))) if flat is None else flat
    while len(found) + len(flat) < len(theta):
        known = np.concatenate([found, flat])
        space = null_space(known) if len(known) else np.eye(len(theta))
        lowest = _lowest(value, theta, space, axes, scale)
        if fall(lowest) > -FALLS:
            break
        beside = null_space(np.concatenate([known, lowest[None]]))
        opposite = _relaxed(value, theta, -lowest, beside)
        sides.append(2 if fall(opposite) < -FALLS else 1)
        found = np.concatenate([found, lowest[None]])
    return sides.count(2), len(sides)


def _differences(value: Value, theta: FloatArray) -> FloatArray:
    """Differences of gradients across θ: at a kink, the mean of both sides."""
    moves = RADIUS * np.eye(len(theta))
    found = np.array([value(theta + v)[1] - value(theta - v)[1] for v in moves]) / (2 * RADIUS)
    return (found + found.T) / 2


def _lowest(
    value: Value, theta: FloatArray, space: FloatArray, axes: FloatArray, scale: float
) -> FloatArray:
    """The unit vector of a space along which the loss is least, from the flattest axes."""
    rest = value(theta)[0]

    def height(w: FloatArray) -> tuple[float, FloatArray]:
        length = float(np.linalg.norm(w))
        loss, slope = value(theta + RADIUS * (space @ w) / length)
        along = RADIUS * space.T @ slope / length
        return (loss - rest) / RADIUS**2, (along - (along @ w) * w / length**2) / RADIUS**2

    starts = axes @ space
    size = np.linalg.norm(starts, axis=1)
    starts = starts[size > 0.5]
    starts = np.concatenate([starts, -starts])
    ends = []
    for w in sorted(starts, key=lambda w: height(w)[0])[:SEARCHES]:
        unit = w / np.linalg.norm(w)
        ends.append(minimize(height, unit, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}))
        if 2 * ends[-1].fun < -FALLS * scale:
            break
    end = min(ends, key=lambda found: found.fun)
    return np.asarray(space @ end.x / np.linalg.norm(end.x))


def _relaxed(value: Value, theta: FloatArray, v: FloatArray, beside: FloatArray) -> FloatArray:
    """A move by v with what is beside it at its best, as a unit vector."""
    rest = value(theta)[0]

    def height(f: FloatArray) -> tuple[float, FloatArray]:
        loss, slope = value(theta + RADIUS * (v + beside @ f))
        return (loss - rest) / RADIUS**2, beside.T @ slope / RADIUS

    end = minimize(height, np.zeros(beside.shape[1]), jac=True, method="L-BFGS-B")
    moved = v + beside @ end.x
    return np.asarray(moved / np.linalg.norm(moved))


def rotations(W: FloatArray) -> FloatArray:
    """Directions in θ = (W by rows, b) that turn W, (m (m − 1) / 2, mn + n)."""
    m, n = W.shape
    turned = []
    for i in range(m):
        for j in range(i):
            move = np.zeros((m + 1, n))
            move[i], move[j] = W[j], -W[i]
            turned.append(move.ravel())
    return np.array([v for v in turned if np.any(v)]).reshape(-1, m * n + n)
