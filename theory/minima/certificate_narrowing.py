"""One level of the search for a certificate of (2, 1): weights halved, biases narrowed [D10].

For fixed weights the two biases know nothing of each other.  So a box of weights needs a list of
intervals for each bias, not their product, and intervals that are dead stay dead in its parts.
What is done with each box is written down, byte after byte, for a reader that believes none of it.

A box is one row: w1, w2, their half-widths, the ends of the range of b1, those of b2, and a bound.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.minima.certificate_kernel import SLACK, moments

#: What the byte at the head of a box says; + the weight that is halved, for the last two.
BEYOND, SETTLED, HALVED, NARROWED = 0, 1, 2, 4
#: Intervals of a bias at most: their numbers fit a byte.
MOST = 250
#: Ends of the biases that a minimiser can have are rounded outwards to multiples of this.
GRAIN = 2.0**-12
#: Halving a weight is put off until it takes so much more off the defect than cutting a bias.
_PATIENCE = 8
#: A narrowing is written down if it leaves no more than this share of the biases.
_WORTH = 0.4


@compiled()
def reach_of_bias(w: float, h: float, other: float, k: float) -> tuple[float, float]:
    """−(a + c₊) and 1 + c₋ on a box of weights, outwards on the grain: no minimiser is beyond."""
    product, spread = w * other, h * abs(other) + k * abs(w) + h * k
    most = (abs(w) + h) ** 2 + max(product + spread, 0.0)
    least = 1 + max(spread - product, 0.0)
    return -np.ceil(most / GRAIN) * GRAIN, np.ceil(least / GRAIN) * GRAIN


@compiled()
def middle_of(low: float, high: float) -> float:
    """Where an interval is cut: near its middle, with no more bits than its length asks for."""
    step = 2.0 ** (math.frexp(high - low)[1] - 4)  # the length has 8 to 16 steps
    return np.floor((low + high) / 2 / step + 0.5) * step


@compiled()
def heard_at_corners(
    w: float, h: float, other: float, k: float, b: float, p: float, out: FloatArray
) -> None:
    """E[x z₊] at what dominates each corner of the box of weights, at one bias."""
    for i in range(2):
        dw = h if i else -h
        a = (w + dw) * (w + dw)
        for j in range(2):
            dother = k if j else -k
            c = w * other + (w * dother + other * dw) + h * k
            out[i, j] = moments(a, c, b, p)[1]


@compiled()
def interval_costs(
    w: float,
    h: float,
    other: float,
    k: float,
    low: float,
    high: float,
    p: float,
    heard: FloatArray,
    out: FloatArray,
) -> float:
    r"""Lower bounds of one feature's cost, its bias in an interval, at the corners of (w, other).

    The cost of a feature, φ = p/3 + F − 2T with F = E[z₊²] and T = E[x z₊], is a difference
    of two functions that are convex and increasing in (a, c, b).  F lies above its tangent
    at the centre; T lies below its values at points that dominate the box.  What results is
    concave in the steps, so its least value is at a corner and at an end.

    Parameters
    ----------
    w, h, other, k : float
        Centre and half-width of the feature's own weight, and of the other's.
    low, high : float
        Ends of the bias; dyadic, as the weights are, with so few bits that z is exact.
    p : float
        Density in (0, 1].
    heard : array (2, 2, 2)
        T at the lower end and the upper one, at the corners.
    out : array (2, 2)
        Becomes the bounds; they hold rigorously.  out[i, j] belongs to the signs of the steps.

    Returns
    -------
    float
        About the cost at the centre.
    """
    b, g, cross = (low + high) / 2, (high - low) / 2, h * k
    F, T, Fc, Fb = moments(w * w, w * other, b, p)
    Fa, Fc, Fb = 2 * T, 2 * Fc, 2 * Fb  # the derivatives of F in a, c and b
    for i in range(2):
        dw = h if i else -h
        for j in range(2):
            dother = k if j else -k
            da, dc = 2 * w * dw, w * dother + other * dw
            tangent = p / 3 + F + Fa * da + Fc * (dc - cross)
            terms = p / 3 + F + Fa * abs(da) + Fc * (abs(dc) + cross) + Fb * g
            first, last = 2 * heard[0, i, j], 2 * heard[1, i, j]
            least = min(tangent - Fb * g - first, tangent + Fb * g - last)
            out[i, j] = least - SLACK * (terms + max(first, last))
    return p / 3 + F - 2 * T


@compiled()
def _bound(
    cost: FloatArray, count: Any, importance: FloatArray, least: FloatArray, worst: Any
) -> float:
    """Least over the corners of what both features cost; `least` and `worst` become where."""
    bound = np.inf
    for i in range(2):
        for j in range(2):
            k1, k2 = 0, 0
            for k in range(1, count[0]):
                if cost[0, k, i, j] < cost[0, k1, i, j]:
                    k1 = k
            for k in range(1, count[1]):
                if cost[1, k, j, i] < cost[1, k2, j, i]:
                    k2 = k
            least[0, i, j], least[1, j, i] = cost[0, k1, i, j], cost[1, k2, j, i]
            total = importance[0] * least[0, i, j] + importance[1] * least[1, j, i]
            if total < bound:
                bound, worst[0], worst[1] = total, k1, k2
    return bound


@compiled()
def _alive(
    cost: FloatArray, order: Any, f: int, importance: FloatArray, least: FloatArray, upper: float
) -> tuple[int, int]:
    """First and last interval, in order, of those that may hold a minimiser's bias."""
    first, last = len(order), -1
    for place in range(len(order)):
        for i in range(2):
            for j in range(2):
                total = importance[f] * cost[f, order[place], i, j]
                if total + importance[1 - f] * least[1 - f, j, i] <= upper:
                    first, last = min(first, place), place
    # Where none is, the bound is above the best loss but for rounding: any will do.
    return (first, last) if last >= 0 else (0, 0)


