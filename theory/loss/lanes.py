r"""Factors of a Fourier sum, 32 frequencies at a time [D04].

Each feature has one row of a table, each row RE and IM parts in turn of 32 frequencies; every loop
runs over these 32 and over constant distances, so that the compiler makes vectors of it.  At
s = c + iω and x = a·s,

$$ E(s) = E[e^{xu}] = (e^x − 1)/x,   E'(s) = E[u e^{xu}] = (e^x − E)/x,   u ∈ [0, 1], $$

or their series where |x| is small.  Slopes ask for the product over all other features: that over
those before is kept on the way forward, and that over those after is built up on the way back.
"""

from __future__ import annotations

import math

from ground.checks import FloatArray
from ground.compiled import compiled

LANES = 32
# Places in a feature's row: e^{as}, the factor q + p E, p E' and the product over the features
# before, each RE then IM; sums of slopes, and those of slopes times a that are taken in pairs.
TURN, PURE, TILTED, BEFORE, SLOPE, PAIRED, ROW = 0, 64, 128, 192, 256, 288, 320
# Places in the common row: 1/s, products over the features, the sum over one active, all but
# the features, the product of that with the features after; and weights, which are real.
OVER, SMALL, PRODUCT, ONE, WHOLE, FRONT, AFTER, SPAN, COMMON = (
    0, 64, 128, 192, 256, 320, 384, 448, 480,
)  # fmt: skip
SERIES = 0.25  # of |x|; eleven terms there leave 1e-15
TERMS = tuple(1.0 / (math.factorial(r) * (r + 2)) for r in range(10, -1, -1))  # of E'(x)


@compiled()
def start(turn: FloatArray, slope: float, c: float, h: float, first: int) -> None:
    """e^{slope · s} at s = c + i h k, k = first … first + 31, into RE and IM parts."""
    size = math.exp(slope * c)
    turn[0] = size * math.cos(slope * h * first)
    turn[LANES] = size * math.sin(slope * h * first)
    re, im = 1.0, 0.0
    done = 1
    while done < LANES:  # 1 and 8 by their own angle, so that rounding does not pile up
        if done == 1 or done == 8:
            re = math.cos(slope * h * done)
            im = math.sin(slope * h * done)
        else:
            re, im = re * re - im * im, 2.0 * re * im
        for k in range(done):
            x = turn[k]
            y = turn[LANES + k]
            turn[done + k] = x * re - y * im
            turn[LANES + done + k] = x * im + y * re
        done *= 2


@compiled(error_model="numpy")
def rotate(turn: FloatArray, re: float, im: float) -> None:
    """Multiply by e^{i · angle} = re + i im, which leads to the next 32 frequencies."""
    for k in range(LANES):
        x = turn[k]
        y = turn[LANES + k]
        turn[k] = x * re - y * im
        turn[LANES + k] = x * im + y * re


@compiled(error_model="numpy")
def uniform(f: FloatArray, g: FloatArray, inverse: float, p: float) -> None:
    """p E and p E' by the closed form; inverse = 1/(a · span)."""
    for k in range(LANES):
        over_re = g[k] * inverse
        over_im = g[32 + k] * inverse
        e_re = f[k]
        e_im = f[32 + k]
        up = e_re - 1.0
        re = up * over_re - e_im * over_im
        im = up * over_im + e_im * over_re
        f[64 + k] = p * re
        f[96 + k] = p * im
        re = e_re - re
        im = e_im - im
        f[128 + k] = p * (re * over_re - im * over_im)
        f[160 + k] = p * (re * over_im + im * over_re)


@compiled(error_model="numpy", fastmath={"contract"})
def uniform_series(
    f: FloatArray, slope: float, p: float, c: float, h: float, first: int, end: int
) -> None:
    """The same for the first frequencies, |slope · s| ≤ 1/4: E' by terms, E = e^x − x E'."""
    for k in range(end):
        x = slope * c
        y = slope * h * (first + k)
        re = 0.0
        im = 0.0
        for term in TERMS:
            t = re * x - im * y + term
            im = re * y + im * x
            re = t
        f[64 + k] = p * (f[k] - (x * re - y * im))
        f[96 + k] = p * (f[32 + k] - (x * im + y * re))
        f[128 + k] = p * re
        f[160 + k] = p * im


@compiled(error_model="numpy")
def shifted(f: FloatArray, shift: FloatArray, low: float, span: float) -> None:
    """From u on [0, 1] to x = low + span · u; shift is e^{a low s}."""
    for k in range(LANES):
        s_re = shift[k]
        s_im = shift[32 + k]
        re = f[64 + k]
        im = f[96 + k]
        d_re = low * re + span * f[128 + k]
        d_im = low * im + span * f[160 + k]
        f[64 + k] = s_re * re - s_im * im
        f[96 + k] = s_re * im + s_im * re
        f[128 + k] = s_re * d_re - s_im * d_im
        f[160 + k] = s_re * d_im + s_im * d_re


