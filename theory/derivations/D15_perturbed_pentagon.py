"""D15 in formulas: how fast the two digons pay for the feature they leave out."""

from __future__ import annotations

import sympy as sp

from theory.conventions import feature_variance, p
from theory.derivations.letters import q


def digons_slope() -> sp.Eq:
    """Slope of the two digons in the density q of the feature they leave out [D15]."""
    slope = sp.diff(feature_variance(q), q)
    return sp.Eq(sp.Derivative(sp.Function("L_4")(p, q), q), slope, evaluate=False)
