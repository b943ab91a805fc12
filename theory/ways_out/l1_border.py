"""Where L1 on h makes an antipodal pair give way, as the importance falls at fixed λ [D34]."""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, check_choice
from theory.data_law import feature_variance
from theory.ways_out.l1_exchange import FIRST_STEP, checked
from theory.ways_out.l1_pair import l1_lone_death
from theory.ways_out.l1_uneven import (
    NEAR,
    NEWTON,
    SETTLED,
    others,
    rest,
    uneven_pair,
    unpenalised_pair,
)
from theory.ways_out.penalty import as_weight

__all__ = ["l1_border_importance", "l1_triple_importance"]


def l1_border_importance(densities: Any, *, l1: Any, side: str = "below") -> FloatArray:
    r"""Importance r at which an antipodal pair costs what the better of the others does [D34].

    The others are the lone feature of the larger importance, and nothing.

    Parameters
    ----------
    densities : array_like (P,)
        p in [1e-6, 0.5).
    l1 : float
        λ ≥ 0.
    side : {"below", "above"}
        Of the line r = 1; the diagram is its own mirror image at (1/r, λ/r).

    Returns
    -------
    (P,)
        The pair is best between both sides; NaN where it is not even at r = 1, or where no border
        is found.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> l1_border_importance([0.1], l1=0.3).round(4).tolist()
    [0.468]
    """
    q, _ = checked(densities, 1.0)
    penalty = as_weight("l1", l1)
    mirrored = check_choice("side", side, ("below", "above")) == "above"
    found = np.array([_border(float(p), penalty, mirrored) for p in q])
    return 1.0 / found if mirrored else found


def l1_triple_importance(densities: Any) -> FloatArray:
    r"""Importance r at which the pair, a lone feature and nothing cost the same, at (2, 1) [D34].

    Above it the pair is followed by nothing, below it by a lone feature; it is below 1 at every
    density: at equal importance L1 never leaves one feature.

    Parameters
    ----------
    densities : array_like (P,)
        p in [1e-6, 0.5).

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
    0.9834
    """
    q, _ = checked(densities, 1.0)
    return np.array([_border(float(p), float(l1_lone_death([p]).threshold[0])) for p in q])


def _border(p: float, l1: float, mirrored: bool = False) -> float:
    """r ≤ 1 of the tie by Newton steps from r = 1, at λ, or at λr for the mirror image."""
    v, ratio = feature_variance(p), 1.0
    theta = rest(np.array([1.0, 1.0, 0.05 * p, 0.05 * p]), p, 1.0, 0.0, NEAR)
    theta = unpenalised_pair(p, 1.0) if theta is None else theta
    at = 0.0
    while theta is not None and at < l1:  # up in λ at r = 1
        at = min(at + FIRST_STEP, l1)
        theta = rest(theta, p, 1.0, at, NEAR)
    if theta is None or uneven_pair(theta, p, 1.0, l1)[0] > others(p, 1.0, l1)[0]:
        return float("nan")
    for _ in range(4 * NEWTON):
        level = l1 * ratio if mirrored else l1
        rested = rest(theta, p, ratio, level)
        if rested is None:
            return float("nan")
        theta = rested
        value, _, _, size = uneven_pair(theta, p, ratio, level)
        other, other_size, _ = others(p, ratio, level)
        slope = uneven_pair(theta, p, ratio + 1.0, level)[0] - value - v  # linear in r
        if mirrored:
            slope += l1 * (size - other_size)
        change = float(np.clip((other - value) / slope, -0.3 * ratio, 0.3 * ratio))
        ratio = min(ratio + change, 1.0)
        if abs(change) < SETTLED:
            return ratio
    return ratio if abs(change) < NEAR else float("nan")
