r"""The Fourier sum over the patterns with two large features active or more, at one scale [D04].

With F(s) the transform of t = Σ_j a_j x_j over these patterns, and s = c + iω,

$$ E[x_i^e (y + t)_+^m] =
   \frac1π Re ∫_0^∞ \frac{m!}{s^{m+1}} e^{sy} E[x_i^e e^{s a_i x_i}] F(s) dω, $$

by the trapezoidal rule, for several y, e and m at once.  Its weights fall smoothly to zero over the
last of the frequencies.
"""

from __future__ import annotations

import math

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.lanes import (
    COMMON,
    LANES,
    PAIRED,
    ROW,
    SERIES,
    SLOPE,
    before_pairs,
    before_slopes,
    before_small_slopes,
    clear,
    collect,
    less_none_and_one,
    multiply,
    multiply_small,
    rotate,
    shifted,
    slopes,
    start,
    times,
    to_front,
    uniform,
    uniform_series,
)
from theory.loss.pairs import EACH, forward, pair_of
from theory.loss.pairs import slopes as slopes_of_two

RENEW = 32  # blocks after which the rotations are made anew, before rounding piles up


@compiled()
def own_factors(
    a: float, p: float, low: float, span: float, c: float, h: float, first: int, own: FloatArray
) -> None:
    """E[e^{sax}], E[x e^{sax}] and E[x² e^{sax}] of the output's own feature, RE and IM parts."""
    q = 1.0 - p
    for k in range(LANES):
        s = complex(c, h * (first + k))
        x = a * span * s
        if abs(x.real) + abs(x.imag) < 0.4:
            zero = 0j
            once = 0j
            twice = 0j
            for order in range(13, -1, -1):
                scale = 1.0 / (order + 1)
                zero = zero * x * scale + 1.0 / (order + 1)
                once = once * x * scale + 1.0 / (order + 2)
                twice = twice * x * scale + 1.0 / (order + 3)
        else:
            e = np.exp(x)
            over = 1.0 / x
            zero = (e - 1.0) * over
            once = (e - zero) * over
            twice = (e - 2.0 * once) * over
        if low != 0.0:
            shift = np.exp(a * low * s)
            twice = shift * (low * low * zero + 2.0 * low * span * once + span * span * twice)
            once = shift * (low * zero + span * once)
            zero = shift * zero
        else:
            twice = span * span * twice
            once = span * once
        own[0, k] = q + p * zero.real
        own[0, LANES + k] = p * zero.imag
        own[1, k] = p * once.real
        own[1, LANES + k] = p * once.imag
        own[2, k] = p * twice.real
        own[2, LANES + k] = p * twice.imag


