r"""Exact gradient of two features in one hidden dimension, fast: for flows by the thousand [D23].

With both features active an output sees z = b + a·x over the unit square.  Where z > 0 the square
is a polygon; moments over its triangles are sums of terms that are not negative, so that nothing
cancels, however small a slope is.  Ten times quicker than the recursion for any n [D03], to which
it is held.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
# Numbers that pair_gradient writes to: two rows of four, and three coordinates of six vertices.
SCRATCH = 26


@compiled()
def pair_gradient(
    theta: FloatArray,
    p: FloatArray,
    importance: FloatArray,
    interference: float,
    gradient: FloatArray,
    scratch: FloatArray,
) -> float:
    """L + 2λ w₁² w₂² at θ = (w₁, w₂, b₁, b₂), its gradient into (4,) [D23].

    Parameters
    ----------
    theta : (4,)
    p, importance : (2,)
        Densities and importances.
    interference : float
        λ.
    gradient : (4,)
        Written to.
    scratch : (26,)
        Written to, for no new memory.
    """
    w1, w2 = theta[0], theta[1]
    first, second, vertices = scratch[:4], scratch[4:8], scratch[8:]
    _output(w1 * w1, w1 * w2, theta[2], 0, p[0], p[1], first, vertices)
    _output(w1 * w2, w2 * w2, theta[3], 1, p[0], p[1], second, vertices)
    across = importance[0] * first[1] + importance[1] * second[0]
    gradient[0] = 2 * importance[0] * first[0] * w1 + across * w2
    gradient[1] = 2 * importance[1] * second[1] * w2 + across * w1
    gradient[0] += 4 * interference * w1 * w2 * w2
    gradient[1] += 4 * interference * w2 * w1 * w1
    gradient[2] = importance[0] * first[2]
    gradient[3] = importance[1] * second[2]
    loss = importance[0] * first[3] + importance[1] * second[3]
    return loss + 2 * interference * w1 * w1 * w2 * w2


@compiled()
def pair_output_losses(
    W: FloatArray, b: FloatArray, own: int, density: float, losses: FloatArray
) -> None:
    """E[(x_own − z₊)²] of one output of each model, features of one density [D23].

    Parameters
    ----------
    W : (K, 2)
    b : (K,)
        Bias of that output.
    own : 0 or 1
    density : float
        p.
    losses : (K,)
        Written to.
    """
    out, vertices = np.empty(4), np.empty(18)
    for k in range(len(W)):
        w = W[k, own]
        _output(w * W[k, 0], w * W[k, 1], b[k], own, density, density, out, vertices)
        losses[k] = out[3]


@compiled()
def _output(
    a1: float,
    a2: float,
    b: float,
    own: int,
    p1: float,
    p2: float,
    out: FloatArray,
    vertices: FloatArray,
) -> None:
    """E[(x_own − z₊)²] by its slopes a and its offset b: ∂a₁, ∂a₂, ∂b and the loss into `out`."""
    none = (1 - p1) * (1 - p2) * max(b, 0.0)
    out[0] = 0.0
    out[1] = 0.0
    out[2] = 2 * none
    out[3] = none * b
    _one_active(a1, b, own == 0, p1 * (1 - p2), 0, out)
    _one_active(a2, b, own == 1, p2 * (1 - p1), 1, out)
    _both_active(a1, a2, b, own, p1 * p2, out, vertices)


@compiled()
def _one_active(a: float, b: float, is_own: bool, weight: float, at: int, out: FloatArray) -> None:
    """Patterns in which one feature is active: as theory.one_hot.potential, for one number."""
    if is_own:
        out[3] += weight / 3
    start, end = b, a + b
    if start <= 0 and end <= 0:
        return
    low, high, length = 0.0, 1.0, 1.0
    if start <= 0:
        low = -start / a
        length = end / a
    elif end <= 0:
        high = -start / a
        length = high
    z0, z1 = max(start, 0.0), max(end, 0.0)
    tz = length * (low * (z0 + z1) / 2 + length * (z0 / 6 + z1 / 3))
    out[at] += weight * 2 * tz
    out[2] += weight * length * (z0 + z1)
    out[3] += weight * length * (z0 * z0 + z0 * z1 + z1 * z1) / 3
    if is_own:
        out[at] -= weight * 2 * length * (low * low + low * high + high * high) / 3
        out[2] -= weight * length * (low + high)
        out[3] -= weight * 2 * tz


@compiled()
def _both_active(
    a1: float, a2: float, b: float, own: int, weight: float, out: FloatArray, vertices: FloatArray
) -> None:
    """The pattern of both: moments over the part of the square where z > 0, by its triangles."""
    out[3] += weight / 3
    X, Y, Z = vertices[:6], vertices[6:12], vertices[12:]
    count = 0
    z = b
    for k in range(4):
        l = (k + 1) % 4
        x, y = CORNERS[k, 0], CORNERS[k, 1]
        x_next, y_next = CORNERS[l, 0], CORNERS[l, 1]
        z_next = b + a1 * x_next + a2 * y_next
        if z > 0:
            X[count], Y[count], Z[count] = x, y, z
            count += 1
        if (z > 0) != (z_next > 0):
            t = z / (z - z_next)
            X[count], Y[count], Z[count] = x + t * (x_next - x), y + t * (y_next - y), 0.0
            count += 1
        z = z_next
    for k in range(1, count - 1):
        u1, v1 = X[k] - X[0], Y[k] - Y[0]
        u2, v2 = X[k + 1] - X[0], Y[k + 1] - Y[0]
        size = weight * abs(u1 * v2 - u2 * v1) / 2
        sx, sy, sz = X[0] + X[k] + X[k + 1], Y[0] + Y[k] + Y[k + 1], Z[0] + Z[k] + Z[k + 1]
        xz = size / 12 * (X[0] * Z[0] + X[k] * Z[k] + X[k + 1] * Z[k + 1] + sx * sz)
        yz = size / 12 * (Y[0] * Z[0] + Y[k] * Z[k] + Y[k + 1] * Z[k + 1] + sy * sz)
        zz = size / 12 * (Z[0] * Z[0] + Z[k] * Z[k] + Z[k + 1] * Z[k + 1] + sz * sz)
        xy = size / 12 * (X[0] * Y[0] + X[k] * Y[k] + X[k + 1] * Y[k + 1] + sx * sy)
        out[0] += 2 * xz
        out[1] += 2 * yz
        out[2] += 2 * size / 3 * sz
        if own == 0:
            xx = size / 12 * (X[0] * X[0] + X[k] * X[k] + X[k + 1] * X[k + 1] + sx * sx)
            out[0] -= 2 * xx
            out[1] -= 2 * xy
            out[2] -= 2 * size / 3 * sx
            out[3] += zz - 2 * xz
        else:
            yy = size / 12 * (Y[0] * Y[0] + Y[k] * Y[k] + Y[k + 1] * Y[k + 1] + sy * sy)
            out[0] -= 2 * xy
            out[1] -= 2 * yy
            out[2] -= 2 * size / 3 * sy
            out[3] += zz - 2 * yz
