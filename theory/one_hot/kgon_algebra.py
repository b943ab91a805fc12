"""The equations of the k-gons over the rationals: what their radius and bias are, exactly [D11]."""

from __future__ import annotations

import sympy as sp

from ground.checks import check_positive_int
from theory.one_hot.kgons import kgon

_s = sp.Symbol("s", nonnegative=True)


def kgon_equation(k: int) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    r"""The potential of a k-gon and its stationarity condition, exactly [D11].

    .. math::

       3h = 1 - R\,A(s) + R^2 B(s), \quad A = (1-s)^2(2+s), \quad
       B = (1-s)^3 + \sum_{c_d > s} \frac{(c_d - s)^3}{c_d},

    h per feature, R = l², s = −β/R, :math:`c_d = \cos(2\pi d/k)` for d = 1…k−1.  Hence
    R = A/2B, 3h = 1 − A²/4B, and s solves

    .. math::

       s(1-s)^3 = \sum_{c_d > s} \frac{(c_d-s)^2}{c_d}
                  \left( 2(1-c_d) + (1-2c_d)\,s + s^2 \right).

    Returns
    -------
    A, B, condition : SymPy expressions in the symbol s (Max keeps track of which neighbours
        are active); a k-gon is a root of `condition` in [0, 1).

    Examples
    --------
    >>> kgon_equation(3)[2]  # neighbours of a triangle never fire
    s*(1 - s)**3
    """
    k = check_positive_int("k", k)
    s = _s
    above = [c for c in (sp.cos(2 * sp.pi * d / k) for d in range(1, k)) if c.evalf() > 1e-9]
    A = (1 - s) ** 2 * (2 + s)
    B = (1 - s) ** 3 + sum(sp.Max(c - s, 0) ** 3 / c for c in above)
    condition = s * (1 - s) ** 3 - sum(
        sp.Max(c - s, 0) ** 2 / c * (2 * (1 - c) + (1 - 2 * c) * s + s**2) for c in above
    )
    return A, B, condition


def kgon_polynomial(k: int) -> sp.Poly:
    r"""The irreducible polynomial over the rationals that s = −β/l² of the k-gon solves [D11].

    Radius, bias and loss are rational in s and the cosines, so this is their closed form; s
    itself is a radical for k ≤ 4, 6 and 10.

    Parameters
    ----------
    k : int, 2 ≤ k ≤ 12
        Beyond, the degree grows with the cosines' and the elimination gets slow.

    Raises
    ------
    ValueError
        If k is out of range.

    Examples
    --------
    >>> kgon_polynomial(10).as_expr()  # the golden ratio
    s**2 + s - 1
    """
    k = check_positive_int("k", k)
    if not 2 <= k <= 12:
        raise ValueError(f"k must lie between 2 and 12, got {k}")
    s, c = _s, sp.Symbol("c")
    if k <= 4:
        return sp.Poly(s, s, domain="QQ")
    root = _root(k)
    # Every cosine is a Chebyshev polynomial in the first, which a resultant then eliminates.
    multiples = [d for d in range(1, k // 4 + 1) if sp.cos(2 * sp.pi * d / k).evalf() > root]
    cosines = [sp.chebyshevt(d, c) for d in multiples]
    condition = s * (1 - s) ** 3 - sum(
        2 * (x - s) ** 2 / x * (2 * (1 - x) + (1 - 2 * x) * s + s**2) for x in cosines
    )
    minimal = sp.minimal_polynomial(sp.cos(2 * sp.pi / k), c)
    eliminated = sp.resultant(minimal, sp.numer(sp.together(condition)), c)
    _, factors = sp.factor_list(eliminated, s)
    at_root = [(abs(sp.Poly(f, s).eval(root)), f) for f, _ in factors]
    return sp.Poly(min(at_root, key=lambda pair: pair[0])[1], s, domain="QQ")


def _root(k: int) -> sp.Float:
    polygon = kgon(k)
    return sp.Float(-polygon.bias / polygon.radius**2, 15)
