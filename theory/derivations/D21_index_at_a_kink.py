"""D21 in formulas: what a kink adds for one feature that is seen."""

from __future__ import annotations

import sympy as sp

from theory.conventions import feature_moment, p


def one_seen_feature() -> sp.Eq:
    """κ(γ) for γ > 0, importance 1, while the output's own feature is inactive [D21]."""
    γ = sp.Symbol("gamma", positive=True)
    seen = 2 * (1 - p) * feature_moment(2) * γ**2
    return sp.Eq(sp.Symbol("kappa"), sp.factor(seen), evaluate=False)
