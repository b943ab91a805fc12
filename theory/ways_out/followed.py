"""Minima followed as a penalty grows, by descents: where two tie, and where one ends [D34].

From random starts hysteresis would be read for thresholds.  Here each branch is followed by itself,
by quasi-Newton descents on the loss of the recursion [D03] and on E|h| from the same recursion;
none of the equations of the closed forms is used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import brentq

from ground.checks import FloatArray, as_number
from theory.loss.problem import Problem, as_problem
from theory.ways_out.orthants import descend_in_orthants
from theory.ways_out.penalty import Penalty

__all__ = ["Branch", "followed_end", "followed_tie"]

JUMP = 0.25  # of an entry of W between neighbours, from which it is another branch
STEP, PRECISION = 0.02, 1e-10


class Branch:
    """One local minimum of the loss with l₁E‖h‖₁ as l₁ changes, remembered where it was found.

    Parameters
    ----------
    W, b : array_like (m, n), (n,)
        Near the minimum without a penalty, or at the first level asked for.
    density, importance : array_like, () or (n,)
    """

    def __init__(self, W: Any, b: Any, density: Any, importance: Any) -> None:
        self._start = as_problem(W, b, density, importance)
        self._known: dict[float, Problem] = {}
        self._loss: dict[float, float] = {}

    def loss(self, l1: float) -> float:
        """The penalised loss of the minimum that is reached from the nearest known level."""
        if l1 not in self._loss:
            nearest = min(self._known, key=lambda level: abs(level - l1), default=None)
            start = self._start if nearest is None else self._known[nearest]
            end = descend_in_orthants(start, Penalty(l1), curved=False)
            self._known[l1] = start.at(end.W[None], end.b[None])
            self._loss[l1] = end.loss
        return self._loss[l1]

    def weights(self, l1: float) -> FloatArray:
        """W of that minimum, (m, n)."""
        self.loss(l1)
        return self._known[l1].W[0]


def followed_tie(first: Branch, second: Branch, *, largest: float) -> float:
    """The least l₁ at which the second branch is the better of two, to 1e-10; NaN if there is none.

    Parameters
    ----------
    first, second : Branch
        The first is the better one without a penalty.
    largest : float
        Where the search ends; the first branch may end before.

    Examples
    --------
    One feature in one dimension against none, at 8√6/27 (1 − ¾p):

    >>> branches = [Branch([[w]], [0.1], 0.2, None) for w in (1.0, 0.0)]
    >>> round(followed_tie(*branches, largest=1.0), 8), round(8 * 6**0.5 / 27 * 0.85, 8)
    (0.61690853, 0.61690853)
    """
    as_number("largest", largest, "finite and > 0", lambda value: 0 < value < np.inf)

    def gap(l1: float) -> float:
        return first.loss(l1) - second.loss(l1)

    below = 0.0
    if gap(below) > 0.0:
        return float("nan")
    while below < largest:
        above = below + STEP
        if gap(above) > 0.0:
            return float(brentq(gap, below, above, xtol=PRECISION, rtol=1e-14))
        if np.abs(first.weights(above) - first.weights(below)).max() > JUMP:
            return float("nan")  # it became the other one before they tied
        below = above
    return float("nan")


def followed_end(branch: Branch, *, largest: float, precision: float = 1e-5) -> float:
    """The l₁ at which a minimum ends as l₁ rises, by bisection; NaN if it does not.

    Examples
    --------
    >>> lone = Branch([[1.0]], [0.0], 0.2, None)
    >>> abs(followed_end(lone, largest=1.0) / (2**0.5 * 8 * 6**0.5 / 27 * 0.85) - 1) < 1e-4
    True
    """
    below = 0.0
    branch.loss(below)  # first, as a saddle without a penalty is met from its own start only
    while below < largest:
        above = below + STEP
        if np.abs(branch.weights(above) - branch.weights(below)).max() > JUMP:
            break
        below = above
    else:
        return float("nan")
    while above - below > precision:
        middle = 0.5 * (below + above)
        near = Branch(branch.weights(below), branch._known[below].b[0], *_world(branch))
        if np.abs(near.weights(middle) - branch.weights(below)).max() > JUMP:
            above = middle
        else:
            branch._known[middle] = near._known[middle]
            branch._loss[middle] = near._loss[middle]
            below = middle
    return below


def _world(branch: Branch) -> tuple[FloatArray, FloatArray]:
    return branch._start.density[0], branch._start.importance[0]
