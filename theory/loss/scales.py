r"""One output of the loss, scale by scale [D04].

E[x_i^e (y + t)_+^m], t = Σ a_j x_j, is sorted by how many of the *large* features are active,
those whose slope is within a factor of the largest.  Two or more: the density of t is smooth on
their scale, and a Fourier sum takes few frequencies (:mod:`theory.loss.line_sum`).  None: the same
problem for the small features alone, on their own scale.  One, j: with u = y + t of the others,

$$ E[(u + a_j x_j)_+^m] = \frac{(u + a_j h)_+^{m+1} − (u + a_j l)_+^{m+1}}{(m+1) a_j (h − l)}, $$

again the problem of the small features, with one power more, at the offsets y + a_j h and y + a_j l
(:mod:`theory.loss.offsets`).  An offset from which the small features cannot reach the kink gives
zero or a polynomial (:mod:`theory.loss.linear_moments`), so few offsets are left at each scale.
With few features the largest alone is large, and there is no sum at all.  On the way back the
values of a scale are put together from those of the next smaller one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.branches import BRANCHES, branches
from theory.loss.offsets import (
    arms_of,
    far_from_the_kink,
    none_or_one_down,
    none_or_one_up,
    rescaled,
)
from theory.loss.own_feature import linear_less_kink, own_down, own_up
from theory.loss.two_or_more import two_or_more

FEW = 9  # other features, 7 where low < 0, that are always taken one by one
LARGE = 0.125  # of the largest slope: from there on a slope is large
MANY = 64  # features, or offsets, from which on all slopes are large
NOTHING, OWN, ONE, SEVERAL = 0, 1, 2, 3


@compiled()
def kind_of(
    y: FloatArray,
    a: FloatArray,
    has_own: bool,
    a_own: float,
    always: bool,
    low: float,
    high: float,
) -> tuple[int, int]:
    """What to do at this scale, and how many features are large; slopes in falling size."""
    left = a.shape[0]
    top = abs(a[0]) if left else 0.0
    if not y.shape[0] or (left == 0 and (not has_own or a_own == 0.0)):
        return NOTHING, 0
    if has_own and abs(a_own) >= top:
        return OWN, 0
    if always or left == 1 or branches(y, a, has_own, a_own, low, high) <= BRANCHES:
        return ONE, 1
    large = left
    if left <= MANY and y.shape[0] <= MANY:
        large = 1
        while large < left and abs(a[large]) >= LARGE * top:
            large += 1
    return (ONE if large == 1 else SEVERAL), large


@compiled()
def alone_of(p: FloatArray) -> tuple[FloatArray, float]:
    """Probability that none of the others is active, for each feature; and that none is at all."""
    alone = np.ones(p.shape[0])
    before = 1.0
    for j in range(p.shape[0]):
        alone[j] = before
        before *= 1.0 - p[j]
    after = 1.0
    for j in range(p.shape[0] - 1, -1, -1):
        alone[j] *= after
        after *= 1.0 - p[j]
    return alone, before


@compiled()
def at_the_end(y: FloatArray, own: bool, p: float, low: float, high: float, T: FloatArray) -> None:
    """Moments where no feature has a slope."""
    square = (low * low + low * high + high * high) / 3.0
    for v in range(y.shape[0]):
        power = 1.0 if y[v] > 0.0 else 0.0
        for m in range(T.shape[2]):
            T[v, 0, m] = power
            if own:
                T[v, 1, m] = power * p * 0.5 * (low + high)
                T[v, 2, m] = power * p * square
            power *= y[v]


@compiled()
def put(child_T: FloatArray, still: NDArray[np.int64], found: FloatArray) -> None:
    """Set the moments at these offsets; one by one, since a slice would bring Numba's errors."""
    for k in range(still.shape[0]):
        for e in range(found.shape[1]):
            for m in range(found.shape[2]):
                child_T[still[k], e, m] = found[k, e, m]


