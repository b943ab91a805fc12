"""D34 in formulas: what an L1 penalty on h sees of two features in one dimension."""

from __future__ import annotations

import sympy as sp

from theory.conventions import feature_variance, p
from theory.phases.antipodal import biased_antipodal_loss, s, t
from theory.ways_out.l1_pair import tie_polynomial
from theory.ways_out.penalty import expected_hidden_l1

w, importance, l1, slope = sp.symbols("w I lambda epsilon", positive=True)


def pair_size_equation() -> sp.Eq:
    """E|h| of an antipodal pair, W = (w, −w) [D34]."""
    (size,) = expected_hidden_l1([[1, -1]], density=p)
    return sp.Eq(sp.Symbol("E_h"), w * sp.factor(size), evaluate=False)


def lone_loss() -> sp.Expr:
    """What a lone feature of importance I costs with its penalty, by w [D34]."""
    return importance * feature_variance(p) * (1 - w**2) ** 2 + l1 * p * w / 2


def _force() -> sp.Expr:
    """The λ at which a weight w is stationary [D34]."""
    (force,) = sp.solve(sp.diff(lone_loss(), w), l1)
    return force


def lone_threshold_equation() -> sp.Eq:
    """λ* at which a lone feature costs what nothing does [D34]."""
    tie = sp.expand(lone_loss().subs(l1, _force()) - importance * feature_variance(p))
    (weight,) = (x for x in sp.solve(sp.cancel(tie / w**2), w) if x.is_positive)
    return sp.Eq(sp.Symbol("lambda^*"), sp.factor(_force().subs(w, weight)), evaluate=False)


def lone_spinodal_equation() -> sp.Eq:
    """λ_s up to which a lone feature is a minimum [D34]."""
    (weight,) = (x for x in sp.solve(sp.diff(_force(), w), w) if x.is_positive)
    return sp.Eq(sp.Symbol("lambda_s"), sp.factor(_force().subs(w, weight)), evaluate=False)


def tie_equation() -> sp.Eq:
    """Where an even pair ties with nothing [D34]."""
    return sp.Eq(sp.collect(sp.expand(-tie_polynomial()), t), 0, evaluate=False)


def interference_slope_equation() -> sp.Eq:
    """By how much the penalised loss falls as w₂ = −ε turns negative [D34]."""
    tilted = expected_hidden_l1([[1, -sp.Rational(1, 1000)]], density=p)[0]
    first = -(tilted - p / 2) * 1000  # and a term in ε², which is dropped
    fall = sp.expand(first + p**2 * sp.Rational(1, 3) / 1000)
    return sp.Eq(sp.Symbol("F(0) - F(-\\varepsilon)"), l1 * slope * sp.factor(fall), evaluate=False)


def pair_against_chord(q: sp.Rational, kappa: sp.Rational) -> tuple[sp.Expr, sp.Expr]:
    """Return v − L and 2v − L − λ*E|h| over p of the pair w = q√(2/3), b = κp [D34].

    Where both are positive no lone feature is best, at equal importance and any λ.
    """
    scale = sp.Rational(2, 3) * q**2
    loss = sp.expand(biased_antipodal_loss().subs(s, scale).subs(t, kappa * p / scale))
    paid = sp.Rational(16, 27) * q * (1 - 3 * p / 4) * (p - 2 * p**2 / 3)
    v = feature_variance(p)
    return sp.expand((v - loss) / p), sp.expand((2 * v - loss - paid) / p)
