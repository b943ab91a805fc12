r"""Where a Fourier sum is made: line, step and number of frequencies, and what it may err by [D04].

All lengths are in units of the largest slope.  With A = −ln of the accuracy wanted, the line is at
c = A/P and the step 2π/P, where the period P is the shortest that

* leaves no more than e^{−A} beyond it, by Chernoff's inequality with the best of several τ and
  ln E[e^{τ t}] ≤ Σ p_j (E[e^{τ a_j x}] − 1), unless no sum of slopes reaches so far, and
* keeps E[e^{cz}] below e^9, so that rounding is not magnified.

The number of frequencies is the least for which the bound on what comes after them is below the
accuracy wanted, both for the loss and for its slopes.
"""

from __future__ import annotations

import math

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.lanes import LANES

SWELL = 9.0
GRID = 10  # values of τ, from 1 to 32
MOST_FREQUENCIES = 1 << 15


@compiled()
def log_transform(
    tau: float, a: FloatArray, p: FloatArray, a_own: float, p_own: float, low: float, span: float
) -> float:
    """Bound on ln E[e^{τ t}] for every t made of these features: Σ p (E[e^{τ a x}] − 1)."""
    total = p_own * (_mean_exponential(tau * a_own, low, span) - 1.0)
    for j in range(a.shape[0]):
        total += p[j] * (_mean_exponential(tau * a[j], low, span) - 1.0)
    return total


@compiled()
def _mean_exponential(x: float, low: float, span: float) -> float:
    u = x * span
    value = 1.0 + 0.5 * u if abs(u) < 1e-5 else math.expm1(u) / u
    return value * math.exp(x * low) if low != 0.0 else value


@compiled()
def period_of(
    top: float,
    y: float,
    a: FloatArray,
    p: FloatArray,
    a_own: float,
    p_own: float,
    low: float,
    span: float,
    A: float,
    power: int,
) -> tuple[float, float, float]:
    """Period P and bounds for z = y + t ≤ top: of Σ_{k<0} e^{c|k|P} E[(z + kP)_+^m]/m!, m up to
    `power`, and of ln E[e^{cz}].
    """
    grid = np.empty(GRID)
    size = np.empty(GRID)
    tau = 1.0
    reach = max(1.0, low + span, -low)
    for g in range(GRID):
        grid[g] = tau / reach
        size[g] = log_transform(grid[g], a, p, a_own, p_own, low, span) + y * grid[g]
        tau *= 1.47
    period = 0.5
    while True:
        c = A / period
        beyond = math.inf if top > period else 0.0
        swell = c * top  # ln E[e^{cz}] lies below it, and below the chord of a convex function
        for g in range(GRID):
            if grid[g] > c:
                swell = min(swell, max(size[g], 0.0) * c / grid[g])
                exponent = size[g] - (grid[g] - c) * period
                if exponent < 600.0:
                    left = math.exp(exponent) / -math.expm1((c - grid[g]) * period)
                    beyond = min(beyond, left * max(1.0, 1.0 / grid[g]) ** power)
        if beyond <= math.exp(-A) and swell <= SWELL:
            return period, beyond, swell
        period *= 1.06


@compiled(error_model="numpy")
def tilted(a: FloatArray, p: FloatArray, low: float, span: float, c: float) -> FloatArray:
    """What :func:`size_of_factor` needs of each feature, (n, 4): p e^{…}, sinh² A, A², a span/2."""
    out = np.empty((a.shape[0], 4))
    for j in range(a.shape[0]):
        A = 0.5 * c * a[j] * span
        out[j, 0] = p[j] * math.exp(A + c * a[j] * low)
        out[j, 1] = math.sinh(A) ** 2
        out[j, 2] = A * A
        out[j, 3] = 0.5 * a[j] * span
    return out


@compiled(error_model="numpy", inline="always")
def size_of_factor(of: FloatArray, omega: float) -> float:
    """Least decreasing function of ω known to bound p |E[e^{(c + iω)ax}]|, and at most K/ω.

    With A = ca(h − l)/2 and B = ωa(h − l)/2 it is p e^{A + cal} √((sinh²A + sin²B)/(A² + B²)), and
    one for the sine from π/2 on.
    """
    B = abs(of[3] * omega)
    sine = math.sin(B) if B < 1.5707963 else 1.0
    return of[0] * math.sqrt((of[1] + sine * sine) / max(of[2] + B * B, 1e-300))


