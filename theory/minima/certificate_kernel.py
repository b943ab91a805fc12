"""Lower bounds of the (2, 1) loss on boxes of parameters, in floats that cannot be wrong [D10].

Every sum below has terms of one sign, and the values at the corners of the square of inputs
are exact because the boxes are dyadic; so each moment carries a relative error of a few dozen
roundings, and one generous slack at the end covers them all.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled

Four = tuple[float, float, float, float]

#: Relative to the sum of the absolute values of all terms: 512 roundings, more than there are.
SLACK = 512 * 2.0**-53


@compiled()
def _segment(z0: float, z1: float) -> tuple[float, float, float]:
    """Integrals over t in [0, 1] of (z₊², t z₊, z₊), z linear from z0 to z1."""
    if z0 <= 0.0 and z1 <= 0.0:
        return 0.0, 0.0, 0.0
    if z0 >= 0.0 and z1 >= 0.0:
        return (z0 * z0 + z0 * z1 + z1 * z1) / 3, z0 / 6 + z1 / 3, (z0 + z1) / 2
    if z1 > 0.0:  # rises through zero at t = start
        length, start = z1 / (z1 - z0), -z0 / (z1 - z0)
        return length * z1 * z1 / 3, length * z1 * (start / 2 + length / 3), length * z1 / 2
    length = z0 / (z0 - z1)
    return length * z0 * z0 / 3, length * length * z0 / 6, length * z0 / 2


@compiled()
def _triangle(
    zp: float,
    xp: float,
    yp: float,
    zq: float,
    xq: float,
    yq: float,
    zr: float,
    xr: float,
    yr: float,
) -> Four:
    """Integrals over a triangle of area ½ of (z₊², x z₊, y z₊, z₊), z linear."""
    positive = (zp > 0.0) + (zq > 0.0) + (zr > 0.0)
    if positive == 0:
        return 0.0, 0.0, 0.0, 0.0
    if positive == 3:
        return _whole(0.5, zp, xp, yp, zq, xq, yq, zr, xr, yr)
    # Turn the triangle so that P is the odd one out.
    if (zq > 0.0) == (positive == 1):
        zp, xp, yp, zq, xq, yq = zq, xq, yq, zp, xp, yp
    elif (zr > 0.0) == (positive == 1):
        zp, xp, yp, zr, xr, yr = zr, xr, yr, zp, xp, yp
    # Shares of the two sides from P that lie on P's side of the line z = 0, and the rest.
    s, s1 = zp / (zp - zq), -zq / (zp - zq)
    t, t1 = zp / (zp - zr), -zr / (zp - zr)
    xs, ys = s1 * xp + s * xq, s1 * yp + s * yq
    xt, yt = t1 * xp + t * xr, t1 * yp + t * yr
    if positive == 1:
        return _whole(0.5 * s * t, zp, xp, yp, 0.0, xs, ys, 0.0, xt, yt)
    a0, a1, a2, a3 = _whole(0.5 * t1, zq, xq, yq, zr, xr, yr, 0.0, xt, yt)
    c0, c1, c2, c3 = _whole(0.5 * s1 * t, zq, xq, yq, 0.0, xt, yt, 0.0, xs, ys)
    return a0 + c0, a1 + c1, a2 + c2, a3 + c3


@compiled()
def _whole(
    area: float,
    zp: float,
    xp: float,
    yp: float,
    zq: float,
    xq: float,
    yq: float,
    zr: float,
    xr: float,
    yr: float,
) -> Four:
    """The same over a triangle on which z is nowhere negative."""
    z = zp + zq + zr
    part = area / 12
    return (
        part * (zp * zp + zq * zq + zr * zr + z * z),
        part * (xp * zp + xq * zq + xr * zr + (xp + xq + xr) * z),
        part * (yp * zp + yq * zq + yr * zr + (yp + yq + yr) * z),
        area * z / 3,
    )


@compiled()
def moments(a: float, c: float, b: float, p: float) -> Four:
    """E of (z₊², x z₊, y z₊, z₊) for z = ax + cy + b, with x and y of density p [D10]."""
    q = 1.0 - p
    x0, x1, x2 = _segment(b, b + a)
    y0, y1, y2 = _segment(b, b + c)
    corner = b + a + c
    u0, u1, u2, u3 = _triangle(b, 0.0, 0.0, b + a, 1.0, 0.0, corner, 1.0, 1.0)
    v0, v1, v2, v3 = _triangle(b, 0.0, 0.0, b + c, 0.0, 1.0, corner, 1.0, 1.0)
    none = max(b, 0.0)
    return (
        q * q * none * none + p * q * (x0 + y0) + p * p * (u0 + v0),
        p * q * x1 + p * p * (u1 + v1),
        p * q * y1 + p * p * (u2 + v2),
        q * q * none + p * q * (x2 + y2) + p * p * (u3 + v3),
    )


@compiled()
def loss_bounds(
    w1: float, w2: float, b1: float, b2: float, p: float, first: float, second: float
) -> tuple[float, float]:
    """Lower and upper bound of the loss at one dyadic point [D10].

    Parameters
    ----------
    w1, w2, b1, b2 : float
        Weights and biases; products of two weights and the biases are whole multiples of one
        power of two, and sums of them fit 53 bits.
    p, first, second : float
        Density in (0, 1], importances of the two features.
    """
    total, size = 0.0, 0.0
    for weight, w, other, b in ((first, w1, w2, b1), (second, w2, w1, b2)):
        F, T, _, _ = moments(w * w, w * other, b, p)
        total += weight * (p / 3 - 2 * T + F)
        size += weight * (p / 3 + 2 * T + F)
    return total - SLACK * size, total + SLACK * size


@compiled()
def _feature_at_corners(
    w: float, hw: float, other: float, hother: float, b: float, hb: float, p: float, out: FloatArray
) -> tuple[float, float]:
    """Least over b of the concave lower bound of one feature's cost, at the corners of w, other.

    out[i, j] belongs to the signs of the steps in w and in other.  Returns the cost at the
    centre and the size of the largest terms, for the slack.
    """
    F, Fx, Fy, Fz = moments(w * w, w * other, b, p)
    centre = p / 3 + F - 2 * Fx
    Fx, Fy, Fz = 2 * Fx, 2 * Fy, 2 * Fz  # the derivatives of F in a, c and b
    cross = hw * hother
    size = 0.0
    for i in range(2):
        dw = hw if i else -hw
        for j in range(2):
            dother = hother if j else -hother
            da, dc = 2 * w * dw, w * dother + other * dw
            a = (w + dw) * (w + dw)
            c = w * other + dc + cross
            tangent = p / 3 + F + Fx * da + Fy * (dc - cross)
            terms = p / 3 + F + Fx * abs(da) + Fy * (abs(dc) + cross) + Fz * hb
            best = np.inf
            for k in range(2):
                db = hb if k else -hb
                _, T, _, _ = moments(a, c, b + db, p)
                best = min(best, tangent + Fz * db - 2 * T)
                size = max(size, terms + 2 * T)
            out[i, j] = best
    return centre, size


@compiled()
def box_bounds(boxes: FloatArray, p: float, first: float, second: float) -> FloatArray:
    r"""Lower bound of the loss on each box, and about the loss at its centre [D10].

    The cost of a feature, φ = p/3 + F − 2T with F = E[z₊²] and T = E[x z₊], is a difference
    of two functions that are convex and increasing in (a, c, b).  F lies above its tangent
    at the centre; T lies below its values at points that dominate the box.  What results is
    concave in the parameters, so its least value is at a corner.

    Parameters
    ----------
    boxes : array (N, 8)
        Centres (w1, w2, b1, b2), then half-widths, dyadic as for `loss_bounds`, corners included.
    p, first, second : float
        Density in (0, 1], importances of the two features.

    Returns
    -------
    array (N, 2)
        The bound, which holds rigorously, and the loss at the centre, which is a float.
    """
    found = np.empty((boxes.shape[0], 2))
    one, two = np.empty((2, 2)), np.empty((2, 2))
    for n in range(boxes.shape[0]):
        w1, w2, b1, b2, h1, h2, g1, g2 = boxes[n]
        centre1, size1 = _feature_at_corners(w1, h1, w2, h2, b1, g1, p, one)
        centre2, size2 = _feature_at_corners(w2, h2, w1, h1, b2, g2, p, two)
        least = np.inf
        for i in range(2):
            for j in range(2):
                least = min(least, first * one[i, j] + second * two[j, i])
        found[n, 0] = least - SLACK * (first * size1 + second * size2)
        found[n, 1] = first * centre1 + second * centre2
    return found
