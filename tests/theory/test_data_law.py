"""The data law in floats is the exact one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory import conventions
from theory.data_law import feature_variance


@given(st.integers(0, 2**20))
def test_variance_is_the_exact_one(k):
    """At dyadic p, which floats hold: three roundings, of terms up to 7 times their difference."""
    p = Fraction(k, 2**20)
    exact = conventions.feature_variance(sp.Rational(p.numerator, p.denominator))
    for ours in (feature_variance(float(p)), feature_variance(np.array([float(p)]))[0]):
        assert abs(ours - float(exact)) <= 7 * 2**-52 * float(exact)
