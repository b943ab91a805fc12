r"""One output of a two-layer net on one simplex, compiled: its cost and its slopes [D26].

On a simplex of weight w, with the errors e_v at its k + 1 vertices,

.. math:: E[e^2] = \frac{w}{(k+1)(k+2)} \Big( \sum_v e_v^2 + \big(\sum_v e_v\big)^2 \Big),
   \qquad E[e \lambda_v] = \frac{w}{(k+1)(k+2)} \Big( e_v + \sum_u e_u \Big) .

It is cut where the target bends and where the output is clipped.  Edges are cut between their ends:
weights stay positive, and the cost is a sum of what is positive.
"""

from __future__ import annotations

from ground.checks import FloatArray
from ground.compiled import compiled

ABSOLUTE, RELU, IDENTITY = 0, 1, 2


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
    N : (k + 2, k + 2)
    M : (k + 2,)
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
            for v in range(size):
                xs[new, v], zs[new, v] = xs[top, v], zs[top, v]
                for u in range(size):
                    at[new, v, u] = at[top, v, u]
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
