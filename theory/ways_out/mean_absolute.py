r"""E|w·x| of a sparse x, and its derivatives by w: few slopes exactly, many by a cosine sum [D34].

$$ E|z| = 2 E[z_+] − E[z],   ∂_j E|z| = E[x_j sign z],   z = w·x. $$

It is a norm of w, so that it is computed for w over its largest entry.  Few slopes: the recursion
over faces of :mod:`theory.loss.clipped_cube`, right to rounding.  Many: the patterns of one and
two active features in closed form, the rest, with the characteristic function φ, from the cosine
series of a triangular wave that agrees with |z| for |z| < P/2,

$$ E|z| = \frac P4 − \frac{2P}{π²} Σ_{k odd} \frac{Re φ(2πk/P)}{k²} + error,
   |error| ≤ 2 E(|z| − P/2)_+ ≤ \frac{2}{eτ} e^{−τP/2} (E e^{τz} + E e^{−τz}), $$

with P such that the last bound is below rounding.  The sum ends in a smooth taper, and levels of
64, 256, … terms are compared until they agree.
"""

from __future__ import annotations

import cmath
import math

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.clipped_cube import faces, row_moments, width

FEW = 6  # slopes up to which the recursion over 3ⁿ or 4ⁿ faces is the quicker
SETTLED = 1e-9  # relative change between two levels at which the sum ends
FIRST_LEVEL, MOST_TERMS = 32, 32768
SPREAD = 32.0  # between the slopes of one sum; smaller ones have, by themselves, another
UNSEEN = 1e-14  # of Σ p|w|: what the periodic images may add
NO_CHANCE = 1e-30  # in place of 1 − p = 0, so that products can be divided
NODE = 0.5 / math.sqrt(3.0)  # of Gauss's rule of two points, from the middle


def mean_absolute(
    w: FloatArray, density: FloatArray, low: float, high: float
) -> tuple[float, FloatArray]:
    """E|w·x| and E[x_j sign(w·x)], (n,), sign 0 = 0 [D34].

    Where w_j = 0 the derivative has two sides: this is their mean, see :func:`half_jumps`.

    Parameters
    ----------
    w, density : (n,)
    low, high : float
        Range of an active feature, low ≤ 0 < high.

    Examples
    --------
    >>> value, slope = mean_absolute(np.array([2.0, -2.0]), np.array([1.0, 1.0]), 0.0, 1.0)
    >>> round(value, 12), slope.round(12).tolist()
    (0.666666666667, [0.166666666667, -0.166666666667])
    """
    mean = 0.5 * (low + high)
    gradient = np.zeros(len(w))
    kept = np.flatnonzero((w != 0.0) & (density > 0.0))
    value, sign, gradient[kept] = _of_slopes(w[kept], density[kept], low, high)
    silent = w == 0.0  # x_j and the sign are independent
    gradient[silent] = sign * mean * density[silent]
    return value, gradient


def _of_slopes(
    w: FloatArray, p: FloatArray, low: float, high: float, few: int = FEW
) -> tuple[float, float, FloatArray]:
    """E|z|, E sign z and E[x_j sign z], (n,), for slopes and densities that are not zero."""
    if not len(w):
        return 0.0, 0.0, np.zeros(0)
    if low == 0.0 and (w.min() > 0.0 or w.max() < 0.0):
        side = math.copysign(0.5 * high, w[0])
        sign = math.copysign(1.0 - float(np.prod(1.0 - p)), w[0])
        return side * float(w @ p), sign, side * p
    scale = float(np.abs(w).max())
    out = np.zeros(2 + len(w))
    if len(w) <= few:
        _exactly(w / scale, p, low, high, out)
        return scale * float(out[0]), float(out[1]), out[2:]
    order = np.argsort(-np.abs(w), kind="stable")
    large = int(np.count_nonzero(np.abs(w) * SPREAD >= scale))
    small = order[large:]
    _by_series((w / scale)[order], p[order], low, high, large, SETTLED, out)
    value, sign = scale * float(out[0]), float(out[1])
    gradient = np.empty(len(w))
    gradient[order] = out[2:]
    # Where all large ones are silent only the small ones are seen, at a scale of their own.
    silent = float(np.prod(1.0 - p[order[:large]]))
    least, tilt, slopes = _of_slopes(w[small], p[small], low, high, few)
    gradient[small] += silent * slopes
    return value + silent * least, sign + silent * tilt, gradient


