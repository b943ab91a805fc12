"""One pattern of active features, compiled: its loss under a two-layer net, its gradient [D26].

Given which k features are active, the error of an output is linear on each simplex of a subdivision
of the cube: cones from the origin over the cube's outer faces, cut where a hidden neuron switches.
No neuron has a bias, so that all of its kinks pass through the origin, which stays a vertex of each
simplex and is not stored.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.computation.output_kernel import opposite, output_part, ramp_part

ROUNDING = 1e-14  # of the largest value: what is left by rounding where a value is zero


@compiled()
def pattern_parts(
    V: FloatArray,
    W2: FloatArray,
    W2T: FloatArray,
    b: FloatArray,
    active: NDArray[np.int64],
    corners: FloatArray,
    shares: FloatArray,
    target: int,
    bends: bool,
    clips: bool,
    most: int,
    costs: FloatArray,
    factors: FloatArray,
    dV: FloatArray,
    dW2T: FloatArray,
    db: FloatArray,
) -> tuple[int, int]:
    """Losses of all outputs for one pattern; how many simplices, and pieces of outputs.

    Parameters
    ----------
    V : (m, k)
        W1 of the active features.
    W2 : (n, m)
    W2T : (m, n)
    b : (n,)
    active : (k,)
    corners : (T, k, k)
    shares : (T,)
        Cones over the outer faces: corners beside the origin; weights that sum to one.
    target, bends, clips
        As of `output_part`.
    most : int
        Pieces after which to give up; 0 for no limit.
    costs : (n,)
        Filled with E[e_i²].
    factors : (n,)
        By which the derivatives of each output's cost are added to the next; empty for no gradient.
    dV : (m, k)
    dW2T : (m, n)
    db : (n,)
        Sums of derivatives, added to.
    """
    m, k = V.shape
    n = len(b)
    gradient = len(factors) > 0
    depth = 2 + m * max(k - 1, 1)
    points = np.empty((depth, k, k))
    weights = np.empty(depth)
    planes = np.empty(depth, np.int64)
    values = np.empty(k)
    H = np.empty((k, m))
    on = np.empty(m, np.bool_)
    z = np.empty((k + 1, n))
    slopes = np.zeros((k + 1, n))
    back = np.empty((k, m))
    x, zi, slope = np.zeros(k + 1), np.empty(k + 1), np.zeros(k + 1)
    N, M = np.empty((k + 2, k + 2)), np.empty(k + 2)
    room = 2 * k + 3
    xs, zs = np.empty((room, k + 1)), np.empty((room, k + 1))
    at, ws = np.empty((room, k + 1, k + 1)), np.empty(room)
    place = np.full(n, -1)
    for j in range(k):
        place[active[j]] = j
    reach = 0.0
    for corner in range(len(corners)):
        for v in range(k):
            for j in range(k):
                reach = max(reach, abs(corners[corner, v, j]))
    noise = np.empty(m)
    for a in range(m):
        noise[a] = 0.0
        for j in range(k):
            noise[a] += ROUNDING * reach * abs(V[a, j])
    costs[:] = 0.0
    cells = pieces = 0

    for cone in range(len(corners)):
        weights[0], planes[0] = shares[cone], 0
        for v in range(k):
            for j in range(k):
                points[0, v, j] = corners[cone, v, j]
        top = 1
        while top > 0:
            top -= 1
            plane = planes[top]
            plus = minus = -1
            while plane < m:
                plus = minus = -1
                for v in range(k):
                    value = 0.0
                    for j in range(k):
                        value += V[plane, j] * points[top, v, j]
                    values[v] = value
                    if value > noise[plane]:
                        plus = v
                    elif value < -noise[plane]:
                        minus = v
                if plus >= 0 and minus >= 0:
                    break
                plane += 1
            if plane < m:
                t = values[plus] / (values[plus] - values[minus])
                new = top + 1
                for v in range(k):
                    for j in range(k):
                        points[new, v, j] = points[top, v, j]
                for j in range(k):
                    points[new, plus, j] += t * (points[top, minus, j] - points[top, plus, j])
                    points[top, minus, j] = points[new, plus, j]
                weights[new] = weights[top] * (1.0 - t)
                weights[top] *= t
                planes[top] = planes[new] = plane
                top += 2
                continue

            # A cell: all that is hidden is linear on it.
            cells += 1
            for v in range(k + 1):
                for i in range(n):
                    z[v, i] = b[i]
            for a in range(m):
                side = 0.0
                for v in range(k):
                    value = 0.0
                    for j in range(k):
                        value += V[a, j] * points[top, v, j]
                    H[v, a] = max(value, 0.0)
                    if abs(value) > noise[a]:
                        side += value
                on[a] = side > 0.0
                if on[a]:
                    for v in range(k):
                        for i in range(n):
                            z[v + 1, i] += W2T[a, i] * H[v, a]
            for i in range(n):
                for v in range(k + 1):
                    zi[v] = z[v, i]
                own = place[i]
                if own < 0 and clips:
                    costs[i] += ramp_part(zi, weights[top], slope, N, M)
                    pieces += 1
                else:
                    x[:] = 0.0
                    if own >= 0:
                        for v in range(k):
                            if abs(points[top, v, own]) > ROUNDING * reach:
                                x[v + 1] = points[top, v, own]
                    plus, minus = opposite(x)
                    cost, parts = output_part(
                        x, zi, weights[top], target, bends and plus >= 0 and minus >= 0, clips,
                        slope, xs, zs, at, ws,
                    )  # fmt: skip
                    costs[i] += cost
                    pieces += parts
                if gradient:
                    for v in range(k + 1):
                        slopes[v, i] = slope[v] * factors[i]
            if 0 < most < pieces:
                return cells, pieces
            if not gradient:
                continue
            for v in range(k + 1):
                for i in range(n):
                    db[i] += slopes[v, i]
            back[:] = 0.0
            for v in range(k):
                for i in range(n):
                    for a in range(m):
                        back[v, a] += W2[i, a] * slopes[v + 1, i]
            for a in range(m):
                if on[a]:
                    for v in range(k):
                        for i in range(n):
                            dW2T[a, i] += H[v, a] * slopes[v + 1, i]
                        for j in range(k):
                            dV[a, j] += back[v, a] * points[top, v, j]
    return cells, pieces
