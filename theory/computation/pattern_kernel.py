r"""One pattern of active features, compiled: its loss under a two-layer net, its gradient [D26].

Given which k features are active, the error of an output is linear on each simplex of a subdivision
of the cube: cones from the origin over the cube's outer faces, cut where a hidden neuron switches,
and for each output where its target bends and where it is clipped.  On a simplex of weight w, with
the errors e_v at its k + 1 vertices,

.. math:: E[e^2] = \frac{w}{(k+1)(k+2)} \Big( \sum_v e_v^2 + \big(\sum_v e_v\big)^2 \Big),
   \qquad E[e \lambda_v] = \frac{w}{(k+1)(k+2)} \Big( e_v + \sum_u e_u \Big) .

No neuron has a bias, so that all of its kinks pass through the origin, which stays a vertex of each
simplex and is not stored.  Edges are cut between their ends: weights stay positive, and the loss is
a sum of what is positive.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.compiled import compiled

ABSOLUTE, RELU, IDENTITY = 0, 1, 2
ROUNDING = 1e-14  # of the largest value: what is left by rounding where a value is zero


@compiled(inline="always")
def wanted(x: float, target: int) -> float:
    """The target of a feature."""
    if x >= 0.0 or target == IDENTITY:
        return x
    return -x if target == ABSOLUTE else 0.0


@compiled(inline="always")
def opposite(values: FloatArray) -> tuple[int, int]:
    """A vertex where a linear function is positive, and one where it is negative; −1 for none."""
    plus = minus = -1
    for v in range(len(values)):
        if values[v] > 0.0:
            plus = v
        elif values[v] < 0.0:
            minus = v
    return plus, minus


@compiled()
def ramp_part(
    z: FloatArray, weight: float, slope: FloatArray, N: FloatArray, M: FloatArray
) -> float:
    """E[z₊²] on one simplex, and its derivatives by z at the vertices into `slope`.

    Cutting the edge from a vertex p above zero to one q below leaves two simplices, in which q, or
    p, is replaced by a vertex at zero.  All vertices at zero have the same E[z₊ λ], so that what is
    left depends on which p and q are gone, not on the order: a table instead of all the paths.

    Parameters
    ----------
    z : (k + 1,)
    weight : float
    slope : (k + 1,)
    N : (k + 2, k + 2), M : (k + 2,)
        Work space: E[z₊ λ_v] and, last, that of a vertex at zero; E[z₊²], by how many p are gone.
    """
    size = len(z)
    scale = weight / (size * (size + 1))
    above = 0
    for v in range(size):
        above += z[v] > 0.0
    # Nothing is below: rows by the number of p that are at zero by now, in the order of vertices.
    N[above] = 0.0
    M[above] = 0.0
    row, total, square = above, 0.0, 0.0
    for v in range(size - 1, -1, -1):
        if z[v] > 0.0:
            row -= 1
            total += z[v]
            square += z[v] * z[v]
            M[row] = scale * (square + total * total)
            for u in range(size):
                N[row, u] = scale * ((z[u] if z[u] > 0.0 and u >= v else 0.0) + total)
            N[row, size] = scale * total
    for q in range(size - 1, -1, -1):
        if z[q] >= 0.0:
            continue
        row = above
        for p in range(size - 1, -1, -1):
            if z[p] <= 0.0:
                continue
            row -= 1
            t = z[p] / (z[p] - z[q])
            s = -z[q] / (z[p] - z[q])
            M[row] = t * M[row] + s * M[row + 1]
            zero, other_zero = N[row, size], N[row + 1, size]
            at_p = t * (N[row, p] + s * zero) + s * s * other_zero
            at_q = t * t * zero + s * (N[row + 1, q] + t * other_zero)
            for u in range(size + 1):
                N[row, u] = t * N[row, u] + s * N[row + 1, u]
            N[row, p], N[row, q] = at_p, at_q
    for v in range(size):
        slope[v] = 2.0 * N[0, v]
    return M[0]


@compiled()
def output_part(
    x: FloatArray,
    z: FloatArray,
    weight: float,
    target: int,
    bends: bool,
    clips: bool,
    slope: FloatArray,
    xs: FloatArray,
    zs: FloatArray,
    at: FloatArray,
    ws: FloatArray,
) -> tuple[float, int]:
    """One output on one simplex: its part of E[e²], and in how many pieces.

    Parameters
    ----------
    x, z : (k + 1,)
        The output's own feature (zeros if that is not active) and its pre-activation at vertices.
    weight : float
        Of the simplex, as a part of the cube.
    target : int
        ABSOLUTE, RELU or IDENTITY.
    bends, clips : bool
        Whether the target may bend on this simplex; whether the output is a ReLU.
    slope : (k + 1,)
        Filled with the derivatives by z at the vertices.
    xs, zs : (S, k + 1); at : (S, k + 1, k + 1); ws : (S,)
        Work space, S ≥ 2k + 2: pieces by x, z and barycentric coordinates of their vertices.
    """
    size = len(x)
    scale = 1.0 / (size * (size + 1))
    slope[:] = 0.0
    plus, minus = opposite(z)
    if not bends and (not clips or plus < 0 or minus < 0):  # in one piece
        alive = not clips or plus >= 0
        total = square = 0.0
        for v in range(size):
            e = wanted(x[v], target)
            if alive:
                e -= z[v]
                slope[v] = e
            total += e
            square += e * e
        if alive:
            for v in range(size):
                slope[v] = -2.0 * weight * scale * (slope[v] + total)
        return weight * scale * (square + total * total), 1

    at[0] = 0.0
    for v in range(size):
        xs[0, v], zs[0, v], at[0, v, v] = x[v], z[v], 1.0
    ws[0] = weight
    top, loss, pieces = 1, 0.0, 0
    while top > 0:
        top -= 1
        plus, minus = opposite(xs[top])
        by_x = bends and plus >= 0 and minus >= 0
        if not by_x:
            plus, minus = opposite(zs[top])
        if by_x or (clips and plus >= 0 and minus >= 0):
            values = xs[top] if by_x else zs[top]
            t = values[plus] / (values[plus] - values[minus])
            new = top + 1
            xs[new], zs[new], at[new] = xs[top], zs[top], at[top]
            x_cut = 0.0 if by_x else (1.0 - t) * xs[top, plus] + t * xs[top, minus]
            z_cut = (1.0 - t) * zs[top, plus] + t * zs[top, minus] if by_x else 0.0
            for u in range(size):
                at[new, plus, u] += t * (at[top, minus, u] - at[top, plus, u])
                at[top, minus, u] = at[new, plus, u]
            xs[top, minus] = xs[new, plus] = x_cut
            zs[top, minus] = zs[new, plus] = z_cut
            ws[new] = ws[top] * (1.0 - t)
            ws[top] *= t
            top += 2
            continue
        pieces += 1
        alive = not clips or plus >= 0
        total = square = 0.0
        for v in range(size):
            e = wanted(xs[top, v], target)
            if alive:
                e -= zs[top, v]
            xs[top, v] = e
            total += e
            square += e * e
        loss += ws[top] * scale * (square + total * total)
        if alive:
            for v in range(size):
                moved = -2.0 * ws[top] * scale * (xs[top, v] + total)
                for u in range(size):
                    slope[u] += moved * at[top, v, u]
    return loss, pieces


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
    W2 : (n, m), W2T : (m, n), b : (n,), active : (k,)
    corners : (T, k, k), shares : (T,)
        Cones over the outer faces: corners beside the origin; weights that sum to one.
    target, bends, clips
        As of `output_part`.
    most : int
        Pieces after which to give up; 0 for no limit.
    costs : (n,)
        Filled with E[e_i²].
    factors : (n,)
        By which the derivatives of each output's cost are added to the next; empty for no gradient.
    dV : (m, k), dW2T : (m, n), db : (n,)
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
        points[0], weights[0], planes[0] = corners[cone], shares[cone], 0
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
                points[new] = points[top]
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
                z[v] = b
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
