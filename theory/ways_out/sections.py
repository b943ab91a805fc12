r"""Parts of the unit cube that half-spaces cut out: volume and second moments, to 1e-6.

$$ \{x ∈ [0, 1]^k : A x ≤ c\} $$

Its corners come from Qhull, which wants a point inside: the centre of the largest ball, from a
linear programme.  The part is then a fan of simplices about that point, over each of which a
square is integrated in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np

from ground.checks import FloatArray

__all__ = ["Section", "section"]

# Radius of the largest ball below which a part counts as empty: thinner ones Qhull cannot tell
# from none, and their volume is at most some k times as much.
THIN = 1e-7
SLACK = 1e-12


@dataclass(frozen=True, eq=False)
class Section:
    """A convex part of [0, 1]^k as simplices.

    Attributes
    ----------
    corners : (simplices, k + 1, k)
    volumes : (simplices,)
    """

    corners: FloatArray
    volumes: FloatArray

    @property
    def volume(self) -> float:
        """Its volume; that of a point, without coordinates, is 1."""
        return float(self.volumes.sum())

    def mean_square(self, A: FloatArray, c: FloatArray) -> float:
        r"""∫ |A x + c|² over the part, for A (rows, k) and c (rows,).

        .. math:: \int_\Delta |f|^2 = \frac{|\Delta|}{(k+1)(k+2)}
                  \Big( \sum_v |f(v)|^2 + \big| \sum_v f(v) \big|^2 \Big)

        for a linear f and the corners v of a simplex.
        """
        if not self.volumes.size:
            return 0.0
        at = self.corners @ A.T + c
        k = self.corners.shape[-1]
        squares = (at**2).sum(axis=(1, 2)) + (at.sum(axis=1) ** 2).sum(axis=1)
        return float(self.volumes @ squares / ((k + 1) * (k + 2)))


def section(A: FloatArray, c: FloatArray, k: int) -> Section:
    """The part of the cube where A x ≤ c, A (rows, k).

    Examples
    --------
    >>> round(section(np.array([[1.0, 1.0]]), np.array([0.5]), 2).volume, 12)
    0.125
    """
    least, most = np.minimum(A, 0).sum(axis=1), np.maximum(A, 0).sum(axis=1)
    if (least > c + SLACK).any():
        return _empty(k)
    cutting = most > c + SLACK
    A, c = A[cutting], c[cutting]
    if k == 0:
        return Section(np.zeros((1, 1, 0)), np.ones(1))
    if k == 1:
        return _interval(A[:, 0], c)
    half_spaces = np.vstack(
        [
            np.column_stack([A, -c]),
            np.column_stack([-np.eye(k), np.zeros(k)]),
            np.column_stack([np.eye(k), -np.ones(k)]),
        ]
    )
    half_spaces /= np.linalg.norm(half_spaces[:, :-1], axis=1, keepdims=True)
    centre, radius = _largest_ball(half_spaces)
    if radius < THIN:
        return _empty(k)
    from scipy.spatial import ConvexHull, HalfspaceIntersection

    hull = ConvexHull(HalfspaceIntersection(half_spaces, centre).intersections)
    faces = hull.points[hull.simplices]
    corners = np.concatenate([np.broadcast_to(centre, (len(faces), 1, k)), faces], axis=1)
    volumes = np.abs(np.linalg.det(faces - centre)) / factorial(k)
    return Section(corners, volumes)


def _interval(slope: FloatArray, c: FloatArray) -> Section:
    low = max((c[slope < 0] / slope[slope < 0]).max(initial=0.0), 0.0)
    high = min((c[slope > 0] / slope[slope > 0]).min(initial=1.0), 1.0)
    if high - low < THIN:
        return _empty(1)
    return Section(np.array([[[low], [high]]]), np.array([high - low]))


def _largest_ball(half_spaces: FloatArray) -> tuple[FloatArray, float]:
    """Centre and radius of the largest ball inside unit half-spaces; −1 where none is."""
    from scipy.optimize import linprog

    normal = half_spaces[:, :-1]
    k = normal.shape[1]
    rows = np.column_stack([normal, np.ones(len(normal))])
    cost = np.zeros(k + 1)
    cost[-1] = -1.0
    found = linprog(cost, A_ub=rows, b_ub=-half_spaces[:, -1], bounds=(None, None), method="highs")
    if not found.success or found.x is None:
        return np.zeros(k), -1.0
    return np.asarray(found.x[:k]), float(found.x[k])


def _empty(k: int) -> Section:
    return Section(np.zeros((0, k + 1, k)), np.zeros(0))
