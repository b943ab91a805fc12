"""The map of winners: which boundaries separate two winning candidates, and where regions meet.

At a fixed density each candidate's loss is a line A + B r, so the winners, r running from 0 to
∞, are the lower envelope of lines.  A line minus a concave envelope is convex in r, so as p moves
a line first reaches the envelope at a breakpoint, at r = 0 or at r = ∞: each time at a root of a
polynomial in p that the present order names.  Cutting at these roots until no order names a new
one leaves intervals in which one rational density tells the whole order, exactly; at a cut the
orders of both sides are laid over each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise

import numpy as np
import sympy as sp

from ground.checks import check_sizes
from theory.candidates import Candidate
from theory.conventions import p, r
from theory.phases import distinct, loss_line, rational_between


@dataclass(frozen=True)
class BoundaryPiece:
    """A stretch of boundary that separates two winners [D06].

    Attributes
    ----------
    below, above : Candidate
        Winners on the two sides: at smaller and larger r, or, for a stretch along one
        density, at smaller and larger p.
    importance : sympy.Expr or None
        r as a function of p; None where the stretch runs along one density.
    density : tuple of two exact reals
        Range of p; both equal where the stretch runs along one density.
    ratio : tuple of two exact reals
        r at the two ends (ordered as `density`, or increasing); limits, possibly 0 or oo.
    """

    below: Candidate
    above: Candidate
    importance: sp.Expr | None
    density: tuple[sp.Expr, sp.Expr]
    ratio: tuple[sp.Expr, sp.Expr]

    def points(
        self,
        count: int = 200,
        *,
        density: tuple[float, float] = (1e-4, 1.0),
        importance: tuple[float, float] = (1e-4, 1e4),
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return (p, r) along the stretch inside a frame, for drawing; NaN outside it."""
        if self.importance is None:
            low, high = (float(min(value, sp.Float(1e300))) for value in self.ratio)
            ratios = np.geomspace(max(low, importance[0]), min(high, importance[1]), count)
            return np.full(count, float(self.density[0])), ratios
        low, high = (float(value) for value in self.density)
        places = np.geomspace(max(low, density[0]), min(high, density[1]), count)
        with np.errstate(divide="ignore"):
            ratios = sp.lambdify(p, self.importance, "numpy")(places) * np.ones(count)
        ratios[(ratios < importance[0]) | (ratios > importance[1])] = np.nan
        return places, ratios


@dataclass(frozen=True)
class MultiplePoint:
    """A point where three or more regions of the diagram meet [D06].

    Attributes
    ----------
    density, importance : exact reals p and r
    loss : exact real
        Common loss of all winners there.
    winners : tuple of Candidate
        One candidate a region.
    """

    density: sp.Expr
    importance: sp.Expr
    loss: sp.Expr
    winners: tuple[Candidate, ...]


def phase_boundaries(n_features: int, n_hidden: int) -> tuple[BoundaryPiece, ...]:
    """Return the stretches of curves that separate winners in 0 < p ≤ 1, r > 0 [D06].

    Parameters
    ----------
    n_features, n_hidden : int
        n ≥ m ≥ 1, small: the number of triples of distinct losses grows fast.

    Examples
    --------
    >>> [(piece.importance, piece.density) for piece in phase_boundaries(2, 1)]
    [(-2*p/(5*p - 4), (0, 4/7)), (-(5*p - 4)/(2*p), (0, 4/7)), (1, (4/7, 1))]

    References
    ----------
    theory/derivations/D06_boundaries.md
    """
    return _map(*check_sizes(n_features, n_hidden))[0]


def multiple_points(n_features: int, n_hidden: int) -> tuple[MultiplePoint, ...]:
    """Return the points where three or more winners meet, exactly [D06].

    Examples
    --------
    >>> [(point.density, point.importance) for point in multiple_points(2, 1)]
    [(4/7, 1)]

    References
    ----------
    theory/derivations/D06_boundaries.md
    """
    return _map(*check_sizes(n_features, n_hidden))[1]


def winning_candidates(n_features: int, n_hidden: int) -> tuple[Candidate, ...]:
    """Return the candidates that win somewhere, one for each loss function [D06]."""
    found: dict[str, Candidate] = {}
    for piece in phase_boundaries(n_features, n_hidden):
        for candidate in (piece.below, piece.above):
            found.setdefault(candidate.name, candidate)
    return tuple(found.values()) or distinct(n_features, n_hidden)[:1]


@dataclass(frozen=True)
class _Lines:
    """Losses A(p) + r B(p) of the phases, and their tie curves."""

    candidates: tuple[Candidate, ...]
    constants: tuple[sp.Poly, ...]
    slopes: tuple[sp.Poly, ...]

    def tie(self, i: int, j: int) -> sp.Expr:
        """Return r(p) on which i and j tie."""
        constant = (self.constants[i] - self.constants[j]).as_expr()
        slope = (self.slopes[j] - self.slopes[i]).as_expr()
        return sp.factor(sp.cancel(constant / slope))


