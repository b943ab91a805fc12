"""The map of winners: which boundaries separate two winning candidates, and where regions meet.

Between two neighbouring cuts in density the order of winners is constant (`lower_envelope`); its
neighbours' ties are the boundaries.  At a cut the orders of both sides are laid over each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import sympy as sp

from ground.checks import check_at_most, check_sizes
from theory.conventions import p, r
from theory.numbers.roots import increasing
from theory.phases.candidates import Candidate
from theory.phases.lines import distinct
from theory.phases.lower_envelope import Cut, Lines, orders_of_winners, undominated


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

    Returns
    -------
    tuple of BoundaryPiece

    Raises
    ------
    ValueError
        Sizes out of range: n ≤ 6 and m ≤ n.

    Examples
    --------
    >>> [(piece.importance, piece.density) for piece in phase_boundaries(2, 1)]
    [(-2*p/(5*p - 4), (0, 4/7)), ((4 - 5*p)/(2*p), (0, 4/7)), (1, (4/7, 1))]

    References
    ----------
    theory/derivations/D06_boundaries.md
    """
    check_at_most("n_features", check_sizes(n_features, n_hidden)[0], 6, "minutes beyond")
    return _map(*check_sizes(n_features, n_hidden))[0]


def multiple_points(n_features: int, n_hidden: int) -> tuple[MultiplePoint, ...]:
    """Return the points where three or more winners meet, exactly [D06].

    Parameters
    ----------
    n_features, n_hidden : int
        n ≤ 6 and m ≤ n.

    Returns
    -------
    tuple of MultiplePoint

    Raises
    ------
    ValueError
        Sizes out of range.

    Examples
    --------
    >>> [(point.density, point.importance) for point in multiple_points(2, 1)]
    [(4/7, 1)]

    References
    ----------
    theory/derivations/D06_boundaries.md
    """
    check_at_most("n_features", check_sizes(n_features, n_hidden)[0], 6, "minutes beyond")
    return _map(*check_sizes(n_features, n_hidden))[1]


def winning_candidates(n_features: int, n_hidden: int) -> tuple[Candidate, ...]:
    """Return the candidates that win somewhere, one for each loss function [D06]."""
    found: dict[str, Candidate] = {}
    for piece in phase_boundaries(n_features, n_hidden):
        for candidate in (piece.below, piece.above):
            found.setdefault(candidate.name, candidate)
    return tuple(found.values()) or distinct(n_features, n_hidden)[:1]


@lru_cache(maxsize=16)
def _map(n: int, m: int) -> tuple[tuple[BoundaryPiece, ...], tuple[MultiplePoint, ...]]:
    lines = undominated(n, m)
    cuts, orders = orders_of_winners(lines)
    pieces = _curves(lines, cuts, orders)
    points = []
    for k, cut in enumerate(cuts[1:], start=1):
        around = orders[k - 1 : k + 1]
        ratios = _ratios(lines, cut, [pair for order in around for pair in pairwise(order)])
        sides = [_limits(ratios, order) for order in around]
        if len(sides) == 2:
            pieces += _along_density(lines, sides, cut.density)
        points += _meetings(lines, sides, cut.density)
    return tuple(pieces), tuple(points)


def _curves(lines: Lines, cuts: list[Cut], orders: list[list[int]]) -> list[BoundaryPiece]:
    """Boundaries that run across densities, joined where they go on through a cut."""
    pieces = []
    open_at: dict[tuple[int, int], int] = {}
    for k in range(len(orders) + 1):
        pairs = set(pairwise(orders[k])) if k < len(orders) else set()
        for pair in [pair for pair in open_at if pair not in pairs]:
            low, high = cuts[open_at.pop(pair)], cuts[k]
            top, bottom = (sp.factor(part.as_expr()) for part in lines.tie(*pair))
            below, above = (lines.candidates[index] for index in pair)
            ends = (_ratios(lines, low, [pair])[pair], _ratios(lines, high, [pair])[pair])
            densities = (low.density, high.density)
            pieces.append(BoundaryPiece(below, above, top / bottom, densities, ends))
        for pair in sorted(pairs):
            open_at.setdefault(pair, k)
    return pieces


Pair = tuple[int, int]
Side = list[tuple[sp.Expr, sp.Expr, int]]


def _ratios(lines: Lines, cut: Cut, pairs: list[Pair]) -> dict[Pair, sp.Expr]:
    """Limits of r on tie curves at a cut; equal ones are written alike."""
    ratios: dict[Pair, sp.Expr] = {}
    distinct_ties: list[tuple[sp.Poly, sp.Poly, sp.Expr]] = []
    # The simplest tie comes first and lends its value to those that equal it.
    for pair in sorted(pairs, key=lambda pair: sum(part.degree() for part in lines.tie(*pair))):
        top, bottom = lines.tie(*pair)
        if cut.vanishes(bottom) or cut.vanishes(top):
            ratios[pair] = sp.oo if cut.vanishes(bottom) else sp.Integer(0)
            continue
        for other_top, other_bottom, value in distinct_ties:
            if cut.vanishes(top * other_bottom - other_top * bottom):
                ratios[pair] = value
                break
        else:
            values = (sp.expand(part.as_expr().subs(p, cut.density)) for part in (top, bottom))
            ratios[pair] = sp.radsimp(next(values) / next(values))
            distinct_ties.append((top, bottom, ratios[pair]))
    return ratios


def _limits(ratios: dict[Pair, sp.Expr], order: list[int]) -> Side:
    """The stretches (from r, to r, winner) to which one side shrinks at a cut."""
    ends = [sp.Integer(0), *(ratios[pair] for pair in pairwise(order)), sp.oo]
    return list(zip(ends[:-1], ends[1:], order, strict=True))


def _along_density(lines: Lines, sides: list[Side], density: sp.Expr) -> list[BoundaryPiece]:
    """Stretches along one density on which the winner changes from one side to the other."""
    pieces: list[BoundaryPiece] = []
    edges = increasing([e for side in sides for low, _, _ in side if (e := low) != sp.oo])
    for low, high in zip(edges, [*edges[1:], sp.oo], strict=True):
        before, after = (_winner(side, low, high) for side in sides)
        if before != after:
            below, above = lines.candidates[before], lines.candidates[after]
            pieces.append(BoundaryPiece(below, above, None, (density, density), (low, high)))
    return pieces


def _winner(side: Side, low: sp.Expr, high: sp.Expr) -> int:
    """Who wins between two neighbouring edges."""
    return next(k for start, end, k in side if start != end and start <= low and high <= end)


def _meetings(lines: Lines, sides: list[Side], density: sp.Expr) -> list[MultiplePoint]:
    """Points on a cut at which three or more regions meet."""
    edges = [low for side in sides for low, _, _ in side if low not in (0, sp.oo)]
    points = []
    for ratio in increasing(edges):
        meeting = sorted({k for side in sides for a, b, k in side if a <= ratio <= b})
        if len(meeting) > 2:
            constant, slope = (part[meeting[0]] for part in (lines.constants, lines.slopes))
            loss = (constant.as_expr() + r * slope.as_expr()).subs({p: density, r: ratio})
            winners = tuple(lines.candidates[k] for k in meeting)
            points.append(MultiplePoint(density, ratio, sp.radsimp(sp.expand(loss)), winners))
    return points
