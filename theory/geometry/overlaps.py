r"""What the overlaps of a large block decide, and which overlaps there can be [D47].

A block of k features of one length in d dimensions has the overlaps u_ij, cosines of its angles.
Where all rows of overlaps are alike, one row says the loss of all:

$$ z_i = b + c\,(x_i + Σ_{j ≠ i} u_{ij} x_j). $$

Rows cannot be chosen freely.  Gegenbauer sums of a set of unit vectors are not negative, and of
degree 1, 2 and 3 they say of the mean row

$$ Σ_{j≠i} u = −1,   Σ_{j≠i} u² = k/d − 1,   Σ_{j≠i} u³ ≥ −1, $$

the first two where interference is least: centred, and tight.  Large positive overlaps are what
costs, so that the cubes are as negative as can be: equality, a spherical 3-design.  With only two
values the three equations leave one row for each k and d.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from ground.checks import FloatArray, as_positive_density, check_at_most, check_sizes
from theory.data_law import feature_variance
from theory.loss.fourier import row

__all__ = [
    "OverlapLaw",
    "TwoOverlaps",
    "cosines",
    "design_sums",
    "overlap_law",
    "row_law",
    "two_overlaps",
]

# (scale, bias): sparse features want long vectors and a bias that silences weak interference.
_STARTS = ((1.1, -0.4), (1.0, -0.1))
_RTOL = 1e-6  # of the Fourier sum of one output
MOST = 2000  # features of a row


@dataclass(frozen=True)
class OverlapLaw:
    """The best scale and bias of a block of which all rows are alike [D47].

    Attributes
    ----------
    density : float
    loss : float
        Of one feature.
    scale, bias : float
        c = ‖W_i‖² and b.
    """

    density: float
    loss: float
    scale: float
    bias: float

    @property
    def saved(self) -> float:
        """Loss saved by one feature against ignoring it."""
        return float(feature_variance(self.density) - self.loss)


@dataclass(frozen=True)
class TwoOverlaps:
    """A row of overlaps with two values that is centred, tight, and of cubes summing to −1 [D47].

    Attributes
    ----------
    larger, smaller : float
        The two values.
    count : float
        Neighbours with the larger one, of k − 1.  A whole number where a code can exist.
    """

    larger: float
    smaller: float
    count: float


def two_overlaps(n_features: int, n_hidden: int) -> TwoOverlaps:
    r"""The row of two overlaps that sums to −1, with squares to k/d − 1 and cubes to −1 [D47].

    .. math:: d (k - d - 1) u^2 + d (d - 1) u = k - 2d

    Parameters
    ----------
    n_features, n_hidden : int
        k and d, d + 1 < k.

    Returns
    -------
    TwoOverlaps

    Raises
    ------
    ValueError
        So few features that a simplex holds them.

    References
    ----------
    Cameron, Goethals and Seidel 1978: strongly regular graphs of which a Krein parameter
    vanishes, which are these codes.

    Examples
    --------
    The 5-demicube, 2_21, and McLaughlin's 275 points in 22 dimensions:

    >>> [round(two_overlaps(k, d).count, 9) for k, d in ((16, 5), (27, 6), (275, 22))]
    [10.0, 16.0, 162.0]
    """
    k, d = check_sizes(n_features, n_hidden)
    if k < d + 2:
        raise ValueError(
            f"n_features must be at least n_hidden + 2, which a simplex does not hold, got {k}"
        )
    slope, constant, lead = map(float, (d * (d - 1), k - 2 * d, d * (k - d - 1)))
    root = float(np.sqrt(slope**2 + 4 * lead * constant))
    # The root near 0 by the product of both, without cancellation.
    smaller = -(slope + root) / (2 * lead)
    larger = -constant / (lead * smaller)
    count = (-1 - (k - 1) * smaller) / (larger - smaller)
    return TwoOverlaps(larger, smaller, float(count))


def overlap_law(n_features: int, n_hidden: int, density: float) -> OverlapLaw:
    r"""Loss of a block whose rows have two overlaps, whether there is such a block or not [D47].

    Parameters
    ----------
    n_features, n_hidden : int
        k and d, d + 1 < k ≤ 2000.
    density : float
        p in (0, 1].

    Returns
    -------
    OverlapLaw
        Between the two whole numbers of neighbours nearest to the count, as straight lines.  A
        benchmark [D47], neither a bound nor a model, except where a strongly regular graph has
        these overlaps.

    Raises
    ------
    ValueError
        As :func:`two_overlaps`; more features than 2000; a density outside (0, 1].

    Examples
    --------
    >>> from theory.geometry.packing import best_block
    >>> law, block = overlap_law(27, 6, 0.05), best_block("2_21 polytope", 0.05)
    >>> bool(abs(law.loss / block.loss - 1) < 1e-5)
    True
    """
    k, _ = check_sizes(n_features, n_hidden)
    check_at_most("n_features", k, MOST, "minutes")
    p = as_positive_density("density", density)
    two = two_overlaps(n_features, n_hidden)
    below = min(int(np.floor(two.count + 1e-9)), k - 2)
    weight = max(0.0, two.count - below)
    ends = [
        row_law(np.repeat([two.larger, two.smaller], [count, k - 1 - count]), p)
        for count in (below, below + 1)
    ]
    mixed = {
        name: (1 - weight) * getattr(ends[0], name) + weight * getattr(ends[1], name)
        for name in ("loss", "scale", "bias")
    }
    return OverlapLaw(p, **mixed)


def row_law(overlaps: Sequence[float] | FloatArray, density: float) -> OverlapLaw:
    """Best scale and bias of a block whose features all have the overlaps given [D47].

    Parameters
    ----------
    overlaps : (k − 1,)
        Cosines of the angles of a feature with the others of its block.
    density : float
        p in (0, 1], not checked.
    """
    slopes = np.concatenate([[1.0], overlaps])
    densities, unit = np.full(len(slopes), density), feature_variance(density)

    def value(point: FloatArray) -> tuple[float, FloatArray]:
        c, b = point
        by_slope, out = np.zeros(len(slopes)), np.zeros(4)
        row(c * slopes, b, 0, densities, 0.0, 1.0, _RTOL, by_slope, out)
        return float(out[0]) / unit, np.array([by_slope @ slopes, out[1]]) / unit

    found = [
        minimize(
            value,
            np.array(start),
            jac=True,
            method="L-BFGS-B",
            bounds=[(1e-3, 10.0), (-10.0, 1.0)],
            options={"ftol": 1e-9, "gtol": 1e-6, "maxiter": 60},
        )
        for start in _STARTS
    ]
    best = min(found, key=lambda end: end.fun)
    return OverlapLaw(density, float(best.fun) * unit, float(best.x[0]), float(best.x[1]))


def cosines(W: FloatArray) -> FloatArray:
    """Of the angles of each feature with the others, in rising order: (k, k − 1)."""
    V = W / np.linalg.norm(W, axis=0)
    U = V.T @ V
    k = len(U)
    return np.sort(U[~np.eye(k, dtype=bool)].reshape(k, k - 1), axis=1)


def design_sums(W: FloatArray) -> tuple[float, float, float]:
    """Mean over the rows of Σ u, Σ u² and Σ u³ of a block's overlaps, each from j ≠ i [D47].

    −1, k/d − 1 and −1 of a spherical 3-design.

    Examples
    --------
    >>> square = np.array([[1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0]])
    >>> [round(total, 9) for total in design_sums(square)]
    [-1.0, 1.0, -1.0]
    """
    u = cosines(W)
    first, second, third = (float((u**power).sum(axis=1).mean()) for power in (1, 2, 3))
    return first, second, third
