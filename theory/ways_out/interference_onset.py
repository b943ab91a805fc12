r"""Where the interference penalty's line at (2, 1) has a closed form [D35].

At W = (1, 0) a second weight w₂ = −ε costs 2λε² more than without a penalty, so that the onset of
D09 is moved, r v = min Q₋ + 2λ, and its cubic coefficient too, by 8λδ.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import brentq

from ground.checks import FloatArray, as_density
from theory.conventions import p
from theory.data_law import feature_variance
from theory.phases.antipodal import biased_antipodal_loss, s, t
from theory.transitions.onset import (
    SUPERPOSED,
    cubic_coefficient,
    direction,
    onset_importance,
)

λ = sp.Symbol("lambda", nonnegative=True)


def onset_interference(density: Any, importance: Any) -> FloatArray:
    r"""λ below which W = (1, 0) is unstable towards w₂ < 0; negative where it never is [D35].

    .. math:: λ_I = \tfrac12 (r - r_-(p))\, v, \qquad v = \tfrac p3 - \tfrac{p^2}4

    with the onset r₋ of D09, for r ≤ 1.

    Parameters
    ----------
    density, importance : array_like
        p in (0, 1] and r, of shapes that fit.
    """
    values = np.asarray(density, dtype=np.float64)
    gain = (importance - onset_importance(values, SUPERPOSED)) * feature_variance(values)
    return np.asarray(0.5 * gain)


def softest_growth(density: Any) -> FloatArray:
    """δ: by how much w₁ leaves 1 per weight −w₂ that grows, along the softest direction [D35]."""
    return np.asarray(_growth()(as_density(density)), dtype=np.float64)


@lru_cache(maxsize=1)
def _growth() -> Any:
    return sp.lambdify(p, direction(SUPERPOSED)[0], "numpy")


def penalised_cubic(density: Any, interference: Any) -> FloatArray:
    r"""Cubic coefficient of the objective at the onset, C₋(p) + 8 λ δ(p) [D35].

    Positive: the weight shrinks to nothing, and the transition is of third order.  Negative: it
    jumps.
    """
    return cubic_coefficient(density) + 8 * np.asarray(interference) * softest_growth(density)


def tricritical_density(importance: float) -> float:
    """The larger density at which the continuous transition ends, for r ≤ 1; NaN if none [D35].

    Parameters
    ----------
    importance : float
        r in (0, 1].

    Examples
    --------
    >>> round(tricritical_density(1.0), 4), tricritical_density(0.5)
    (0.8664, nan)
    """

    def cubic(density: float) -> float:
        at = onset_interference(density, importance)
        return float(penalised_cubic(density, at))

    def onset(density: float) -> float:
        return float(onset_interference(density, importance))

    low = 0.7
    if onset(low) <= 0:
        return float("nan")
    high = 1.0 if onset(1.0) >= 0 else float(brentq(onset, low, 1.0, xtol=1e-15))
    if cubic(high) > 0:
        return float("nan")
    return float(brentq(cubic, low, high, xtol=1e-14))


def symmetric_tie() -> tuple[sp.Expr, sp.Expr]:
    r"""λ at which the even pair W = (√s, −√s) ties with one feature at r = 1, and its bias [D35].

    .. math:: λ(t) = \frac{3 β(t)^2}{2 p (4 + 3 p)} - \frac{α(t)}2

    with the polynomials α, β of D07 and b = s t; the tie is its largest value, at a root t of the
    polynomial 6 β β' − p (4 + 3 p) α'.

    Returns
    -------
    λ(t), polynomial : sympy.Expr
    """
    loss = sp.expand(biased_antipodal_loss())
    alpha, beta = loss.coeff(s, 2), loss.coeff(s, 1)
    rival = p * (4 + 3 * p)
    tie = 3 * beta**2 / (2 * rival) - alpha / 2
    slope = sp.expand(6 * beta * sp.diff(beta, t) - rival * sp.diff(alpha, t))
    return tie, sp.collect(sp.primitive(sp.cancel(slope / p))[1], t)
