r"""Many digons, or many dedicated features, under the attack on a random feature: n → ∞ [D20].

The size of an attack is measured in E‖x‖, ε = λ E‖x‖, and E‖x‖² → n p/3.  The attack on feature k
stays in the block of k, in which it is then as large as one likes, for a share 1/n of the inputs.
What that costs a block has a limit: the square of what its outputs rise by, and nothing for those
that fall, since they are only zero.  With two features a dimension, per dimension,

$$ digons: L(w, −w; c, c) + \tfrac43 λ² p w⁴,   dedicated: v + L(w; c) + κ λ² p w⁴, $$

κ = 2/3 if the dead half of the features is not drawn, 1/3 if it is drawn and does nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from scipy.optimize import brentq

from ground.checks import FloatArray, as_density_axis, check_choice
from theory.adversary.pair_families import Member, Value, best_member
from theory.data_law import feature_variance
from theory.loss.floats import gradient_of
from theory.loss.problem import as_problem

__all__ = ["block_thresholds"]

SHARES = {"live": 2.0 / 3.0, "silent": 1.0 / 3.0}
RATIOS = np.geomspace(0.05, 50.0, 25)  # λ
AFRESH = 4  # every which λ is searched from all starts


def block_thresholds(densities: Any, *, dead: str = "live") -> xr.Dataset:
    r"""Attacks, in units of E‖x‖, at which many digons are given up, and taken up again [D20].

    Parameters
    ----------
    densities : array_like (P,)
        p in (0, 1].
    dead : {"live", "silent"}
        Ignored features are not drawn for attacks, or drawn and do nothing.

    Returns
    -------
    xarray.Dataset
        By `density`: `given_up`, the least λ = ε/E‖x‖ at which dedicated features are as good as
        digons at the best scale and bias of each (NaN where they never are, 0 where they are
        without an attack); `taken_up`, beyond which digons are again (NaN where never); `naive`,
        the same for unit scale and no bias: √(1/2) or √(1/3) as p → 0, where the truth is never.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    Silent dead features make digons give way late, and later still as p falls:

    >>> found = block_thresholds([0.1, 0.4], dead="silent")
    >>> found.given_up.round(2).values.tolist(), found.naive.round(2).values.tolist()
    ([3.15, 1.12], [0.52, 0.32])
    """
    p = as_density_axis(densities)
    check_choice("dead", dead, tuple(SHARES))
    rows = np.array([_row(float(density), SHARES[dead]) for density in p])
    names = ("given_up", "taken_up", "naive")
    return xr.Dataset(
        {name: ("density", rows[:, k]) for k, name in enumerate(names)}, coords={"density": p}
    )


def _row(p: float, share: float) -> tuple[float, float, float]:
    # Unit scale, no bias: p²/3 + 4/3 λ² p against v + κ λ² p.
    naive = np.sqrt(max(feature_variance(p) / p - p / 3.0, 0.0) / (4.0 / 3.0 - share))
    kept: list[tuple[Member, Member]] = []

    def pair(ratio: float) -> tuple[Member, Member]:
        near = [(member, 0.0) for member in kept[-1]] if kept else []
        push = 0.0 if len(kept) % AFRESH else 1e-6
        values = block_value(p, ratio, 4.0 / 3.0, 2), block_value(p, ratio, share, 1)
        first, second = (
            best_member(value, p, push, *near[i : i + 1]) for i, value in enumerate(values)
        )
        return first, second

    def gap(ratio: float) -> float:
        first, second = pair(ratio)
        return (first.loss - second.loss) / p

    gaps = []
    for ratio in (0.0, *RATIOS):
        kept.append(pair(ratio))
        gaps.append(kept[-1][0].loss - kept[-1][1].loss)
    at = np.array([0.0, *RATIOS])
    lost = np.array(gaps) >= -1e-9 * p
    if not lost.any():
        return np.nan, np.nan, float(naive)
    k = int(lost.argmax())
    given = 0.0 if k == 0 else _root(gap, at[k - 1 : k + 1])
    again = np.flatnonzero(lost[k:-1] & ~lost[k + 1 :])
    taken = _root(gap, at[k + again[0] : k + again[0] + 2]) if len(again) else np.nan
    return given, taken, float(naive)


def _root(gap: Any, between: FloatArray) -> float:
    ends = [gap(float(end)) for end in between]
    if ends[0] * ends[1] >= 0:
        return float(between[1])
    return float(brentq(gap, float(between[0]), float(between[1]), xtol=1e-9))


def block_value(p: float, ratio: float, share: float, features: int) -> Value:
    """Loss per dimension in the limit, and its gradient by (w, c), of 2 or 1 features in it."""
    signs = np.array([1.0, -1.0])[:features]
    rest = feature_variance(p) if features == 1 else 0.0
    price = share * ratio * ratio * p

    def value(y: FloatArray) -> tuple[float, FloatArray]:
        w, c = y
        problem = as_problem((w * signs)[None], np.full(features, c), p, None)
        loss, dW, db = (part[0] for part in gradient_of(problem))
        by_w = float(dW[0] @ signs) + 4.0 * price * w**3
        return float(loss) + price * w**4 + rest, np.array([by_w, db.sum()])

    return value
