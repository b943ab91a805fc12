"""D46 in formulas: what a row of antipodes is worth at least."""

from __future__ import annotations

import sympy as sp

from theory.conventions import feature_variance, p


def antipodes() -> sp.Expr:
    """The bound is no less than this: N = 1/(2p) neighbours at −1, unit length, no bias [D46]."""
    N = 1 / (2 * p)
    # Nothing is lost unless the feature and a neighbour are active, and then x₀² at most.
    return (1 + N) * (feature_variance() - N * p * p / 3)


def worth_of_antipodes() -> sp.Eq:
    """`antipodes` as an equation, for the derivation's text [D46]."""
    return sp.Eq(sp.Symbol("B"), sp.factor(antipodes()), evaluate=False)