@compiled()
def _write_cuts(order: Any, depth: Any, program: Any, used: int) -> int:
    """Write the halvings that make these intervals: 1 for a cut, 0 for a whole one, in order."""
    pending, k = [0], 0
    while len(pending) > 0:
        at = pending.pop()
        if depth[order[k]] == at:
            program[used] = 0
            k += 1
        else:
            program[used] = 1
            pending.append(at + 1)
            pending.append(at + 1)
        used += 1
    return used


@compiled()
def _put(into: FloatArray, box: FloatArray, live: FloatArray, bound: float) -> None:
    """A box with the same weights, the biases that are alive, and this bound."""
    for i in range(4):
        into[i] = box[i]
        into[4 + i] = live[i // 2, i % 2]
    into[8] = bound


@compiled()
def explore(
    boxes: FloatArray,
    p: float,
    importance: FloatArray,
    target: float,
    upper: float,
    ignored_below: float,
    widest: float,
    doubtful_above: float,
    finest: float,
) -> Any:
    """Settle the boxes of one level, or halve them.

    Parameters
    ----------
    boxes : array (N, 9)
    p : float
        Density.
    importance : array (2,)
    target, upper : float
        A box is settled if its bound reaches the first, and holds no minimiser if it is above
        the second.
    ignored_below, widest, doubtful_above, finest : float
        A box that may hold a minimiser is halved until its half-widths are at most `widest`, and
        `doubtful_above` where |w| may be either side of `ignored_below`; none below `finest`.

    Returns
    -------
    program : uint8 array
        What was done with each box, as `theory.minima.certificate_replay` reads it.
    children : array (M, 9)
        The halves, lower before upper, in the order of what they come from.
    leaves : array (K, 9)
        What may hold a minimiser and is not halved: the biases that are alive, and the bound.
    centre : array (5,)
        The best model met: w1, w2, b1, b2 and about its loss.
    """
    program, used, grid = np.empty(4096, np.uint8), 0, 2 * finest**2
    children, born = np.empty((2 * len(boxes), 9)), 0
    leaves, left = np.empty((len(boxes), 9)), 0
    centre = np.full(5, np.inf)
    cost, middle = np.empty((2, MOST, 2, 2)), np.empty((2, MOST))
    ends, heard = np.empty((2, MOST, 2)), np.empty((2, MOST, 2, 2, 2))
    depth, count = np.zeros((2, MOST), np.int64), np.ones(2, np.int64)
    least, worst, first = np.empty((2, 2, 2)), np.zeros(2, np.int64), np.empty((2, 2))
    for row in range(len(boxes)):
        if used + 8 * MOST > program.size:
            program = np.concatenate((program, np.empty_like(program)))
        w, h = boxes[row, :2], boxes[row, 2:4]
        beyond = False
        for i in range(2):
            low, high = reach_of_bias(w[i], h[i], w[1 - i], h[1 - i])
            first[i, 0] = max(low, boxes[row, 4 + 2 * i])
            first[i, 1] = min(high, boxes[row, 5 + 2 * i])
            beyond |= first[i, 0] > first[i, 1]
        if beyond:
            program[used] = BEYOND
            used += 1
            continue
        coarse, undecided = 0, 0.0  # the weight to halve if the box is left, and whether to
        for i in range(2):
            depth[i, 0], count[i] = 0, 1
            for end in range(2):
                ends[i, 0, end] = first[i, end]
                heard_at_corners(w[i], h[i], w[1 - i], h[1 - i], first[i, end], p, heard[i, 0, end])
            middle[i, 0] = interval_costs(
                w[i], h[i], w[1 - i], h[1 - i], first[i, 0], first[i, 1], p,
                heard[i, 0], cost[i, 0],
            )  # fmt: skip
            either = abs(w[i]) - h[i] < ignored_below <= abs(w[i]) + h[i]
            if h[i] > max(undecided, doubtful_above if either else widest):
                coarse, undecided = i, h[i]
        while True:
            bound = _bound(cost, count, importance, least, worst)
            if bound >= target and (undecided == 0.0 or bound > upper):
                break
            # What adds most to the defect of the bound is halved next.
            axis, most = coarse, 0.0
            if bound < target:
                for i in range(2):
                    own, other = abs(w[i]) + h[i], abs(w[1 - i]) + h[1 - i]
                    defect = importance.sum() * p * (4 * own * own + other * other + 1) * h[i] ** 2
                    if defect / _PATIENCE > most:
                        axis, most = i, defect / _PATIENCE
                for i in range(2):
                    low, high = ends[i, worst[i]]
                    g, between = (high - low) / 2, middle_of(low, high)
                    # The cost of a positive bias when nothing is active is curved (1 − p)², not p.
                    defect = importance[i] * ((1 - p) ** 2 * (high > 0) + 2 * p) * g * g
                    # So that the centres of the parts are exact too.
                    exact = low < between < high and np.floor(between / grid) * grid == between
                    if defect > most and count[i] < MOST and exact:
                        axis, most = 2 + i, defect
            if axis < 2:
                break
            i, k, n = axis - 2, worst[axis - 2], count[axis - 2]
            between = middle_of(ends[i, k, 0], ends[i, k, 1])
            ends[i, n, 0], ends[i, n, 1], ends[i, k, 1] = between, ends[i, k, 1], between
            heard_at_corners(w[i], h[i], w[1 - i], h[1 - i], between, p, heard[i, n, 0])
            for x in range(2):
                for y in range(2):
                    heard[i, n, 1, x, y] = heard[i, k, 1, x, y]
                    heard[i, k, 1, x, y] = heard[i, n, 0, x, y]
            depth[i, k] += 1
            depth[i, n] = depth[i, k]
            count[i] += 1
            for one in (k, n):
                middle[i, one] = interval_costs(
                    w[i], h[i], w[1 - i], h[1 - i], ends[i, one, 0], ends[i, one, 1], p,
                    heard[i, one], cost[i, one],
                )  # fmt: skip
        value = importance[0] * middle[0, worst[0]] + importance[1] * middle[1, worst[1]]
        if value < centre[4]:
            centre[4] = value
            for i in range(2):
                centre[i] = w[i]
                centre[2 + i] = (ends[i, worst[i], 0] + ends[i, worst[i], 1]) / 2
        settled = bound > upper or (bound >= target and undecided == 0.0)
        stuck = not settled and h[axis] / 2 < finest
        if settled and bound > upper:
            program[used] = SETTLED
            used += 1
            for f in range(2):
                order = np.argsort(ends[f, : count[f], 0])
                used = _write_cuts(order, depth[f], program, used)
            continue
        head, share = used, 1.0
        live, kept = np.empty((2, 2)), np.empty((2, 2), np.int64)
        used += 1
        for f in range(2):
            order = np.argsort(ends[f, : count[f], 0])
            used = _write_cuts(order, depth[f], program, used)
            kept[f, 0], kept[f, 1] = _alive(cost, order, f, importance, least, upper)
            live[f, 0], live[f, 1] = ends[f, order[kept[f, 0]], 0], ends[f, order[kept[f, 1]], 1]
            share *= (live[f, 1] - live[f, 0]) / max(first[f, 1] - first[f, 0], 1e-300)
            if not (settled or stuck):
                program[used], program[used + 1] = kept[f, 0], kept[f, 1]
                used += 2
        if settled or stuck:
            program[head] = SETTLED
            _put(leaves[left], boxes[row], live, bound)
            left += 1
            continue
        if share <= _WORTH:
            program[head] = NARROWED + axis
        else:
            live = first
            program[head], used = HALVED + axis, head + 1
        for side in range(2):
            child = children[born]
            _put(child, boxes[row], live, bound)
            child[2 + axis] /= 2
            child[axis] += child[2 + axis] if side else -child[2 + axis]
            born += 1
    return program[:used].copy(), children[:born], leaves[:left], centre
