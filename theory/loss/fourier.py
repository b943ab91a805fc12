r"""Expected loss for any number of features: offsets one by one, and Fourier sums [D04].

One output sees z = b + a·x.  Large slopes are separated from small ones, and few from many
(:mod:`theory.loss.scales`): up to ten features the answer is exact to rounding, and beyond that
its error has a proved bound, which decides how many frequencies are summed.  The problem is
homogeneous, each scale is treated in its own unit, and neither tiny nor huge weights cost more.

An output that is on the wrong side of its kink too rarely to be seen (Chernoff's bound) is taken
for linear, or for dead: ignored features in a large model are of this kind.
"""

from __future__ import annotations

import math
import warnings

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.line_plan import log_transform
from theory.loss.models import gram
from theory.loss.problem import Problem
from theory.loss.scales import FEW, output
from theory.loss.shares import in_shares
from theory.loss.two_or_more import LOSS

RTOL = 1e-6
WORTH = 2000  # outputs times features² from which on they are shared among threads
UNSEEN = 0.1  # of the accuracy asked for: what an output across its kink may be left out for


class UnsettledLoss(RuntimeWarning):
    """A Fourier sum ended at its last frequency before it was as good as asked for."""


def fourier_losses(
    problem: Problem, rtol: float = RTOL
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Loss (B,), dW (B, m, n) and db (B, n) of a batch of models [D04].

    Warns with :class:`UnsettledLoss`, and the bound, where a sum did not settle.

    Raises
    ------
    FloatingPointError
        If a loss or slope is not finite.
    """
    loss, dG, db, error, settled = _batch(problem, rtol)
    dW = problem.W @ (dG + dG.swapaxes(-1, -2))
    if not (np.isfinite(loss).all() and np.isfinite(dW).all() and np.isfinite(db).all()):
        worst = int(np.argmin(np.isfinite(loss)))
        raise FloatingPointError(f"the loss of model {worst}, or its gradient, is not finite")
    if not settled.all():
        worst = int(np.argmin(settled))
        warnings.warn(
            f"the loss of model {worst} is {loss[worst]:.10g} to no more than {error[worst]:.2g}: "
            "its Fourier sum ended before it was as good as asked for",
            UnsettledLoss,
            stacklevel=2,
        )
    return loss, dW, db


def fourier_error(problem: Problem, rtol: float = RTOL) -> FloatArray:
    """Proved bound on the error of each loss of the batch, (B,): aliasing and truncation [D04].

    Rounding comes on top, some 1e-14 of the loss.
    """
    return _batch(problem, rtol)[3]


def _batch(
    problem: Problem, rtol: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    batch, _, n = problem.W.shape
    G = np.empty((batch, n, n))
    grams(problem.W, G)
    dG = np.zeros((batch, n, n))
    # Of each output: loss, slope by the bias, bound of the loss, whether it settled.
    found = np.empty((batch * n, 4))
    world = problem.b, problem.density, problem.low, problem.high, rtol

    def some(first: int, last: int) -> None:
        outputs(G, *world, first, last, dG, found)

    in_shares(some, batch * n, batch * n * n * n >= WORTH)
    each = found.reshape(batch, n, 4)
    weight = problem.importance[:batch]  # a world may serve more models than are asked about
    dG *= weight[..., None]
    loss, error = (weight * each[..., 0]).sum(1), (weight * each[..., 2]).sum(1)
    return loss, dG, weight * each[..., 1], error, np.all(each[..., 3] != 0.0, axis=1)


@compiled()
def grams(W: FloatArray, G: FloatArray) -> None:
    """WᵀW of each model, summed in double-double."""
    rest = np.empty(G.shape[1:])
    for r in range(W.shape[0]):
        gram(W[r], G[r], rest)


@compiled()
def outputs(
    G: FloatArray,
    b: FloatArray,
    p: FloatArray,
    low: float,
    high: float,
    rtol: float,
    first: int,
    last: int,
    dG: FloatArray,
    found: FloatArray,
) -> None:
    """Outputs first … last − 1 of all those of the batch, model by model."""
    n = G.shape[1]
    for at in range(first, last):
        r, i = at // n, at % n
        row(G[r, i], b[r, i], i, p[r], low, high, rtol, dG[r, i], found[at])


@compiled()
def row(
    a: FloatArray,
    b: float,
    i: int,
    p: FloatArray,
    low: float,
    high: float,
    rtol: float,
    da: FloatArray,
    out: FloatArray,
) -> None:
    """E[(x_i − z_+)²] of one output, z = b + a·x, with its derivatives.

    Features with no slope do not enter z: they are left out, and only their derivative,
    p_j E[x_j] dR/db, is filled in.

    Parameters
    ----------
    da : (n,)
        Receives the derivatives by a.
    out : (4,)
        Receives the loss, its derivative by b, the bound on its error, and 1 if that is as small
        as asked for (else 0).
    """
    n = a.shape[0]
    mean, square = 0.5 * (low + high), (low * low + low * high + high * high) / 3.0
    least, most, centre, variance = b, b, b, 0.0
    count = 0
    da[:] = 0.0
    out[2], out[3] = 0.0, 1.0
    for j in range(n):
        least += min(0.0, a[j] * low, a[j] * high)
        most += max(0.0, a[j] * low, a[j] * high)
        centre += p[j] * mean * a[j]
        variance += a[j] * a[j] * (p[j] * square - (p[j] * mean) ** 2)
        if a[j] != 0.0 or j == i:
            count += 1
    seen = least < 0.0 < most
    crossed = 0.0
    if seen and count > FEW and centre * centre > 9.0 * variance:
        sign = -1.0 if centre > 0.0 else 1.0
        crossed = across(sign * a, sign * b, p, low, high)
        natural = p[i] * square + (variance + centre * centre if centre > 0.0 else 0.0)
        seen = crossed > UNSEEN * LOSS * rtol * natural
    if not seen:
        out[2] = crossed if least < 0.0 < most else 0.0
        if centre > 0.0 and most > 0.0:
            linear(a, b, i, p, mean, square, da, out)
        else:
            out[0], out[1] = p[i] * square, 0.0
        return
    if count == n:
        value, slope, bound, _, settled = output(a, b, i, p, low, high, rtol, da)
    else:
        kept = np.empty(count, np.int64)
        own = i
        k = 0
        for j in range(n):
            if a[j] != 0.0 or j == i:
                kept[k] = j
                if j == i:
                    own = k
                k += 1
        turned = np.zeros(count)
        value, slope, bound, _, settled = output(a[kept], b, own, p[kept], low, high, rtol, turned)
        for k in range(count):
            da[kept[k]] = turned[k]
        for j in range(n):
            if a[j] == 0.0 and j != i:
                da[j] = p[j] * mean * slope
    # A scale asks for its own small size, which as a part of the output's loss may be plenty.  The
    # bound of slopes is no measure there: it was seen ten powers of ten above the error.
    settled = settled or bound <= rtol * value
    out[0], out[1], out[2] = value, slope, bound
    out[3] = 1.0 if settled else 0.0


@compiled()
def linear(
    a: FloatArray,
    b: float,
    i: int,
    p: FloatArray,
    mean: float,
    square: float,
    da: FloatArray,
    out: FloatArray,
) -> None:
    """E[(x_i − z)²] and its derivatives by a and b: an output without its kink."""
    u = -b
    spread = 0.0
    for j in range(a.shape[0]):
        slope = (1.0 if j == i else 0.0) - a[j]
        u += slope * p[j] * mean
        spread += slope * slope * (p[j] * square - (p[j] * mean) ** 2)
    for j in range(a.shape[0]):
        slope = (1.0 if j == i else 0.0) - a[j]
        da[j] = -2.0 * (p[j] * mean * u + slope * (p[j] * square - (p[j] * mean) ** 2))
    out[0], out[1] = u * u + spread, -2.0 * u


@compiled()
def across(a: FloatArray, b: float, p: FloatArray, low: float, high: float) -> float:
    """Bound on E[z_+² + 2|x_i| z_+] and on what the derivatives lose, from E[e^{τz}] [D04]."""
    unit = np.abs(a).max()
    reach = max(high, -low)
    best = math.inf
    tau = 0.5 / (unit * reach)
    for _ in range(10):
        exponent = tau * b + log_transform(tau, a, p, 0.0, 0.0, low, high - low)
        if exponent < 50.0:
            over = 1.0 / (math.e * tau)
            size = math.exp(exponent)
            value = size * (4.0 * over * over + 2.0 * reach * over)
            best = min(best, max(value, 2.0 * max(1.0, reach) * size * (over + reach)))
        tau *= 1.8
    return best
