r"""The digon under attack as p → 0: what it gives way at, and why that is finite [D20].

To first order in p only inputs with one active feature count, and empty ones forbid any output:
c + a w² ≤ 0, with a what ε moves an input by (√2 ε for a digon, ε for a dedicated feature).  With
c = −a w² the worst attack leaves s (x − h)_+, h = 2a, or, where s > 1 overshoots, s x:

$$ C(a) = \min_s \int_0^1 \max\{x − s (x − h)_+, (s − 1) x\}² dx. $$

A digon costs 2 p C(√2 ε), the dedicated model p/3 + p C(ε).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq, minimize_scalar

__all__ = ["sparse_cost", "sparse_threshold"]


def sparse_cost(push: float) -> float:
    r"""Least worst-case cost C(a) of one active value whose output defends in full [D20].

    .. math:: C(a) = \min_s \int_0^1 \max\{x - s (x - 2a)_+, (s - 1) x\}^2 dx

    Parameters
    ----------
    push : float
        a ≥ 0.

    Examples
    --------
    Nothing without an attack, all of E[x²] = 1/3 from a = 1/2 on:

    >>> round(sparse_cost(0.0), 12), round(sparse_cost(0.5), 12)
    (0.0, 0.333333333333)
    """
    h = 2.0 * float(push)
    if h >= 1.0:
        return 1.0 / 3.0

    def cost(s: float) -> float:
        # Below the place x_c the output is too low at the worst, above it too high.
        x_c = 1.0 if s * (2.0 - h) <= 2.0 else s * h / (2.0 * (s - 1.0))
        error = [x - s * (x - h) for x in (h, x_c)]
        low = (error[1] ** 3 - error[0] ** 3) / (3.0 * (1.0 - s)) if s != 1.0 else h * h * (x_c - h)
        return h**3 / 3.0 + low + (s - 1.0) ** 2 * (1.0 - x_c**3) / 3.0

    # Left of 2/(2 − h) nothing overshoots, and there a larger s is better.
    first = 2.0 / (2.0 - h)
    found = minimize_scalar(
        cost, bounds=(first, first + 2.0), method="bounded", options={"xatol": 1e-12}
    )
    return float(min(found.fun, cost(first)))


def sparse_threshold(objective: str = "worst") -> float:
    r"""The attack ε at which a digon of equal features gives way as p → 0 [D20].

    .. math:: 2\, C(\sqrt 2\, \varepsilon) = \tfrac13 + C(\varepsilon)

    for each input's worst attack; 1/(2√2) for that of a random feature, dead ones not drawn.

    Parameters
    ----------
    objective : {"worst", "random"}

    Examples
    --------
    >>> round(sparse_threshold(), 6), round(sparse_threshold("random"), 6)
    (0.247515, 0.353553)
    """
    if objective == "random":
        return float(1.0 / (2.0 * np.sqrt(2.0)))
    return float(
        brentq(
            lambda size: 2.0 * sparse_cost(np.sqrt(2.0) * size) - 1.0 / 3.0 - sparse_cost(size),
            0.05,
            0.34,
            xtol=1e-13,
        )
    )
