"""Around one point of the diagram of candidates: their losses, and the nearest ties of the best.

At a fixed density losses are lines in r, and at a fixed r polynomials in p, so that the next tie
is a quotient, or a root of a polynomial.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp

from ground.checks import as_number, as_positive_density, check_at_most, check_sizes
from theory.conventions import r
from theory.phases.candidates import Candidate
from theory.phases.lines import distinct, loss_line

__all__ = ["Ranked", "Tie", "nearest_ties", "ranked_candidates"]

MOST_FEATURES = 6
_ROUNDING = 1e-9  # roots this close to the point are the point itself


@dataclass(frozen=True)
class Ranked:
    """A candidate and what it costs at a point [D05].

    Attributes
    ----------
    candidate : Candidate
    formula : sympy.Expr
        The loss, in p and r.
    loss : float
    """

    candidate: Candidate
    formula: sp.Expr
    loss: float


@dataclass(frozen=True)
class Tie:
    """Where the best candidate loses to another, going one way from a point [D06].

    Attributes
    ----------
    axis : "density" or "importance"
    at : float
        p or r of the tie.
    beyond : Candidate
        Who is best there.
    curve : sympy.Expr or None
        r as a function of p on which the two tie; None where they tie at one density.
    """

    axis: str
    at: float
    beyond: Candidate
    curve: sp.Expr | None


def ranked_candidates(
    n_features: int, n_hidden: int, density: float, importance: float = 1.0
) -> tuple[Ranked, ...]:
    """The natural solutions at importances (1, …, 1, r), best first, one a loss function [D05].

    Parameters
    ----------
    n_features, n_hidden : int
        n ≤ 6 and m ≤ n.
    density : float
        p in (0, 1].
    importance : float
        r > 0.

    Raises
    ------
    ValueError
        Naming the argument that is out of range.

    Examples
    --------
    >>> best = ranked_candidates(2, 1, 0.1, 0.5)[0]
    >>> best.candidate.name, best.formula, round(best.loss, 9)
    ('1-2 digon', p**2*(r + 1)/6, 0.0025)
    """
    n, m = check_sizes(n_features, n_hidden)
    check_at_most("n_features", n, MOST_FEATURES, "minutes beyond")
    at, ratio = _point(density, importance)
    found = []
    for candidate in distinct(n, m):
        constant, slope = loss_line(candidate)
        loss = _value(constant, at) + ratio * _value(slope, at)
        found.append(Ranked(candidate, _formula(candidate), loss))
    return tuple(sorted(found, key=lambda each: each.loss))


def nearest_ties(
    n_features: int, n_hidden: int, density: float, importance: float = 1.0
) -> tuple[Tie, ...]:
    r"""The ties of the best candidate that are nearest below and above, in p and in r [D06].

    .. math:: r^* = \frac{A_k - A_0}{B_0 - B_k}, \qquad L = A(p) + r B(p)

    Parameters
    ----------
    n_features, n_hidden, density, importance
        As in `ranked_candidates`.

    Returns
    -------
    tuple of Tie
        Up to four; a way on which the best candidate stays the best has none.

    Examples
    --------
    >>> for tie in nearest_ties(2, 1, 0.1, 0.5):
    ...     print(tie.axis, round(tie.at, 6), tie.beyond.name, tie.curve)
    density 0.444444 1 dedicated, 2 ignored -2*p/(5*p - 4)
    importance 0.057143 1 dedicated, 2 ignored -2*p/(5*p - 4)
    importance 17.5 2 dedicated, 1 ignored -(5*p - 4)/(2*p)
    """
    best, *rivals = (
        each.candidate for each in ranked_candidates(n_features, n_hidden, density, importance)
    )
    at, ratio = _point(density, importance)
    found = [
        *_nearest("density", at, [(_densities(best, k, ratio), k) for k in rivals], best),
        *_nearest("importance", ratio, [(_importances(best, k, at), k) for k in rivals], best),
    ]
    return tuple(found)


@lru_cache(maxsize=256)
def _formula(candidate: Candidate) -> sp.Expr:
    constant, slope = loss_line(candidate)
    return sp.factor(constant.as_expr() + r * slope.as_expr())


def _point(density: float, importance: float) -> tuple[float, float]:
    at = as_positive_density("density", density)
    return at, as_number("importance", importance, "a number above 0", lambda v: 0 < v < np.inf)


def _value(polynomial: sp.Poly, at: float) -> float:
    return float(np.polyval(_floats(polynomial), at))


def _floats(polynomial: sp.Poly) -> list[float]:
    return [float(coefficient) for coefficient in polynomial.all_coeffs()]


def _importances(best: Candidate, other: Candidate, at: float) -> list[float]:
    """The one r at which two lines cross."""
    (a0, b0), (a1, b1) = loss_line(best), loss_line(other)
    rise = _value(b0, at) - _value(b1, at)
    return [(_value(a1, at) - _value(a0, at)) / rise] if rise else []


def _densities(best: Candidate, other: Candidate, ratio: float) -> list[float]:
    """The densities in (0, 1] at which two losses cross, and not only touch."""
    (a0, b0), (a1, b1) = loss_line(best), loss_line(other)
    difference = np.polyadd(_floats(a1 - a0), ratio * np.array(_floats(b1 - b0)))
    roots = np.roots(difference)
    real = roots.real[np.abs(roots.imag) < _ROUNDING * np.maximum(np.abs(roots), 1e-300)]
    slope = np.polyder(difference)
    return [float(q) for q in real if 0 < q <= 1 and np.polyval(slope, q)]


def _nearest(
    axis: str, here: float, rivals: list[tuple[list[float], Candidate]], best: Candidate
) -> list[Tie]:
    """One tie on each side, where there is one."""
    places = [(place, k) for ties, k in rivals for place in ties if place > 0]
    below = [each for each in places if each[0] < here * (1 - _ROUNDING)]
    above = [each for each in places if each[0] > here * (1 + _ROUNDING)]
    chosen = []
    if below:
        chosen.append(max(below, key=lambda each: each[0]))
    if above:
        chosen.append(min(above, key=lambda each: each[0]))
    return [Tie(axis, at, other, _curve(best, other)) for at, other in chosen]


def _curve(best: Candidate, other: Candidate) -> sp.Expr | None:
    (a0, b0), (a1, b1) = loss_line(best), loss_line(other)
    slope = (b0 - b1).as_expr()
    return None if slope == 0 else sp.factor((a1 - a0).as_expr() / slope)
