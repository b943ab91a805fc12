"""Roots of polynomials over a number field: those inside, and no conjugates."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.numbers.roots import irreducible_factors, roots_inside

rationals = st.fractions(-2, 2, max_denominator=3)


@given(st.fractions(Fraction(1, 20), Fraction(19, 20), max_denominator=20), rationals, rationals)
def test_roots_over_a_number_field(place, one, other):
    """(x − c)(x² + …) with c = place ± √5/10^3 in QQ(√5): found when inside, and no conjugate."""
    x = sp.Symbol("x")
    root = sp.Rational(place) + sp.sqrt(5) / 1000
    polynomial = sp.Poly(x - root, x, extension=True)
    assert roots_inside(polynomial) == (root,)
    constant = 1 + abs(one) + other**2 / 4
    quadratic = sp.Poly(x**2 - other * x + constant + sp.sqrt(5), x, extension=True)
    for factor in irreducible_factors(quadratic * polynomial):
        assert roots_inside(factor) == ((root,) if factor.degree() == 1 else ())
