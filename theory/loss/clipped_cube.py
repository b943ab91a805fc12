"""Moments of a clipped linear form over a cube, by a recursion without cancellation [D03].

One output of the model sees z = b + a·x.  Its part of the loss is a sum over patterns of
active features of

$$ E[(x_i − z_+)²] = E[u² 1(z>0)] + E[x_i² 1(z<0)],    u = x_i − z, $$

two positive terms.  The textbook closed form divides by every slope a_j; here the divergence
theorem, applied to (x − t) φ 1(z>0) with t on the hyperplane z = 0 inside the cube, expresses
each moment by those on the faces,

$$ (k + d) E[φ 1] = Σ_j (1−τ_j) E[φ 1 | x_j = h] + τ_j E[φ 1 | x_j = l] + E[ψ 1], $$

with weights τ_j in [0, 1], where k is the degree of φ and ψ = kφ − (x − t)·∇φ is of lower degree:
0 for a power of z, t_i for x_i, 2 t_i u for u², since u(t) = t_i.
Nothing is divided by a slope, and z at the vertices is kept in double-double arithmetic, so
zero, tiny, coincident and cancelling slopes cost no digits.

A face is named by one digit a feature: 0 fixed at the low end, 1 fixed at the high end,
2 still uniform, 3 inactive (only where zero is not the low end).  The faces of all patterns
are shared: 3ⁿ of them for inputs on [0, 1], 4ⁿ for [−1, 1].
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.compiled import compiled

LOW, HIGH, UNIFORM = 0, 1, 2
NO_SLOPE = 1e-300  # slopes below are none: their reciprocals would overflow


@lru_cache(maxsize=32)
def faces(n_features: int, base: int) -> NDArray[np.int8]:
    """Digits of every face of every pattern, shape (base**n, n); do not write into it."""
    count = np.arange(base**n_features)[:, None]
    table = (count // base ** np.arange(n_features) % base).astype(np.int8)
    table.setflags(write=False)
    return table


def width(n_features: int, order: int) -> int:
    """Number of moments kept for each face: order 1 for gradients, 2 for Hessians."""
    n = n_features
    return 6 + 2 * n + (0 if order < 2 else 1 + n + 3 * (n * (n + 1) // 2))


@compiled(inline="always")
def two_sum(x: float, y: float) -> tuple[float, float]:
    """x + y = s + e exactly (Knuth)."""
    s = x + y
    v = s - x
    return s, (x - (s - v)) + (y - v)


@compiled(inline="always")
def two_product(x: float, y: float) -> tuple[float, float]:
    """x · y = q + e exactly (Dekker; halves of 26 bits)."""
    q = x * y
    c = 134217729.0 * x
    xh = c - (c - x)
    xl = x - xh
    c = 134217729.0 * y
    yh = c - (c - y)
    yl = y - yh
    return q, ((xh * yh - q) + xh * yl + xl * yh) + xl * yl


@compiled()
def row_moments(
    ah: FloatArray,
    al: FloatArray,
    b: float,
    target: int,
    p: FloatArray,
    low: float,
    high: float,
    digits: NDArray[np.int8],
    base: int,
    order: int,
    mom: FloatArray,
    ends: FloatArray,
    ax: FloatArray,
    out: FloatArray,
) -> None:
    """Loss of one output with its gradient (order 1) and Hessian (order 2), into `out`.

    Parameters
    ----------
    ah, al : (n,)
        Slopes a in double-double, a = ah + al.
    b : float
        Intercept.
    target : int
        i, the feature that the output should equal; −1 for none, which gives E[z_+²].
    p : (n,)
        Densities.
    low, high : float
        Range of an active feature; low ≤ 0 < high.
    digits, base
        ``faces(n, base)`` with base 3 if low is 0, else 4.
    mom : (base**n, width(n, order)); ends : (base**n, 3); ax : (n, 4)
        Work space.
    out : (1 + n + 1,) or (1 + (n+1) + (n+1)(n+2)/2,)
        E[(x_i − z_+)²], its derivative by a and by b, and, packed by rows of the upper
        triangle in the order (a, b), the second derivatives.
    """
    n = ah.shape[0]
    n_faces = digits.shape[0]
    size = mom.shape[1]
    span = high - low
    middle = 0.5 * (low + high)
    variance = span * span / 12.0
    tri = n * (n + 1) // 2
    at_x = 6
    at_v = 6 + n
    at_t = 6 + 2 * n  # surface moments E[δ(z)], E[x_j δ]
    at_q = at_t + 1 + n  # E[x_j x_l 1]
    at_s = at_q + tri  # E[x_j x_l δ]
    at_y = at_s + tri  # E[x_i x_j x_l δ]
    t = np.empty(n)
    for m in range(out.shape[0]):
        out[m] = 0.0
    for j in range(n):
        for side in range(2):
            end = low if side == 0 else high
            q, e = two_product(ah[j], end)
            ax[j, 2 * side] = q
            ax[j, 2 * side + 1] = e + al[j] * end

    for s in range(n_faces):
        # Which features are uniform here, where the others stand, the weight as a pattern.
        k = 0
        first = 0
        stride_first = 0
        stride = 1
        weight = 1.0
        for j in range(n):
            d = digits[s, j]
            if d == 2:
                k += 1
                first = j
                stride_first = stride
                weight *= p[j]
                t[j] = middle
            elif d == 0:
                t[j] = low
                weight *= (1.0 - p[j]) if base == 3 else 0.0
            elif d == 1:
                t[j] = high
                weight = 0.0
            else:
                t[j] = 0.0
                weight *= 1.0 - p[j]
            stride *= base
        fixed = True
        x_i = 0.0
        if target >= 0:
            x_i = t[target]
            fixed = digits[s, target] != 2

        # Range of z, and u at the centre.  z at a vertex is a sum in double-double.
        if k == 0:
            zh = b
            zl = 0.0
            for j in range(n):
                d = digits[s, j]
                if d < 2:
                    zh, e = two_sum(zh, ax[j, 2 * d])
                    zl += e + ax[j, 2 * d + 1]
            zh, zl = two_sum(zh, zl)
            g, e = two_sum(x_i, -zh)
            u = g + (e - zl)
            z_min = zh
            z_max = zh
        else:
            below = s - 2 * stride_first
            above = s - stride_first
            if ah[first] >= 0.0:
                z_min = ends[below, 0]
                z_max = ends[above, 1]
            else:
                z_min = ends[above, 0]
                z_max = ends[below, 1]
            u = 0.5 * (ends[below, 2] + ends[above, 2])
        ends[s, 0] = z_min
        ends[s, 1] = z_max
        ends[s, 2] = u

        row = mom[s]
        for m in range(size):
            row[m] = 0.0
        # A kink through a vertex ends there: of the two faces that meet in it one has to know, or
        # the surface moments of their common cube would miss it.
        touches = order > 1 and k > 0 and z_max == 0.0 and z_min < 0.0
        if z_max <= 0.0 and not touches:  # clipped everywhere: the output is 0, its derivative too
            row[5] = 1.0
            if target >= 0:
                row[4] = x_i
                row[3] = x_i * x_i + (0.0 if fixed else variance)
        elif z_min >= 0.0:  # linear everywhere
            u2 = u * u
            row[2] = 1.0
            row[1] = u
            for j in range(n):
                row[at_x + j] = t[j]
                v = t[j] * u
                if digits[s, j] == 2:
                    slope = -ah[j] - al[j]
                    if j == target:
                        slope = (1.0 - ah[j]) - al[j]
                    u2 += slope * slope * variance
                    v += slope * variance
                row[at_v + j] = v
            row[0] = u2
            if order > 1:
                c = 0
                for j in range(n):
                    for l in range(j, n):
                        row[at_q + c] = t[j] * t[l]
                        if j == l and digits[s, j] == 2:
                            row[at_q + c] += variance
                        c += 1
        else:  # the kink crosses this face
            inverse = 1.0 / (z_max - z_min)
            up = z_max * inverse
            down = -z_min * inverse
            stride = 1
            for j in range(n):
                if digits[s, j] == 2:
                    if ah[j] >= 0.0:
                        w_low = down
                        w_high = up
                    else:
                        w_low = up
                        w_high = down
                    t[j] = low * w_high + high * w_low
                    lower = mom[s - 2 * stride]
                    upper = mom[s - stride]
                    for m in range(size):
                        row[m] += w_high * upper[m] + w_low * lower[m]
                stride *= base
            t_i = t[target] if target >= 0 else 0.0
            u_t = t_i  # z = 0 at t
            c0 = 1.0 / k
            c1 = 1.0 / (k + 1)
            c2 = 1.0 / (k + 2)
            row[2] *= c0
            row[1] = (row[1] + u_t * row[2]) * c1
            row[0] = (row[0] + 2.0 * u_t * row[1]) * c2
            row[5] *= c0
            row[4] = (row[4] + t_i * row[5]) * c1
            row[3] = (row[3] + 2.0 * t_i * row[4]) * c2
            for j in range(n):
                row[at_x + j] = (row[at_x + j] + t[j] * row[2]) * c1
                row[at_v + j] = (row[at_v + j] + t[j] * row[1] + u_t * row[at_x + j]) * c2
            if order > 1:
                if k == 1:
                    row[at_t] = inverse
                else:
                    row[at_t] *= 1.0 / (k - 1)
                for j in range(n):
                    row[at_t + 1 + j] = (row[at_t + 1 + j] + t[j] * row[at_t]) * c0
                c = 0
                for j in range(n):
                    for l in range(j, n):
                        row[at_q + c] = (
                            row[at_q + c] + t[j] * row[at_x + l] + t[l] * row[at_x + j]
                        ) * c2
                        row[at_s + c] = (
                            row[at_s + c] + t[j] * row[at_t + 1 + l] + t[l] * row[at_t + 1 + j]
                        ) * c1
                        c += 1
                if target >= 0:
                    c = 0
                    for j in range(n):
                        for l in range(j, n):
                            row[at_y + c] = (
                                row[at_y + c]
                                + t_i * row[at_s + c]
                                + t[j] * row[at_s + _packed(target, l, n)]
                                + t[l] * row[at_s + _packed(target, j, n)]
                            ) * c2
                            c += 1

        if weight > 0.0:
            out[0] += weight * (row[0] + row[3])
            for j in range(n):
                out[1 + j] -= 2.0 * weight * row[at_v + j]
            out[1 + n] -= 2.0 * weight * row[1]
            if order > 1:
                at = 2 + n
                c = 0
                for j in range(n):
                    for _ in range(j, n):
                        out[at] += 2.0 * weight * (row[at_q + c] - row[at_y + c])
                        at += 1
                        c += 1
                    second = row[at_x + j]
                    if target >= 0:
                        second -= row[at_s + _packed(target, j, n)]
                    out[at] += 2.0 * weight * second
                    at += 1
                second = row[2]
                if target >= 0:
                    second -= row[at_t + 1 + target]
                out[at] += 2.0 * weight * second


@compiled(inline="always")
def _packed(j: int, l: int, n: int) -> int:
    """Place of (j, l) in the rows of an upper triangle."""
    if j > l:
        j, l = l, j
    return j * n - j * (j - 1) // 2 + (l - j)
