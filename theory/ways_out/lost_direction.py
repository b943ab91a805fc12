r"""What one lost direction of a uniform cube costs at least: c_k, in closed form [D38].

Of k uniform features all but the direction v ≥ 0, max v = 1, is known.  That costs F(v)/12,

$$ F(v) = Σ_i v_i² · 6 ∫₀¹ s ∏_i (1 − v_i s) ds. $$

For a fixed sum of two entries F is concave in their product, so at the least value every pair is
equal or has an entry 1: v = (1, …, 1, a, …, a), and one polynomial of a for each number of ones is
left.  Sturm's chains settle them up to k = 16: (1, a, …, a) up to four features, the regular
simplex (1, …, 1) from five on.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

__all__ = ["exact_lost_direction", "lost_direction", "ones_and_others"]

SETTLED = 16  # number of features up to which the simplex is proved best
A = sp.Symbol("a", nonnegative=True)
SMALL = {
    2: sp.Rational(1, 3),
    3: (9 - sp.sqrt(21)) / 12,
    4: (8 - sp.sqrt(14)) / 10,
}


def ones_and_others(n_ones: int, n_others: int) -> sp.Poly:
    """F of v = (1, …, 1, a, …, a) as a polynomial of a, exact [D38]."""
    moment = sp.Poly(
        sum(
            (-A) ** j
            * sp.binomial(n_others, j)
            * sp.Rational(sp.factorial(1 + j) * sp.factorial(n_ones), sp.factorial(n_ones + j + 2))
            for j in range(n_others + 1)
        ),
        A,
    )
    return 6 * sp.Poly(n_ones + n_others * A**2, A) * moment


def exact_lost_direction(k: int) -> sp.Expr:
    r"""c_k for k ≤ 16, exact [D38].

    .. math:: c_2 = \tfrac{25}{324}, \quad c_k = \frac{k}{2 (k + 1)(k + 2)} \text{ for } k \ge 5

    >>> exact_lost_direction(2), exact_lost_direction(5)
    (25/324, 5/84)
    """
    if k in SMALL:
        return sp.radsimp(sp.expand(ones_and_others(1, k - 1).as_expr().subs(A, SMALL[k]) / 12))
    return sp.Rational(k, 2 * (k + 1) * (k + 2))


def lost_direction(k: int) -> float:
    r"""Below what no direction of k uniform features can be lost, by proof [D38].

    The least value itself up to k = 16.  Beyond, from 1 − vs ≥ (1 − s)^v, with σ = Σ v,

    .. math:: c_k \ge \min_\sigma \frac{1 + (\sigma - 1)^2 / (k - 1)}{2 (\sigma + 1)(\sigma + 2)},
              \qquad 5 \sigma = k - 2 + \sqrt{(k - 2)^2 + 5 (3k + 4)}

    >>> round(lost_direction(2) * 324, 9)
    25.0
    """
    return float(exact_lost_direction(k)) if k <= SETTLED else by_the_sum(k)


def by_the_sum(k: int) -> float:
    """The bound that holds for every k ≥ 2 [D38]."""
    total = (k - 2 + np.sqrt((k - 2) ** 2 + 5 * (3 * k + 4))) / 5
    return float((1 + (total - 1) ** 2 / (k - 1)) / (2 * (total + 1) * (total + 2)))
