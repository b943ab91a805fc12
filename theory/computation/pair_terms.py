r"""Exact loss and gradient of a two-layer net on inputs with at most two active features [D26].

Without a hidden bias h = ReLU(W₁x) is homogeneous, so two active features see its kinks as rays
from the origin.  In one quadrant of their signs, with u = |x_i| and v = |x_j|, neuron a receives
α_a u + β_a v and has a ray inside where α_a β_a < 0.  The rays are sorted by angle and the sectors
between them walked: from one to the next a single neuron switches, and the slopes of all outputs
move by a column of W₂ times (α_a, β_a).  Another ray goes to the corner, so that a sector cuts a
triangle from the rectangle, with one corner at the origin; see :mod:`theory.computation.triangles`.

The gradient has no boundary terms, since the error is continuous: it is a sum over sectors, and a
neuron takes those on its side of its ray.
"""

from __future__ import annotations

import numpy as np

from ground.compiled import compiled
from theory.computation.triangles import quiet_triangle, target_triangle

__all__ = ["pair_terms"]

ROUNDING = 4 * 2.0**-52  # times the number of neurons: a slope that is not more is none
LOOSE = {"reassoc", "contract", "nsz"}  # sums in any order; what infinities and NaN mean stays


@compiled(error_model="numpy")
def _segment(rectified, slope, b, t, length):  # type: ignore[no-untyped-def]
    """∫ (t u − y)², ∫ (y − t u) y' u and ∫ (y − t u) y' du over [0, length], y of slope u + b."""
    low, high = 0.0, length
    end = b + slope * length
    if rectified:
        if b <= 0.0 and end <= 0.0:
            return t * t * length**3 / 3.0, 0.0, 0.0
        if b < 0.0:
            low = -b / slope
        elif end < 0.0:
            high = -b / slope
    first = b + slope * low - t * low
    last = b + slope * high - t * high
    if rectified and b < 0.0:
        first = -t * low
    elif rectified and end < 0.0:
        last = -t * high
    width = high - low
    silent = low**3 if low > 0.0 else (length - high) * (length**2 + length * high + high**2)
    square = width / 3.0 * (first * first + first * last + last * last) + t * t * silent / 3.0
    by_u = width / 6.0 * (low * (2.0 * first + last) + high * (first + 2.0 * last))
    return square, by_u, width / 2.0 * (first + last)


@compiled(error_model="numpy")
def _singles(W1, W2T, b, chance, importance, world, noise, out, gW1, gW2T, gb):  # type: ignore[no-untyped-def]
    """Add the loss with exactly one feature active, and its gradient."""
    m, n = W1.shape
    low, high, t_low, t_high, linear = world
    slopes, moments = np.empty(n), np.empty(n)
    for j in range(n):
        for side in range(2):
            length, t = (high, t_high) if side == 0 else (-low, t_low)
            weight = chance[j] / (high - low)
            if length == 0.0 or weight == 0.0:
                continue
            sign = 1.0 if side == 0 else -1.0
            slopes[:] = 0.0
            for a in range(m):
                alpha = sign * W1[a, j]
                if alpha > 0.0:
                    for o in range(n):
                        slopes[o] += W2T[a, o] * alpha
            for o in range(n):
                slope = slopes[o] if abs(slopes[o]) > noise[j, o] else 0.0
                square, by_u, by_one = _segment(
                    linear == 0.0, slope, b[o], t if o == j else 0.0, length
                )
                scale = importance[o] * weight
                out[1] += scale * square
                moments[o] = 2.0 * scale * by_u
                gb[o] += 2.0 * scale * by_one
            for a in range(m):
                alpha = sign * W1[a, j]
                if alpha > 0.0:
                    total = 0.0
                    for o in range(n):
                        gW2T[a, o] += alpha * moments[o]
                        total += W2T[a, o] * moments[o]
                    gW1[a, j] += sign * total


@compiled(inline="always")
def _bent(alpha, beta):  # type: ignore[no-untyped-def]
    """Whether the neuron switches inside the quadrant; a product would underflow."""
    return (alpha > 0.0 and beta < 0.0) or (alpha < 0.0 and beta > 0.0)


