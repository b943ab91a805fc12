r"""Offsets for the features that are left, when none or one of the large ones is active [D04].

With u = y + t of the others, one active feature gives

$$ E[(u + a x)_+^m] = \frac{(u + a h)_+^{m+1} − (u + a l)_+^{m+1}}{(m+1) a (h − l)}. $$

Arm 0 of an offset is the offset itself, arm 1 + j that with feature j at its high end, and, where
low < 0, arm 1 + arms + j that with feature j at its low end.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.linear_moments import add_linear, cumulants, raw_moments


@compiled()
def reach_of(
    a: FloatArray, keeps_own: bool, a_own: float, low: float, high: float
) -> tuple[float, float]:
    """Least and greatest value of the sum of the features that are left."""
    least, most = 0.0, 0.0
    for j in range(a.shape[0]):
        least += min(0.0, a[j] * low, a[j] * high)
        most += max(0.0, a[j] * low, a[j] * high)
    if keeps_own:
        least += min(0.0, a_own * low, a_own * high)
        most += max(0.0, a_own * low, a_own * high)
    return least, most


@compiled()
def arms_of(
    y: FloatArray, slopes: FloatArray, low: float, high: float, child_y: FloatArray
) -> None:
    """The offsets (V, arms + 1 or 2 arms + 1), flat."""
    arms = slopes.shape[0]
    per = child_y.shape[0] // y.shape[0]
    for v in range(y.shape[0]):
        child_y[v * per] = y[v]
        for j in range(arms):
            child_y[v * per + 1 + j] = y[v] + slopes[j] * high
            if low != 0.0:
                child_y[v * per + 1 + arms + j] = y[v] + slopes[j] * low


@compiled()
def none_or_one_down(
    C: FloatArray,
    slopes: FloatArray,
    chance: FloatArray,
    none: float,
    low: float,
    high: float,
    child_C: FloatArray,
) -> None:
    """Weights of the moments at the arms; chance is that feature j alone is active."""
    V, _, M = C.shape
    arms = slopes.shape[0]
    per = child_C.shape[0] // V
    for v in range(V):
        base = v * per
        for e in range(2):
            for m in range(1, M):
                child_C[base, e, m] += none * C[v, e, m]
                for j in range(arms):
                    c = C[v, e, m] * chance[j] / (slopes[j] * (high - low) * (m + 1))
                    child_C[base + 1 + j, e, m + 1] += c
                    child_C[base + (1 + arms + j if low != 0.0 else 0), e, m + 1] -= c


@compiled()
def none_or_one_up(
    C: FloatArray,
    slopes: FloatArray,
    chance: FloatArray,
    none: float,
    low: float,
    high: float,
    child_T: FloatArray,
    T: FloatArray,
    slope_of: FloatArray,
    per_unit: float,
) -> None:
    """Moments from those at the arms, and the slopes by the large features."""
    V, _, M = C.shape
    arms = slopes.shape[0]
    per = child_T.shape[0] // V
    for v in range(V):
        base = v * per
        for e in range(3):
            for m in range(M - e):
                T[v, e, m] += none * child_T[base, e, m]
        for j in range(arms):
            hi = child_T[base + 1 + j]
            lo = child_T[base + (1 + arms + j if low != 0.0 else 0)]
            share = chance[j] / (slopes[j] * (high - low))
            slope = 0.0
            for e in range(3):
                for m in range(M - e):
                    mean = share * (hi[e, m + 1] - lo[e, m + 1]) / (m + 1)
                    T[v, e, m] += mean
                    if e < 2 and m and C[v, e, m] != 0.0:
                        turn = share * (high * hi[e, m] - low * lo[e, m]) - mean / slopes[j]
                        slope += C[v, e, m] * turn
            slope_of[j] += slope * per_unit


@compiled()
def far_from_the_kink(
    y: FloatArray,
    C: FloatArray,
    a: FloatArray,
    p: FloatArray,
    keeps_own: bool,
    a_own: float,
    p_own: float,
    low: float,
    high: float,
    T: FloatArray,
    slope_of: FloatArray,
    per_unit: float,
) -> NDArray[np.int64]:
    """Moments where the features left do not reach the kink; the offsets where they do."""
    n = a.shape[0]
    size = C.shape[2]
    least, most = reach_of(a, keeps_own, a_own, low, high)
    still = np.empty(y.shape[0], np.int64)
    count = 0
    each = np.empty((n, size))
    kappa = np.zeros(size)
    own = np.zeros(size + 3)
    own[0] = 1.0
    mu = np.empty(size)
    weight = np.empty(size)
    turned = np.zeros(size)
    ready = False
    for v in range(y.shape[0]):
        if y[v] + most <= 0.0:
            continue
        if y[v] + least < 0.0:
            still[count] = v
            count += 1
            continue
        if n == 0 and not keeps_own:
            power = 1.0
            for m in range(size):
                T[v, 0, m] = power
                power *= y[v]
            continue
        if not ready:
            ready = True
            if keeps_own:
                raw_moments(p_own, low, high, size + 2, own)
            for j in range(n):
                if j and p[j] == p[j - 1]:
                    for r in range(size):
                        each[j, r] = each[j - 1, r]
                else:
                    cumulants(p[j], low, high, size - 1, each[j])
                power = 1.0
                for r in range(1, size):
                    power *= a[j]
                    kappa[r] += each[j, r] * power
        add_linear(y[v], C[v], kappa, keeps_own, a_own, own, mu, weight, T[v], turned)
        if keeps_own and a_own == 0.0 and y[v] == 0.0 and least == 0.0:
            # z = 0 while no feature is active, which does not count for z > 0.
            atom = 1.0
            for j in range(n):
                atom *= 1.0 - p[j]
            T[v, 1, 0] -= atom * p_own * 0.5 * (low + high)
            T[v, 2, 0] -= atom * p_own * (low * low + low * high + high * high) / 3.0
    if ready:
        for j in range(n):
            power = 1.0
            for r in range(1, size):
                slope_of[j] += turned[r] * r * each[j, r] * power * per_unit
                power *= a[j]
    return still[:count].copy()


@compiled()
def rescaled(values: FloatArray, rows: NDArray[np.int64], ratio: float) -> FloatArray:
    """These rows' weights (…, 3, M + 1) in a unit that is `ratio` of theirs."""
    size = values.shape[2]
    out = np.empty((rows.shape[0], 3, size))
    for k in range(rows.shape[0]):
        power = 1.0
        for m in range(size):
            for e in range(3):
                out[k, e, m] = values[rows[k], e, m] * power
            power *= ratio
    return out