@compiled(error_model="numpy")
def multiply(f: FloatArray, g: FloatArray, q: float, alone: float) -> None:
    """Add q, multiply the product by the factor and add p E · alone to the sum over one active."""
    for k in range(LANES):
        re = f[64 + k]
        im = f[96 + k]
        g[192 + k] += alone * re
        g[224 + k] += alone * im
        re += q
        f[64 + k] = re
        x = g[128 + k]
        y = g[160 + k]
        f[192 + k] = x
        f[224 + k] = y
        g[128 + k] = x * re - y * im
        g[160 + k] = x * im + y * re


@compiled(error_model="numpy")
def multiply_small(f: FloatArray, g: FloatArray, q: float) -> None:
    """Add q, and multiply the product over the small features by the factor."""
    for k in range(LANES):
        re = f[64 + k] + q
        im = f[96 + k]
        f[64 + k] = re
        x = g[64 + k]
        y = g[96 + k]
        f[192 + k] = x
        f[224 + k] = y
        g[64 + k] = x * re - y * im
        g[96 + k] = x * im + y * re


@compiled(error_model="numpy")
def slopes(f: FloatArray, g: FloatArray, alone: float) -> None:
    """Add Re[p E' · (before · after − front · alone)] to the row's sums; then it comes after."""
    for k in range(LANES):
        x = g[384 + k]
        y = g[416 + k]
        re = f[192 + k]
        im = f[224 + k]
        w_re = x * re - y * im - alone * g[320 + k]
        w_im = x * im + y * re - alone * g[352 + k]
        f[256 + k] += f[128 + k] * w_re - f[160 + k] * w_im
        re = f[64 + k]
        im = f[96 + k]
        g[384 + k] = x * re - y * im
        g[416 + k] = x * im + y * re


@compiled(error_model="numpy")
def clear(g: FloatArray) -> None:
    for k in range(LANES):
        g[64 + k] = 1.0
        g[96 + k] = 0.0
        g[128 + k] = 1.0
        g[160 + k] = 0.0
        g[192 + k] = 0.0
        g[224 + k] = 0.0
        g[320 + k] = 0.0
        g[352 + k] = 0.0


@compiled(error_model="numpy")
def less_none_and_one(g: FloatArray, none: float) -> None:
    """WHOLE = small · (product − none − one) times the weight in SPAN."""
    for k in range(LANES):
        x = g[128 + k] - none - g[192 + k]
        y = g[160 + k] - g[224 + k]
        w = g[448 + k]
        g[256 + k] = (g[64 + k] * x - g[96 + k] * y) * w
        g[288 + k] = (g[64 + k] * y + g[96 + k] * x) * w


@compiled(error_model="numpy")
def times(x: FloatArray, y: FloatArray, into: FloatArray) -> None:
    for k in range(LANES):
        re = x[k] * y[k] - x[32 + k] * y[32 + k]
        im = x[k] * y[32 + k] + x[32 + k] * y[k]
        into[k] = re
        into[32 + k] = im


@compiled(error_model="numpy")
def collect(term: FloatArray, g: FloatArray, factorial: float, sums: FloatArray) -> None:
    """Divide by s, and add factorial · Re to the sums."""
    for k in range(LANES):
        re = term[k] * g[k] - term[32 + k] * g[32 + k]
        im = term[k] * g[32 + k] + term[32 + k] * g[k]
        term[k] = re
        term[32 + k] = im
        sums[k] += factorial * re


@compiled(error_model="numpy")
def to_front(power: FloatArray, weight: float, front: FloatArray) -> None:
    for k in range(LANES):
        front[k] += weight * power[k]
        front[32 + k] += weight * power[32 + k]


@compiled(error_model="numpy")
def before_small_slopes(g: FloatArray, none: float) -> None:
    """FRONT takes its weight, and AFTER is that times (product − none − one)."""
    for k in range(LANES):
        x = g[128 + k] - none - g[192 + k]
        y = g[160 + k] - g[224 + k]
        re = g[320 + k] * g[448 + k]
        im = g[352 + k] * g[448 + k]
        g[320 + k] = re
        g[352 + k] = im
        g[384 + k] = re * x - im * y
        g[416 + k] = re * y + im * x


@compiled(error_model="numpy")
def before_slopes(g: FloatArray) -> None:
    """FRONT takes the small features, and nothing comes after."""
    for k in range(LANES):
        re = g[320 + k]
        im = g[352 + k]
        x = re * g[64 + k] - im * g[96 + k]
        y = re * g[96 + k] + im * g[64 + k]
        g[320 + k] = x
        g[352 + k] = y
        g[384 + k] = x
        g[416 + k] = y


@compiled(error_model="numpy")
def before_pairs(g: FloatArray) -> None:
    """FRONT and AFTER over s."""
    for place in (320, 384):
        for k in range(LANES):
            re = g[place + k]
            im = g[place + LANES + k]
            g[place + k] = re * g[k] - im * g[LANES + k]
            g[place + LANES + k] = re * g[LANES + k] + im * g[k]