@compiled(error_model="numpy")
def _rays(alpha, beta, U, V, order, place, P, Q):  # type: ignore[no-untyped-def]
    """Sort the rays inside a quadrant by angle; return how many.

    `order` gets the neuron of each, −1 for the corner, and (P, Q) where it leaves the rectangle.
    """
    count = 0
    for a in range(-1, len(alpha)):
        if a < 0:
            u, v = U, V
        elif _bent(alpha[a], beta[a]):
            u, v = abs(beta[a]), abs(alpha[a])
        else:
            continue
        where = v / (u + v)
        k = count
        while k > 0 and place[k - 1] > where:
            place[k], order[k], P[k], Q[k] = place[k - 1], order[k - 1], P[k - 1], Q[k - 1]
            k -= 1
        place[k], order[k] = where, a
        if v * U <= u * V:
            P[k], Q[k] = U, U * (v / u)
        else:
            P[k], Q[k] = V * (u / v), V
        count += 1
    return count


@compiled(error_model="numpy", fastmath=LOOSE)
def _slopes(W2T, alpha, beta, noise_i, noise_j, c, d):  # type: ignore[no-untyped-def]
    """Slopes of all outputs along u and v in the first sector, beside the u-axis."""
    c[:], d[:] = 0.0, 0.0
    for a in range(len(alpha)):
        if alpha[a] > 0.0 or (alpha[a] == 0.0 and beta[a] > 0.0):
            for o in range(len(c)):
                c[o] += W2T[a, o] * alpha[a]
                d[o] += W2T[a, o] * beta[a]
    _cleaned(c, noise_i)
    _cleaned(d, noise_j)


@compiled(error_model="numpy")
def _cleaned(slopes, noise):  # type: ignore[no-untyped-def]
    """What is left of terms that cancel is none: it would open outputs that are silent."""
    for o in range(len(slopes)):
        slopes[o] = slopes[o] if abs(slopes[o]) > noise[o] else 0.0


@compiled(error_model="numpy", fastmath=LOOSE)
def _switch(row, alpha, beta, noise_i, noise_j, c, d):  # type: ignore[no-untyped-def]
    """Slopes beyond the ray of a neuron: it falls silent there if alpha > 0, else it wakes up."""
    sign = -1.0 if alpha > 0.0 else 1.0
    for o in range(len(c)):
        c[o] += row[o] * (sign * alpha)
        d[o] += row[o] * (sign * beta)
    _cleaned(c, noise_i)
    _cleaned(d, noise_j)


@compiled(error_model="numpy", fastmath=LOOSE)
def _collect(W2T, alpha, beta, mu, mv, past_u, past_v, gW2T, g_alpha, g_beta):  # type: ignore[no-untyped-def]
    """Gradient by the weights from the moments of the sectors in which each neuron is active."""
    for a in range(len(alpha)):
        before, after = 0.0, 0.0  # 1 where the neuron is active before and after its ray
        if alpha[a] > 0.0 or (alpha[a] == 0.0 and beta[a] > 0.0):
            before = 1.0
        if beta[a] > 0.0 or (beta[a] == 0.0 and alpha[a] > 0.0):
            after = 1.0
        sum_u, sum_v = 0.0, 0.0
        if before + after > 0.0:
            # Without a ray the past is not read: both are active, and it counts nothing.
            keep = before - after
            for o in range(len(mu)):
                u, v = after * mu[o], after * mv[o]
                if keep != 0.0:
                    u += keep * past_u[a, o]
                    v += keep * past_v[a, o]
                gW2T[a, o] += alpha[a] * u + beta[a] * v
                sum_u += W2T[a, o] * u
                sum_v += W2T[a, o] * v
        g_alpha[a], g_beta[a] = sum_u, sum_v


