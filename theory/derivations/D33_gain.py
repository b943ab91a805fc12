"""D33 in formulas: what arms from a pair of neurons to one more feature change."""

from __future__ import annotations

import sympy as sp

from theory.conventions import p
from theory.data_law import feature_variance

t, gamma, delta, u = sp.symbols("t gamma delta u", positive=True)
kept, dropped = sp.symbols("I_i I_j", positive=True)


def kept_cost() -> sp.Expr:
    """E of the squared error of output i over ε², with its best scale, by t [D33]."""
    silent = (1 - p) * p * sp.integrate((u - t) ** 2, (u, t, 1))
    active = p * sp.integrate((gamma * u - t) ** 2, (u, 0, 1)) + p * p / 3
    best = sp.solve(sp.diff(active, gamma), gamma)[0]
    return sp.expand(silent + active.subs(gamma, best))


def dropped_gain() -> sp.Expr:
    """By how much output j's squared error falls over ε², with its best out-weight [D33]."""
    # |x_j| of x_j uniform on [−1, 1] has the law of a feature uniform on [0, 1].
    v = feature_variance(p)
    change = v * delta**2 - 2 * (1 - p) * v * delta
    best = sp.solve(sp.diff(change, delta), delta)[0]
    return sp.factor(-change.subs(delta, best))


def arm_change() -> sp.Eq:
    """Φ, the change of the loss over ε² [D33]."""
    cost = p * ((1 - p) * (1 - t) ** 3 / 3 + t**2 / 4 + p / 3)
    if sp.expand(cost - kept_cost()) != 0:
        raise ValueError("cost must be what the integrals say")
    return sp.Eq(sp.Symbol("Phi"), kept * cost - dropped * dropped_gain(), evaluate=False)


def best_bias() -> sp.Eq:
    """The equation of t [D33]."""
    slope = sp.factor(sp.diff(kept_cost(), t) / p)
    return sp.Eq(sp.expand(2 * slope), 0, evaluate=False)


def threshold() -> sp.Eq:
    """F(p), by t [D33]."""
    cost = (1 - p) * (1 - t) ** 3 / 3 + t**2 / 4 + p / 3
    return sp.Eq(sp.Symbol("F"), cost / sp.factor(dropped_gain() / p), evaluate=False)


def sparse_threshold() -> sp.Eq:
    """F as p → 0, where t = 1/2 [D33]."""
    F = threshold().rhs.subs(p, 0).subs(t, sp.Rational(1, 2))
    return sp.Eq(sp.Symbol("F_0"), sp.nsimplify(F), evaluate=False)