@lru_cache(maxsize=16)
def _map(n: int, m: int) -> tuple[tuple[BoundaryPiece, ...], tuple[MultiplePoint, ...]]:
    lines = _undominated(n, m)
    cuts, orders = _orders(lines)
    pieces = _curves(lines, cuts, orders)
    points = []
    for k, cut in enumerate(cuts[1:], start=1):
        sides = [_limits(lines, order, cut) for order in orders[k - 1 : k + 1]]
        if len(sides) == 2:
            pieces += _along_density(lines, sides, cut)
        points += _meetings(lines, sides, cut)
    return tuple(pieces), tuple(points)


def _undominated(n: int, m: int) -> _Lines:
    """Leave out what another candidate beats, or equals, at every p and r."""
    phases = [(c, *loss_line(c)) for c in distinct(n, m)]
    kept = [
        (c, constant, slope)
        for c, constant, slope in phases
        if not any(
            other is not c and _never_less(constant, a) and _never_less(slope, b)
            for other, a, b in phases
        )
    ]
    return _Lines(*(tuple(column) for column in zip(*kept, strict=True)))


def _never_less(one: sp.Poly, other: sp.Poly) -> bool:
    """Whether one ≥ other on 0 < p ≤ 1, a positive difference having no root inside."""
    difference = one - other
    if difference.is_zero:
        return True
    roots = [root for factor in _factors(difference) for root in _roots(factor)]
    places = _sorted_distinct([sp.Integer(0), *roots, sp.Integer(1)])
    return all(difference.eval(rational_between(a, b)) > 0 for a, b in pairwise(places))


def _orders(lines: _Lines) -> tuple[list[sp.Expr], list[list[int]]]:
    """Return densities 0 = c_0 < … < c_s = 1 and the order of winners between each two."""
    found: dict[sp.Expr, list[sp.Expr]] = {}
    while True:
        cuts = _sorted_distinct(
            [sp.Integer(0), sp.Integer(1), *chain.from_iterable(found.values())]
        )
        places = [rational_between(a, b) for a, b in pairwise(cuts)]
        orders = [_envelope(lines, place) for place in places]
        factors = {
            factor.as_expr(): factor
            for order in orders
            for polynomial in _events(lines, order)
            for factor in _factors(polynomial)
        }
        new = {key: factor for key, factor in factors.items() if key not in found}
        if not new:
            break
        found |= {key: _roots(factor) for key, factor in new.items()}
    # Cuts at which nothing happens on either side are left out.
    keep = [0, *(k for k in range(1, len(orders)) if orders[k] != orders[k - 1])]
    return [cuts[k] for k in keep] + [cuts[-1]], [orders[k] for k in keep]


@lru_cache(maxsize=4096)
def _factors(polynomial: sp.Poly) -> tuple[sp.Poly, ...]:
    if polynomial.degree() < 1:
        return ()
    return tuple(f.monic() for f, _ in polynomial.factor_list()[1] if f.degree() > 0)


def _events(lines: _Lines, order: list[int]) -> list[sp.Poly]:
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


def _roots(factor: sp.Poly) -> list[sp.Expr]:
    """Return the roots of an irreducible polynomial in (0, 1), exactly."""
    if factor.count_roots(0, 1) == 0:
        return []
    return [root for root in factor.real_roots(multiple=True) if 0 < root < 1]


def _sorted_distinct(roots: list[sp.Expr]) -> list[sp.Expr]:
    kept: list[sp.Expr] = []
    for root in sorted(roots, key=lambda value: sp.N(value, 50)):
        if not kept or not _equal(kept[-1], root):
            kept.append(root)
    return kept


def _equal(one: sp.Expr, other: sp.Expr) -> bool:
    """Decide equality of algebraic reals: near ones must have one minimal polynomial."""
    if one == other:
        return True
    if sp.oo in (one, other) or abs(sp.N(one - other, 50)) > sp.Float("1e-30", 50):
        return False
    x = sp.Dummy("x")
    return bool(sp.minimal_polynomial(one, x) == sp.minimal_polynomial(other, x))


