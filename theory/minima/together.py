"""Quasi-Newton descents of many models in step, each with curvatures and a step of its own [D03].

What differs from SciPy's L-BFGS is only that all models take their evaluations together, so that
a loss that is cheap for a batch is cheap here, and that what was learnt of curvatures on one loss
can be handed on to the descent on another that is close to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray

__all__ = ["Course", "descend_together"]

MEMORY = 12  # steps from which curvatures are known
LONGEST = 0.7  # step, in weights: a longer one may leave for another basin
ENOUGH = 1e-4  # of the decrease that the slope promises must be had
HALVINGS = 25

Value = Callable[[FloatArray, NDArray[np.intp]], tuple[FloatArray, FloatArray]]
"""Rows θ (K, d) and which instances they are, (K,) → loss (K,), gradient (K, d)."""


@dataclass(eq=False)
class Course:
    """Where descents are, and what they know of curvatures.

    Attributes
    ----------
    theta : (B, d)
    loss : (B,)
    gradient : (B, d)
    moved, turned : (B, MEMORY, d)
        Last steps and how the gradient changed on them, oldest first, zero where there is none.
    settled : (B,)
        Whether no step is left to gain from.
    """

    theta: FloatArray
    loss: FloatArray
    gradient: FloatArray
    moved: FloatArray
    turned: FloatArray
    settled: NDArray[np.bool_]

    def part(self, where: NDArray[np.intp]) -> Course:
        """Return some of the descents."""
        return Course(
            *(
                getattr(self, name)[where]
                for name in ("theta", "loss", "gradient", "moved", "turned", "settled")
            )
        )


def descend_together(
    value: Value,
    theta: FloatArray,
    *,
    most: int,
    still: FloatArray,
    gain: float,
    known: Course | None = None,
) -> Course:
    """Descend from every row of θ.

    Parameters
    ----------
    value : callable
        Loss and gradient of rows.
    theta : (B, d)
        Starts.
    most : int
        Greatest number of evaluations of each.
    still : (B,)
        Norm of the gradient at which a descent ends.
    gain : float
        Relative decrease of the loss below which, twice in a row, a descent ends.
    known : Course, optional
        Of descents on a loss close to this one, whose curvatures are taken over.

    Examples
    --------
    >>> def bowl(theta, which):
    ...     return 0.5 * (theta**2 @ np.array([1.0, 9.0])), theta * np.array([1.0, 9.0])
    >>> starts = np.array([[1.0, 1.0], [-2.0, 0.5]])
    >>> course = descend_together(bowl, starts, most=60, still=np.full(2, 1e-9), gain=0.0)
    >>> bool(np.abs(course.theta).max() < 1e-8), course.settled.tolist()
    (True, [True, True])
    """
    batch, d = theta.shape
    empty = np.zeros((batch, MEMORY, d))
    memory = (empty, empty.copy()) if known is None else (known.moved.copy(), known.turned.copy())
    loss, gradient = value(theta, np.arange(batch))
    at = Course(theta.copy(), loss, gradient, *memory, np.zeros(batch, dtype=np.bool_))
    ahead = _directions(at.moved, at.turned, gradient)
    step = np.ones(batch)
    failed, slow = np.zeros((2, batch), dtype=np.int64)
    at.settled |= np.linalg.norm(gradient, axis=1) <= still
    for _ in range(most - 1):
        live = np.flatnonzero(~at.settled)
        if not len(live):
            break
        trial = at.theta[live] + step[live, None] * ahead[live]
        new, slope = value(trial, live)
        promised = (ahead[live] * at.gradient[live]).sum(axis=1) * step[live]
        taken = new <= at.loss[live] + ENOUGH * promised
        # Too far: back to where a parabola through what is known has its least.
        short = live[~taken]
        bend = 2.0 * (new - at.loss[live] - promised)[~taken]
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.where(bend > 0.0, -promised[~taken] / bend, 0.5)
        step[short] *= np.clip(factor, 0.1, 0.5)
        failed[short] += 1
        lost = short[failed[short] > HALVINGS]
        at.settled[lost] = True
        _take(at, live[taken], trial[taken], new[taken], slope[taken], gain, slow)
        on = live[taken]
        at.settled[on] |= np.linalg.norm(at.gradient[on], axis=1) <= still[on]
        at.settled[on] |= slow[on] >= 2
        ahead[on] = _directions(at.moved[on], at.turned[on], at.gradient[on])
        step[on], failed[on] = 1.0, 0
    return at


def _take(
    at: Course,
    on: NDArray[np.intp],
    theta: FloatArray,
    loss: FloatArray,
    gradient: FloatArray,
    gain: float,
    slow: NDArray[np.int64],
) -> None:
    """Move on, and keep what the step says of curvatures where these are positive along it."""
    s, y = theta - at.theta[on], gradient - at.gradient[on]
    bent = (s * y).sum(axis=1)
    good = bent > 1e-10 * np.linalg.norm(s, axis=1) * np.linalg.norm(y, axis=1)
    new = on[good]
    for memory, latest in ((at.moved, s), (at.turned, y)):
        memory[new, :-1] = memory[new, 1:]
        memory[new, -1] = latest[good]
    little = at.loss[on] - loss <= gain * np.abs(at.loss[on])
    slow[on] = np.where(little, slow[on] + 1, 0)
    at.theta[on], at.loss[on], at.gradient[on] = theta, loss, gradient


def _directions(moved: FloatArray, turned: FloatArray, gradient: FloatArray) -> FloatArray:
    """Minus the inverse curvature times the gradient, by the two loops of L-BFGS, (B, d)."""
    bent = (moved * turned).sum(axis=2)
    weight = np.divide(1.0, bent, out=np.zeros_like(bent), where=bent > 0.0)
    ahead = -gradient
    along = np.empty_like(bent)
    for k in range(MEMORY - 1, -1, -1):
        along[:, k] = weight[:, k] * (moved[:, k] * ahead).sum(axis=1)
        ahead -= along[:, k, None] * turned[:, k]
    square = (turned[:, -1] ** 2).sum(axis=1)
    length = np.linalg.norm(gradient, axis=1)
    first = 0.1 / np.maximum(length, 1e-300)
    ahead *= np.where(square > 0.0, bent[:, -1] / np.where(square > 0.0, square, 1.0), first)[
        :, None
    ]
    for k in range(MEMORY):
        back = weight[:, k] * (turned[:, k] * ahead).sum(axis=1)
        ahead += (along[:, k] - back)[:, None] * moved[:, k]
    uphill = (ahead * gradient).sum(axis=1) >= 0.0
    ahead[uphill] = -gradient[uphill] * first[uphill, None]
    size = np.linalg.norm(ahead, axis=1)
    return np.asarray(ahead * np.minimum(1.0, LONGEST / np.maximum(size, 1e-300))[:, None])
