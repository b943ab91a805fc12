r"""The unit digon W = (1, −1), b = 0 under attack, in closed form [D19].

An attack of size ε moves the hidden number x₁ − x₂ by up to a = √2 ε.  A fixed one moves both
biases by ±a; each input's own worst costs, with m the lesser and M the larger of its values,

$$ F = m² + (a − m)²  (M + m ≤ a),   m² + M²  (M − m < a < M + m),   m² + (m + a)²  (M − m ≥ a). $$
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from ground.checks import check_choice
from theory.loss.exact import expected_loss
from theory.numbers.arguments import exact_density, exact_number

__all__ = ["unit_digon_loss"]

ATTACKS = ("worst", "fixed")


def unit_digon_loss(size: Any, *, density: Any, attack: str = "worst") -> sp.Expr:
    r"""Exact expected loss of the unit digon under attacks of size ε ≤ 1/√2 [D19].

    .. math:: L_w = (1 - p^2) a^2 + p^2 \left( \tfrac13 + \tfrac23 a - \tfrac23 a^3
                    + \tfrac{13}{24} a^4 \right), \qquad
              L_f = a^2 - \tfrac13 p a^3 + p^2 \left( \tfrac13 - a^2 + \tfrac23 a^3 \right),
              \qquad a = \sqrt 2\, \varepsilon

    Parameters
    ----------
    size : exact number or symbol
        ε in [0, 1/√2]; of a symbol that is taken for granted.
    density : exact number or symbol
        p.
    attack : {"worst", "fixed"}
        Each input's own worst attack; or one for all, along G_1 or G_2.

    Returns
    -------
    sympy.Expr

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> p, epsilon = sp.symbols("p epsilon", positive=True)
    >>> sp.expand(unit_digon_loss(0, density=p))
    p**2/3
    >>> unit_digon_loss(sp.Rational(1, 2), density=1)
    sqrt(2)/6 + 15/32
    """
    check_choice("attack", attack, ATTACKS)
    epsilon = exact_number("size", size)
    if epsilon.is_number and not bool(sp.And(epsilon >= 0, 2 * epsilon**2 <= 1)):
        raise ValueError(f"size (ε of the attack) must lie in [0, 1/sqrt(2)], got {size!r}")
    p = exact_density(density, 1)[0]
    move = sp.Symbol("a", positive=True)
    form = worst_polynomial(move, p) if attack == "worst" else fixed_polynomial(move, p)
    return sp.expand(form.subs(move, sp.sqrt(2) * epsilon))


def worst_polynomial(a: sp.Symbol, p: sp.Expr) -> sp.Expr:
    """Loss under each input's worst attack by a = √2 ε ≤ 1, integrated region by region."""
    m, M = sp.symbols("m M", positive=True)
    near, far, both = m**2 + (a - m) ** 2, m**2 + (m + a) ** 2, m**2 + M**2

    def over(value: sp.Expr, low: sp.Expr, high: sp.Expr, most: sp.Expr) -> sp.Expr:
        """∫ dm ∫ dM of a value over low ≤ M ≤ high, m ≤ most."""
        return sp.integrate(sp.integrate(value, (M, low, high)), (m, 0, most))

    total = over(both, m, 1, 1)
    total += over(near - both, m, a - m, a / 2) + over(far - both, m + a, 1, 1 - a)
    # Inputs with at most one active feature cost a², whatever its value.
    return (1 - p**2) * a**2 + p**2 * sp.expand(2 * total)


def fixed_polynomial(a: sp.Symbol, p: sp.Expr) -> sp.Expr:
    """Loss under one attack that moves the biases by ±a, a ≤ 1 [D17]."""
    point = {a: sp.Rational(1, 3)}
    q = sp.Symbol("q", positive=True)
    return expected_loss([[1, -1]], [a, -a], density=q, at=point).subs(q, p)
