"""The patterns with two large features active or more: where to sum, how far, and the sum [D04]."""

from __future__ import annotations

import math

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.line_plan import frequencies, period_of
from theory.loss.line_sum import line_sum
from theory.loss.tail import fewer

LOSS = 1e-3  # of the accuracy of slopes: that of the loss
WORTH = 128  # frequencies from which on a sharper bound, which costs some, is asked
PHASES = 64  # features beyond which the bound, which adds sizes, is asked for less and less
# Share of the frequencies from which on weights fall: few kinks near zero are felt by a sum that
# ends sharply, thousands cancel.
TAPER_FROM, TAPER_FROM_OF_MANY = 0.6, 0.9


@compiled()
def two_or_more(
    y: FloatArray,
    C: FloatArray,
    a: FloatArray,
    p: FloatArray,
    n_large: int,
    has_own: bool,
    a_own: float,
    p_own: float,
    low: float,
    high: float,
    rtol: float,
    alone: FloatArray,
    none: float,
    T: FloatArray,
    slope_of: FloatArray,
    per_unit: float,
) -> tuple[float, float, bool]:
    """Plan the sum over a line and make it; bounds on what it may err by."""
    V, _, M = C.shape
    M -= 1
    if not has_own:  # it belongs to another scale, and may be as large as it likes there
        a_own, p_own = 0.0, 0.0
    span = high - low
    reach = max(high, -low)
    square = (low * low + low * high + high * high) / 3.0
    second = 0.0
    most = 0.0
    for j in range(a.shape[0]):
        second += p[j] * a[j] * a[j] * square
        most += max(0.0, a[j] * low, a[j] * high)
    if has_own:
        second += p_own * a_own * a_own * square
        most += max(0.0, a_own * low, a_own * high)
    highest = y[0]
    natural = 0.0
    natural_slope = 0.0
    for v in range(V):
        highest = max(highest, y[v])
        scale = min(1.0, second + y[v] * y[v])
        for m in range(1, M + 1):
            natural += abs(C[v, 0, m]) * scale + abs(C[v, 1, m]) * p_own * reach
            natural_slope += m * (
                abs(C[v, 0, m]) * math.sqrt(scale) + abs(C[v, 1, m]) * p_own * reach
            )
    if natural == 0.0:
        return 0.0, 0.0, True
    A = 7.0 - math.log(LOSS * rtol)
    rtol *= max(1.0, a.shape[0] / PHASES)
    period, over, swell = period_of(
        highest + most, highest, a, p, a_own, p_own if has_own else 0.0, low, span, A, M
    )
    c = A / period
    h = 2.0 * math.pi / period
    CE = np.zeros((2, M + 1))
    aliased = 0.0
    for v in range(V):
        factorial = 1.0
        for m in range(1, M + 1):
            factorial *= m
            for e in range(2):
                CE[e, m] += abs(C[v, e, m]) * factorial * math.exp(c * y[v])
                # z_+^m ≤ m! e^{cz}/c^m, unless z reaches less far.
                width = (factorial * math.exp(swell)) ** (1.0 / m) / c
                width = period + max(0.0, min(highest + most, width))
                images = math.exp(-A) * 2.0 * width**m + over * factorial
                aliased += abs(C[v, e, m]) * reach**e * images
    many = a.shape[0] > PHASES
    taper_from = TAPER_FROM_OF_MANY if many else TAPER_FROM
    count, value, slope = frequencies(
        period,
        c,
        LOSS * rtol * natural,
        rtol * natural_slope,
        CE,
        a,
        p,
        n_large,
        has_own,
        a_own,
        p_own,
        low,
        span,
        taper_from,
    )
    if many and count > WORTH:
        count, value, slope = fewer(
            count, value, slope, period, c, LOSS * rtol * natural, rtol * natural_slope, CE, a, p,
            n_large, a_own, p_own, low, span, taper_from,
        )  # fmt: skip
    D = np.zeros(a.shape[0])
    line_sum(
        y, C, a, p, n_large, has_own, a_own, p_own, low, span, c, h, count, taper_from, alone, none,
        T, D,
    )  # fmt: skip
    for j in range(a.shape[0]):
        slope_of[j] += D[j] * per_unit
    settled = value <= LOSS * rtol * natural and slope <= rtol * natural_slope
    return value + aliased, (slope + aliased * 4.0) * per_unit, settled
