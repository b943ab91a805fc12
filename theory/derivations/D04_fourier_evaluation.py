"""D04 in formulas: the Fourier transform of one feature."""

from __future__ import annotations

import sympy as sp

from theory.derivations.letters import a, s, x


def feature_transform() -> sp.Eq:
    """E[e^{s a x}] of an active feature, the factor of every Fourier integrand [D04]."""
    integral = sp.Integral(sp.exp(s * a * x), (x, 0, 1))
    return sp.Eq(integral, sp.factor(integral.doit()), evaluate=False)