def half_jumps(W: FloatArray, density: FloatArray, low: float, high: float) -> FloatArray:
    r"""Half of what the derivative of E|h_j| by W_ji jumps by at W_ji = 0, (..., m, n) [D34].

    $$ E[|x_i|; h_j = W_{ji} x_i] = p_i \overline{|x|} Π_{k≠i, W_{jk}≠0} (1 − p_k) $$

    Examples
    --------
    >>> half_jumps(np.array([[1.0, 0.0]]), np.array([0.5, 0.2]), 0.0, 1.0).tolist()
    [[0.25, 0.05]]
    """
    size = (low * low + high * high) / (2.0 * (high - low))
    silent = np.where(W != 0.0, 1.0 - density[..., None, :], 1.0)
    others = [np.delete(silent, i, axis=-1).prod(-1) for i in range(W.shape[-1])]
    return np.asarray(size * density[..., None, :] * np.stack(others, axis=-1))


def _exactly(w: FloatArray, p: FloatArray, low: float, high: float, out: FloatArray) -> None:
    """By the recursion over faces: P(z > 0), E z₊ and E[x_j 1(z > 0)] are its derivatives."""
    n, base = len(w), 3 if low == 0.0 else 4
    found = np.empty(2 + n + (n + 1) * (n + 2) // 2)
    _faces(w, p, low, high, faces(n, base), base, width(n, 2), found)
    ends = 1 + n + np.cumsum(np.arange(n + 1, 0, -1))  # of the rows of the packed triangle
    mean = 0.5 * (low + high) * p
    out[0] = found[1 + n] - w @ mean
    out[1] = found[ends[-1]] - (1.0 - np.prod(1.0 - p))
    out[2:] = found[ends[:-1]] - mean


@compiled()
def _faces(
    w: FloatArray,
    p: FloatArray,
    low: float,
    high: float,
    digits: NDArray[np.int8],
    base: int,
    size: int,
    out: FloatArray,
) -> None:
    """Moments of (w·x)₊ with no target, to second order, into `out`."""
    n = w.shape[0]
    mom = np.empty((digits.shape[0], size))
    ends = np.empty((digits.shape[0], 3))
    row_moments(
        w, np.zeros(n), 0.0, -1, p, low, high, digits, base, 2, mom, ends, np.empty((n, 4)), out
    )


@compiled(inline="always")
def _pair(a: float, b: float, low: float, high: float) -> tuple[float, float, float, float]:
    """E|ax + by|, its derivatives by a and b, and E sign(ax + by), for |a| ≥ |b|, both active.

    For a given y the mean over x is 1/(high − low) times at most a quadratic, from one kink in y
    to the next: Gauss's rule of two points has it exactly, and adds terms without cancellation.
    """
    span = high - low
    value = da = db = sign = 0.0
    first, last = min(max(-a * low / b, low), high), min(max(-a * high / b, low), high)
    if first > last:
        first, last = last, first
    start = low
    for end in (first, last, high):
        length = end - start
        if length > 0.0:
            for side in (-1.0, 1.0):
                y = start + length * (0.5 + side * NODE)
                weight = 0.5 * length / span
                z0, z1 = a * low + b * y, a * high + b * y
                if z0 * z1 < 0.0:
                    root = -b * y / a
                    up = 1.0 if a > 0.0 else -1.0
                    over = (high - root) / span, (root - low) / span
                    value += weight * abs(a) * 0.5 * span * (over[0] ** 2 + over[1] ** 2)
                    da += weight * up * 0.5 * (over[0] * (high + root) - over[1] * (root + low))
                    db += weight * up * y * (over[0] - over[1])
                    sign += weight * up * (over[0] - over[1])
                else:
                    up = 1.0 if z0 + z1 > 0.0 else -1.0
                    value += weight * up * 0.5 * (z0 + z1)
                    da += weight * up * 0.5 * (low + high)
                    db += weight * up * y
                    sign += weight * up
        start = end
    return value, da, db, sign


@compiled(inline="always")
def _turned(angle: float, e: complex) -> tuple[complex, complex]:
    """E e^{iθu} and E[u e^{iθu}] for u uniform on [0, 1]; e = e^{iθ}."""
    x = 1j * angle
    if abs(angle) < 0.4:
        zero = once = 0j
        for k in range(13, -1, -1):
            zero = zero * x / (k + 1) + 1.0 / (k + 1)
            once = once * x / (k + 1) + 1.0 / (k + 2)
        return zero, once
    inverse = -1j / angle
    zero = (e - 1.0) * inverse
    return zero, (e - zero) * inverse


@compiled()
def _real(x: float) -> float:
    """E e^{xu} for u uniform on [0, 1]."""
    return 1.0 + 0.5 * x if abs(x) < 1e-5 else math.expm1(x) / x


@compiled()
def _three_or_more(q: FloatArray, p: FloatArray) -> float:
    """Probability of three active features or more, as positive terms."""
    none, one, two, more = 1.0, 0.0, 0.0, 0.0
    for j in range(q.shape[0]):
        more = more * (q[j] + p[j]) + two * p[j]
        two = two * q[j] + one * p[j]
        one = one * q[j] + none * p[j]
        none *= q[j]
    return more


@compiled()
def _period(w: FloatArray, p: FloatArray, low: float, high: float) -> float:
    """The least P whose images add less than `UNSEEN`, by Chernoff's bound or by the range of z."""
    below = above = size = 0.0
    for j in range(w.shape[0]):
        below += max(-w[j] * high, -w[j] * low, 0.0)
        above += max(w[j] * high, w[j] * low, 0.0)
        size += p[j] * abs(w[j])
    span = high - low
    period = 2.0 * max(below, above)
    tau = 0.25 / max(high, -low)
    for _ in range(24):
        up = down = 0.0
        for j in range(w.shape[0]):
            x = tau * w[j]
            if abs(x) * max(high, -low) > 300.0:
                return period
            up += math.log1p(p[j] * (math.exp(x * low) * _real(x * span) - 1.0))
            down += math.log1p(p[j] * (math.exp(-x * low) * _real(-x * span) - 1.0))
        # of the value, e^{…}/(eτ), and of a derivative, at most `high` e^{…}: the larger
        over = math.log(2.0 * max(1.0 / (math.e * tau * size), 1.0) / UNSEEN)
        period = min(period, 2.0 * (max(up, down) + math.log(2.0) + over) / tau)
        tau *= 1.3
    return period


@compiled()
def _by_series(
    w: FloatArray,
    p: FloatArray,
    low: float,
    high: float,
    large: int,
    rtol: float,
    out: FloatArray,
) -> None:
    """E|z|, E sign z and E[x_j sign z] into `out`, (2 + n,), with a large feature active.

    Features in the order of falling |w|, from 1 on; the first so many are the large ones.
    """
    n = w.shape[0]
    span = high - low
    size = (low * low + high * high) / (2.0 * span)
    lean = (high + low) / span  # E sign x
    q = np.maximum(1.0 - p, NO_CHANCE)
    odds = p / q
    none = 1.0
    silent = 1.0  # the large ones
    for j in range(n):
        none *= q[j]
        if j < large:
            silent *= q[j]
    known = np.zeros(n + 2)
    for j in range(large):
        chance = none * odds[j]
        up = 1.0 if w[j] > 0.0 else -1.0
        known[0] += chance * abs(w[j]) * size
        known[1] += chance * up * lean
        known[2 + j] += chance * up * size
        for l in range(j + 1, n):
            both = chance * odds[l]
            if both > 0.0:
                value, da, db, sign = _pair(w[j], w[l], low, high)
                known[0] += both * value
                known[1] += both * sign
                known[2 + j] += both * da
                known[2 + l] += both * db
    period = _period(w, p, low, high)
    share = _three_or_more(q, p) - silent * _three_or_more(q[large:], p[large:])
    known[0] += 0.25 * period * share
    step = 2.0 * math.pi / period
    turn = np.empty(n, np.complex128)
    advance = np.empty(n, np.complex128)
    whole = np.empty(n, np.complex128)
    once = np.empty(n, np.complex128)
    alone = np.empty(n, np.complex128)
    for j in range(n):
        advance[j] = cmath.exp(2j * step * w[j] * span)
    # Over the features from j on: none, one, two active, and all patterns.
    ahead = np.empty((4, n + 1), np.complex128)
    sums = np.zeros((2, n + 2))  # plain, and tapered at the level
    previous = np.full(n + 2, math.inf)
    level = FIRST_LEVEL
    count = 0
    while True:
        k = 2 * count + 1
        t = k * step
        taper = 0.5 * math.erfc(4.5 * (4.0 * count / level - 3.0))
        if count % 64 == 0:  # renew the rotations before rounding piles up
            for j in range(n):
                turn[j] = cmath.exp(1j * t * w[j] * span)
        for j in range(n):
            zero, first = _turned(t * w[j] * span, turn[j])
            turn[j] *= advance[j]
            if low != 0.0:
                shift = cmath.exp(1j * t * w[j] * low)
                first = shift * (low * zero + span * first)
                zero = shift * zero
            alone[j] = p[j] * zero
            whole[j] = q[j] + alone[j]
            once[j] = p[j] * first
        ahead[0, n], ahead[1, n], ahead[2, n], ahead[3, n] = 1.0, 0.0, 0.0, 1.0
        for j in range(n - 1, -1, -1):
            ahead[0, j] = q[j] * ahead[0, j + 1]
            ahead[1, j] = q[j] * ahead[1, j + 1] + alone[j] * ahead[0, j + 1]
            ahead[2, j] = q[j] * ahead[2, j + 1] + alone[j] * ahead[1, j + 1]
            ahead[3, j] = whole[j] * ahead[3, j + 1]
        rest = ahead[3, 0] - ahead[0, 0] - ahead[1, 0] - ahead[2, 0]
        at = large
        rest -= silent * (ahead[3, at] - ahead[0, at] - ahead[1, at] - ahead[2, at])
        even = 2.0 * period / (math.pi * k) ** 2
        odd = 4.0 / (math.pi * k)
        term = -even * rest.real
        sums[0, 0] += term
        sums[1, 0] += taper * term
        term = odd * rest.imag
        sums[0, 1] += term
        sums[1, 1] += taper * term
        none_b, one_b, all_b = 1.0 + 0j, 0j, 1.0 + 0j
        for j in range(n):
            if j == large:  # from here on without the patterns of small ones alone
                all_b -= silent
                none_b -= silent
            others = (
                all_b * ahead[3, j + 1]
                - none_b * (ahead[0, j + 1] + ahead[1, j + 1])
                - one_b * ahead[0, j + 1]
            )
            term = odd * (once[j] * others).imag
            sums[0, 2 + j] += term
            sums[1, 2 + j] += taper * term
            one_b = one_b * q[j] + none_b * alone[j]
            none_b = none_b * q[j]
            all_b = all_b * whole[j]
        count += 1
        if count < level:
            continue
        moved = turned = 0.0
        scale = 0.0
        for j in range(n + 2):
            change = abs(sums[1, j] - previous[j])
            if j == 0:
                moved = change
            else:
                turned = max(turned, change)
            if j > 1:
                scale += p[j - 2] * abs(w[j - 2])
        settled = moved <= rtol * abs(known[0] + sums[1, 0]) and turned <= 10.0 * rtol * scale
        if settled or level >= MOST_TERMS:
            break
        for j in range(n + 2):
            previous[j], sums[1, j] = sums[1, j], sums[0, j]
        level *= 4
    for j in range(n + 2):
        out[j] = known[j] + sums[1, j]
