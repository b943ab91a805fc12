"""D31 in formulas: the loss of the motif, its best asymmetry, the density of the paper's."""

from __future__ import annotations

import sympy as sp

from theory.computation.asymmetric_motif import expected_motif_loss
from theory.conventions import p
from theory.derivations.letters import a

L = sp.Symbol("L")


def loss_of_the_motif() -> sp.Eq:
    """At share one half, by powers of 1/a²."""
    return sp.Eq(L, _by_powers(expected_motif_loss(a, density=p)), evaluate=False)


def loss_without_inhibition() -> sp.Eq:
    """The same net with the two inhibiting weights at zero."""
    loss = _by_powers(expected_motif_loss(a, density=p, inhibition=False))
    return sp.Eq(sp.Symbol("L_0"), loss, evaluate=False)


def density_of_the_papers_asymmetry() -> sp.Eq:
    """The density at which a = 2 is best, at share one half."""
    slope = sp.numer(sp.together(expected_motif_loss(a, density=p).diff(a).subs(a, 2)))
    return sp.Eq(p, min(sp.solve(slope / p, p), key=sp.N), evaluate=False)


def literal_density_of_the_papers_asymmetry() -> sp.Eq:
    """The same at share 1, where out-weights are (1/2, 2)."""
    slope = expected_motif_loss(a, density=p, share=1).diff(a).subs(a, 2)
    return sp.Eq(p, min(sp.solve(sp.numer(sp.together(slope)) / p, p), key=sp.N), evaluate=False)


def _by_powers(loss: sp.Expr) -> sp.Expr:
    parts = [(power, sp.factor(loss.coeff(a, power))) for power in (4, 2, 0, -2, -4, -6)]
    return sp.Add(*(c * a**power for power, c in parts if c != 0), evaluate=False)
