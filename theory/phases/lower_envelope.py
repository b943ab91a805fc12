"""Lower envelopes of lines whose coefficients are polynomials, followed exactly in p.

At a fixed density each candidate's loss is a line A + B r, so the winners, r running from 0 to
∞, are the lower envelope of lines.  A line minus a concave envelope is convex in r, so as p moves
a line first reaches the envelope at a breakpoint, at r = 0 or at r = ∞: each time at a root of a
polynomial in p that the present order names.  Cutting at these roots until no order names a new
one leaves intervals in which one rational density tells the whole order, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cmp_to_key
from itertools import chain, pairwise
from typing import Any

import sympy as sp

from theory.conventions import p
from theory.numbers.arithmetic import Arithmetic
from theory.numbers.roots import (
    in_one_domain,
    increasing,
    irreducible_factors,
    rational_between,
    roots_inside,
    value_at,
)
from theory.phases.candidates import Candidate
from theory.phases.lines import distinct, loss_line


@dataclass(frozen=True)
class Lines:
    """Losses A(p) + r B(p) of the phases, polynomials over one field."""

    candidates: tuple[Candidate, ...]
    constants: tuple[sp.Poly, ...]
    slopes: tuple[sp.Poly, ...]
    arithmetic: Arithmetic

    def tie(self, i: int, j: int) -> tuple[sp.Poly, sp.Poly]:
        """Return numerator and denominator of r(p) on which i and j tie, in lowest terms."""
        constant = self.constants[i] - self.constants[j]
        slope = self.slopes[j] - self.slopes[i]
        top, bottom = constant.cancel(slope, include=True)
        return top, bottom


@dataclass(frozen=True)
class Cut:
    """A density at which the order of winners may change, and what it is a root of."""

    density: sp.Expr
    factor: sp.Poly

    def vanishes(self, polynomial: sp.Poly) -> bool:
        """Decide whether a polynomial over the same field is zero here."""
        return bool(polynomial.rem(self.factor).is_zero)


def undominated(n: int, m: int) -> Lines:
    """Leave out what another candidate beats, or equals, at every p and r."""
    phases = distinct(n, m)
    lines = [loss_line(candidate) for candidate in phases]
    constants = in_one_domain(constant for constant, _ in lines)
    slopes = in_one_domain(slope for _, slope in lines)
    arithmetic = Arithmetic(constants[0].domain)

    def beaten(k: int) -> bool:
        return any(
            _never_less(constants[k], constants[other], arithmetic)
            and _never_less(slopes[k], slopes[other], arithmetic)
            for other in range(len(phases))
            if other != k
        )

    kept = [k for k in range(len(phases)) if not beaten(k)]
    return Lines(
        tuple(phases[k] for k in kept),
        tuple(constants[k] for k in kept),
        tuple(slopes[k] for k in kept),
        arithmetic,
    )


def _never_less(one: sp.Poly, other: sp.Poly, arithmetic: Arithmetic) -> bool:
    """Whether one ≥ other on 0 < p ≤ 1: no sign −1 between the roots of the difference."""
    difference = one - other
    if difference.is_zero:
        return True
    if arithmetic.sign(value_at(difference, sp.Rational(1, 2))) < 0:
        return False
    roots = [root for factor in irreducible_factors(difference) for root in roots_inside(factor)]
    places = increasing([sp.Integer(0), *roots, sp.Integer(1)])
    return all(
        arithmetic.sign(value_at(difference, rational_between(low, high))) > 0
        for low, high in pairwise(places)
    )


def orders_of_winners(lines: Lines) -> tuple[list[Cut], list[list[int]]]:
    """Return densities 0 = c_0 < … < c_s = 1 and the order of winners between each two."""
    domain = lines.arithmetic.domain
    frame = [Cut(sp.Integer(k), sp.Poly(p - k, p, domain=domain)) for k in (0, 1)]
    found: dict[sp.Poly, list[Cut]] = {}
    while True:
        inner = chain.from_iterable(found.values())
        # Different irreducible factors over one field share no root: no cut comes twice.
        cuts = sorted([*frame, *inner], key=lambda cut: sp.N(cut.density, 50))
        places = [rational_between(a.density, b.density) for a, b in pairwise(cuts)]
        orders = [_envelope(lines, place) for place in places]
        factors = {
            factor
            for order in orders
            for polynomial in _events(lines, order)
            for factor in irreducible_factors(polynomial)
        }
        if factors <= found.keys():
            break
        for factor in factors - found.keys():
            found[factor] = [Cut(root, factor) for root in roots_inside(factor)]
    # Cuts at which nothing happens on either side are left out.
    keep = [0, *(k for k in range(1, len(orders)) if orders[k] != orders[k - 1])]
    return [cuts[k] for k in keep] + [cuts[-1]], [orders[k] for k in keep]


def _events(lines: Lines, order: list[int]) -> list[sp.Poly]:
    """Polynomials in p whose roots are the only densities at which this order can end."""
    a, b = lines.constants, lines.slopes
    events = []
    for k in range(len(lines.candidates)):
        for end, (key, spare) in ((order[0], (a, b)), (order[-1], (b, a))):
            if k != end:
                difference = key[end] - key[k]
                events.append(spare[end] - spare[k] if difference.is_zero else difference)
        for i, j in pairwise(order):
            if k not in (i, j):
                events.append((a[i] - a[j]) * (b[i] - b[k]) - (a[i] - a[k]) * (b[i] - b[j]))
    return events


def _envelope(lines: Lines, place: sp.Rational) -> list[int]:
    """Winners at one density, in the order of r from 0 to ∞ (exact lower envelope)."""
    sign = lines.arithmetic.sign
    slope = [value_at(polynomial, place) for polynomial in lines.slopes]
    constant = [value_at(polynomial, place) for polynomial in lines.constants]

    def crossing(i: int, j: int) -> Any:
        return (constant[j] - constant[i]) / (slope[i] - slope[j])

    def steeper(i: int, j: int) -> int:
        return sign(slope[j] - slope[i]) or sign(constant[i] - constant[j])

    # r → ∞ is won by the smallest slope, so the envelope is walked from large slopes down.
    hull: list[int] = []
    for k in sorted(range(len(slope)), key=cmp_to_key(steeper)):
        if hull and sign(slope[hull[-1]] - slope[k]) == 0:
            continue  # parallel and not below
        while len(hull) > 1 and sign(crossing(hull[-2], k) - crossing(*hull[-2:])) <= 0:
            hull.pop()
        hull.append(k)
    while len(hull) > 1 and sign(crossing(hull[0], hull[1])) <= 0:
        hull.pop(0)  # crossing at r ≤ 0: never the winner where r > 0
    return hull
