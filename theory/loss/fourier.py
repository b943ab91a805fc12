r"""Expected loss for many features: few active ones exactly, the rest by a Fourier sum [D04].

One output sees z = b + a·x.  Patterns in which at most one *other* feature is active are
integrated exactly (:mod:`theory.loss.clipped_cube`); the rest, with at least two others active,
has a smooth density, and its moments come from its moment generating function on the line
s = c + iω, c > 0:

$$ E[z_+²] = \frac1π Re ∫_0^∞ \frac{2}{s³} E[e^{sz}] dω,   E[z_+]: 1/s²,   P(z>0): 1/s, $$

by the trapezoidal rule with step h = 2π/P.  By Poisson summation the rule errs by
Σ_{k≠0} e^{−ckP} E[(z + kP)_+²]: c and P are chosen so that this lies below e^{-25} of the
moment's scale (Chernoff's bound for k < 0).  The sum ends in a smooth taper rather than a
cut, so that what is left out is the density near z = 0 averaged over 1/Ω against a kernel
whose moments vanish: levels of 64, 256, 1024, … frequencies are compared until they agree.
The problem is homogeneous, and the sum is made of z/s with s the largest slope, so that neither
tiny nor huge weights cost more.  An output that is on the wrong side of its kink too rarely to
be seen (Chernoff's bound again) is taken for linear, or for dead: ignored features in a large
model are of this kind, and no sum resolves what they would need.
Two figures say how good the answer is: the last change between levels (what stops the sum; the
true error is far smaller) and a proved bound, from
|E[e^{s a x}]| ≤ min(E[e^{c a x}], (e^{ca} + 1)/(|a| ω)), which knows nothing of the taper's
cancellations and is pessimistic where slopes are tiny.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.clipped_cube import NO_SLOPE, faces
from theory.loss.models import rows
from theory.loss.problem import Problem

RTOL = 1e-7
FIRST_LEVEL = 64
MOST_FREQUENCIES = 16384
SHARED = 100  # features from which on outputs are shared among threads
FEW = 6  # with no more other features than this, the recursion is quicker than the sum
ALIAS = 25.0  # e^-25 of the second moment is what the trapezoidal rule may add
UNSEEN = 1e-3  # of the accuracy asked for: what an output across its kink may be left out for
SWELL = 8.0  # e^8 is how much larger than the moment the terms of the sum, and rounding, may be


def fourier_losses(
    problem: Problem, rtol: float = RTOL
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Loss (B,), dW (B, m, n) and db (B, n) of a batch of models [D04]."""
    loss, dG, db, _ = _batch(problem, rtol)
    dW = problem.W @ (dG + dG.swapaxes(-1, -2))
    return loss, dW, db


def fourier_error(problem: Problem) -> FloatArray:
    """Proved bound on the error of each loss of the batch, (B,): aliasing and truncation [D04].

    Rounding comes on top, some 1e-15 of the loss.  Pessimistic where slopes are tiny.
    """
    return _batch(problem, RTOL)[3]


def _batch(problem: Problem, rtol: float) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    batch, _, n = problem.W.shape
    loss = np.zeros(batch)
    error = np.zeros(batch)
    dG = np.zeros((batch, n, n))
    db = np.zeros((batch, n))
    G = problem.W.swapaxes(-1, -2) @ problem.W
    G[np.abs(G) < NO_SLOPE] = 0.0

    def found(at: tuple[int, int]) -> tuple[float, FloatArray, float, float]:
        r, i = at
        world = problem.density[r], problem.low, problem.high
        return row(G[r, i], problem.b[r, i], i, *world, rtol)

    every = [(r, i) for r in range(batch) for i in range(n)]
    for (r, i), (value, da, d, bound) in zip(every, _each(found, every, n), strict=True):
        weight = problem.importance[r, i]
        loss[r] += weight * value
        error[r] += weight * bound
        dG[r, i] = weight * da
        db[r, i] = weight * d
    return loss, dG, db, error


def _each(found: Callable[[Any], Any], every: list[Any], n: int) -> Iterable[Any]:
    """In threads where an output takes milliseconds: the same numbers, since each is its own."""
    threads = numba.get_num_threads()
    if n < SHARED or threads == 1:
        return map(found, every)
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(found, every))


