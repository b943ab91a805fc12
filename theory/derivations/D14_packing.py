"""D14 in formulas: moments of a ramp under Gaussian noise, and what a digon saves."""

from __future__ import annotations

import sympy as sp

from theory.conventions import feature_variance
from theory.derivations.letters import sigma, u
from theory.phases.antipodal import best_antipodal_pair

NORMAL_DISTRIBUTION, NORMAL_DENSITY = sp.Function("Phi"), sp.Function("varphi")


def gaussian_ramp(power: int) -> sp.Expr:
    """E[(u + σ g)_+^power] for a standard normal g, power 1 or 2 [D14].

    In SymPy's functions Phi and varphi of u/σ, distribution and density of g.
    """
    if power not in (1, 2):
        raise ValueError(f"power must be 1 or 2, got {power!r}")
    g = sp.Symbol("g", real=True)
    normal = sp.exp(-(g**2) / 2) / sp.sqrt(2 * sp.pi)
    mean = sp.integrate((u + sigma * g) ** power * normal, (g, -u / sigma, sp.oo))
    # In the statistician's functions: Φ and φ of u/σ.
    tail = sp.erfc(u / (sp.sqrt(2) * sigma))
    below, at = NORMAL_DISTRIBUTION(u / sigma), NORMAL_DENSITY(u / sigma)
    mean = sp.expand(mean).subs(tail, 2 * (1 - below))
    mean = mean.subs(sp.exp(-(u**2) / (2 * sigma**2)), sp.sqrt(2 * sp.pi) * at)
    return sp.collect(sp.expand(mean), below)


def gaussian_ramp_mean() -> sp.Eq:
    """The first of `gaussian_ramp`, as an equation."""
    return _gaussian_equation(1)


def gaussian_ramp_square() -> sp.Eq:
    """The second of `gaussian_ramp`, as an equation."""
    return _gaussian_equation(2)


def digon_benefit() -> sp.Eq:
    """What a digon without bias saves in its one dimension [D14]."""
    saved = 2 * feature_variance() - best_antipodal_pair().loss
    return sp.Eq(sp.Symbol("B_digon"), sp.factor(saved), evaluate=False)


def _gaussian_equation(power: int) -> sp.Eq:
    g = sp.Symbol("g")
    mean = sp.Function("E")(sp.Max(0, u + sigma * g) ** power)
    return sp.Eq(mean, gaussian_ramp(power), evaluate=False)
