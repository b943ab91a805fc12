r"""Moments of z = w + a·x where it has no kink: polynomials, by cumulants [D04].

$$ E[z^m] = Σ_{r=1}^m \binom{m-1}{r-1} κ_r E[z^{m-r}],   κ_r = Σ_j κ_r(x_j) a_j^r,   κ_1 += w. $$
"""

from __future__ import annotations

import math

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled

TABLE = 24
BINOMIAL = np.array([[float(math.comb(n, k)) for k in range(TABLE)] for n in range(TABLE)])


@compiled()
def raw_moments(p: float, low: float, high: float, size: int, out: FloatArray) -> None:
    """E[x^r] of a feature, r = 0 … size."""
    out[0] = 1.0
    for r in range(1, size + 1):
        total = 0.0
        for k in range(r + 1):
            total += high**k * low ** (r - k)
        out[r] = p * total / (r + 1)


@compiled()
def cumulants(p: float, low: float, high: float, size: int, out: FloatArray) -> None:
    """κ_r of a feature, r = 1 … size."""
    raw = np.empty(size + 1)
    raw_moments(p, low, high, size, raw)
    out[0] = 0.0
    for r in range(1, size + 1):
        value = raw[r]
        for k in range(1, r):
            value -= _choose(r - 1, k - 1) * out[k] * raw[r - k]
        out[r] = value


@compiled()
def _choose(n: int, k: int) -> float:
    if n < TABLE:
        return BINOMIAL[n, k]
    value = 1.0
    for i in range(k):
        value = value * (n - i) / (i + 1)
    return round(value)


@compiled()
def moments_of(kappa: FloatArray, w: float, size: int, out: FloatArray) -> None:
    """E[(w + t)^m], m = 0 … size, from the cumulants of t."""
    out[0] = 1.0
    for m in range(1, size + 1):
        value = (kappa[1] + w) * out[m - 1]
        for r in range(2, m + 1):
            value += _choose(m - 1, r - 1) * kappa[r] * out[m - r]
        out[m] = value


@compiled()
def add_linear(
    w: float,
    C: FloatArray,
    kappa: FloatArray,
    has_own: bool,
    a_own: float,
    own: FloatArray,
    mu: FloatArray,
    weight: FloatArray,
    T: FloatArray,
    turned: FloatArray,
) -> None:
    """E[x_i^e (w + t)^m] into T (3, M + 1); derivatives of Σ C E[…] by κ_r onto turned (M + 1,).

    kappa (M + 1,) are the cumulants of the sum t of the features, own (M + 4,) the moments of the
    output's own one; mu and weight (M + 1,) are written over.
    """
    M = C.shape[1] - 1
    moments_of(kappa, w, M, mu)
    weight[:] = 0.0  # of E[(w + t)^m] in the quantity
    for e in range(3 if has_own else 1):
        for m in range(M + 1 - e):
            total = 0.0
            power = 1.0
            for r in range(m + 1 if has_own else 1):
                share = _choose(m, r) * power * own[e + r]
                total += share * mu[m - r]
                if e < 2:
                    weight[m - r] += C[e, m] * share
                power *= a_own
            T[e, m] = total
    for r in range(1, M + 1):
        slope = 0.0
        for m in range(r, M + 1):
            slope += weight[m] * _choose(m, r) * mu[m - r]
        turned[r] += slope
