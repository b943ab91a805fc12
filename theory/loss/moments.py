r"""The generating moment M(b, a; p) = E[(b + a·x)₊²]: everything else is its derivatives.

For k active features with slopes a_1 … a_k, none of them zero, and q ≥ 0,

.. math::
   E[(b + a·x)_+^q] = \frac{q!}{(k+q)!\,\prod_j a_j}
       \sum_{v \in \{0,1\}^k} (-1)^{k-|v|} (b + a·v)_+^{k+q},

and a pattern of active features has the probability Π p_i Π (1 − p_j).  A feature with slope
zero does not enter z = b + a·x and is summed out, so nothing is ever divided by zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from theory.conventions import p
from theory.numbers.arguments import exact_density, exact_number, exact_vector
from theory.numbers.arithmetic import Arithmetic, Point, arithmetic_of

MOST_SLOPES = 12


class RampMoments:
    """Moments of z₊ for z = b + a·x, given which features are active.

    Elements of `arithmetic.domain` in and out.  Patterns are bit masks over the features whose
    slope is not zero; the others are summed out already.

    Attributes
    ----------
    support : list of int
        The features with a slope that is not zero.
    """

    def __init__(self, b: Any, a: Sequence[Any], arithmetic: Arithmetic) -> None:
        self.arithmetic = arithmetic
        self.support = [i for i, slope in enumerate(a) if arithmetic.sign(slope)]
        if len(self.support) > MOST_SLOPES:
            raise ValueError(
                f"a (a row of WᵀW) must have at most {MOST_SLOPES} slopes that are not zero, as "
                f"each subset of them is summed exactly, got {len(self.support)}; for floats use "
                "theory.loss_and_gradient"
            )
        self.slopes = [a[i] for i in self.support]
        self.b = b
        self._memo: dict[tuple[int, int], Any] = {}

    @cached_property
    def _powers(self) -> list[list[Any]]:
        """Powers 0 … k+2 of (b + a·v)₊ at each vertex v; an empty list where it is zero."""
        k = len(self.slopes)
        values = [self.b]
        for slope in self.slopes:  # appending keeps vertex v at index v
            values += [value + slope for value in values]
        table = []
        for value in values:
            row = []
            if self.arithmetic.sign(value) > 0:
                row = [self.arithmetic.domain.one]
                for _ in range(k + 2):
                    row.append(row[-1] * value)
            table.append(row)
        return table

    def _vertex_sum(self, pattern: int, power: int, required: int = 0) -> Any:
        """Σ_v (−1)^{|pattern|−|v|} (b + a·v)₊^power over the v in `pattern` with `required`."""
        total = self.arithmetic.domain.zero
        size = pattern.bit_count()
        optional = pattern & ~required
        subset = optional
        while True:
            vertex = subset | required
            if self._powers[vertex]:
                term = self._powers[vertex][power]
                total = total - term if (size - vertex.bit_count()) % 2 else total + term
            if not subset:
                return total
            subset = (subset - 1) & optional

    def _over_slopes(self, pattern: int, numerator: Any) -> Any:
        for bit, slope in enumerate(self.slopes):
            if pattern >> bit & 1:
                numerator = numerator / slope
        return numerator

    def _term(self, pattern: int, q: int, required: int = 0) -> Any:
        """q! / ((k+q)! Π a_j) times the vertex sum of power k + q."""
        k = pattern.bit_count()
        scale = self._fraction(math.factorial(q), math.factorial(k + q))
        return self._over_slopes(pattern, self._vertex_sum(pattern, k + q, required) * scale)

    def _fraction(self, numerator: int, denominator: int) -> Any:
        return self.arithmetic.number(sp.Rational(numerator, denominator))

    def _bit(self, feature: int) -> int:
        """The mask of a feature; 0 if it has no slope."""
        return 1 << self.support.index(feature) if feature in self.support else 0

    def power(self, pattern: int, q: int) -> Any:
        """E[z₊^q | pattern] for q = 0 (the probability of z > 0), 1 or 2."""
        if (pattern, q) not in self._memo:
            self._memo[pattern, q] = self._term(pattern, q)
        return self._memo[pattern, q]

    def cross(self, pattern: int, feature: int, q: int = 1) -> Any:
        """E[x_i z₊^q | pattern], i active, q = 0 or 1: ∂/∂a_i of E[z₊^(q+1)] / (q + 1)."""
        bit = self._bit(feature)
        if not bit:
            return self._fraction(1, 2) * self.power(pattern, q)
        slope = self.slopes[self.support.index(feature)]
        moved = self._term(pattern, q, bit)
        return moved - self._fraction(1, q + 1) * (self.power(pattern, q + 1) / slope)

    def pair(self, pattern: int, i: int, j: int) -> Any:
        """E[x_i x_j 1(z > 0) | pattern], i and j active: ∂/∂a_j of E[x_i z₊]."""
        first, second = self._bit(i), self._bit(j)
        if not first and not second:
            return self._fraction(1, 3 if i == j else 4) * self.power(pattern, 0)
        if not first or not second:
            return self._fraction(1, 2) * self.cross(pattern, i if first else j, 0)
        a_i, a_j = (self.slopes[self.support.index(feature)] for feature in (i, j))
        return (
            self._term(pattern, 0, first | second)
            - self._term(pattern, 1, first) / a_j
            - self._term(pattern, 1, second) / a_i
            + self._fraction(1, 1 if i == j else 2) * (self.power(pattern, 2) / (a_i * a_j))
        )

    def average(self, moments: dict[int, Any], density: Sequence[sp.Expr]) -> sp.Expr:
        """Sum moments over patterns with their probabilities; the missing patterns count zero."""
        chances = [density[i] for i in self.support]
        if len(set(chances)) <= 1:
            return self._average_of_equals(moments, chances)
        total = sp.Integer(0)
        for pattern, moment in moments.items():
            weight = sp.Mul(
                *(c if pattern >> bit & 1 else 1 - c for bit, c in enumerate(chances)),
            )
            total += weight * self.arithmetic.expression(moment)
        return sp.expand(total)

    def _average_of_equals(self, moments: dict[int, Any], chances: list[sp.Expr]) -> sp.Expr:
        # Equal densities: all patterns of k active features weigh p^k (1 − p)^(n−k), so one sum
        # over k is expanded into powers of p while its coefficients stay in the number field.
        n, domain = len(chances), self.arithmetic.domain
        by_size = [domain.zero] * (n + 1)
        for pattern, moment in moments.items():
            by_size[pattern.bit_count()] += moment
        coefficients = [domain.zero] * (n + 1)
        for k, total in enumerate(by_size):
            for extra in range(n - k + 1):
                signed = domain.convert((-1) ** extra * math.comb(n - k, extra))
                coefficients[k + extra] += signed * total
        chance = chances[0] if chances else sp.Integer(0)
        return sp.expand(
            sp.Add(*(self.arithmetic.expression(c) * chance**k for k, c in enumerate(coefficients)))
        )

    def patterns(self) -> range:
        """All patterns of active features, as bit masks."""
        return range(1 << len(self.slopes))

    def moment(self, q: int, density: Sequence[sp.Expr]) -> sp.Expr:
        """E[z₊^q], over all patterns."""
        return self.average({s: self.power(s, q) for s in self.patterns()}, density)

    def cross_moment(self, feature: int, density: Sequence[sp.Expr], q: int = 1) -> sp.Expr:
        """E[x_i z₊^q], over all patterns."""
        return self._where_active({feature}, lambda s: self.cross(s, feature, q), density)

    def pair_moment(self, i: int, j: int, density: Sequence[sp.Expr]) -> sp.Expr:
        """E[x_i x_j 1(z > 0)], over all patterns."""
        return self._where_active({i, j}, lambda s: self.pair(s, i, j), density)

    def _where_active(
        self, features: set[int], given: Callable[[int], Any], density: Sequence[sp.Expr]
    ) -> sp.Expr:
        """Average over the patterns in which these features are active, if they have a slope."""
        required = sum(self._bit(feature) for feature in features)
        moments = {s: given(s) for s in self.patterns() if s & required == required}
        chances = [density[feature] for feature in features if feature not in self.support]
        return sp.expand(sp.Mul(*chances) * self.average(moments, density))


def ramp_moments(b: Any, a: Any, at: Point | None = None) -> RampMoments:
    """Check b and a, and return the moments of (b + a·x)₊."""
    bias = exact_number("b", b)
    if isinstance(a, str) or not hasattr(a, "__len__"):
        raise ValueError(f"a must be a list of slopes, got {a!r}")
    slopes = exact_vector("a", a, len(a))
    arithmetic = arithmetic_of([bias, *slopes], at)
    return RampMoments(
        arithmetic.number(bias), [arithmetic.number(slope) for slope in slopes], arithmetic
    )


def generating_moment(b: Any, a: Any, *, density: Any = p, at: Point | None = None) -> sp.Expr:
    r"""Exact generating moment M(b, a; p) = E[(b + a·x)₊²] [D01].

    .. math::
       M = \sum_{A} \prod_{i \in A} p_i \prod_{i \notin A} (1 - p_i)\;
           \frac{2}{(k+2)!\,\prod_{j \in A} a_j}
           \sum_{v \in \{0,1\}^A} (-1)^{k-|v|} (b + a·v)_+^{k+2}, \qquad k = |A|

    Parameters
    ----------
    b : exact number
        Offset: int, Fraction, or SymPy number, rational or algebraic.
    a : sequence of n exact numbers
        Slopes; zeros are allowed.  Symbols are allowed in `b` and `a` where the signs at all
        vertices follow from their assumptions or from `at`.
    density : exact number or symbol, one or n of them
        Probability that a feature is active.
    at : mapping of symbols to numbers, optional
        A point inside the cell of vertex signs that is meant.

    Returns
    -------
    sympy.Expr
        Expanded polynomial in the densities.

    Raises
    ------
    ValueError
        Floats, numbers that are not algebraic, densities outside [0, 1], an undecided sign.

    Notes
    -----
    2ⁿ vertices and 3ⁿ terms.

    Examples
    --------
    With `density` 1 and one feature it is the integral of a ramp:

    >>> generating_moment(0, [1], density=1)
    1/3
    >>> generating_moment(0, [1, -1])
    -p**2/4 + p/3

    References
    ----------
    theory/derivations/D01_generating_moment.md
    """
    moments = ramp_moments(b, a, at)
    return moments.moment(2, exact_density(density, len(list(a))))


def cube_moment_formula(k: int) -> sp.Expr:
    """Return the second moment of the ramp on the cube for k active features, as printed [D01].

    The positive part is written Max(0, ·), so the expression holds for all signs; slopes must
    not be zero.

    >>> cube_moment_formula(1)
    (-Max(0, b)**3/3 + Max(0, a_1 + b)**3/3)/a_1
    """
    b = sp.Symbol("b", real=True)
    a = sp.symbols(f"a_1:{k + 1}", real=True)
    total = sp.Integer(0)
    for pattern in range(1 << k):
        z = b + sp.Add(*(slope for bit, slope in enumerate(a) if pattern >> bit & 1))
        total += (-1) ** (k - pattern.bit_count()) * sp.Max(0, z) ** (k + 2)
    return sp.Rational(2, math.factorial(k + 2)) * total / sp.Mul(*a)
