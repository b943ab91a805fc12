"""D08 in formulas: the learning curve of the linear model, from its differential equation."""

from __future__ import annotations

import sympy as sp

from theory.conventions import feature_variance, p


def learning_curve_equation() -> sp.Eq:
    """Return the logistic learning curve, solved from its differential equation."""
    tau, eta, I = sp.symbols("tau eta I_i", positive=True)
    first = sp.Symbol("s_0", positive=True)
    squared = sp.Function("s")
    c = I * feature_variance(p)
    speed = sp.Symbol("c", positive=True)
    flow = sp.Eq(squared(tau).diff(tau), 8 * eta * speed * squared(tau) * (1 - squared(tau)))
    solution = sp.dsolve(flow, squared(tau), ics={squared(0): first}).rhs
    return sp.Eq(squared(tau), sp.simplify(solution).subs(speed, sp.factor(c)), evaluate=False)
