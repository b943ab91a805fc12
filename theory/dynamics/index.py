r"""How many directions lead down from a critical point, kinks kept [D21].

The form q = vᵀSv + Σκ of :mod:`theory.loss.second_order` is convex along what S does not bend
down.  With these directions at their best, what is left is a form q̃ of as many variables as S
has negative eigenvalues.  The *index* is the largest dimension of a space on which q̃ is negative;
where one end of every line is enough, it is the *one-sided* index.  Both lie between the counts
of the Hessian with all kinks open and of that with all of them shut.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import minimize

from ground.checks import FloatArray
from theory.loss.second_order import SecondOrder

FLAT = 1e-7  # curvature, relative to the largest, that counts as none
STARTS, CLIMBS = 8, 3  # random directions tried beside the axes, and searches from the worst


def indices(form: SecondOrder) -> tuple[int, int]:
    """Index and one-sided index of a critical point [D21].

    Examples
    --------
    L = −v₁² + v₁₊² · 3/2: a fall to the left only.

    >>> from theory.loss.second_order import Kink
    >>> bend = Kink(0, 1.5, np.zeros(0), np.array([[1.0, 0.0]]))
    >>> indices(SecondOrder(np.diag([-2.0, 2.0]), (bend,), False))
    (0, 1)
    """
    size = len(form.shut)
    flat = FLAT * float(np.abs(np.linalg.eigvalsh(form.open)).max(initial=1e-300))
    # Where no kink is felt q is a matrix, and its negative directions count as they always do.
    felt = np.concatenate([np.zeros((1, size)), *(kink.slopes for kink in form.kinks)])
    smooth = null_space(felt, rcond=1e-9)
    values, vectors = np.linalg.eigh(smooth.T @ form.shut @ smooth)
    down = smooth @ vectors[:, values < -flat]
    rest = null_space(down.T @ form.shut) if down.shape[1] else np.eye(size)
    reduced, count = _reduced(form.on(rest), flat)
    both, one = (_largest(reduced, count, sides) for sides in (2, 1))
    return down.shape[1] + both, down.shape[1] + one


def counts(form: SecondOrder) -> tuple[int, int]:
    """Negative eigenvalues with all kinks open, and with all shut: bounds of both indices [D21]."""
    found = []
    for matrix in (form.open, form.shut):
        values = np.linalg.eigvalsh(matrix)
        found.append(int((values < -FLAT * np.abs(values).max(initial=0.0)).sum()))
    return found[0], found[1]


Reduced = Callable[[FloatArray], tuple[float, FloatArray]]


def _reduced(form: SecondOrder, flat: float) -> tuple[Reduced, int]:
    """q̃ with its gradient, in units in which S is −1 on each of its variables."""
    values, vectors = np.linalg.eigh(form.shut)
    low = values < -flat
    lead, follow = vectors[:, low] / np.sqrt(-values[low]), vectors[:, ~low]
    state = {"f": np.zeros(follow.shape[1])}

    def value(e: FloatArray) -> tuple[float, FloatArray]:
        # Newton's method on a convex function of one derivative, from the last answer.
        f = state["f"]
        here = form(lead @ e + follow @ f)
        for _ in range(50):
            slope = follow.T @ here[1]
            if np.abs(slope).max(initial=0.0) < 1e-12:
                break
            move = -np.linalg.lstsq(follow.T @ here[2] @ follow, slope, rcond=1e-10)[0]
            length = 1.0
            there = form(lead @ e + follow @ (f + move))
            while there[0] > here[0] and length > 1e-6:
                length /= 2
                there = form(lead @ e + follow @ (f + length * move))
            if there[0] >= here[0]:
                break
            f, here = f + length * move, there
        state["f"] = f
        return here[0], lead.T @ here[1]

    return value, int(low.sum())


def _largest(reduced: Reduced, count: int, sides: int) -> int:
    """Dimension left when the direction that is worst is given up until none is bad."""
    space = np.eye(count)
    while space.shape[1]:
        worst, direction = _worst(reduced, space, sides)
        if worst < -FLAT:
            break
        # What is orthogonal to it in the units in which S is −1.
        space = space @ null_space((space.T @ direction)[None])
    return int(space.shape[1])


def _worst(reduced: Reduced, space: FloatArray, sides: int) -> tuple[float, FloatArray]:
    """Largest value of q̃, or of its lower end of a line, over unit vectors of a space."""
    size = space.shape[1]

    def height(w: FloatArray) -> tuple[float, FloatArray]:
        length = np.linalg.norm(w)
        e = space @ w / length
        value, slope = reduced(e)
        if sides == 1:
            other, turned = reduced(-e)
            if other < value:
                value, slope = other, -turned
        along = space.T @ slope
        return -value, -(along - (along @ w / length) * w / length) / length

    starts = np.concatenate([np.eye(size), -np.eye(size)])
    if size > 1:
        rng = np.random.default_rng(0)  # starts of a search, the same each time
        starts = np.concatenate([starts, rng.normal(size=(STARTS, size))])
    found = [(-height(start)[0], start) for start in starts]
    worst, most = max(found, key=lambda pair: pair[0])
    if worst < -FLAT and size > 1:
        # None of them is bad: look uphill from the least good ones before saying so.
        for _, start in sorted(found, key=lambda pair: -pair[0])[:CLIMBS]:
            end = minimize(height, start, jac=True, method="L-BFGS-B")
            if -end.fun > worst:
                worst, most = -float(end.fun), end.x
    return worst, space @ most / np.linalg.norm(most)
