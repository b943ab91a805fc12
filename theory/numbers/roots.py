"""Exact real roots of polynomials, their order, and rationals between them.

Coefficients are rational or lie in one real number field.  A root over a number field is a root
of the polynomial's norm, which is rational; which of the norm's roots it is follows from a
change of sign between rational ends, decided exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import sympy as sp

from theory.numbers.arithmetic import Arithmetic


def in_one_domain(polynomials: Iterable[sp.Poly]) -> list[sp.Poly]:
    """Write polynomials in one variable over one field."""
    listed = list(polynomials)
    domain = sp.QQ
    for polynomial in listed:
        domain = domain.unify(polynomial.domain)
    return [polynomial.set_domain(domain) for polynomial in listed]


def value_at(polynomial: sp.Poly, place: sp.Rational) -> Any:
    """Return the value at a rational, as an element of the polynomial's domain."""
    domain = polynomial.domain
    x, total = domain.from_sympy(place), domain.zero
    for coefficient in polynomial.rep.to_list():
        total = total * x + coefficient
    return total


@lru_cache(maxsize=4096)
def irreducible_factors(polynomial: sp.Poly) -> tuple[sp.Poly, ...]:
    """Return the monic irreducible factors of positive degree, each once."""
    if polynomial.degree() < 1:
        return ()
    return tuple(f.monic() for f, _ in polynomial.factor_list()[1] if f.degree() > 0)


@lru_cache(maxsize=4096)
def roots_inside(factor: sp.Poly) -> tuple[sp.Expr, ...]:
    """Return the real roots of an irreducible polynomial in (0, 1), increasing.

    >>> x = sp.Symbol("x")
    >>> roots_inside(sp.Poly(x**2 - sp.Rational(1, 2), x))
    (sqrt(2)/2,)
    """
    coefficients = factor.all_coeffs()
    if all(c.is_Rational for c in coefficients):
        rational = sp.Poly(coefficients, factor.gen, domain="QQ")
        if rational.count_roots(0, 1) == 0:
            return ()
        return tuple(root for root in rational.real_roots() if 0 < root < 1)
    arithmetic, found = Arithmetic(factor.domain), []
    for norm in irreducible_factors(factor.norm()):
        if norm.count_roots(0, 1) == 0:
            continue
        for root, ((low, high), _) in zip(norm.real_roots(), norm.intervals(), strict=True):
            signs = [arithmetic.sign(value_at(factor, end)) for end in (low, high)]
            # No other root of the norm, hence none of the factor, lies between these ends.
            if signs[0] * signs[1] < 0 and 0 < root < 1:
                found.append(root)
    return tuple(increasing(found))


def increasing(values: Iterable[sp.Expr]) -> list[sp.Expr]:
    """Sort exact reals (and oo), dropping repeats that are written alike."""
    return sorted(dict.fromkeys(values), key=lambda number: sp.N(number, 50))


def rational_between(low: sp.Expr, high: sp.Expr) -> sp.Rational:
    """Return a rational strictly between two different exact reals, a simple one if it can.

    >>> rational_between(sp.Integer(0), sp.sqrt(2) / 2)
    1/3
    """
    digits = 15
    while True:
        middle = sp.Rational(str(sp.N((low + high) / 2, digits)))
        for limit in (10, 10**3, 10**6):
            if low < (simple := middle.limit_denominator(limit)) < high:
                return simple
        if low < middle < high:
            return middle
        digits *= 2
