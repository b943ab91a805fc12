"""The best antipodal pair: two features back to back in one dimension, exactly.

The paper's pair W = (1, −1) with zero bias is not the best of its kind.  With the scale free
the loss is a parabola; with a bias it stays one in the scale once the bias is measured in
units of it, so one polynomial in one unknown is all that is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp

from theory.conventions import feature_variance, p, r
from theory.loss.exact import expected_loss
from theory.numbers.arguments import exact_density

s = sp.Symbol("s", positive=True)
"""Squared norm of each of the two columns, W = (√s, −√s)."""

t = sp.Symbol("t", real=True)
"""Bias in units of the scale, b = s t, the same for both features; 0 < t < 1."""

w, v = sp.symbols("w v", positive=True)
"""Norms of an uneven pair, W = (w, −v) with w ≥ v."""


@dataclass(frozen=True)
class AntipodalPair:
    """An exact antipodal pair for two features of importance one [D07].

    Attributes
    ----------
    scale : sympy.Expr
        s = w², W = (√s, −√s).
    bias : sympy.Expr
        b, the same for both features.
    loss : sympy.Expr
        Sum over both features.
    """

    scale: sp.Expr
    bias: sp.Expr
    loss: sp.Expr


@cache
def antipodal_loss() -> sp.Expr:
    """Return the loss of W = (√s, −√s), b = 0, as a polynomial in s and p [D07].

    >>> antipodal_loss().subs(s, 1)
    p**2/3
    """
    W = [[sp.sqrt(s), -sp.sqrt(s)]]
    return sp.collect(expected_loss(W, density=p), s)


@cache
def best_antipodal_pair() -> AntipodalPair:
    r"""Best scale without bias, and its loss, as functions of p [D07].

    .. math:: s = \frac{8 - 5p}{2(4 - 3p)}, \qquad L = \frac{p^2 (32 - 25p)}{24 (4 - 3p)}

    Returns
    -------
    AntipodalPair
        Expressions in p.

    Examples
    --------
    >>> sp.factor(best_antipodal_pair().scale - (8 - 5*p) / (8 - 6*p))
    0
    """
    (scale,) = sp.solve(sp.diff(antipodal_loss(), s), s)
    return AntipodalPair(
        scale=sp.factor(scale),
        bias=sp.Integer(0),
        loss=sp.factor(antipodal_loss().subs(s, scale)),
    )


@cache
def biased_antipodal_loss(negative: bool = False) -> sp.Expr:
    r"""Return the loss of W = (√s, −√s), b = s t for both, quadratic in s [D07].

    .. math:: L = \tfrac{2}{3} p + \beta(t) s + \alpha(t) s^2

    Parameters
    ----------
    negative : bool
        The cell −1 < t < 0 instead of 0 < t < 1.
    """
    W = [[sp.sqrt(s), -sp.sqrt(s)]]
    sign = -1 if negative else 1
    at = {s: 1, t: sp.Rational(sign, 3)}
    return sp.collect(sp.expand(expected_loss(W, [s * t, s * t], density=p, at=at)), s)


def bias_polynomial() -> sp.Expr:
    """Return the polynomial in t, 2 α β' − α' β, that vanishes at the best bias [D07]."""
    loss = sp.expand(biased_antipodal_loss())
    alpha, beta = loss.coeff(s, 2), loss.coeff(s, 1)
    stationary = 2 * alpha * sp.diff(beta, t) - sp.diff(alpha, t) * beta
    return sp.collect(sp.primitive(sp.expand(stationary / p))[1], t)


def best_biased_antipodal_pair(density: Any) -> AntipodalPair:
    r"""Best scale and bias of the antipodal pair at a rational density, exactly [D07].

    .. math:: s = -\frac{\beta(t)}{2\alpha(t)}, \quad b = s t, \quad
       L = \tfrac23 p - \frac{\beta(t)^2}{4\alpha(t)}

    where t is the root in (0, 1] of `theory.phases.antipodal.bias_polynomial` with the least loss.

    Parameters
    ----------
    density : rational number in (0, 1]

    Returns
    -------
    AntipodalPair
        Algebraic numbers.

    Raises
    ------
    ValueError
        The density is not a rational in (0, 1].

    Examples
    --------
    >>> pair = best_biased_antipodal_pair(sp.Rational(1, 10))
    >>> pair.loss < best_antipodal_pair().loss.subs(p, sp.Rational(1, 10))
    True

    References
    ----------
    theory/derivations/D07_antipodal_pair.md
    """
    (value,) = exact_density(density, 1)
    if not value.is_Rational or value == 0:
        raise ValueError(f"density must be a rational number in (0, 1], got {density!r}")
    loss = sp.expand(biased_antipodal_loss().subs(p, value))
    alpha, beta = loss.coeff(s, 2), loss.coeff(s, 1)
    pairs = []
    for root in sp.Poly(bias_polynomial().subs(p, value), t).real_roots():
        if 0 < root <= 1 and beta.subs(t, root) < 0 < alpha.subs(t, root):
            scale = (-beta / (2 * alpha)).subs(t, root)
            least = loss.coeff(s, 0) - (beta**2 / (4 * alpha)).subs(t, root)
            pairs.append(AntipodalPair(scale, scale * root, least))
    return min(pairs, key=lambda pair: sp.N(pair.loss, 30))


@cache
def uneven_antipodal_loss() -> sp.Expr:
    """Return the loss of W = (w, −v), w ≥ v > 0, b = 0, importances (1, r) [D07].

    >>> sp.expand(uneven_antipodal_loss().subs({w: 1, v: 1, r: 1}))
    p**2/3
    """
    at = {w: 2, v: 1}
    return sp.factor(expected_loss([[w, -v]], density=p, importance=(1, r), at=at))


def uneven_antipodal_equations() -> tuple[sp.Expr, sp.Expr]:
    """Return the two polynomials in w and v that vanish at the best uneven pair [D07]."""
    loss = uneven_antipodal_loss()
    return tuple(sp.factor(sp.numer(sp.together(sp.diff(loss, x))) / p) for x in (w, v))


@cache
def antipodal_crossing() -> sp.Expr:
    """Return the density at which the best unbiased pair ties with one feature ignored [D07].

    >>> antipodal_crossing()
    40/43 - 4*sqrt(14)/43
    """
    ties = sp.solve(sp.numer(sp.together(best_antipodal_pair().loss - feature_variance())), p)
    return next(root for root in ties if 0 < root < 1)
