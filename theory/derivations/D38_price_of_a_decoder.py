"""D38 in formulas: the digon's best decoder, the best W in the limits, the onset under noise."""

from __future__ import annotations

import sympy as sp

from theory.conventions import p
from theory.ways_out.exact_decoder import exact_decoder_error
from theory.ways_out.lost_direction import A, exact_lost_direction, ones_and_others

s, u, kappa, sigma = sp.symbols("s u kappa sigma", positive=True)


def digon_error() -> sp.Eq:
    """Error of the best decoder of the digon's h, exact [D38]."""
    return sp.Eq(sp.Symbol("E"), exact_decoder_error([[1, -1]], density=p), evaluate=False)


def aligned_error() -> sp.Eq:
    """Error of the best decoder of x₁ + x₂, exact [D38]."""
    found = exact_decoder_error([[1, 1]], density=p)
    logs = found.atoms(sp.log)
    # Two logarithms of the same number, written in two ways.
    found = sp.expand(found.subs({each: sp.log(sp.factor(each.args[0])) for each in logs}))
    return sp.Eq(sp.Symbol("E"), sp.expand(sp.simplify(found)), evaluate=False)


def limit_form(n: int) -> sp.Eq:
    """F of v = (1, a, …, a) [D38]."""
    a = sp.Symbol("a")
    form = sp.factor(ones_and_others(1, n - 1).as_expr().subs(A, a))
    return sp.Eq(sp.Symbol("F"), form, evaluate=False)


def limit_of_two() -> sp.Eq:
    """F of v = (1, a) [D38]."""
    return limit_form(2)


def slope_of_three() -> sp.Eq:
    """dF/da of v = (1, a, a), whose root below 1 is the best a [D38]."""
    a = sp.Symbol("a")
    slope = sp.factor(sp.diff(limit_form(3).rhs, a))
    return sp.Eq(sp.Derivative(sp.Symbol("F"), a), slope, evaluate=False)


def lost_directions() -> sp.Eq:
    """c_2, c_3, c_4 [D38]."""
    names = sp.Tuple(*(sp.Symbol(f"c_{k}") for k in (2, 3, 4)))
    return sp.Eq(names, sp.Tuple(*(exact_lost_direction(k) for k in (2, 3, 4))), evaluate=False)


def noisy_limit() -> sp.Expr:
    """E/p² as σ → 0 at p = κσ², of W ∝ (1, −u) with ‖W‖² = 2 [D38]."""
    return (1 + u**2) * (2 - u) / 6 + (1 + u**2) * (1 + 1 / u**2) / (2 * kappa)


def onset_equation() -> sp.Eq:
    """κ at which u is stationary, apart from u = 1 [D38]."""
    stationary = sp.solve(sp.cancel(sp.diff(noisy_limit(), u) / (1 - u)), kappa)
    return sp.Eq(kappa, sp.factor(stationary[0]), evaluate=False)
