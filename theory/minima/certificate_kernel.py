"""Lower bounds of the (2, 1) loss on boxes of parameters, in floats that cannot be wrong [D10].

Every sum below has terms of one sign, and the values at the corners of the square of inputs
are exact because the boxes are dyadic; so each moment carries a relative error of a few dozen
roundings, and one generous slack at the end covers them all.
"""

from __future__ import annotations

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
