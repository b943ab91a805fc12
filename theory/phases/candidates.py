"""The natural solutions for n features in m dimensions, as a catalogue.

Each feature is ignored, dedicated, or shares an orthogonal factor with others.  Norms are one
and biases zero, as in the paper, except that an ignored feature has its best bias p/2.  These
are upper bounds of the optimum, not the optimum: `theory.optimum` improves on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, permutations
from typing import Any

import sympy as sp

from ground.checks import check_at_most, check_sizes
from ground.structure import Structure
from theory.conventions import feature_variance, p, weighted_sum
from theory.loss.exact import feature_costs
from theory.numbers.arguments import exact_density, exact_importance
from theory.phases.shapes import Shape, shapes


@dataclass(frozen=True)
class Factor:
    """One orthogonal factor: a shape and who sits at its corners, in order (0-based)."""

    shape: Shape
    features: tuple[int, ...]

    def __str__(self) -> str:
        return "-".join(str(i + 1) for i in self.features) + " " + self.shape.name


@dataclass(frozen=True)
class Candidate:
    """One natural solution.

    Attributes
    ----------
    name : str
        Such as ``1 dedicated, 2-3 digon``; corners of a polygon are named in cyclic order.
    W : sympy.ImmutableMatrix (m, n)
        Exact unit columns, zero for ignored features.
    b : tuple of n expressions
        Zero, or p/2 for ignored features, p being `theory.conventions.p`.
    structure : Structure
        Who is ignored and who shares a factor.
    factors : tuple of Factor
        The shapes behind the structure.
    """

    name: str
    W: sp.ImmutableMatrix
    b: tuple[sp.Expr, ...]
    structure: Structure
    factors: tuple[Factor, ...]

    def loss(self, density: Any = p, importance: Any = None) -> sp.Expr:
        r"""Closed form of the expected loss [D05].

        .. math:: L = \sum_{i\ ignored} I_i (p_i/3 - p_i^2/4) + \sum_{factors} \sum_{i} I_i c(p)

        Parameters
        ----------
        density : exact number or symbol, one or n of them
        importance : exact numbers or symbols, one or n of them; None means all one

        >>> candidates(2, 1)[2].loss(importance=sp.symbols("I_1 I_2"))
        I_1*p**2/6 + I_2*p**2/6
        """
        n = self.structure.n_features
        densities, weights = exact_density(density, n), exact_importance(importance, n)
        costs = [feature_variance(value) for value in densities]
        for factor in self.factors:
            for i, cost in zip(factor.features, _factor_costs(factor, densities), strict=True):
                costs[i] = cost
        return sp.expand(weighted_sum(costs, weights))

    def bias(self, density: Any = p) -> tuple[sp.Expr, ...]:
        """Return the biases at a given density, one or n of them."""
        densities = exact_density(density, self.structure.n_features)
        return tuple(value.subs(p, d) for value, d in zip(self.b, densities, strict=True))


def candidates(n_features: int, n_hidden: int) -> tuple[Candidate, ...]:
    """Return every natural solution of n features in m dimensions, each once [D05].

    Solutions that differ by a rotation of the hidden space count as one, so a candidate is
    known by its Gram matrix.  Labels matter, since features may differ in importance: polygons
    come in each of their (k − 1)!/2 cyclic orders.  All m dimensions are used: with one idle, a
    simplex could make all its features dedicated, and so could an ignored feature be.

    Parameters
    ----------
    n_features, n_hidden : int
        n ≥ m ≥ 1.  The catalogue grows like the partitions of a set: 77 for (5, 2).

    Returns
    -------
    tuple of Candidate

    Raises
    ------
    ValueError
        Sizes that are not positive whole numbers, or n_hidden > n_features.

    Examples
    --------
    >>> [candidate.name for candidate in candidates(2, 1)]
    ['1 dedicated, 2 ignored', '2 dedicated, 1 ignored', '1-2 digon']

    References
    ----------
    theory/derivations/D05_candidates.md
    """
    check_at_most("n_features", check_sizes(n_features, n_hidden)[0], 9, "minutes beyond")
    return _catalogue(*check_sizes(n_features, n_hidden))


@lru_cache(maxsize=64)
def _catalogue(n: int, m: int) -> tuple[Candidate, ...]:
    found = [_candidate(factors, n, m) for factors in _arrangements(tuple(range(n)), m)]
    return tuple(sorted(found, key=lambda candidate: -len(candidate.structure.ignored)))


def _arrangements(features: tuple[int, ...], dimensions: int) -> Iterator[tuple[Factor, ...]]:
    """All ways to fill so many dimensions with some of the features."""
    if not dimensions:
        yield ()
        return
    if len(features) < dimensions:  # no factor has more dimensions than features
        return
    first, rest = features[0], features[1:]
    for shape in shapes(len(features), dimensions):
        for others in combinations(rest, shape.size - 1):
            left = tuple(i for i in rest if i not in others)
            for tail in _arrangements(left, dimensions - shape.dimension):
                for order in _orders(others, shape):
                    yield (Factor(shape, (first, *order)), *tail)
    yield from _arrangements(rest, dimensions)  # the first feature is ignored


def _orders(others: tuple[int, ...], shape: Shape) -> Iterator[tuple[int, ...]]:
    """Arrangements that no symmetry of the shape maps to each other, one corner being fixed."""
    if not shape.cyclic:
        yield others
        return
    for order in permutations(others):
        if order[0] < order[-1]:  # of an order and its mirror image, one
            yield order


def _candidate(factors: tuple[Factor, ...], n: int, m: int) -> Candidate:
    kept = {i for factor in factors for i in factor.features}
    ignored = tuple(i for i in range(n) if i not in kept)
    W, row = sp.zeros(m, n), 0
    for factor in factors:
        vectors = factor.shape.vectors()
        for column, i in enumerate(factor.features):
            for k in range(factor.shape.dimension):
                W[row + k, i] = vectors[k, column]
        row += factor.shape.dimension
    name = ", ".join([*map(str, factors), *(f"{i + 1} ignored" for i in ignored)])
    return Candidate(
        name=name,
        W=sp.ImmutableMatrix(W),
        b=tuple(sp.Integer(0) if i in kept else p / 2 for i in range(n)),
        structure=Structure(tuple(factor.features for factor in factors), ignored),
        factors=factors,
    )


def _factor_costs(factor: Factor, densities: list[sp.Expr]) -> list[sp.Expr]:
    """What each feature of a factor costs at importance one; one formula serves equal densities."""
    own = [densities[i] for i in factor.features]
    if len(set(own)) == 1:
        return [factor.shape.cost().subs(p, own[0])] * len(own)
    return feature_costs(factor.shape.gram(), [0] * len(own), density=own)
