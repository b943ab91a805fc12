"""D36 in formulas: thresholds of a lone feature, the price of sharing, inhibition, experts."""

from __future__ import annotations

import sympy as sp

from theory.conventions import p

I, a, w, c, u, x, y = sp.symbols("I a w c u x y", positive=True)
VARIANCE = p / 3 - p**2 / 4


def lone_threshold_equation() -> sp.Eq:
    """λ at which w = 0 and the minimum with w > 0 tie, from both conditions [D36]."""
    l1 = sp.Symbol("lambda", positive=True)
    objective = I * VARIANCE * (1 - w**2) ** 2 + l1 * p * w / 2
    price = sp.solve(sp.diff(objective, w), l1)[0]
    tie = sp.factor(objective.subs(l1, price) - I * VARIANCE)
    square = sp.solve(sp.cancel(tie.subs(w, sp.sqrt(a))) / a, a)
    (at,) = [value for value in square if value.is_positive]
    return sp.Eq(sp.Symbol("lambda^*"), sp.factor(price.subs(w, sp.sqrt(at))), evaluate=False)


def sharing_equation() -> sp.Eq:
    """What sharing costs two equal features as p → 0, in p², by w² = a [D36].

    Both active, integrated over the square, less what they lose apart; and the saved penalty at
    the λ that makes w their weight.
    """
    own = ((1 - a) * x + a * y) ** 2 - (1 - a) ** 2 * x**2
    silent = x**2 - (1 - a) ** 2 * x**2
    each = sp.integrate(own, (y, 0, x), (x, 0, 1)) + sp.integrate(silent, (y, x, 1), (x, 0, 1))
    saved = sp.Rational(8, 3) * a * (1 - a) * sp.Rational(2, 3)
    return sp.Eq(sp.Symbol("Delta") / p**2, sp.factor(2 * each - saved), evaluate=False)


def inhibition_slope() -> sp.Eq:
    """Derivative of the objective by the size of an inhibiting weight, ReLU neurons, at 0 [D36]."""
    l1 = 8 * I * w * (1 - a) * VARIANCE / p
    residual = (1 - a) * (1 - p) / 2  # E[x − x'] where the neuron's own feature is active
    slope = p**2 / 2 * (2 * I * w * residual - l1)
    return sp.Eq(sp.Symbol("dF/du"), sp.factor(slope), evaluate=False)


def one_expert_limit() -> sp.Eq:
    """Loss that one expert of very many saves, c = np features active on average [D36]."""
    saved = sp.integrate(2 * u * (1 - sp.exp(-c * (1 - u))), (u, 0, 1))
    return sp.Eq(sp.Symbol(r"E\left[\max x^{2}\right]"), sp.simplify(saved), evaluate=False)
