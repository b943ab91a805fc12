"""D48 in formulas: slopes with which the exchange and the spinodal of (2, 1) leave p = 0."""

from __future__ import annotations

import sympy as sp

from theory.derivations.letters import x

v, y, ρ = sp.symbols("v y rho", positive=True)


def loss_of_a_pair() -> sp.Eq:
    """f(v), the loss over p² of w = (1, −v) without bias as p → 0 with r = ρp [D48]."""
    clipped = sp.integrate(x**2, (x, 0, v * y))
    shifted = (v * y) ** 2 * (1 - v * y)
    both = sp.integrate(sp.expand(clipped + shifted), (y, 0, 1))
    second = sp.integrate((y - v**2 * y) ** 2, (y, 0, 1))
    return sp.Eq(sp.Symbol("f"), both + ρ * sp.factor(second), evaluate=False)


def exchange_slope() -> sp.Eq:
    """Return r/p on the exchange of "ignored" and superposed as p → 0 [D48]."""
    f = loss_of_a_pair().rhs
    gain = sp.cancel((f - f.subs(v, 0)) / v**2)
    return sp.Eq(sp.Symbol(r"\rho_{\ast}"), _double_root(gain), evaluate=False)


def spinodal_slope() -> sp.Eq:
    """Return r/p where the superposed minimum ends as p → 0 [D48]."""
    slope = sp.cancel(sp.diff(loss_of_a_pair().rhs, v) / v)
    return sp.Eq(sp.Symbol(r"\rho_s"), _double_root(slope), evaluate=False)


def weight_at(slope: sp.Expr, share: sp.Expr) -> sp.Expr:
    """v of a double root, share/ρ: ¼ on the exchange and 3/16 on the spinodal."""
    return sp.radsimp(share / slope)


def _double_root(quadratic: sp.Expr) -> sp.Expr:
    """Return ρ at which a quadratic in v has a double root, one in [0, 1]."""
    c0, c1, c2 = (sp.Poly(quadratic, v).coeff_monomial(v**k) for k in range(3))
    roots = sp.solve(sp.numer(sp.together(c1**2 - 4 * c0 * c2)), ρ)
    (found,) = (root for root in roots if (-c1 / (2 * c2)).subs(ρ, root) <= 1)
    return sp.expand(found)
