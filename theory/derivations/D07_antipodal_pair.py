"""D07 in formulas: the best antipodal pair."""

from __future__ import annotations

import sympy as sp

from theory.conventions import r
from theory.phases.antipodal import best_antipodal_pair, bias_polynomial, s, uneven_antipodal_loss


def optimal_scale_equation() -> sp.Eq:
    """Return the best scale as an equation in p, derived."""
    return sp.Eq(s, best_antipodal_pair().scale, evaluate=False)


def optimal_loss_equation() -> sp.Eq:
    """Return the loss at the best scale as an equation in p, derived."""
    return sp.Eq(sp.Symbol("L"), best_antipodal_pair().loss, evaluate=False)


def bias_equation() -> sp.Eq:
    """Return the polynomial equation for the best bias t = b/s, derived."""
    return sp.Eq(bias_polynomial(), 0, evaluate=False)


def uneven_loss_equation() -> sp.Eq:
    """Return the loss of the uneven pair, derived."""
    return sp.Eq(sp.Symbol("L"), sp.collect(sp.expand(uneven_antipodal_loss()), r), evaluate=False)
