"""D30 in formulas: what the monosemantic solution costs, and the onset of a weak arm."""

from __future__ import annotations

import sympy as sp

from theory.conventions import feature_variance, p, r

γ = sp.Symbol("gamma", positive=True)
w = sp.Symbol("w", positive=True)


def papers_monosemantic_loss() -> sp.Eq:
    """Of the paper's ten features of importance (3/4)^i in five neurons [D30]."""
    dropped = sum((sp.Rational(3, 4) ** i for i in range(5, 10)), sp.Integer(0))
    return sp.Eq(sp.Symbol("L"), sp.factor(dropped) * feature_variance(), evaluate=False)


def cost_of_an_arm() -> sp.Eq:
    """What one arm w = 1 costs the kept feature, b_k = −γ and its own weight relaxed [D30]."""
    x = sp.Symbol("x", positive=True)
    ramp = p * sp.integrate((x - γ) ** 2, (x, γ, 1))
    cost = p * (feature_variance() + (γ - p / 2) ** 2 / 4) + (1 - p) * sp.factor(ramp)
    return sp.Eq(sp.Symbol("q"), cost)


def arm_importance() -> sp.Eq:
    """Relative importance from which one arm pays [D30]."""
    cost = cost_of_an_arm().rhs
    (best,) = (root for root in sp.solve(sp.diff(cost, γ), γ) if root.is_number)
    return sp.Eq(r, sp.factor(cost.subs(γ, best) / feature_variance()))


def arm_density() -> sp.Eq:
    """The same, solved for the density [D30]."""
    roots = sp.solve(sp.numer(sp.together(arm_importance().rhs - r)), p)
    (onset,) = (root for root in roots if root.subs(r, sp.Rational(5, 16)) == 0)
    return sp.Eq(p, sp.simplify(onset))


def papers_onset() -> sp.Eq:
    """Onset for neighbours in importance (3/4)^i [D30]."""
    return sp.Eq(p, sp.simplify(arm_density().rhs.subs(r, sp.Rational(3, 4))))
