"""Which lines have their square in a span of symmetric matrices: the subspace power method.

‖P s(u)‖² for the projector P onto the span is at most 1, and 1 only where s(u) lies in it.  Climbs
from many starts find all such u; if they find more than the span has dimensions, the squares of
the lines that made it are dependent, and nothing tells them from others.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from numeric.recovery.fourth_cumulants import symmetric_squares

__all__ = ["squares_in_span"]

CLIMBS = 300  # steps at most
STARTS = 12  # for each dimension of the span
SETTLED = 1e-9
WITHIN = 0.1  # squared sine between s(u) and the span: an estimated span is off by as much
SAME = 0.98  # |cosine| of two directions taken for one line: 11°


def squares_in_span(span: FloatArray, size: int, rng: np.random.Generator) -> FloatArray:
    """Unit vectors whose squares lie in the span, one a line, best first.

    Parameters
    ----------
    span : (d, r)
        Orthonormal columns over symmetric pairs of `size` dimensions.
    size : int
        m, with d = m(m + 1)/2.
    rng : Generator
        Draws starts.

    Returns
    -------
    ndarray (lines, m)
        No more than r + 1: one more is proof enough that the span does not tell.
    """
    rank = span.shape[1]
    if not rank:
        return np.empty((0, size))
    points = _unit(rng.normal(size=(max(24, STARTS * rank), size)))
    for _ in range(CLIMBS):
        # The gradient; half the point itself added makes each step climb.
        climbed = np.einsum("sab,sb->sa", _matrices(points, span), points) + points / 2
        points, before = _unit(climbed), points
        if np.abs(points - before).max() < SETTLED:
            break
    height = np.sum((symmetric_squares(points) @ span) ** 2, axis=1)
    found: list[int] = []
    for place in np.argsort(-height):
        if height[place] < 1 - WITHIN or len(found) > rank:
            break
        if all(abs(points[place] @ points[other]) < SAME for other in found):
            found.append(int(place))
    return np.asarray(points[found])


def _matrices(points: FloatArray, span: FloatArray) -> FloatArray:
    """Projections of the points' squares onto the span, as symmetric matrices."""
    flat = symmetric_squares(points) @ span @ span.T
    m = points.shape[1]
    a, b = np.triu_indices(m)
    square = np.zeros((len(points), m, m))
    square[:, a, b] = flat * np.where(a == b, 1.0, np.sqrt(0.5))
    square[:, b, a] = square[:, a, b]
    return square


def _unit(vectors: FloatArray) -> FloatArray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
