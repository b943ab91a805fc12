"""Exact arithmetic: one number field for all entries of a model, and rigorous signs.

Numbers become elements of QQ or of one algebraic extension of it, where zero is recognised by
comparison of coefficients.  The sign of a non-zero element then follows from rational interval
arithmetic on the field's generator, refined until zero is excluded; no float decides anything.
Entries with symbols are handled too: a sign then follows from the symbols' assumptions, or from
a point that names the cell of the hyperplane arrangement that is meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.polys.constructor import construct_domain

Point = Mapping[sp.Symbol, Any]


@dataclass(frozen=True)
class Arithmetic:
    """A SymPy domain together with a rigorous sign.

    Attributes
    ----------
    domain : sympy domain
        QQ, an algebraic extension of it, or a field of expressions when symbols occur.
    at : mapping of symbols to exact numbers, or None
        The point whose cell is meant, for entries that hold symbols.
    """

    domain: Any
    at: Point | None = None
    _root: list[tuple[Fraction, Fraction]] = field(default_factory=list, compare=False)

    def number(self, expression: Any) -> Any:
        """Convert a SymPy expression to an element of the domain."""
        return self.domain.from_sympy(sp.sympify(expression))

    def expression(self, element: Any) -> sp.Expr:
        """Convert an element back, expanded."""
        return sp.expand(self.domain.to_sympy(element))

    def sign(self, element: Any) -> int:
        """Return −1, 0 or 1, proved.

        Raises
        ------
        ValueError
            An entry holds symbols and neither their assumptions nor `at` decide.
        """
        if not element:
            return 0
        if self.domain.is_QQ:
            return 1 if element > 0 else -1
        if self.domain.is_AlgebraicField:
            return self._algebraic_sign(element)
        return self._symbolic_sign(sp.factor(self.domain.to_sympy(element)))

    def _algebraic_sign(self, element: Any) -> int:
        coefficients = [Fraction(int(c.numerator), int(c.denominator)) for c in element.to_list()]
        while True:
            low, high = self._enclose_root()
            bottom = top = Fraction(0)
            for coefficient in coefficients:  # Horner in interval arithmetic
                products = (bottom * low, bottom * high, top * low, top * high)
                bottom, top = min(products) + coefficient, max(products) + coefficient
            if bottom > 0 or top < 0:
                return 1 if bottom > 0 else -1
            # The element is not zero, so a narrow enough enclosure excludes zero.
            self._refine_root()

    def _enclose_root(self) -> tuple[Fraction, Fraction]:
        if not self._root:
            self._isolate_root()
        return self._root[-1]

    def _isolate_root(self) -> None:
        polynomial = sp.Poly(self.domain.mod.to_list(), sp.Dummy("θ"), domain="QQ")
        value = self.domain.ext.as_expr().evalf(60)
        if not value.is_real:
            raise ValueError(f"entries must be real, got the field of {self.domain.ext}")
        for (low, high), _ in polynomial.intervals(eps=sp.Rational(1, 10**30)):
            # The enclosures are disjoint and 10^-30 narrow; 60 digits tell them apart.
            if low - sp.Rational(1, 10**40) <= value <= high + sp.Rational(1, 10**40):
                self._root.append((as_fraction(low), as_fraction(high)))
                return
        raise ValueError(f"cannot isolate the generator {self.domain.ext} of the number field")

    def _refine_root(self) -> None:
        low, high = self._root[-1]
        polynomial = sp.Poly(self.domain.mod.to_list(), sp.Dummy("θ"), domain="QQ")
        width = (high - low) / 10**30
        bounds = polynomial.refine_root(
            sp.Rational(low.numerator, low.denominator),
            sp.Rational(high.numerator, high.denominator),
            eps=sp.Rational(width.numerator, width.denominator),
        )
        self._root.append((as_fraction(bounds[0]), as_fraction(bounds[1])))

    def _symbolic_sign(self, expression: sp.Expr) -> int:
        if sp.simplify(expression) == 0:
            return 0
        if self.at is not None:
            value = expression.subs(self.at)
            sign = arithmetic_of([value]).sign_of(value)
            if sign == 0:
                raise ValueError(f"at={dict(self.at)} lies on the wall {expression} = 0 of a cell")
            return sign
        if expression.is_positive or expression.is_negative:
            return 1 if expression.is_positive else -1
        raise ValueError(
            f"the sign of {expression} is open; give its symbols assumptions, or `at`, a point "
            "inside the cell that is meant"
        )

    def sign_of(self, expression: Any) -> int:
        """Return the sign of a SymPy expression of this domain."""
        return self.sign(self.number(expression))


def arithmetic_of(entries: Sequence[sp.Expr], at: Point | None = None) -> Arithmetic:
    """Return the smallest convenient arithmetic that holds all entries.

    Raises
    ------
    ValueError
        An entry is a number but not algebraic.

    >>> arithmetic_of([sp.cos(2 * sp.pi / 5)]).sign_of(sp.sqrt(5) - sp.Rational(9, 4))
    -1
    """
    if at is not None and not isinstance(at, Mapping):
        raise TypeError(f"at must map symbols to numbers, got {at!r}")
    for entry in entries:
        if entry.is_number and entry.is_algebraic is False:
            raise ValueError(f"entries must be rational or algebraic numbers, got {entry}")
    if any(entry.free_symbols for entry in entries):
        rational = all(number.is_Rational for e in entries for number in e.atoms(sp.Number))
        radical = any(e.atoms(sp.Pow) and not e.is_rational_function() for e in entries)
        symbols = sorted(set().union(*(e.free_symbols for e in entries)), key=str)
        polynomial = rational and not radical and all(e.is_rational_function() for e in entries)
        return Arithmetic(sp.QQ.frac_field(*symbols) if polynomial else sp.EX, at)
    domain, _ = construct_domain(list(entries), extension=True, field=True)
    if not (domain.is_QQ or domain.is_AlgebraicField):
        raise ValueError(f"entries must be rational or algebraic numbers, got {list(entries)}")
    return Arithmetic(domain)


def plain(arithmetic: Arithmetic, element: Any) -> sp.Expr:
    """Write an element without nested radicals when it is rational or quadratic.

    The coordinates of a polygon need a larger field than its scalar products: a pentagon's lie
    in QQ(√5) although sin 72° does not.  An element g with g² = u g + v, u and v rational, is
    (u ± √(u² + 4v)) / 2.
    """
    if not arithmetic.domain.is_AlgebraicField:
        return arithmetic.expression(element)
    degree = arithmetic.domain.mod.degree()

    def coordinates(value: Any) -> list[sp.Rational]:
        listed = [sp.Rational(int(c.numerator), int(c.denominator)) for c in value.to_list()]
        return [sp.Integer(0)] * (degree - len(listed)) + listed

    first, second = coordinates(element), coordinates(element**2)
    lead = next((k for k in range(degree - 1) if first[k]), None)
    if lead is None:
        return first[-1]
    u = second[lead] / first[lead]
    if any(second[k] != u * first[k] for k in range(degree - 1)):
        return arithmetic.expression(element)
    v = second[-1] - u * first[-1]
    sign = arithmetic.sign(2 * element - arithmetic.number(u))
    return sp.expand((u + sign * sp.sqrt(u**2 + 4 * v)) / 2)


def as_fraction(value: sp.Rational) -> Fraction:
    """Return a SymPy rational as a Fraction."""
    return Fraction(int(value.p), int(value.q))