@compiled(error_model="numpy", fastmath=LOOSE)
def _quadrant(  # type: ignore[no-untyped-def]
    W2T, b, importance, i, j, alpha, beta, U, V, t_i, t_j, weight, linear, noise, room, gW2T, gb
):
    """Loss of one quadrant; gradient by alpha and beta is left in `room`, the rest added."""
    n = len(b)
    order, place, P, Q, c, d, z, mu, mv, past_u, past_v, g_alpha, g_beta = room
    count = _rays(alpha, beta, U, V, order, place, P, Q)
    _slopes(W2T, alpha, beta, noise[i], noise[j], c, d)
    mu[:], mv[:] = 0.0, 0.0
    for o in range(n):
        z[o] = b[o] + c[o] * U
    loss = 0.0
    pu, pv = U, 0.0
    for k in range(count + 1):
        qu, qv = (P[k], Q[k]) if k < count else (0.0, V)
        area = 0.5 * (pu * qv - pv * qu)
        if area > 0.0:
            for o in range(n):
                zP = z[o]
                zQ = b[o] + c[o] * qu + d[o] * qv
                z[o] = zQ
                if o in (i, j) or linear:
                    tP, tQ = 0.0, 0.0
                    if o == i:
                        tP, tQ = t_i * pu, t_i * qu
                    elif o == j:
                        tP, tQ = t_j * pv, t_j * qv
                    square, by_u, by_v, by_one = target_triangle(
                        area, linear, b[o], zP, zQ, tP, tQ, (pu, pv), (qu, qv)
                    )
                elif b[o] > 0.0 or zP > 0.0 or zQ > 0.0:
                    square, by_u, by_v, by_one = quiet_triangle(
                        area, b[o], zP, zQ, (pu, pv), (qu, qv)
                    )
                else:
                    continue
                scale = importance[o] * weight
                loss += scale * square
                mu[o] += 2.0 * scale * by_u
                mv[o] += 2.0 * scale * by_v
                gb[o] += 2.0 * scale * by_one
        pu, pv = qu, qv
        if k < count and order[k] >= 0:
            a = order[k]
            _switch(W2T[a], alpha[a], beta[a], noise[i], noise[j], c, d)
            for o in range(n):
                # From the new slopes: an output that falls silent here is to be silent, not 1e-17.
                z[o] = b[o] + c[o] * pu + d[o] * pv
                past_u[a, o], past_v[a, o] = mu[o], mv[o]
    _collect(W2T, alpha, beta, mu, mv, past_u, past_v, gW2T, g_alpha, g_beta)
    return loss


@compiled(error_model="numpy")
def pair_terms(W1, W2T, b, none, single, pair, importance, world, out, gW1, gW2T, gb):  # type: ignore[no-untyped-def]
    """Loss with 0, 1 and 2 active features of one net, with their chances, and gradient [D26].

    Parameters
    ----------
    W1 : (m, n)
    W2T : (m, n)
    b : (n,)
        The net; W₂ transposed.
    none, single, pair : float, (n,), (n, n)
        Chances that no feature, exactly j, exactly i and j are active; the latter for i < j.  All
        zero where the terms are not wanted.
    importance : (n,)
    world : (5,)
        low, high; the target at x = −1 and at x = 1 of each side's ray; 1 if the output is linear.
    out : (3,)
        Losses.
    gW1, gW2T, gb : (m, n), (m, n), (n,)
        Gradient of their sum.
    """
    m, n = W1.shape
    low, high, t_low, t_high, linear = world
    out[:], gW1[:], gW2T[:], gb[:] = 0.0, 0.0, 0.0, 0.0
    for o in range(n):
        y = b[o] if linear == 1.0 or b[o] > 0.0 else 0.0
        out[0] += none * importance[o] * y * y
        gb[o] += 2.0 * none * importance[o] * y
    noise = np.zeros((n, n))
    for j in range(n):
        for a in range(m):
            for o in range(n):
                noise[j, o] += ROUNDING * m * abs(W1[a, j] * W2T[a, o])
    _singles(W1, W2T, b, single, importance, world, noise, out, gW1, gW2T, gb)
    room = (
        np.empty(m + 1, np.int64), np.empty(m + 1), np.empty(m + 1), np.empty(m + 1), np.empty(n),
        np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty((m, n)), np.empty((m, n)),
        np.empty(m), np.empty(m),
    )  # fmt: skip
    alpha, beta = np.empty(m), np.empty(m)
    for i in range(n):
        for j in range(i + 1, n):
            weight = pair[i, j] / ((high - low) * (high - low))
            if weight == 0.0:
                continue
            for quadrant in range(4):
                si = 1.0 if quadrant % 2 == 0 else -1.0
                sj = 1.0 if quadrant < 2 else -1.0
                U, t_i = (high, t_high) if si > 0.0 else (-low, t_low)
                V, t_j = (high, t_high) if sj > 0.0 else (-low, t_low)
                if U == 0.0 or V == 0.0:
                    continue
                for a in range(m):
                    alpha[a], beta[a] = si * W1[a, i], sj * W1[a, j]
                out[2] += _quadrant(
                    W2T, b, importance, i, j, alpha, beta, U, V, t_i, t_j, weight,
                    linear == 1.0, noise, room, gW2T, gb,
                )  # fmt: skip
                for a in range(m):
                    gW1[a, i] += si * room[11][a]
                    gW1[a, j] += sj * room[12][a]
