r"""Gradient flow of thousands of small models, each by its own steps, to its end [D23].

$$ \dot θ = −∂(L + λ Σ_{i≠j} (W_i·W_j)²)/∂θ $$

by the pair of Dormand and Prince, orders 5 and 4, compiled.  Where `theory.dynamics.flow` reports
a path, here only the end counts: a start is left as soon as it is so near a minimum that it
cannot get away, or where it moves no more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.clipped_cube import faces
from theory.loss.models import losses
from theory.loss.two_features import SCRATCH, pair_gradient

RTOL = 1e-9  # least error of a step, relative to weights of size one
REST = 1e-7  # slope, relative to the scale Σ I p of the loss, at which a model has come to rest
MOST_STEPS = 100_000


def flow_ends(
    starts: FloatArray,
    shape: tuple[int, int],
    density: FloatArray,
    importance: FloatArray,
    *,
    interference: float = 0.0,
    targets: FloatArray | None = None,
    near: float = 0.0,
    rest: float = REST,
    rtol: float = RTOL,
    bias: bool = True,
) -> tuple[FloatArray, NDArray[np.int64], NDArray[np.bool_]]:
    """Where gradient flow from each start ends, in one world [D23].

    Parameters
    ----------
    starts : (K, mn + n)
        W row by row, then b.
    shape : (m, n)
    density, importance : (n,)
    interference : float
        λ ≥ 0, the weight of Σ_{i≠j} (W_i·W_j)².
    targets : (E, mn + n), optional
        Minima; a start that comes as near to one as `near` is left there.
    rest : float
        Slope, relative to Σ I p, at which a model has come to rest.
    rtol : float
        Error of a step, relative to weights of size one, where the slope is of the size Σ I p;
        it falls with the slope, to 1e-9 or `rtol` itself, so that saddles are passed on the right
        side and flows come to rest.
    bias : bool
        False holds b as it is.

    Returns
    -------
    ends : (K, mn + n)
    reached : (K,)
        Which target, or −1.
    settled : (K,)
        Whether it reached one or came to rest.

    Examples
    --------
    One feature, always active: w = 1 is where all positive weights go.

    >>> flow_ends(np.array([[0.2, 0.0]]), (1, 1), np.ones(1), np.ones(1))[0].round(3).tolist()
    [[1.0, 0.0]]
    """
    m, n = shape
    known = np.zeros((0, m * n + n)) if targets is None else targets
    ends = np.array(starts, dtype=np.float64)
    reached = np.full(len(ends), -1)
    settled = np.zeros(len(ends), dtype=np.bool_)
    slope = rest * float(density @ importance)
    _flow_each(
        ends, m, n, density, importance, interference, bias, faces(n, 3), known, near, slope, rtol,
        reached, settled,
    )  # fmt: skip
    return ends, reached, settled


def polished(
    theta: FloatArray,
    shape: tuple[int, int],
    density: FloatArray,
    importance: FloatArray,
    *,
    interference: float = 0.0,
) -> FloatArray:
    """The critical point next to a point at rest, by Newton's method, or that point if none is.

    The curvature is a difference of exact gradients.  Directions in which the loss is flat are left
    alone, so that models that may be rotated stay where they are.

    Examples
    --------
    >>> polished(np.array([0.999, 0.001]), (1, 1), np.ones(1), np.ones(1)).round(9) + 0.0
    array([1., 0.])
    """
    m, n = shape
    digits, scratch = faces(n, 3), np.empty(SCRATCH)

    def gradient(point: FloatArray) -> FloatArray:
        out = np.empty(len(point))
        _gradient(point, m, n, density, importance, interference, True, digits, out, scratch)
        return out

    point, step = theta, 1e-6 * np.eye(len(theta))
    slope = gradient(point)
    for _ in range(8):
        rows = [(gradient(point + each) - gradient(point - each)) / 2e-6 for each in step]
        moved = point - np.linalg.lstsq(np.array(rows), slope, rcond=1e-6)[0]
        there = gradient(moved)
        if not np.linalg.norm(there) < np.linalg.norm(slope) / 2:
            break
        point, slope = moved, there
    # A step across a kink may lead to another point: that one is not asked for.
    return point if np.linalg.norm(point - theta) < 0.05 else theta


@compiled()
def _gradient(
    theta: FloatArray,
    m: int,
    n: int,
    p: FloatArray,
    importance: FloatArray,
    interference: float,
    bias: bool,
    digits: NDArray[np.int8],
    out: FloatArray,
    scratch: FloatArray,
) -> None:
    """Of the loss with its penalty, into `out`."""
    if m == 1 and n == 2:
        pair_gradient(theta, p, importance, interference, out, scratch)
    else:
        _any_gradient(theta, m, n, p, importance, interference, digits, out, scratch)
    if not bias:
        out[m * n :] = 0.0


@compiled()
def _any_gradient(
    theta: FloatArray,
    m: int,
    n: int,
    p: FloatArray,
    importance: FloatArray,
    interference: float,
    digits: NDArray[np.int8],
    out: FloatArray,
    scratch: FloatArray,
) -> None:
    W, b = theta[: m * n].reshape(1, m, n), theta[m * n :].reshape(1, n)
    dW, db = out[: m * n].reshape(1, m, n), out[m * n :].reshape(1, n)
    world = p.reshape(1, n), importance.reshape(1, n)
    losses(W, b, world[0], world[1], 0.0, 1.0, digits, 3, scratch[:1], dW, db)
    if interference != 0.0:
        for i in range(n):
            for j in range(n):
                if i != j:
                    inner = 0.0
                    for a in range(m):
                        inner += W[0, a, i] * W[0, a, j]
                    for a in range(m):
                        dW[0, a, i] += 4 * interference * inner * W[0, a, j]


@compiled()
def _flow_each(
    points: FloatArray,
    m: int,
    n: int,
    p: FloatArray,
    importance: FloatArray,
    interference: float,
    bias: bool,
    digits: NDArray[np.int8],
    targets: FloatArray,
    near: float,
    rest: float,
    rtol: float,
    reached: NDArray[np.int64],
    settled: NDArray[np.bool_],
) -> None:
    """Dormand and Prince's steps, each start by itself; `points` go from starts to ends."""
    size = points.shape[1]
    k = np.empty((7, size))
    at = np.empty(size)
    scratch, scale = np.empty(SCRATCH), np.sum(p * importance)
    for s in range(len(points)):
        y = points[s]
        _gradient(y, m, n, p, importance, interference, bias, digits, k[0], scratch)
        slope = np.sqrt(np.sum(k[0] ** 2))
        h = 0.01 / (rest * 1e7 + slope)
        for _ in range(MOST_STEPS):
            if slope < rest:
                settled[s] = True
                break
            for j in range(size):
                at[j] = y[j] - h * k[0, j] / 5
            _gradient(at, m, n, p, importance, interference, bias, digits, k[1], scratch)
            for j in range(size):
                at[j] = y[j] - h * (3 * k[0, j] + 9 * k[1, j]) / 40
            _gradient(at, m, n, p, importance, interference, bias, digits, k[2], scratch)
            for j in range(size):
                at[j] = y[j] - h * (44 / 45 * k[0, j] - 56 / 15 * k[1, j] + 32 / 9 * k[2, j])
            _gradient(at, m, n, p, importance, interference, bias, digits, k[3], scratch)
            for j in range(size):
                sum_ = 19372 / 6561 * k[0, j] - 25360 / 2187 * k[1, j]
                at[j] = y[j] - h * (sum_ + 64448 / 6561 * k[2, j] - 212 / 729 * k[3, j])
            _gradient(at, m, n, p, importance, interference, bias, digits, k[4], scratch)
            for j in range(size):
                sum_ = 9017 / 3168 * k[0, j] - 355 / 33 * k[1, j] + 46732 / 5247 * k[2, j]
                at[j] = y[j] - h * (sum_ + 49 / 176 * k[3, j] - 5103 / 18656 * k[4, j])
            _gradient(at, m, n, p, importance, interference, bias, digits, k[5], scratch)
            for j in range(size):
                sum_ = 35 / 384 * k[0, j] + 500 / 1113 * k[2, j] + 125 / 192 * k[3, j]
                at[j] = y[j] - h * (sum_ - 2187 / 6784 * k[4, j] + 11 / 84 * k[5, j])
            _gradient(at, m, n, p, importance, interference, bias, digits, k[6], scratch)
            allowed = max(min(rtol, RTOL), rtol * min(1.0, slope / scale))
            error = 0.0
            for j in range(size):
                sum_ = 71 / 57600 * k[0, j] - 71 / 16695 * k[2, j] + 71 / 1920 * k[3, j]
                sum_ += -17253 / 339200 * k[4, j] + 22 / 525 * k[5, j] - k[6, j] / 40
                error = max(error, h * abs(sum_) / (allowed * (1 + abs(at[j]))))
            if error <= 1:
                for j in range(size):
                    y[j] = at[j]
                    k[0, j] = k[6, j]
                slope = np.sqrt(np.sum(k[0] ** 2))
                for e in range(len(targets)):
                    distance = 0.0
                    for j in range(size):
                        distance += (y[j] - targets[e, j]) ** 2
                    if distance < near * near:
                        reached[s] = e
                        settled[s] = True
                        break
                if settled[s]:
                    break
            h *= min(5.0, max(0.2, 0.9 * (error + 1e-30) ** -0.2))