def _envelope(lines: _Lines, place: sp.Rational) -> list[int]:
    """Winners at one density, in the order of r from 0 to ∞ (exact lower envelope)."""
    values = [
        (lines.slopes[k].eval(place), lines.constants[k].eval(place), k)
        for k in range(len(lines.candidates))
    ]
    # r → ∞ is won by the smallest slope, so the envelope is walked from large slopes down.
    hull: list[tuple[sp.Expr, sp.Expr, int]] = []
    for slope, constant, k in sorted(values, key=lambda v: (-v[0], v[1])):
        if hull and sp.simplify(hull[-1][0] - slope) == 0:
            continue  # parallel and not below
        while len(hull) > 1 and _cross(hull[-2], (slope, constant, k)) <= _cross(
            hull[-2], hull[-1]
        ):
            hull.pop()
        hull.append((slope, constant, k))
    while len(hull) > 1 and _cross(hull[0], hull[1]) <= 0:
        hull.pop(0)  # crossing at r ≤ 0: never the winner where r > 0
    return [k for _, _, k in hull]


def _cross(one: tuple[sp.Expr, sp.Expr, int], other: tuple[sp.Expr, sp.Expr, int]) -> sp.Expr:
    return (other[1] - one[1]) / (one[0] - other[0])


def _curves(lines: _Lines, cuts: list[sp.Expr], orders: list[list[int]]) -> list[BoundaryPiece]:
    """Boundaries that run across densities, joined where they go on through a cut."""
    pieces = []
    open_at: dict[tuple[int, int], int] = {}
    for k in range(len(orders) + 1):
        pairs = set(pairwise(orders[k])) if k < len(orders) else set()
        for pair in [pair for pair in open_at if pair not in pairs]:
            low, high = cuts[open_at.pop(pair)], cuts[k]
            curve = lines.tie(*pair)
            below, above = (lines.candidates[index] for index in pair)
            ends = (_limit(curve, low), _limit(curve, high))
            pieces.append(BoundaryPiece(below, above, curve, (low, high), ends))
        for pair in sorted(pairs):
            open_at.setdefault(pair, k)
    return pieces


Side = list[tuple[sp.Expr, sp.Expr, int]]


def _limits(lines: _Lines, order: list[int], cut: sp.Expr) -> Side:
    """The stretches (from r, to r, winner) to which one side shrinks at a cut."""
    ties = [_limit(lines.tie(i, j), cut) for i, j in pairwise(order)]
    ends = [sp.Integer(0), *ties, sp.oo]
    return list(zip(ends[:-1], ends[1:], order, strict=True))


def _limit(curve: sp.Expr, place: sp.Expr) -> sp.Expr:
    numerator, denominator = sp.fraction(curve)
    bottom = sp.simplify(denominator.subs(p, place))
    if bottom == 0:
        return sp.oo
    return sp.radsimp(sp.simplify(numerator.subs(p, place) / bottom))


def _along_density(lines: _Lines, sides: list[Side], cut: sp.Expr) -> list[BoundaryPiece]:
    """Stretches along one density on which the winner changes from one side to the other."""
    pieces: list[BoundaryPiece] = []
    edges = _sorted_distinct([e for side in sides for low, _, _ in side if (e := low) != sp.oo])
    for low, high in zip(edges, [*edges[1:], sp.oo], strict=True):
        before, after = (_winner(side, low, high) for side in sides)
        if before != after:
            below, above = lines.candidates[before], lines.candidates[after]
            pieces.append(BoundaryPiece(below, above, None, (cut, cut), (low, high)))
    return pieces


def _winner(side: Side, low: sp.Expr, high: sp.Expr) -> int:
    """Who wins between two neighbouring edges."""
    for start, end, k in side:
        starts = start == 0 or (start != sp.oo and (_equal(start, low) or start < low))
        ends = end == sp.oo or (high != sp.oo and (_equal(end, high) or end > high))
        if starts and ends and not _equal(start, end):
            return k
    raise ValueError(f"no winner between r = {low} and {high}")  # pragma: no cover


def _meetings(lines: _Lines, sides: list[Side], cut: sp.Expr) -> list[MultiplePoint]:
    """Points on a cut at which three or more regions meet."""
    edges = [low for side in sides for low, _, _ in side if low not in (0, sp.oo)]
    points = []
    for ratio in _sorted_distinct(edges):
        meeting: list[int] = []
        for side in sides:
            for start, end, k in side:
                touches = _closed(start, ratio) and _closed(ratio, end)
                if touches and k not in meeting:
                    meeting.append(k)
        if len(meeting) > 2:
            k = meeting[0]
            constant, slope = lines.constants[k].as_expr(), lines.slopes[k].as_expr()
            loss = sp.radsimp(sp.simplify((constant + r * slope).subs({p: cut, r: ratio})))
            winners = tuple(lines.candidates[k] for k in sorted(meeting))
            points.append(MultiplePoint(cut, ratio, loss, winners))
    return points


def _closed(low: sp.Expr, high: sp.Expr) -> bool:
    return high == sp.oo or (low != sp.oo and (_equal(low, high) or bool(low < high)))
