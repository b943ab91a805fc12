r"""The output's own feature by parts, and what is left of a nearly perfect output [D04].

With w = u + a x and x uniform on [l, h],

$$ E[x w_+^m] = \frac{h w_+^{m+1}(h) − l w_+^{m+1}(l)}{(m+1) a (h−l)}
   − \frac{w_+^{m+2}(h) − w_+^{m+2}(l)}{(m+1)(m+2) a² (h−l)}. $$
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.linear_moments import cumulants, moments_of


@compiled()
def own_down(
    C: FloatArray, a: float, p: float, low: float, high: float, child_C: FloatArray
) -> None:
    """Weights at the feature's ends from those of E[x^e (u + a x)_+^m], e = 0 or 1."""
    A = a * (high - low)
    V, _, M = C.shape
    per = child_C.shape[0] // V
    for v in range(V):
        hi = child_C[v * per + 1, 0]
        lo = child_C[v * per + (2 if low != 0.0 else 0), 0]
        for m in range(1, M):
            child_C[v * per, 0, m] += (1.0 - p) * C[v, 0, m]
            c = p / ((m + 1) * A)
            hi[m + 1] += c * (C[v, 0, m] + high * C[v, 1, m])
            lo[m + 1] -= c * (C[v, 0, m] + low * C[v, 1, m])
            if C[v, 1, m] != 0.0:
                c *= C[v, 1, m] / ((m + 2) * a)
                hi[m + 2] -= c
                lo[m + 2] += c


@compiled()
def own_up(child_T: FloatArray, a: float, p: float, low: float, high: float, T: FloatArray) -> None:
    """E[x^e (u + a x)_+^m], e = 0, 1 and 2, from the moments at the feature's ends."""
    A = a * (high - low)
    V, _, M = T.shape
    per = child_T.shape[0] // V
    for v in range(V):
        base = child_T[v * per, 0]
        hi = child_T[v * per + 1, 0]
        lo = child_T[v * per + (2 if low != 0.0 else 0), 0]
        for m in range(M):
            T[v, 0, m] += (1.0 - p) * base[m] + p * (hi[m + 1] - lo[m + 1]) / ((m + 1) * A)
            if m < M - 1:
                T[v, 1, m] += p * _once(hi, lo, m, a, A, low, high)
            if m < M - 2:
                whole = (high * high * hi[m + 1] - low * low * lo[m + 1]) / ((m + 1) * A)
                less = 2.0 / ((m + 1) * a) * _once(hi, lo, m + 1, a, A, low, high)
                T[v, 2, m] += p * (whole - less)


@compiled(inline="always")
def _once(
    hi: FloatArray, lo: FloatArray, m: int, a: float, A: float, low: float, high: float
) -> float:
    """E[x (u + a x)_+^m] for x uniform, by parts."""
    first = (high * hi[m + 1] - low * lo[m + 1]) / ((m + 1) * A)
    return first - (hi[m + 2] - lo[m + 2]) / ((m + 1) * (m + 2) * a * A)


@compiled()
def linear_less_kink(
    child_T: FloatArray,
    a: FloatArray,
    p: FloatArray,
    a_i: float,
    p_i: float,
    b: float,
    unit: float,
    low: float,
    high: float,
) -> tuple[float, float]:
    """(1 − p_i) E[z_+²; x_i = 0] + p_i E[(x_i − z)² − 2 x_i z_− − z_−²; x_i active].

    With it the sum of its terms' sizes, of which rounding takes its share.
    """
    middle, variance = 0.5 * (low + high), (high - low) ** 2 / 12.0
    kappa = np.zeros(4)
    each = np.empty(4)
    for j in range(a.shape[0]):
        cumulants(p[j], low, high, 3, each)
        for r in range(1, 4):
            kappa[r] += each[r] * a[j] ** r
    error = ((1.0 - a_i) * middle - b - unit * kappa[1]) ** 2
    linear = error + (1.0 - a_i) ** 2 * variance + unit * unit * kappa[2]
    s = a_i / unit
    A = s * (high - low)
    ends = np.zeros((2, 4))  # E[(−w − t)_+^m] at the high and the low end
    mu = np.empty(4)
    for side in range(2):
        end = high if side == 0 else low
        child = 1 + side if side == 0 or low != 0.0 else 0
        w = b / unit + s * end
        moments_of(kappa, w, 3, mu)
        for m in range(4):
            ends[side, m] = (mu[m] - child_T[child, 0, m]) * (-1.0 if m % 2 else 1.0)
    crossed = -(high * ends[0, 2] - low * ends[1, 2]) / (2.0 * A)
    crossed -= (ends[0, 3] - ends[1, 3]) / (6.0 * s * A)
    below = -(ends[0, 3] - ends[1, 3]) / (3.0 * A)
    positive = child_T[0, 0, 2]
    kink = 2.0 * unit * crossed + unit * unit * below
    idle = (1.0 - p_i) * unit * unit * positive
    return idle + p_i * (linear - kink), idle + p_i * (linear + abs(kink))
