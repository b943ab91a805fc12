"""D40 in formulas: thresholds of linear programmes, and what Gaussian noise leaves to be known."""

from __future__ import annotations

import sympy as sp

from theory.conventions import p
from theory.derivations.D14_packing import NORMAL_DENSITY, NORMAL_DISTRIBUTION

t = sp.Symbol("t", positive=True)
"""Threshold of the programme, in deviations of the noise."""
c = sp.Symbol("c", positive=True)
"""1 for the non-negative programme, 2 for the signed one."""
_TAIL, _BELL = sp.symbols("Tail Bell", positive=True)


def statistical_dimension() -> sp.Expr:
    """M(p, t), dimensions a feature at density p and threshold t, in Φ(−t) and φ(t) [D40]."""
    g = sp.Symbol("g", real=True)
    normal = sp.exp(-(g**2) / 2) / sp.sqrt(2 * sp.pi)
    ramp = sp.integrate(sp.expand((g - t) ** 2) * normal, (g, t, sp.oo))
    ramp = sp.expand(ramp.rewrite(sp.erfc)).subs(sp.erfc(t / sp.sqrt(2)), 2 * _TAIL)
    ramp = ramp.subs(sp.exp(-(t**2) / 2), sp.sqrt(2 * sp.pi) * _BELL)
    if ramp.has(sp.erf, sp.erfc, sp.exp):
        raise AssertionError(f"SymPy has left an integral in {ramp}")
    return p * (1 + t**2) + c * (1 - p) * sp.collect(sp.expand(ramp), _TAIL)


def threshold() -> tuple[sp.Eq, sp.Eq]:
    """Density and dimensions per feature on the curve of thresholds, by t [D40]."""
    M = statistical_dimension()
    # dΦ(−t)/dt = −φ, dφ/dt = −t φ.
    slope = sp.diff(M, t) - _BELL * sp.diff(M, _TAIL) - t * _BELL * sp.diff(M, _BELL)
    (density,) = sp.solve(sp.expand(slope), p)
    dimensions = sp.factor(sp.simplify(M.subs(p, density)))
    return (
        sp.Eq(p, _shown(sp.factor(density)), evaluate=False),
        sp.Eq(sp.Symbol("delta"), _shown(dimensions), evaluate=False),
    )


def threshold_density() -> sp.Eq:
    """The first of `threshold`."""
    return threshold()[0]


def threshold_dimensions() -> sp.Eq:
    """The second of `threshold`."""
    return threshold()[1]


def _shown(fraction: sp.Expr) -> sp.Expr:
    above, below = (-sp.expand(part) for part in sp.fraction(fraction))
    normal = {_TAIL: NORMAL_DISTRIBUTION(-t), _BELL: NORMAL_DENSITY(t)}
    return above.subs(normal) / below.subs(normal)
