r"""The uneven pair under L1 on h: its loss in closed form, and its minima by Newton steps [D34].

W = (w, −v), w ≥ v > 0, biases b₁, b₂, importances (1, r).  Output i costs, by the moment M of D01,

$$ \tfrac p3 − ∂M/∂a_{ii} + M ,   M = (1−p)² b_+² + p(1−p) Σ_j \frac{(b+a_j)_+³ − b_+³}{3 a_j}
   + p² Σ_{v ∈ \{0,1\}²} (−1)^{|v|} \frac{(b + a·v)_+⁴}{12 a_1 a_2} , $$

a rational function in each cell of signs, and the penalty adds

$$ λ \left[ \tfrac12 p(1−p)(w + v) + p² \left( \tfrac{w−v}2 + \tfrac{v²}{3w} \right) \right] . $$
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from ground.checks import FloatArray
from theory.data_law import feature_variance
from theory.loss.problem import as_problem
from theory.minima.least import least_of
from theory.ways_out.l1_pair import lone_weight

__all__ = ["NEAR", "NEWTON", "SETTLED", "others", "rest", "size_of", "uneven_pair"]
__all__ += ["unpenalised_pair"]

NEWTON, SETTLED, NEAR = 30, 1e-13, 1e-8


@cache
def _output() -> Callable[..., Any]:
    """Cost of an output by its own slope, the other one and its bias: value, slopes, curvatures.

    The last four arguments say where z > 0: at (0, 0), (1, 0), (0, 1) and (1, 1), in the order of
    own and other feature.  The derivatives at a change of sign are those of both sides, up to the
    second.
    """
    own, other, b, p = sp.symbols("own other b p")
    h = sp.symbols("h_none h_own h_other h_both")
    corner = [b, b + own, b + other, b + own + other]
    none = h[0] * b**2
    one = (h[1] * corner[1] ** 3 - h[0] * b**3) / (3 * own)
    two = (h[2] * corner[2] ** 3 - h[0] * b**3) / (3 * other)
    both = sum(sign * h[k] * corner[k] ** 4 for k, sign in enumerate((1, -1, -1, 1)))
    moment = (1 - p) ** 2 * none + p * (1 - p) * (one + two) + p**2 * both / (12 * own * other)
    cost = p / 3 - sp.diff(moment, own) + moment
    by = (own, other, b)
    slopes = [sp.diff(cost, x) for x in by]
    curves = [[sp.diff(slope, x) for x in by] for slope in slopes]
    return sp.lambdify((*by, p, *h), [cost, slopes, curves], cse=True)


def uneven_pair(
    theta: FloatArray, density: float, ratio: float, l1: float
) -> tuple[float, FloatArray, FloatArray, float]:
    """Penalised loss at θ = (w, v, b₁, b₂), gradient, Hessian, and E|h| [D34].

    Examples
    --------
    The paper's pair costs p²/3, and p − ⅔p² times λ:

    >>> round(uneven_pair(np.array([1.0, 1.0, 0.0, 0.0]), 0.3, 1.0, 0.1)[0], 12)
    0.054
    """
    w, v = theta[0], theta[1]
    loss, gradient, second = 0.0, np.zeros(4), np.zeros((4, 4))
    for k, weight in ((0, 1.0), (1, ratio)):
        x, y = (w, v) if k == 0 else (v, w)  # own weight, other weight
        own, other, b = x * x, -x * y, theta[2 + k]
        z = np.array([b, b + own, b + other, b + own + other])
        cost, slopes, curves = _output()(own, other, b, density, *(z > 0).astype(float))
        by = np.array([k, 1 - k, 2 + k])  # place of x, y and b in θ
        jacobian = np.array([[2 * x, 0.0, 0.0], [-y, -x, 0.0], [0.0, 0.0, 1.0]])
        bent = jacobian.T @ np.array(curves) @ jacobian
        bent[0, 0] += 2 * slopes[0]
        bent[0, 1] -= slopes[1]
        bent[1, 0] -= slopes[1]
        loss += weight * cost
        gradient[by] += weight * (jacobian.T @ np.array(slopes))
        second[np.ix_(by, by)] += weight * bent
    size, slope, curve = size_of(w, v, density)
    gradient[:2] += l1 * slope
    second[:2, :2] += l1 * curve
    return float(loss + l1 * size), gradient, second, size


def size_of(w: float, v: float, p: float) -> tuple[float, FloatArray, FloatArray]:
    """E|h| of (w, −v), w ≥ v, with its derivatives; of (v, −w) where v is the larger."""
    if v > w:
        size, slope, curve = size_of(v, w, p)
        return size, slope[::-1], curve[::-1, ::-1]
    u = v / w
    size = p * (1 - p) * (w + v) / 2 + p * p * ((w - v) / 2 + v * u / 3)
    slope = p * (1 - p) / 2 + p * p * np.array([0.5 - u * u / 3, -0.5 + 2 * u / 3])
    curve = 2 * p * p / (3 * w) * np.array([[u * u, -u], [-u, 1.0]])
    return size, slope, curve


def lone_loss(p: float, l1: float) -> tuple[float, float]:
    """What the best lone feature of importance one costs, penalty and all, and its E|h|."""
    w = float(lone_weight(p, l1))
    return feature_variance(p) * (1 - w * w) ** 2 + l1 * p * w / 2, p * w / 2


def rest(
    theta: FloatArray, p: float, ratio: float, l1: float, accuracy: float = SETTLED
) -> FloatArray | None:
    """Newton steps to the stationary point near θ; None where it is none, or no minimum."""
    last = np.inf
    for _ in range(NEWTON):
        _, gradient, second, _ = uneven_pair(theta, p, ratio, l1)
        move = np.linalg.solve(second, -gradient)
        if np.abs(move).max() > 0.3:
            return None
        theta = theta + move
        size = float(np.abs(move).max())
        if size < accuracy or (size < NEAR and size > 0.25 * last):  # or only rounding is left
            break
        last = size
    if theta[1] < 1e-3 or np.linalg.eigvalsh(uneven_pair(theta, p, ratio, l1)[2])[0] <= 0.0:
        return None
    return theta


def others(p: float, ratio: float, l1: float) -> tuple[float, float, str]:
    """The better of a lone feature 1 and nothing: loss, its slope by λ, and which."""
    v = feature_variance(p)
    alone, size = lone_loss(p, l1)
    if alone < v:  # NaN is not
        return alone + ratio * v, size, "lone"
    return (1 + ratio) * v, 0.0, "nothing"


def unpenalised_pair(p: float, ratio: float) -> FloatArray | None:
    """The pair without a penalty, or None where it is not the best."""
    found = least_of(as_problem(np.zeros((1, 2)), None, p, [1.0, ratio]))
    w = found.W[0] * np.sign(found.W[0, 0])
    if not w[1] < -1e-3:
        return None
    return np.array([w[0], -w[1], *found.b])