def row(
    a: FloatArray, b: float, i: int, p: FloatArray, low: float, high: float, rtol: float = RTOL
) -> tuple[float, FloatArray, float, float]:
    """E[(x_i − z_+)²] of one output, its derivatives by a and b, and a bound on its error.

    Features with no slope do not enter z: they are left out and only their derivative,
    p_j E[x_j] dR/db, is filled in.
    """
    n = len(a)
    mean, square = 0.5 * (low + high), (low * low + low * high + high * high) / 3
    swing_low = np.minimum(0.0, np.minimum(a * low, a * high))
    swing_high = np.maximum(0.0, np.maximum(a * low, a * high))
    gradient = np.zeros(n)
    if b + swing_high.sum() <= 0.0:
        return float(p[i] * square), gradient, 0.0, 0.0
    if b + swing_low.sum() >= 0.0:
        return *_linear(a, b, i, p, mean, square), 0.0

    others = np.flatnonzero(a)
    others = others[others != i]
    if len(others) > FEW:
        reach = max(high, -low)
        linear = _linear(a, b, i, p, mean, square)
        crossed = _across(-a, -b, p, low, high, reach)
        if crossed <= UNSEEN * rtol * linear[0]:
            return *linear, crossed
        crossed = _across(a, b, p, low, high, reach)
        if crossed <= UNSEEN * rtol * p[i] * square:
            return float(p[i] * square), gradient, 0.0, crossed
    base = 3 if low == 0.0 else 4
    bound = 0.0
    if len(others) <= FEW:
        kept = np.append(i, others)
        out = np.empty((1, len(kept) + 2))
        table = faces(len(kept), base)
        rows(a[None, kept], np.full(1, b), 0, p[None, kept], low, high, table, base, out)
        value, gradient[kept], d = out[0, 0], out[0, 1:-1], out[0, -1]
    else:
        none, one = _at_most_one(1.0 - p[others], p[others])
        k = len(others)
        alone = np.empty((1, 3))
        rows(a[None, [i]], np.full(1, b), 0, p[None, [i]], low, high, faces(1, base), base, alone)
        pairs = np.empty((k, 4))
        rows(
            np.stack([np.full(k, a[i]), a[others]], 1),
            np.full(k, b),
            0,
            np.stack([np.full(k, p[i]), np.ones(k)], 1),
            low,
            high,
            faces(2, base),
            base,
            pairs,
        )
        value = none * alone[0, 0] + one @ pairs[:, 0]
        d = none * alone[0, 2] + one @ pairs[:, 3]
        gradient[i] = none * alone[0, 1] + one @ pairs[:, 1]
        gradient[others] = one * pairs[:, 2]
        rest = np.zeros(k + 4)
        unit = float(np.abs(a).max())
        scaled = a / unit
        _rest(
            scaled[others],
            scaled[i],
            b / unit,
            p[others],
            p[i],
            low,
            high,
            unit,
            value,
            rtol,
            MOST_FREQUENCIES,
            rest,
        )
        value += rest[0]
        d += rest[1]
        gradient[i] += rest[2]
        gradient[others] += rest[4:]
        bound = float(rest[3])
    still = a == 0.0
    still[i] = False
    gradient[still] = p[still] * mean * d
    return float(value), gradient, float(d), bound


def _linear(
    a: FloatArray, b: float, i: int, p: FloatArray, mean: float, square: float
) -> tuple[float, FloatArray, float]:
    """E[(x_i − z)²] and its derivatives by a and b: an output without its kink."""
    variance = p * square - (p * mean) ** 2
    slope = -a
    slope[i] += 1.0
    u = slope @ (p * mean) - b
    gradient = -2.0 * (p * mean * u + slope * variance)
    return float(u * u + (slope * slope) @ variance), gradient, float(-2.0 * u)


@compiled()
def _across(a: FloatArray, b: float, p: FloatArray, low: float, high: float, reach: float) -> float:
    """Bound on E[z_+² + 2|x_i| z_+] and on what the derivatives lose, from E[e^{τz}] [D04]."""
    unit = 0.0
    for j in range(a.shape[0]):
        unit = max(unit, abs(a[j]))
    span = high - low
    least = math.inf
    tau = 0.5 / (unit * reach)
    for _ in range(20):
        exponent = tau * b
        for j in range(a.shape[0]):
            x = tau * a[j]
            if abs(x) * reach > 500.0:
                return least
            exponent += math.log1p(p[j] * (math.exp(x * low) * _real(x * span) - 1.0))
        if exponent < 50.0:
            over = 1.0 / (math.e * tau)
            first = math.exp(exponent)
            value = first * (4.0 * over * over + 2.0 * reach * over)
            least = min(least, max(value, 2.0 * max(1.0, reach) * first * (over + reach)))
        tau *= 1.5
    return least


def _at_most_one(q: FloatArray, p: FloatArray) -> tuple[float, FloatArray]:
    """Probabilities that none, and that exactly feature j alone, is active."""
    before = np.concatenate([[1.0], np.cumprod(q)])
    after = np.concatenate([np.cumprod(q[::-1])[::-1], [1.0]])
    return float(before[-1]), p * before[:-1] * after[1:]


@compiled(inline="always")
def _inverse(x: complex) -> complex:
    """1/x without the branches that guard against overflow."""
    scale = 1.0 / (x.real * x.real + x.imag * x.imag)
    return complex(x.real * scale, -x.imag * scale)