@compiled()
def line_sum(
    y: FloatArray,
    C: FloatArray,
    a: FloatArray,
    p: FloatArray,
    n_large: int,
    has_own: bool,
    a_own: float,
    p_own: float,
    low: float,
    span: float,
    c: float,
    h: float,
    count: int,
    taper_from: float,
    alone: FloatArray,
    none: float,
    T: FloatArray,
    D: FloatArray,
) -> None:
    """Add what the patterns with two large features active or more give.

    Parameters
    ----------
    y : (V,)
        Offsets.
    C : (V, 3, M + 1)
        Weight of each E[x_i^e (y + t)_+^m] in the quantity whose slopes by `a` are wanted.
    a, p : (n,)
        Slopes, none of them zero, the large ones first; densities.
    n_large : int
    has_own, a_own, p_own
        The output's own feature, if it is still to be summed over.
    low, span
        Ends of an active feature, low and low + span.
    c, h, count
        Line, step, and number of frequencies, a multiple of 32.
    taper_from : float
        Share of the last frequency from which on weights fall.
    alone : (n_large,)
        Probability that no large feature but this one is active.
    none : float
        Probability that no large feature is active.
    T : (V, 3, M + 1)
        Receives the moments with e + m ≥ 1.
    D : (n,)
        Receives Σ C m E[x_j x_i^e (y + t)_+^{m−1}].
    """
    n = a.shape[0]
    n_vertices, _, M = C.shape
    M -= 1
    powers = 3 if has_own else 1
    rows = np.zeros((n, ROW))
    lows = np.empty((n if low != 0.0 else 0, 2 * LANES))
    turn_of = np.zeros((n, 4))
    pair = np.empty((n_large, EACH))
    most_paired = 0
    for j in range(n if count > LANES else 0):
        turn_of[j, 0] = math.cos(a[j] * span * h * LANES)
        turn_of[j, 1] = math.sin(a[j] * span * h * LANES)
        if low != 0.0:
            turn_of[j, 2] = math.cos(a[j] * low * h * LANES)
            turn_of[j, 3] = math.sin(a[j] * low * h * LANES)
    for j in range(n_large):
        pair_of(a[j] * span, p[j], alone[j], turn_of[j], pair[j])
    y_turn = np.empty((n_vertices, 2 * LANES))
    y_step = np.empty((n_vertices, 2))
    for v in range(n_vertices):
        y_step[v, 0] = math.cos(y[v] * h * LANES)
        y_step[v, 1] = math.sin(y[v] * h * LANES)
    g = np.zeros(COMMON)
    front = g[320:384]
    term = np.empty(2 * LANES)
    power = np.empty(2 * LANES)
    own = np.zeros((3, 2 * LANES))
    own[0, :LANES] = 1.0
    sums = np.zeros((n_vertices, 3, M + 1, LANES))
    factorial = np.ones(M + 1)
    for m in range(1, M + 1):
        factorial[m] = factorial[m - 1] * m

    for block in range(count // LANES):
        first = block * LANES
        for k in range(LANES):
            w = h * (first + k)
            size = 1.0 / (c * c + w * w)
            g[k] = c * size
            g[LANES + k] = -w * size
            fall = (first + k - taper_from * count) / ((1.0 - taper_from) * count)
            taper = 1.0 if fall < 0.0 else 0.5 * math.erfc(7.0 * (fall - 0.5))
            g[448 + k] = taper * h / math.pi * (0.5 if first + k == 0 else 1.0)
        clear(g)
        renew = block % RENEW == 0
        size = abs(complex(c, h * (first + LANES)))
        least = abs(complex(c, h * first))
        # Two at a time where the closed form serves both; slopes of the large ones fall in size.
        paired = 0
        if low == 0.0:
            while paired + 1 < n_large and abs(a[paired + 1]) * span * least > SERIES:
                paired += 2
        most_paired = max(most_paired, paired)
        for j in range(0, paired, 2):
            if renew:
                start(rows[j], a[j] * span, c, h, first)
                start(rows[j + 1], a[j + 1] * span, c, h, first)
            forward(rows[j], rows[j + 1], g, pair[j], pair[j + 1], not renew)
        for j in range(paired, n):
            f = rows[j]
            slope = a[j] * span
            if renew:
                start(f, slope, c, h, first)
            else:
                rotate(f, turn_of[j, 0], turn_of[j, 1])
            if abs(slope) * least > SERIES:
                uniform(f, g, 1.0 / slope, p[j])
            elif abs(slope) * size <= SERIES:
                uniform_series(f, slope, p[j], c, h, first, LANES)
            else:
                uniform(f, g, 1.0 / slope, p[j])
                most = math.sqrt(max(0.0, (SERIES / slope) ** 2 - c * c)) / h - first
                uniform_series(f, slope, p[j], c, h, first, min(LANES, int(most) + 1))
            if low != 0.0:
                if renew:
                    start(lows[j], a[j] * low, c, h, first)
                else:
                    rotate(lows[j], turn_of[j, 2], turn_of[j, 3])
                shifted(f, lows[j], low, span)
            elif span != 1.0:
                for k in range(128, 192):
                    f[k] *= span
            if j < n_large:
                multiply(f, g, 1.0 - p[j], alone[j])
            else:
                multiply_small(f, g, 1.0 - p[j])
        if has_own:
            own_factors(a_own, p_own, low, span, c, h, first, own)
        less_none_and_one(g, none)
        for v in range(n_vertices):
            if renew:
                start(y_turn[v], y[v], c, h, first)
            else:
                rotate(y_turn[v], y_step[v, 0], y_step[v, 1])
            for e in range(powers):
                times(y_turn[v], own[e], power)
                times(power, g[256:320], term)
                for m in range(M + 1 - e):
                    collect(term, g, factorial[m], sums[v, e, m])
                if e < 2:
                    for m in range(1, M + 1 - e):
                        times(power, g[:64], power)
                        if C[v, e, m] != 0.0:
                            to_front(power, C[v, e, m] * factorial[m], front)
        before_small_slopes(g, none)
        for j in range(n - 1, n_large - 1, -1):
            slopes(rows[j], g, 0.0)
        before_slopes(g)
        for j in range(n_large - 1, paired - 1, -1):
            slopes(rows[j], g, alone[j])
        before_pairs(g)
        for j in range(paired - 2, -1, -2):
            slopes_of_two(rows[j], rows[j + 1], g, pair[j], pair[j + 1])
    for v in range(n_vertices):
        for e in range(powers):
            for m in range(M + 1 - e):
                T[v, e, m] += sums[v, e, m].sum()
    for j in range(n):
        D[j] += rows[j, SLOPE : SLOPE + LANES].sum()
    for j in range(most_paired):
        D[j] += rows[j, PAIRED:ROW].sum() / a[j]
