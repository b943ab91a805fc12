"""D43 in formulas: the cumulants of one feature, and where the fourth vanishes."""

from __future__ import annotations

import sympy as sp

from theory.conventions import p
from theory.ways_out.cumulants import feature_cumulant, vanishing_density


def third_cumulant() -> sp.Eq:
    """κ₃ of one feature [D43]."""
    return sp.Eq(sp.Symbol("kappa_3"), sp.factor(feature_cumulant(3, p)), evaluate=False)


def fourth_cumulant() -> sp.Eq:
    """κ₄ of one feature [D43]."""
    return sp.Eq(sp.Symbol("kappa_4"), sp.factor(feature_cumulant(4, p)), evaluate=False)


def density_without_fourth() -> sp.Eq:
    """The root of κ₄ in (0, 1] [D43]."""
    return sp.Eq(sp.Symbol("p_*"), vanishing_density(), evaluate=False)