@compiled(inline="always")
def _uniform(x: complex, e: complex) -> tuple[complex, complex, complex]:
    """E[e^{xu}], E[u e^{xu}], E[u² e^{xu}] for u uniform on [0, 1]; e = e^x."""
    if abs(x.real) + abs(x.imag) < 0.4:
        zero = 0j
        first = 0j
        second = 0j
        for k in range(13, -1, -1):  # x^k / k! times 1/(k+1), 1/(k+2), 1/(k+3)
            scale = 1.0 / (k + 1)
            zero = zero * x * scale + 1.0 / (k + 1)
            first = first * x * scale + 1.0 / (k + 2)
            second = second * x * scale + 1.0 / (k + 3)
        return zero, first, second
    inverse = _inverse(x)
    zero = (e - 1.0) * inverse
    first = (e - zero) * inverse
    return zero, first, (e - 2.0 * first) * inverse


@compiled()
def _two_or_more(q: FloatArray, active: FloatArray) -> float:
    """Sum over sets of at least two of Π active Π q, as positive terms."""
    none, one, more = 1.0, 0.0, 0.0
    for j in range(q.shape[0]):
        more = more * (q[j] + active[j]) + one * active[j]
        one = one * q[j] + none * active[j]
        none *= q[j]
    return more


@compiled()
def _real(x: float) -> float:
    """E[e^{xu}] for real x."""
    return 1.0 + 0.5 * x if abs(x) < 1e-5 else math.expm1(x) / x


