r"""Faces of the polytope of a dictionary that are simplices: the supports that pursuit recovers.

A set S of vectors v_i is recovered where some y has y·v_i = 1 on S and y·v_j < 1 on all others,
and the v_i of S are independent: they are the vectors on one face of conv(0, v_1, …), which does
not contain 0, and that face is a simplex.  Facets come from Qhull; which vectors lie on which is
read from distances, so that vectors in the middle of a face, or twice the same, count as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray, check_at_most

__all__ = ["Facets", "facets_of", "simplicial_faces", "supports_on_faces"]

ON = 1e-9  # distance from a facet's plane that is rounding, for unit vectors
MOST_FACETS = 100_000
LARGEST_FACET = 16  # vectors on a facet all of whose subsets are listed
Support = tuple[int, ...]


@dataclass(frozen=True)
class Facets:
    """Which vectors lie on each facet of conv(0, v_1, …).

    Attributes
    ----------
    away : tuple of supports
        Of the facets that do not contain 0.
    through : tuple of supports
        Of those that do.
    """

    away: tuple[Support, ...]
    through: tuple[Support, ...]


def facets_of(vectors: FloatArray) -> Facets:
    """Facets of unit vectors (d, k) that span their space.

    Examples
    --------
    >>> facets_of(np.array([[1.0, -1.0]])).away
    ((0,), (1,))
    """
    d, k = vectors.shape
    check_at_most("W", most_facets(k + 1, d), MOST_FACETS, "facets that its polytope may have")
    if d == 1:
        sides = [tuple(map(int, np.flatnonzero(vectors[0] * side > ON))) for side in (1.0, -1.0)]
        return Facets(tuple(side for side in sides if side), () if all(sides) else ((),))
    from scipy.spatial import ConvexHull

    hull = ConvexHull(np.column_stack([np.zeros(d), vectors]).T)
    planes = hull.equations  # outward normal, and −distance of the plane from 0
    on = planes[:, :-1] @ vectors + planes[:, -1:] > -ON
    zero = planes[:, -1] > -ON
    return Facets(_whole(on[~zero]), _whole(on[zero]))


def simplicial_faces(vectors: FloatArray, among: int | None = None) -> tuple[Support, ...]:
    """Supports of unit vectors (d, k) that span their space, the empty one first.

    Parameters
    ----------
    vectors : (d, k)
    among : int, optional
        Only supports among the first so many vectors are asked for.

    Examples
    --------
    >>> simplicial_faces(np.array([[1.0, -1.0]]))
    ((), (0,), (1,))
    """
    d = len(vectors)
    facets = facets_of(vectors)
    everyone = [frozenset(facet) for facet in (*facets.away, *facets.through)]
    found: set[Support] = {()}
    for facet in facets.away:  # every face without 0 lies on one of them
        inside = [i for i in facet if among is None or i < among]
        if len(facet) == d:  # a simplex, and so are all of its faces
            found.update(s for r in range(1, len(inside) + 1) for s in combinations(inside, r))
        else:
            found.update(_grown(inside, everyone, vectors))
    return tuple(sorted(found, key=lambda support: (len(support), support)))


def supports_on_faces(vectors: FloatArray, among: int | None = None) -> tuple[Support, ...]:
    """All sets of vectors on one face without 0, whether others are on it or not.

    Examples
    --------
    >>> supports_on_faces(np.array([[1.0, 1.0, -1.0]]))
    ((), (0,), (1,), (2,), (0, 1))
    """
    found: set[Support] = {()}
    for facet in facets_of(vectors).away:
        inside = [i for i in facet if among is None or i < among]
        check_at_most("W", len(inside), LARGEST_FACET, "features on one facet of its polytope")
        found.update(s for r in range(1, len(inside) + 1) for s in combinations(inside, r))
    return tuple(sorted(found, key=lambda support: (len(support), support)))


def _grown(inside: list[int], facets: list[frozenset[int]], vectors: FloatArray) -> set[Support]:
    """Simplices among the faces of a facet that is none itself, grown vector by vector."""
    found: set[Support] = set()
    level: list[Support] = [()]
    while level:  # all faces of a simplex are simplices, so that growing misses none
        candidates = (
            (*support, i) for support in level for i in inside if not support or i > support[-1]
        )
        level = [one for one in candidates if _is_simplex(one, facets, vectors)]
        found.update(level)
    return found


def _is_simplex(support: Support, facets: list[frozenset[int]], vectors: FloatArray) -> bool:
    """Whether the least face that holds these vectors holds no others, and they are independent."""
    members = set(support)
    least = frozenset.intersection(*(facet for facet in facets if members <= facet))
    columns = vectors[:, list(support)]
    return least == members and int(np.linalg.matrix_rank(columns, tol=ON)) == len(support)


def _whole(on: NDArray[np.bool_]) -> tuple[Support, ...]:
    """Different facets; Qhull cuts those that are no simplex into some."""
    found = {tuple(map(int, np.flatnonzero(row))) for row in on}
    # Only a larger one can hold another: of simplices none is.
    fewest = min(map(len, found), default=0)
    large = [frozenset(one) for one in found if len(one) > fewest]
    return tuple(
        sorted(
            one
            for one in found
            if not any(len(one) < len(other) and other.issuperset(one) for other in large)
        )
    )


def most_facets(points: int, d: int) -> int:
    """Facets of a cyclic polytope, which has the most (McMullen 1970).

    Examples
    --------
    >>> most_facets(5, 2), most_facets(8, 3)  # a pentagon, and 2v − 4
    (5, 12)
    """
    if points <= d:
        return 1
    return comb(points - (d + 1) // 2, points - d) + comb(points - (d + 2) // 2, points - d)
