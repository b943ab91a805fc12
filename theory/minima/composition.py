"""The best model that is put together from known polytopes: an upper bound for any n and m.

Where the optimum over all weights is out of reach, this says how good a model can be made by
hand: each feature ignored, dedicated, or at a corner of a small polytope, the polytopes in
orthogonal subspaces, with their norms and biases set at their best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np

from ground.checks import FloatArray, check_at_most, check_sizes
from theory.data_law import feature_variance
from theory.loss.floats import gradient_of
from theory.loss.problem import Problem, as_problem
from theory.minima.orbits import rotated
from theory.minima.quasi_newton import quasi_newton, value_in
from theory.polytopes.shapes import named_shapes

__all__ = ["Composition", "best_composition"]

_SMALL = ("point", "digon", "triangle", "tetrahedron", "pentagon")
# Larger polytopes take longer to fit, so they are tried only where a few fits serve all features:
# where importances and densities are equal, or importances fall geometrically.
_LARGE = ("hexagon", "cube", "square antiprism")
_FEW = 4
_DEGENERATE = 0.01


@dataclass(frozen=True, eq=False)
class Composition:
    """A tegum product of polytopes, with the features that it leaves out.

    Attributes
    ----------
    parts : tuple of (name, features)
        Polytopes and who sits at their corners, 0-based.
    ignored : tuple of int
    W : array (m, n)
    b : array (n,)
    loss : float
    """

    parts: tuple[tuple[str, tuple[int, ...]], ...]
    ignored: tuple[int, ...]
    W: FloatArray
    b: FloatArray
    loss: float


@dataclass(frozen=True, eq=False)
class _Fit:
    """Best norms and biases of one polytope."""

    loss: float
    norms: FloatArray
    b: FloatArray


def best_composition(
    n_features: int, n_hidden: int, *, density: Any, importance: Any = None
) -> Composition:
    r"""The best tegum product of small polytopes, as an upper bound of the optimum.

    .. math:: L = \sum_{\text{polytopes}} L_{\text{polytope}}
                  + \sum_{i\ \text{ignored}} I_i \left(\frac{p_i}{3} - \frac{p_i^2}{4}\right)

    Features are sorted by importance times variance, and each polytope takes neighbours in that
    order (only members of digons are exchanged, while it pays): points, which are dedicated
    features, digons, triangles, tetrahedra and pentagons; where importances are equal or fall
    geometrically also hexagons, cubes and square antiprisms.  Angles are those of the ideal
    polytope; norms and biases are at a minimum of the exact loss.

    Parameters
    ----------
    n_features, n_hidden : int
    density : float or array_like (n,)
    importance : array_like (n,), optional

    Returns
    -------
    Composition

    Raises
    ------
    ValueError
        Sizes, density or importance out of range.

    Examples
    --------
    >>> best_composition(5, 2, density=1.0, importance=[5, 4, 3, 2, 1]).parts
    (('point', (0,)), ('point', (1,)))
    """
    check_at_most("n_features", check_sizes(n_features, n_hidden)[0], 1000, "minutes beyond")
    n, m = check_sizes(n_features, n_hidden)
    problem = as_problem(np.zeros((m, n)), None, density, importance)
    if problem.shape:
        raise ValueError(
            f"density and importance must be those of one model, got leading axes {problem.shape}"
        )
    return composition_of(problem)


def composition_of(problem: Problem) -> Composition:
    """The best composition in the world of a checked value of one instance, on [0, 1].

    Parameters
    ----------
    problem : Problem
        Its W and b only say how many features and hidden dimensions there are.
    """
    m, n = problem.W.shape[1:]
    p, I = problem.density[0], problem.importance[0]
    ignored_cost = I * feature_variance(p)
    order = np.argsort(-ignored_cost, kind="stable")
    eights = {_key(p[order[i : i + 8]], I[order[i : i + 8]])[:2] for i in range(n - 7)}
    shapes = _SMALL + _LARGE if len(eights) <= _FEW else _SMALL

    best = np.full((n + 1, m + 1), np.inf)  # over features placed and dimensions used
    best[0] = 0.0
    choice: dict[tuple[int, int], str] = {}
    for placed in range(n):
        for used in range(m + 1):
            steps = [("", 1, 0, ignored_cost[order[placed]])]
            for name in shapes:
                k, d = _size(name)
                if placed + k <= n and used + d <= m:
                    block = order[placed : placed + k]
                    steps.append((name, k, d, _cost(name, p[block], I[block])))
            for name, k, d, cost in steps:
                total = best[placed, used] + cost
                if total < best[placed + k, used + d]:
                    best[placed + k, used + d] = total
                    choice[placed + k, used + d] = name
    return _assembled(order, choice, int(np.argmin(best[n])), problem)


def _assembled(
    order: Sequence[int] | Any,
    choice: dict[tuple[int, int], str],
    used: int,
    problem: Problem,
) -> Composition:
    m, p, I = problem.W.shape[1], problem.density[0], problem.importance[0]
    W, b = np.zeros((m, len(p))), p / 2
    parts: list[tuple[str, tuple[int, ...]]] = []
    ignored: list[int] = []
    placed = len(p)
    while placed:
        name = choice[placed, used]
        if not name:
            placed -= 1
            ignored.append(int(order[placed]))
            continue
        k, d = _size(name)
        placed, used = placed - k, used - d
        parts.append((name, tuple(int(i) for i in order[placed : placed + k])))
    parts = _exchanged(parts[::-1], p, I)
    used = 0
    for name, members in parts:
        block, d = np.array(members), _size(name)[1]
        fit = _fit(name, *_key(p[block], I[block])[:2])
        W[used : used + d, block] = fit.norms * _directions(name)
        b[block] = fit.b
        used += d
    return Composition(
        parts=tuple(parts),
        ignored=tuple(sorted(ignored)),
        W=W,
        b=b,
        loss=float(gradient_of(problem.at(W[None], b[None]))[0][0]),
    )


def _exchanged(
    parts: list[tuple[str, tuple[int, ...]]], p: FloatArray, I: FloatArray
) -> list[tuple[str, tuple[int, ...]]]:
    """Re-pair two digons while that lowers their loss: unequal partners can be better."""
    parts = list(parts)
    digons = [k for k, (name, _) in enumerate(parts) if name == "digon"]

    def cost(pair: tuple[int, int]) -> float:
        return _cost("digon", p[list(pair)], I[list(pair)])

    improving = True
    while improving:
        improving = False
        for first, second in combinations(digons, 2):
            (i, j), (k, l) = parts[first][1], parts[second][1]
            now = cost((i, j)) + cost((k, l))
            for pairs in (((i, k), (j, l)), ((i, l), (j, k))):
                if cost(pairs[0]) + cost(pairs[1]) < now * (1 - 1e-9):
                    for place, pair in zip((first, second), pairs, strict=True):
                        parts[place] = ("digon", (min(pair), max(pair)))
                    improving = True
                    break
    return parts


def _key(p: FloatArray, I: FloatArray) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """Densities and relative importances, which decide the fit, and the scale of the loss."""
    scale = float(np.max(I)) or 1.0
    return tuple(p.tolist()), tuple(np.round(I / scale, 12).tolist()), scale


def _cost(name: str, p: FloatArray, I: FloatArray) -> float:
    densities, weights, scale = _key(p, I)
    return scale * _fit(name, densities, weights).loss


@lru_cache
def _directions(name: str) -> FloatArray:
    """Unit columns, the first along the first axis."""
    known = (shape for k in range(1, 9) for shape in named_shapes(k))
    return rotated(next(shape.vertices for shape in known if shape.name == name))


def _size(name: str) -> tuple[int, int]:
    d, k = _directions(name).shape
    return k, d


@lru_cache(maxsize=4096)
def _fit(name: str, p: tuple[float, ...], I: tuple[float, ...]) -> _Fit:
    """Best norms and biases of a polytope, its angles as they are."""
    directions = _directions(name)
    k = len(p)
    if name == "point":
        return _Fit(0.0, np.ones(1), np.zeros(1))

    # Densities and importances come out of a checked value.
    world = Problem(directions[None], np.zeros((1, k)), np.array([p]), np.array([I]), 0.0, 1.0, ())
    value = value_in(world)

    def cost(norms: FloatArray, b: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        loss, dW, db = value(norms * directions, b)
        return loss, np.sum(dW * directions, axis=0), db

    ends = [
        quasi_newton(
            cost, np.full(k, norm), np.full(k, b), method="L-BFGS-B", ftol=1e-12, gtol=1e-12
        )
        for norm, b in ((1.0, 0.0), (1.2, -0.2))
    ]
    least = min(ends, key=lambda end: end.loss)
    # A digon with a vanishing arm is a point and an ignored feature, which have their own name.
    degenerate = np.min(np.abs(least.W)) < _DEGENERATE
    return _Fit(np.inf if degenerate else least.loss, least.W, least.b)
