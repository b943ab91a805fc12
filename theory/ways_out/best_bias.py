r"""What one output of (2, 1) costs at its best bias, as a function of two slopes alone [D35].

The output of a feature sees z = a x − c y + b: its own value x with slope a = w_i², the other's
value y with slope −c = w₁w₂.  With y silent it costs g(b), a polynomial piece by piece; with y
active, the mean of g over [b − c, b].  The best bias is unique, and so a loss of four unknowns is
one of two: L = Φ(w₁², c) + r Φ(w₂², c).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled

MOST_STEPS = 80
SETTLED = 1e-15


@compiled()
def lone_cost(a: float, offset: float, p: float) -> float:
    """g, the error of a feature of slope a ≥ 0 read with an offset, the other one silent."""
    if offset >= 0:
        return offset * offset - p * (1 - a) * offset + p * (1 - a) * (1 - a) / 3
    if offset <= -a:
        return p / 3
    y = -offset / a
    cubic = (1 + a) * y / 3
    return p * ((1 - a) * (1 - a) / 3 + a * y * ((1 - a) + y * (a - cubic)))


@compiled()
def lone_slope(a: float, offset: float, p: float) -> float:
    """The derivative of g by the offset."""
    if offset >= 0:
        return 2 * offset - p * (1 - a)
    if offset <= -a:
        return 0.0
    y = -offset / a
    return -p * ((1 - a) + y * (2 * a - (1 + a) * y))


@compiled()
def lone_curvature(a: float, offset: float, p: float) -> float:
    """The second derivative of g by the offset, which never falls while g' ≠ 0."""
    if offset >= 0:
        return 2.0
    if offset <= -a:
        return 0.0
    return 2 * p * (1 + offset / a + offset / (a * a))


@compiled()
def lone_integral(a: float, offset: float, p: float) -> float:
    """An antiderivative of g."""
    if offset >= 0:
        square = p * (1 - a) * (1 - a) / 3
        return offset * (square + offset * (offset / 3 - p * (1 - a) / 2))
    y = min(-offset / a, 1.0) if a > 0 else 0.0
    quartic = (1 + a) * y / 12
    inner = (1 - a) * (1 - a) / 3 + a * y * ((1 - a) / 2 + y * (a / 3 - quartic))
    return -a * p * y * inner + p * min(offset + a, 0.0) / 3


@compiled()
def lone_bias(a: float, p: float) -> float:
    """Where g is least: p (1 − a)/2 for a ≤ 1, and −a (a − 1)/(a + 1) beyond."""
    if a <= 1:
        return p * (1 - a) / 2
    return -a * (a - 1) / (a + 1)


@compiled()
def best_bias(a: float, c: float, p: float) -> tuple[float, float]:
    """The best bias for slopes a ≥ 0 and −c < 0, and Φ, what the output then costs.

    The slope of the cost by b is negative below the least of g, rises from there on, and is
    positive a c further: Newton's steps, halved where they leave what is left of that stretch.
    """
    low = lone_bias(a, p)
    high = low + c
    b = 0.5 * (low + high)
    for _ in range(MOST_STEPS):
        across = (lone_cost(a, b, p) - lone_cost(a, b - c, p)) / c
        slope = (1 - p) * lone_slope(a, b, p) + p * across
        if slope > 0:
            high = b
        else:
            low = b
        turn = (lone_slope(a, b, p) - lone_slope(a, b - c, p)) / c
        curvature = (1 - p) * lone_curvature(a, b, p) + p * turn
        new = b - slope / curvature if curvature > 0 else low
        if not low < new < high:
            new = 0.5 * (low + high)
        moved = abs(new - b)
        b = new
        if moved <= SETTLED:
            break
    mean = (lone_integral(a, b, p) - lone_integral(a, b - c, p)) / c
    return b, (1 - p) * lone_cost(a, b, p) + p * mean


@compiled()
def _fill(w: FloatArray, u: FloatArray, p: float, cost: FloatArray, bias: FloatArray) -> None:
    for k in range(len(w)):
        c = w[k] * u[k]
        bias[0, k], cost[0, k] = best_bias(w[k] * w[k], c, p)
        bias[1, k], cost[1, k] = best_bias(u[k] * u[k], c, p)


@lru_cache(maxsize=256)
def pair_table(grid: tuple[tuple[float, ...], tuple[float, ...]], p: float) -> FloatArray:
    """Costs and best biases (4, K) of both outputs of pairs W = (w, −u): Φ₁, Φ₂, b₁, b₂.

    Parameters
    ----------
    grid : (w, u)
        Positive, K each.
    """
    w, u = (np.array(part) for part in grid)
    cost, bias = np.empty((2, 2, len(w)))
    _fill(w, u, p, cost, bias)
    table = np.concatenate([cost, bias])
    table.setflags(write=False)
    return table
