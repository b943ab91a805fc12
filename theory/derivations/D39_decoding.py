"""D39 in formulas: who comes back from a pentagon, a simplex's error, a digon under noise."""

from __future__ import annotations

import sympy as sp

from theory.conventions import p
from theory.derivations.D14_packing import NORMAL_DISTRIBUTION
from theory.polytopes.catalogue import polytope
from theory.ways_out.recovery import recovery_counts

k = sp.Symbol("k", integer=True, positive=True)
s, tau = sp.symbols("s tau", positive=True)
x = sp.Symbol("x", real=True)


def pentagon_recovered(*, signed: bool = False) -> sp.Eq:
    """P of a pentagon, from the faces of its polytope [D39]."""
    W = [[float(entry) for entry in row] for row in polytope("pentagon").vertices.tolist()]
    counts = recovery_counts(W, signed=signed)
    n = len(counts) - 1
    terms = [count * p**size * (1 - p) ** (n - size) for size, count in enumerate(counts)]
    return sp.Eq(sp.Symbol("P"), sp.Add(*terms), evaluate=False)


def pentagon_recovered_signed() -> sp.Eq:
    """The same with codes of any sign [D39]."""
    return pentagon_recovered(signed=True)


def simplex_error() -> sp.Eq:
    """Error of pursuit on a simplex: p^k times k E[min²] of k uniform values [D39]."""
    survival = (1 - x) ** k
    mean_square = sp.integrate(sp.expand(2 * x * survival), (x, 0, 1), conds="none")
    return sp.Eq(sp.Symbol("L"), sp.factor(sp.gammasimp(k * p**k * mean_square)), evaluate=False)


def silent_probability() -> sp.Eq:
    """Neither output positive under noise alone: |s g| ≤ τ [D39]."""
    density = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    inside = sp.simplify(sp.integrate(density, (x, -tau / s, tau / s)))
    by_normal = inside.replace(sp.erf, lambda z: 2 * NORMAL_DISTRIBUTION(sp.sqrt(2) * z) - 1)
    return sp.Eq(sp.Symbol("P_0"), by_normal, evaluate=False)