@compiled()
def output(
    a: FloatArray,
    b: float,
    i: int,
    p: FloatArray,
    low: float,
    high: float,
    rtol: float,
    da: FloatArray,
) -> tuple[float, float, float, float, bool]:
    """Loss of one output and its slopes, with what they may be off by.

    Parameters
    ----------
    a : (n,)
        Slopes, none of them zero but perhaps that of feature i.
    b, i, p, low, high
        Offset, the output's own feature, densities, range of an active feature.
    rtol : float
        Bound asked for on the slopes' error, relative to their natural size.
    da : (n,)
        Receives the slopes by a.

    Returns
    -------
    E[(x_i − z_+)²], its slope by b, bounds on the error of the loss and of its slopes, and
    whether they are as small as asked for.
    """
    n = a.shape[0]
    square = (low * low + low * high + high * high) / 3.0
    a_i, p_i = a[i], p[i]
    size = np.abs(a)
    size[i] = -1.0
    order = np.argsort(-size)[: n - 1]
    slopes, density = a[order], p[order]
    slope_of = np.zeros(n - 1)
    always = n - 1 <= (FEW if low == 0.0 else FEW - 2)
    unit = abs(a_i)
    if n > 1:
        unit = max(unit, abs(slopes[0]))
    whole = unit  # the weights are of R/whole, so that they neither over- nor underflow
    y = np.array([b / unit])
    C = np.zeros((1, 3, 3))
    C[0, 0, 2] = unit
    C[0, 1, 1] = -2.0
    has_own = n > 0  # a plain True would be compiled for, and what it is handed to, once more
    at = 0
    bound, bound_slope, settled = 0.0, 0.0, True

    # What each scale leaves for the way back.
    whats = [(0, 0, 0)][:0]  # kind, first and last of the large features
    sizes = [(0.0, 0.0, 0.0)][:0]  # unit, next unit over it, probability that no large is active
    weights = [C][:0]
    moments = [C][:0]
    below = [C][:0]
    opens = [order][:0]
    chances = [slopes][:0]

    while True:
        scaled, own_scaled, here = slopes[at:] / unit, a_i / unit, density[at:]
        kind, large = kind_of(y, scaled, has_own, own_scaled, always, low, high)
        V, M = y.shape[0], C.shape[2]
        T = np.zeros((V, 3, M))
        weights.append(C)
        moments.append(T)
        if kind == NOTHING:
            at_the_end(y, has_own, p_i, low, high, T)
            whats.append((kind, at, at))
            break
        last = at + large
        whats.append((kind, at, last))
        alone, none = alone_of(here[:large])
        per_unit = whole / unit
        if kind == SEVERAL:
            off, off_slope, good = two_or_more(
                y, C, scaled, here, large, has_own, own_scaled, p_i, low, high, rtol, alone, none,
                T, slope_of[at:], per_unit,
            )  # fmt: skip
            bound += whole * off
            bound_slope += off_slope
            settled = settled and good

        arms = np.array([own_scaled]) if kind == OWN else scaled[:large]
        per = 1 + arms.shape[0] * (2 if low != 0.0 else 1)
        child_y = np.empty(V * per)
        child_C = np.zeros((V * per, 3, M + 1))
        child_T = np.zeros((V * per, 3, M + 1))
        arms_of(y, arms, low, high, child_y)
        chance = here[:large] * alone
        if kind == OWN:
            own_down(C, own_scaled, p_i, low, high, child_C)
            has_own = False
        else:
            none_or_one_down(C, arms, chance, none, low, high, child_C)
        still = far_from_the_kink(
            child_y, child_C, scaled[large:], here[large:], has_own, own_scaled, p_i, low, high,
            child_T, slope_of[last:], per_unit,
        )  # fmt: skip
        following = abs(slopes[last]) if last < n - 1 else 0.0
        if has_own:
            following = max(following, abs(a_i))
        if following == 0.0:
            following = unit
        ratio = following / unit
        sizes.append((unit, ratio, none))
        below.append(child_T)
        opens.append(still)
        chances.append(chance)
        y, C = child_y[still] / ratio, rescaled(child_C, still, ratio)
        at, unit = last, following

    for level in range(len(below) - 1, -1, -1):
        kind, at, last = whats[level]
        unit, ratio, none = sizes[level]
        still, child_T, T = opens[level], below[level], moments[level]
        found = moments[level + 1]
        found = rescaled(found, np.arange(found.shape[0]), ratio)
        put(child_T, still, found)
        if kind == OWN:
            own_up(child_T, a_i / unit, p_i, low, high, T)
        else:
            none_or_one_up(
                weights[level], slopes[at:last] / unit, chances[level], none, low, high, child_T,
                T, slope_of[at:last], whole / unit,
            )  # fmt: skip

    T = moments[0]
    for j in range(n - 1):
        da[order[j]] = slope_of[j]
    da[i] = 2.0 * whole * T[0, 1, 1] - 2.0 * T[0, 2, 0]
    square_term, cross_term = whole * whole * T[0, 0, 2], 2.0 * whole * T[0, 1, 1]
    value = p_i * square + square_term - cross_term
    if whats[0][0] == OWN:
        # As a linear output less what its kink takes away: two small terms in a good model, two
        # huge ones where the output is seldom on.  The sum of the smaller terms has more digits.
        as_linear, terms = linear_less_kink(
            below[0], slopes / whole, density, a_i, p_i, b, whole, low, high
        )
        if terms < p_i * square + square_term + abs(cross_term):
            value = as_linear
    slope = 2.0 * whole * T[0, 0, 1] - 2.0 * T[0, 1, 0]
    return value, slope, bound, bound_slope * max(1.0, high, -low), settled
