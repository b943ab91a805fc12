"""D13 in formulas: how the dimensionality of the antiprism depends on its height."""

from __future__ import annotations

import sympy as sp

from theory.polytopes.catalogue import square_antiprism


def dimensionality_of_the_antiprism() -> sp.Eq:
    """D_i of the square antiprism by its height, for the derivation's text [D13]."""
    h = sp.Symbol("h", positive=True)
    return sp.Eq(sp.Symbol("D"), square_antiprism(h).dimensionality[0], evaluate=False)
