"""The exact curves on which two candidates tie.

All features have density p and importance one, except the last, whose importance is r.  Every
candidate's loss is then A(p) + r B(p) with polynomials A and B, so a tie is one equation, linear
in r; `theory.phases.envelope` puts the ties together into the map of winners.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import sympy as sp

from ground.checks import check_kind
from theory.conventions import p, r
from theory.numbers.roots import rational_between
from theory.phases.candidates import Candidate
from theory.phases.lines import loss_line


@dataclass(frozen=True)
class Boundary:
    """The curve on which two candidates tie [D06].

    Attributes
    ----------
    first, second : Candidate
    equation : sympy.Eq
        A curve in p and r, factors without a solution in the diagram removed.
    importance : sympy.Expr or None
        r as a function of p; None for a tie at one density whatever r is.
    density : tuple of sympy.Expr
        Branches p(r), each valid somewhere in 0 < p ≤ 1, r > 0; empty for a tie at one
        importance whatever p is.
    domain : sympy.Set
        The p in (0, 1] on the curve.
    """

    first: Candidate
    second: Candidate
    equation: sp.Eq
    importance: sp.Expr | None
    density: tuple[sp.Expr, ...]
    domain: sp.Set


def boundary(first: Candidate, second: Candidate) -> Boundary:
    r"""Exact curve where two candidates tie, importances being (1, …, 1, r) [D06].

    .. math:: r(p) = \frac{A_1(p) - A_2(p)}{B_2(p) - B_1(p)}, \qquad 0 < p \le 1,\; r > 0

    Parameters
    ----------
    first, second : Candidate
        Of one catalogue `candidates(n_features, n_hidden)`.

    Returns
    -------
    Boundary
        With r(p), the branches p(r), and the densities where the curve runs.

    Raises
    ------
    ValueError
        The candidates tie everywhere, or never, or have different sizes.

    Examples
    --------
    >>> from theory.phases.candidates import candidates
    >>> one, other, digon = candidates(2, 1)
    >>> boundary(one, digon).importance
    -2*p/(5*p - 4)
    >>> boundary(one, other).importance
    1
    >>> boundary(one, digon).density
    (4*r/(5*r + 2),)

    References
    ----------
    theory/derivations/D06_boundaries.md
    """
    check_kind("first", first, Candidate, "a Candidate, as candidates returns")
    check_kind("second", second, Candidate, "a Candidate, as candidates returns")
    check_kind("first", first, Candidate, "a Candidate, as candidates returns")
    check_kind("second", second, Candidate, "a Candidate, as candidates returns")
    if first.W.shape != second.W.shape:
        raise ValueError(
            f"first and second must have one shape, got {first.W.shape} and {second.W.shape}"
        )
    return _boundary(first, second)


@lru_cache(maxsize=1024)
def _boundary(first: Candidate, second: Candidate) -> Boundary:
    (a1, b1), (a2, b2) = loss_line(first), loss_line(second)
    constant, slope = (a1 - a2).as_expr(), (b1 - b2).as_expr()
    pair = f"{first.name!r} and {second.name!r}"
    if constant == 0 and slope == 0:
        raise ValueError(f"{pair} tie at every density and importance")
    if slope == 0:
        roots = tuple(root for root in sp.Poly(constant, p).real_roots() if 0 < root <= 1)
        if not roots:
            raise ValueError(f"{pair} tie nowhere in 0 < p ≤ 1")
        roots = tuple(dict.fromkeys(roots))
        equation = sp.Eq(sp.Mul(*(p - root for root in roots)), 0)
        return Boundary(first, second, equation, None, roots, sp.FiniteSet(*roots))
    importance = sp.factor(sp.cancel(-constant / slope))
    domain = _densities_with(importance)
    if domain is sp.S.EmptySet:
        raise ValueError(f"{pair} tie nowhere in 0 < p ≤ 1, r > 0")
    numerator, denominator = sp.fraction(importance)
    curve = sp.expand(r * denominator - numerator)
    branches = _branches(importance, curve, domain) if importance.has(p) else ()
    return Boundary(first, second, sp.Eq(curve, 0), importance, branches, domain)


def _densities_with(importance: sp.Expr) -> sp.Set:
    """The p in (0, 1] where a rational function of p is positive, as a union of intervals."""
    numerator, denominator = sp.fraction(importance)
    cuts = {sp.Integer(0), sp.Integer(1)}
    for part in (numerator, denominator):
        if part.has(p):
            cuts |= {root for root in sp.Poly(part, p).real_roots() if 0 < root < 1}
    ordered = sorted(cuts)
    pieces = []
    for low, high in pairwise(ordered):
        if importance.subs(p, rational_between(low, high)) > 0:
            closed = high == 1 and denominator.subs(p, 1) != 0 and importance.subs(p, 1) > 0
            pieces.append(sp.Interval(low, high, True, not closed))
    return sp.Union(*pieces)


def _branches(importance: sp.Expr, curve: sp.Expr, domain: sp.Set) -> tuple[sp.Expr, ...]:
    """Solve for p, keeping the branches that return a point where r is monotone."""
    numerator = sp.fraction(sp.together(sp.diff(importance, p)))[0]
    turns = [root for root in sp.Poly(numerator, p).real_roots() if 0 < root < 1]
    solutions = [sp.simplify(solution) for solution in sp.solve(curve, p)]
    kept: list[sp.Expr] = []
    intervals = domain.args if isinstance(domain, sp.Union) else (domain,)
    for interval in intervals:
        inside = [t for t in dict.fromkeys(turns) if interval.start < t < interval.end]
        ends = [interval.start, *inside, interval.end]
        for low, high in pairwise(ends):
            place = rational_between(low, high)
            ratio = importance.subs(p, place)
            for solution in solutions:
                if sp.simplify(solution.subs(r, ratio) - place) == 0 and solution not in kept:
                    kept.append(solution)
    return tuple(kept)
