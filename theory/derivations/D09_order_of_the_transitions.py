"""D09 in formulas: where ignoring a feature becomes unstable, towards either sign."""

from __future__ import annotations

import sympy as sp

from theory.conventions import feature_variance
from theory.transitions.onset import ALIGNED, SUPERPOSED, direction, onset, second_order, β, δ


def softest_offset() -> sp.Eq:
    """β of the softest direction towards superposition, as an equation [D09]."""
    return sp.Eq(β, direction(SUPERPOSED)[1])


def aligned_onset() -> sp.Eq:
    """Onset towards alignment, a rational function of p [D09]."""
    return sp.Eq(sp.Symbol("r_+"), onset(ALIGNED))


def superposed_quotient() -> sp.Eq:
    """Q, minimised over δ, over the variance: at `softest_offset` the onset towards S [D09]."""
    q = second_order(SUPERPOSED)
    reduced = q.subs(δ, sp.solve(sp.diff(q, δ), δ)[0])
    return sp.Eq(sp.Symbol("r_-"), sp.collect(sp.expand(reduced), β) / feature_variance())
