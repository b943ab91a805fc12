"""D28 in formulas: how many features, and what is left of the loss at weights of a given size."""

from __future__ import annotations

import sympy as sp

from theory.computation.antichains import approached_limit, sperner_limit


def limits_of_five_neurons() -> sp.Eq:
    """Both limits at the paper's m = 5 [D28]."""
    exact, approached = sp.symbols("n_exact n_approached")
    return sp.Eq(
        sp.Tuple(exact, approached),
        sp.Tuple(sp.Integer(sperner_limit(5)), sp.Integer(approached_limit(5))),
        evaluate=False,
    )


def left_at_size() -> sp.Eq:
    """One-hot loss of n features with large weights 1/η, to second order in η [D28]."""
    n, r, η = sp.symbols("n r eta", positive=True)
    slope = 2 * sp.sqrt(1 - r * η**2) * η + (r - 1) * η**2
    own = n * r * slope**2 / 3
    return sp.Eq(sp.Symbol("H"), sp.series(own, η, 0, 3).removeO(), evaluate=False)