@compiled()
def _rest(
    a: FloatArray,
    a_i: float,
    b: float,
    p: FloatArray,
    p_i: float,
    low: float,
    high: float,
    unit: float,
    known: float,
    rtol: float,
    most: int,
    out: FloatArray,
) -> None:
    """Add the patterns with two or more of the others `a` active.

    Slopes and bias are in units of `unit`.  `out` receives the loss, its derivatives by b and
    a_i, the error bound, and the derivatives by a, all of the model as it is.
    """
    n = a.shape[0]
    span = high - low
    square = (low * low + low * high + high * high) / 3.0
    q = 1.0 - p
    q_i = 1.0 - p_i
    active = p.copy()
    share = _two_or_more(q, active)
    if share <= 0.0:
        return

    # Step and line: ln E[e^{τz}; rest] on a grid of τ, for Chernoff's bound.
    grid = 28
    tau = np.empty(grid)
    log_mgf = np.empty(grid)
    for g in range(grid):
        tau[g] = 0.5 * 1.35**g
        largest = 0.0
        for j in range(n):
            largest += max(0.0, tau[g] * a[j] * low, tau[g] * a[j] * high)
        if largest > 600.0:  # e^… would overflow; this τ is of no use
            log_mgf[g] = math.inf
            continue
        for j in range(n):
            active[j] = p[j] * math.exp(tau[g] * a[j] * low) * _real(tau[g] * a[j] * span)
        e_i = math.exp(tau[g] * a_i * low) * _real(tau[g] * a_i * span)
        log_mgf[g] = (
            math.log(_two_or_more(q, active) / share) + math.log(q_i + p_i * e_i) + tau[g] * b
        )
    period = 0.25
    while True:
        c = ALIAS / period
        alias = math.inf
        alias_first = math.inf
        swell = math.inf  # bounds ln E[e^{cz}; rest] by Jensen, from the next τ above c
        for g in range(grid):
            if tau[g] > c:
                swell = min(swell, max(log_mgf[g], 0.0) * c / tau[g])
                exponent = log_mgf[g] - (tau[g] - c) * period
                alias = min(alias, exponent - 2.0 * math.log(tau[g]))
                alias_first = min(alias_first, exponent - math.log(tau[g]))
        if (alias < -ALIAS and swell < SWELL) or period > 1e4:
            break
        period *= 1.1
    h = 2.0 * math.pi / period
    # Left images: E[(z + kP)_+²] e^{-ckP}; right images: 4/(eτ)² e^{(c-τ)P} E[e^{τz}].
    ceiling = math.exp(min(swell, 50.0))
    # Those of E[x_i z_+] are smaller by one power of z, and at most `reach` times as large.
    width = period + 2.0 * math.sqrt(ceiling) / c
    reach = max(high, -low)
    alias_bound = unit * unit * share * (math.exp(-ALIAS) * 2.0 * width**2 + math.exp(alias))
    alias_bound += (
        2.0 * reach * unit * share * (math.exp(-ALIAS) * 2.0 * width + math.exp(alias_first))
    )

    pure = np.empty(n, np.complex128)
    tilted = np.empty(n, np.complex128)
    turn = np.empty(n, np.complex128)
    step = np.empty(n, np.complex128)
    without = np.empty(n)
    empty = 1.0
    for j in range(n):
        step[j] = cmath.exp(1j * h * a[j] * span)
        without[j] = empty
        empty *= q[j]
    empty = 1.0
    for j in range(n - 1, -1, -1):
        without[j] *= empty
        empty *= q[j]
    # Row 0 sums plainly, row 1 with the taper of the current level: derivatives by a, then
    # E[z_+²], E[z_+], E[x_i z_+], E[x_i 1], E[x_i² 1].
    sums = np.zeros((2, n + 5))
    previous = np.full(n + 5, math.inf)
    level = FIRST_LEVEL
    bound = math.inf
    k = 0
    while True:
        s = complex(c, k * h)
        w = h / math.pi * (0.5 if k == 0 else 1.0)
        taper = 0.5 * math.erfc(4.5 * (4.0 * k / level - 3.0))
        if k % 64 == 0:  # renew the rotations before rounding piles up
            for j in range(n):
                turn[j] = cmath.exp(s * a[j] * span)
        none = 1.0 + 0j
        one = 0j
        more = 0j
        product = 1.0 + 0j
        for j in range(n):
            zero, once, _ = _uniform(s * a[j] * span, turn[j])
            turn[j] *= step[j]
            if low != 0.0:
                shift = cmath.exp(s * a[j] * low)
                once = shift * (low * zero + span * once)
                zero = shift * zero
            e = p[j] * zero
            pure[j] = q[j] + e
            tilted[j] = p[j] * once
            more = more * pure[j] + one * e
            one = one * q[j] + none * e
            none *= q[j]
            product *= pure[j]
        zero, once, twice = _uniform(s * a_i * span, cmath.exp(s * a_i * span))
        if low != 0.0:
            shift = cmath.exp(s * a_i * low)
            twice = shift * (low * low * zero + 2.0 * low * span * once + span * span * twice)
            once = shift * (low * zero + span * once)
            zero = shift * zero
        own = q_i + p_i * zero
        own_x = p_i * once
        over = _inverse(s)
        r1 = w * cmath.exp(s * b) * over
        r2 = r1 * over
        factor = 2.0 * (unit * r2 * own - r1 * own_x)
        for j in range(n):
            term = (factor * tilted[j] * (product * _inverse(pure[j]) - without[j])).real
            sums[0, j] += term
            sums[1, j] += taper * term
        for g in range(5):
            if g == 0:
                term = (2.0 * unit * unit * r2 * over * own * more).real
            elif g == 1:
                term = (unit * r2 * own * more).real
            elif g == 2:
                term = (unit * r2 * own_x * more).real
            elif g == 3:
                term = (r1 * own_x * more).real
            else:
                term = (r1 * p_i * twice * more).real
            sums[0, n + g] += term
            sums[1, n + g] += taper * term
        k += 1
        if k < level:
            continue

        # The level is complete: bound what the taper left out, compare with the level before.
        omega = 0.5 * level * h
        for j in range(n):
            top = math.exp(c * a[j] * low) * _real(c * a[j] * span)
            edge = (math.exp(c * a[j] * low) + math.exp(c * a[j] * high)) / (
                abs(a[j]) * span * omega
            )
            active[j] = p[j] * min(top, edge)
        b_i = math.exp(c * a_i * low) * _real(c * a_i * span)
        b_x = max(high, -low) * b_i
        if a_i != 0.0:
            lower, upper = math.exp(c * a_i * low), math.exp(c * a_i * high)
            b_i = min(b_i, (lower + upper) / (abs(a_i) * span * omega))
            b_x = min(b_x, ((high * upper - low * lower) / span + b_i) / (abs(a_i) * omega))
        bound = _two_or_more(q, active) * math.exp(c * b) / math.pi
        bound *= unit * unit * (q_i + p_i * b_i) / omega**2 + 2.0 * unit * p_i * b_x / omega
        done = sums[1]
        value = known + p_i * square * share - 2.0 * done[n + 2] + done[n]
        scale = abs(value) + abs(done[n + 1]) + abs(done[n + 3])
        moved = abs(done[n] - previous[n]) + 2.0 * abs(done[n + 2] - previous[n + 2])
        turned = 0.0
        for j in range(n + 5):
            turned = max(turned, abs(done[j] - previous[j]))
        settled = moved <= rtol * abs(value) and turned <= 10.0 * rtol * scale
        if settled or level >= most:
            break
        previous[:] = done
        sums[1] = sums[0]
        level *= 4
    for j in range(n):
        out[4 + j] = sums[1, j]
    second, first, crossed, positive, doubled = sums[1, n:]
    out[0] = p_i * square * share - 2.0 * crossed + second
    out[1] = 2.0 * first - 2.0 * positive
    out[2] = 2.0 * crossed - 2.0 * doubled
    out[3] = bound + alias_bound
