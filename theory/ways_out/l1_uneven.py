r"""The uneven pair under L1 on h: its loss in closed form, and where it ties with others [D34].

W = (w, −v), w ≥ v > 0, biases b₁, b₂, importances (1, r).  Output i costs, by the moment M of D01,

$$ \tfrac p3 − ∂M/∂a_{ii} + M ,   M = (1−p)² b_+² + p(1−p) Σ_j \frac{(b+a_j)_+³ − b_+³}{3 a_j}
   + p² Σ_{v ∈ \{0,1\}²} (−1)^{|v|} \frac{(b + a·v)_+⁴}{12 a_1 a_2} , $$

a rational function in each cell of signs, and the penalty adds

$$ λ \left[ \tfrac12 p(1−p)(w + v) + p² \left( \tfrac{w−v}2 + \tfrac{v²}{3w} \right) \right] . $$

Stationarity and a tie are five equations for w, v, b₁, b₂ and λ; they are solved by Newton steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from ground.checks import FloatArray, as_density_axis, as_number
from theory.data_law import feature_variance
from theory.loss.problem import as_problem
from theory.minima.least import least_of
from theory.ways_out.l1_pair import lone_weight

__all__ = ["Exchange", "l1_pair_exchange", "l1_triple_importance", "uneven_pair"]

STEPS, NEWTON, SETTLED = 64, 30, 1e-13


@dataclass(frozen=True, eq=False)
class Exchange:
    """Where an antipodal pair is given up as the penalty grows: arrays by density.

    Attributes
    ----------
    threshold : (P,)
        λ at which something else costs as little; NaN where another solution is best already
        without a penalty.
    weights, biases : (P, 2)
        (w₁, w₂) and (b₁, b₂) of the pair there.
    becomes : list of str
        "lone" or "nothing": the solution after it.
    spinodal : (P,)
        λ at which the pair stops to be a minimum.
    """

    threshold: FloatArray
    weights: FloatArray
    biases: FloatArray
    becomes: list[str]
    spinodal: FloatArray


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

    >>> round(uneven_pair(np.array([1.0, 1.0, 0.0, 0.0]), 0.3, 1.0, 0.1)[0] - 0.03 - 0.024, 12)
    0.0
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
    size, slope, curve = _size(w, v, density)
    gradient[:2] += l1 * slope
    second[:2, :2] += l1 * curve
    return float(loss + l1 * size), gradient, second, size


def _size(w: float, v: float, p: float) -> tuple[float, FloatArray, FloatArray]:
    """E|h| of (w, −v), w ≥ v, with its derivatives; of (v, −w) where v is the larger."""
    if v > w:
        size, slope, curve = _size(v, w, p)
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


def _rest(theta: FloatArray, p: float, ratio: float, l1: float) -> FloatArray | None:
    """Newton steps to the stationary point near θ; None where it is none, or no minimum."""
    for _ in range(NEWTON):
        _, gradient, second, _ = uneven_pair(theta, p, ratio, l1)
        move = np.linalg.solve(second, -gradient)
        if np.abs(move).max() > 0.3:
            return None
        theta = theta + move
        if np.abs(move).max() < SETTLED:
            break
    if theta[1] < 1e-3 or np.linalg.eigvalsh(uneven_pair(theta, p, ratio, l1)[2])[0] <= 0.0:
        return None
    return theta


def _others(p: float, ratio: float, l1: float) -> tuple[float, float, str]:
    """The better of a lone feature 1 and nothing: loss, its slope by λ, and which."""
    v = feature_variance(p)
    alone, size = lone_loss(p, l1)
    if alone < v:  # NaN is not
        return alone + ratio * v, size, "lone"
    return (1 + ratio) * v, 0.0, "nothing"


def _begun(p: float, ratio: float) -> FloatArray | None:
    """The pair without a penalty, or None where it is not the best."""
    found = least_of(as_problem(np.zeros((1, 2)), None, p, [1.0, ratio]))
    w = found.W[0] * np.sign(found.W[0, 0])
    if not w[1] < -1e-3:
        return None
    return np.array([w[0], -w[1], *found.b])


def l1_pair_exchange(densities: Any, *, importance: Any = 1.0) -> Exchange:
    r"""Where L1 on h ends the antipodal pair of features of importances 1 and r, at (2, 1) [D34].

    The root of stationarity and a tie with the better of a lone feature 1 and nothing: a lone
    feature below λ = 8√6/27 (1 − ¾p), nothing above.

    Parameters
    ----------
    densities : array_like (P,)
        p in (0, 0.5): from ½ on there are no lone features, and pairs grow from nothing.
    importance : float
        r in (0, 1].

    Returns
    -------
    Exchange

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> found = l1_pair_exchange([0.1], importance=0.5)
    >>> float(found.threshold[0].round(4)), found.becomes
    (0.3335, ['lone'])
    """
    q, ratio = _checked(densities, importance)
    rows = [_exchange(float(p), ratio) for p in q]
    threshold, theta, becomes, spinodal = zip(*rows, strict=True)
    found = np.array(theta)
    return Exchange(
        np.array(threshold),
        found[:, :2] * [1.0, -1.0],
        found[:, 2:],
        list(becomes),
        np.array(spinodal),
    )


def _checked(densities: Any, importance: Any) -> tuple[FloatArray, float]:
    q = as_density_axis(densities)
    if not (q < 0.5).all():
        raise ValueError(f"densities must lie in (0, 0.5), got {densities!r}")
    return q, as_number("importance", importance, "a number in (0, 1]", lambda v: 1e-6 <= v <= 1)


def _exchange(p: float, ratio: float) -> tuple[float, FloatArray, str, float]:
    nowhere = float("nan"), np.full(4, np.nan), "", float("nan")
    theta = _begun(p, ratio)
    if theta is None:
        return nowhere
    # Up in λ to the end of the branch; on the way the first point at which another one is better.
    step, l1 = 0.05 * ratio, 0.0
    crossed: tuple[float, FloatArray] | None = None
    while step > 1e-7:
        moved = _rest(theta, p, ratio, l1 + step)
        if moved is None or np.abs(moved - theta).max() > 0.1:
            step /= 2
            continue
        theta, l1 = moved, l1 + step
        if crossed is None and uneven_pair(theta, p, ratio, l1)[0] > _others(p, ratio, l1)[0]:
            crossed = l1, theta
    spinodal = _fold(theta, p, ratio, l1)
    at, theta = crossed or (l1, theta)
    for _ in range(NEWTON):
        value, _, _, size = uneven_pair(theta, p, ratio, at)
        other, slope, becomes = _others(p, ratio, at)
        change = (other - value) / (size - slope)  # by the envelope theorem
        at += change
        rested = _rest(theta, p, ratio, at)
        if rested is None:
            return nowhere[0], nowhere[1], "", spinodal
        theta = rested
        if abs(change) < SETTLED:
            break
    return at, theta, becomes, spinodal


def _fold(theta: FloatArray, p: float, ratio: float, l1: float) -> float:
    """The largest λ on the branch, near its end: there v can be chosen and λ follows.

    Given v, the other three weights and λ are stationary; λ by v is a parabola near its top, so
    that three points and Newton steps in between find it.
    """

    def level(v: float, start: FloatArray) -> tuple[float, FloatArray]:
        """λ at which v is stationary, with w, b₁ and b₂: Newton steps for (w, λ, b₁, b₂)."""
        at = start.copy()
        for _ in range(NEWTON):
            full = np.array([at[0], v, at[2], at[3]])
            _, gradient, second, _ = uneven_pair(full, p, ratio, at[1])
            slope = np.zeros(4)
            slope[:2] = _size(at[0], v, p)[1]
            system = second.copy()
            system[:, 1] = slope
            move = np.linalg.solve(system, -gradient)
            at = at + move
            if np.abs(move).max() < SETTLED:
                break
        return float(at[1]), at

    start = np.array([theta[0], l1, theta[2], theta[3]])
    v, width = theta[1], 1e-3
    for _ in range(12):
        below, middle, above = (level(v + d * width, start) for d in (-1, 0, 1))
        bend = below[0] - 2 * middle[0] + above[0]
        if bend >= 0.0:
            return float(middle[0])
        move = 0.5 * width * (below[0] - above[0]) / bend
        v, start = v + float(np.clip(move, -0.05, 0.05)), middle[1]
        if abs(move) < 1e-7:
            break
    return level(v, start)[0]


def l1_triple_importance(densities: Any) -> FloatArray:
    r"""Importance r at which the pair, a lone feature and nothing cost the same, at (2, 1) [D34].

    Above it the pair is followed by nothing, below it by a lone feature; it is below 1 at every
    density: at equal importance L1 never leaves one feature.

    Parameters
    ----------
    densities : array_like (P,)
        p in (0, 0.44).

    Returns
    -------
    (P,)
        At λ = 8√6/27 (1 − ¾p).

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> float(l1_triple_importance([0.1])[0].round(4))
    0.9836
    """
    q, _ = _checked(densities, 1.0)
    return np.array([_triple(float(p)) for p in q])


def _triple(p: float) -> float:
    l1 = 8.0 * np.sqrt(6.0) / 27.0 * (1.0 - 0.75 * p)
    ratio, theta = 1.0, _exchange(p, 1.0)[1]
    for _ in range(NEWTON):
        rested = _rest(theta, p, ratio, l1)
        if rested is None:
            return float("nan")
        theta = rested
        value = uneven_pair(theta, p, ratio, l1)[0]
        cost = uneven_pair(theta, p, ratio + 1.0, l1)[0] - value  # linear in r
        v = feature_variance(p)
        change = ((1 + ratio) * v - value) / (cost - v)
        ratio += change
        if abs(change) < SETTLED:
            break
    return ratio