@compiled(error_model="numpy")
def beyond(
    omega: float,
    CE: FloatArray,
    of: FloatArray,
    p: FloatArray,
    n_large: int,
    of_own: FloatArray,
    p_own: float,
    low: float,
    span: float,
) -> tuple[float, float]:
    """Bounds on what the integrands of the loss, and of its largest slope, leave beyond ω.

    CE (2, M + 1): Σ_v |C| m! e^{c y_v}.  The factor of feature j is at most ē_j (a function that
    falls), and at most K_j/ω; two of the large ones at least are in each term.  From ω on the
    second is used, or the first up to 8ω and then the second: whichever is less.
    """
    reach = max(low + span, -low)
    turn = (2.0 if low == 0.0 else 3.0) * reach  # |E'| is at most so many times the bound of |E|
    none, one, more, steepest = 1.0, 0.0, 0.0, 0.0
    one_k, more_k, steepest_k = 0.0, 0.0, 0.0
    one_8, more_8, steepest_8 = 0.0, 0.0, 0.0
    small = 1.0
    for j in range(of.shape[0]):
        e = size_of_factor(of[j], omega)
        q = 1.0 - p[j]
        if j >= n_large:
            small *= q + e
            continue
        k = of[j, 0] * math.sqrt(of[j, 1] + 1.0) / abs(of[j, 3] * omega)
        k_8 = 0.125 * k
        more = more * (q + e) + one * e
        one = one * q + none * e
        more_k = more_k * (q + k) + one_k * k
        one_k = one_k * q + none * k
        more_8 = more_8 * (q + k_8) + one_8 * k_8
        one_8 = one_8 * q + none * k_8
        none *= q
        steepest = max(steepest, e / (q + e + 1e-300))
        steepest_k = max(steepest_k, k / (q + k))
        steepest_8 = max(steepest_8, k_8 / (q + k_8))
    own = size_of_factor(of_own, omega)
    factor = 1.0 - p_own + own
    own *= turn
    flat = more * (1.0 + turn) + turn * steepest * (one + more)
    flat_k = more_k * (1.0 + turn) + turn * steepest_k * (one_k + more_k)
    flat_8 = more_8 * (1.0 + turn) + turn * steepest_8 * (one_8 + more_8)
    value = 0.0
    slope = 0.0
    power = 1.0  # ω^{1-m}
    power_8 = 1.0
    for m in range(1, CE.shape[1]):
        size = small * (CE[0, m] * factor + CE[1, m] * own)
        value += (
            size
            / omega
            * min(
                more_k * power / (m + 2),
                more * power / m + more_8 * power_8 / (8.0 * (m + 2)),
            )
        )
        inner = math.log(8.0) if m == 1 else power / (m - 1)
        slope += size * min(flat_k * power / (m + 1), flat * inner + flat_8 * power_8 / (m + 1))
        power /= omega
        power_8 /= 8.0 * omega
    return value / math.pi, slope / math.pi


@compiled()
def frequencies(
    period: float,
    c: float,
    value_wanted: float,
    slope_wanted: float,
    CE: FloatArray,
    a: FloatArray,
    p: FloatArray,
    n_large: int,
    has_own: bool,
    a_own: float,
    p_own: float,
    low: float,
    span: float,
    from_share: float,
) -> tuple[int, float, float]:
    """Number of frequencies, a multiple of 32, and the bounds that it leaves."""
    h = 2.0 * math.pi / period
    of = tilted(a, p, low, span, c)
    if not has_own:
        p_own = 0.0
    of_own = tilted(np.array([a_own]), np.array([p_own]), low, span, c)[0]
    few = 1
    many = MOST_FREQUENCIES // LANES
    value, slope = beyond(
        from_share * h * LANES * many, CE, of, p, n_large, of_own, p_own, low, span
    )
    if value > value_wanted or slope > slope_wanted:
        return many * LANES, value, slope
    while few < many:
        middle = (few + many) // 2 if many < 8 else int(math.sqrt(few * many))
        v, s = beyond(from_share * h * LANES * middle, CE, of, p, n_large, of_own, p_own, low, span)
        if v <= value_wanted and s <= slope_wanted:
            many = middle
            value, slope = v, s
        else:
            few = middle + 1
    return many * LANES, value, slope
