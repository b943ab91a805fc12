r"""Where L1 on h makes an antipodal pair give way, as λ grows at fixed density [D34].

Stationarity and a tie are five equations for w, v, b₁, b₂ and λ; λ follows by Newton steps with the
envelope theorem, dF/dλ = E|h|.  The end of the branch, where the pair stops to be a minimum, is the
top of λ along its softest direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray, as_density_axis, as_number
from theory.ways_out.l1_pair import SPARSEST
from theory.ways_out.l1_uneven import (
    NEAR,
    NEWTON,
    SETTLED,
    others,
    rest,
    size_of,
    uneven_pair,
    unpenalised_pair,
)

__all__ = ["FIRST_STEP", "L1Exchange", "checked", "l1_pair_exchange"]

FIRST_STEP, LAST_STEP = 0.05, 1e-3  # in λ over r, along a branch; its end is found by itself


@dataclass(frozen=True, eq=False)
class L1Exchange:
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


def l1_pair_exchange(densities: Any, *, importance: Any = 1.0) -> L1Exchange:
    r"""Where L1 on h ends the antipodal pair of features of importances 1 and r, at (2, 1) [D34].

    The root of stationarity and a tie with the better of a lone feature 1 and nothing: a lone
    feature below λ = 8√6/27 (1 − ¾p), nothing above.

    Parameters
    ----------
    densities : array_like (P,)
        p in [1e-6, 0.5): from ½ on there are no lone features, and pairs grow from nothing.
    importance : float
        r in (0, 1].

    Returns
    -------
    L1Exchange

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> found = l1_pair_exchange([0.1], importance=0.5)
    >>> float(found.threshold[0].round(4)), found.becomes
    (0.323, ['lone'])
    """
    q, ratio = checked(densities, importance)
    rows = [_exchange(float(p), ratio) for p in q]
    threshold, theta, becomes, spinodal = zip(*rows, strict=True)
    found = np.array(theta)
    return L1Exchange(
        np.array(threshold),
        found[:, :2] * [1.0, -1.0],
        found[:, 2:],
        list(becomes),
        np.array(spinodal),
    )


def checked(densities: Any, importance: Any) -> tuple[FloatArray, float]:
    q = as_density_axis(densities)
    if not ((q >= SPARSEST) & (q < 0.5)).all():
        raise ValueError(f"densities must lie in [{SPARSEST:g}, 0.5), got {densities!r}")
    return q, as_number("importance", importance, "a number in (0, 1]", lambda v: 1e-6 <= v <= 1)


def _exchange(p: float, ratio: float) -> tuple[float, FloatArray, str, float]:
    nowhere = float("nan"), np.full(4, np.nan), "", float("nan")
    theta = unpenalised_pair(p, ratio)
    if theta is None:
        return nowhere
    # Up in λ to the end of the branch; on the way the first point at which another one is better.
    step, l1 = FIRST_STEP * ratio, 0.0
    crossed: tuple[float, FloatArray] | None = None
    while step > LAST_STEP * ratio:
        moved = rest(theta, p, ratio, l1 + step, NEAR)
        if moved is None or np.abs(moved - theta).max() > 0.1:
            step /= 2
            continue
        theta, l1 = moved, l1 + step
        if crossed is None and uneven_pair(theta, p, ratio, l1)[0] > others(p, ratio, l1)[0]:
            crossed = l1, theta
    spinodal = _fold(theta, p, ratio, l1)
    at, theta = crossed or (l1, theta)
    for _ in range(NEWTON):
        value, _, _, size = uneven_pair(theta, p, ratio, at)
        other, slope, becomes = others(p, ratio, at)
        change = (other - value) / (size - slope)  # by the envelope theorem
        at += change
        rested = rest(theta, p, ratio, at)
        if rested is None:
            return nowhere[0], nowhere[1], "", spinodal
        theta = rested
        if abs(change) < SETTLED:
            break
    return at, theta, becomes, spinodal


def _fold(theta: FloatArray, p: float, ratio: float, l1: float) -> float:
    """The largest λ on the branch, near its end, where the softest direction can be chosen.

    Given the place along that direction the rest of θ and λ are stationary; λ is a parabola there,
    so that three points and Newton steps find its top.
    """
    soft = np.linalg.eigh(uneven_pair(theta, p, ratio, l1)[2])[1][:, 0]

    def level(place: float, start: FloatArray) -> FloatArray:
        """(θ, λ) stationary, with θ·soft at that place."""
        at = start.copy()
        for _ in range(NEWTON):
            _, gradient, second, _ = uneven_pair(at[:4], p, ratio, at[4])
            system = np.zeros((5, 5))
            system[:4, :4] = second
            system[:2, 4] = size_of(at[0], at[1], p)[1]
            system[4, :4] = soft
            move = np.linalg.solve(system, -np.append(gradient, soft @ at[:4] - place))
            at = at + move
            if np.abs(move).max() < 1e-12:
                break
        return at

    at = np.append(theta, l1)
    place, width = float(soft @ theta), 1e-3
    for _ in range(12):
        below, at, above = (level(place + d * width, at) for d in (-1, 0, 1))
        bend = below[4] - 2 * at[4] + above[4]
        if bend >= 0.0:
            break
        move = 0.5 * width * (below[4] - above[4]) / bend
        place += float(np.clip(move, -0.05, 0.05))
        if abs(move) < 1e-7:
            break
    return float(level(place, at)[4])
