"""Exact loss of one feature of a symmetric arrangement, its neighbours taken in groups [D14].

In a vertex-transitive polytope every row of G = c·(Gram matrix) is the same up to order, and few
different inner products occur in it.  The recursion of :mod:`theory.loss.clipped_cube` then needs
one face for each way to split every *group* of equal slopes into low, high and uniform members,
instead of 3ⁿ faces: 18 225 for the 24-cell, whose 3²⁴ could never be listed.  Where groups are
many and even these faces are, the sum of :mod:`theory.loss.fourier` takes over.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, comb

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.fourier import row as fourier_row

Integers = NDArray[np.int64]

MOST_FACES = 60_000  # some milliseconds; with more the Fourier sum is quicker
SUM_RTOL = 1e-9
EXACT, SUMMED = 1e-13, 3e-9  # accuracy of a loss in units of the loss at stake


class Faces(NamedTuple):
    """Every split of every group; the target, alone in its group, comes first.

    Attributes
    ----------
    uniform, high : (n_faces, n_groups)
        Members still uniform, and members fixed at 1; the others are inactive.
    lower, upper : (n_faces, n_groups)
        Index of the face where one uniform member of that group is fixed at 0, or at 1.
    ways : (n_faces,)
        Patterns of active features that a face without high members stands for, else 0.
    """

    uniform: Integers
    high: Integers
    lower: Integers
    upper: Integers
    ways: FloatArray


def row_loss(
    inner_products: FloatArray, sizes: tuple[int, ...], scale: float, bias: float, density: float
) -> tuple[float, float, float]:
    r"""Expected squared error of one feature, and its derivatives by scale and bias [D14].

    .. math:: \ell(c, b) = E[(x_0 - (b + c\,x_0 + c \sum_g q_g \sum_{j \in g} x_j)_+)^2]

    Parameters
    ----------
    inner_products : (n_groups,)
        q_g, the different inner products of the feature's unit vector with its neighbours'.
    sizes : (n_groups,) ints
        How many neighbours have each.
    scale : float
        c = ‖W_i‖² > 0, the same for all features.
    bias, density : float

    Returns
    -------
    loss, by_scale, by_bias : float

    Examples
    --------
    A dedicated feature loses nothing; one of an antipodal pair loses p² E[min(x, y)²] = p²/6:

    >>> row_loss(np.array([]), (), 1.0, 0.0, 0.5)[0]
    0.0
    >>> loss, _, _ = row_loss(np.array([-1.0]), (1,), 1.0, 0.0, 0.5)
    >>> round(loss, 12) == round(0.25 / 6, 12)
    True
    """
    loss, by_scale, by_bias, _ = _row(inner_products, sizes, scale, bias, density, None)
    return loss, by_scale, by_bias


def row_gradient(
    inner_products: FloatArray,
    sizes: tuple[int, ...],
    scale: float,
    bias: float,
    density: float,
    turn: FloatArray,
) -> tuple[float, float, float, float]:
    r"""The same, and the derivative along a change of the inner products [D14].

    .. math:: \frac{d}{dt} \ell(q + t \dot q)
       = -2 c\, E\Big[(x_0 - z) 1_{z > 0} \sum_g \dot q_g \sum_{j \in g} x_j\Big]

    Parameters
    ----------
    inner_products, sizes, scale, bias, density
        As in :func:`row_loss`.
    turn : (n_groups,)
        How fast the inner products change.

    Returns
    -------
    loss, by_scale, by_bias, by_turn : float

    Examples
    --------
    An antipodal pair that opens: E[min(x, Qy)²] falls with Q by p²/6.

    >>> *_, by_turn = row_gradient(np.array([-1.0]), (1,), 1.0, 0.0, 0.5, np.ones(1))
    >>> round(by_turn, 12) == round(-0.25 / 6, 12)
    True
    """
    return _row(inner_products, sizes, scale, bias, density, turn)


def exact_faces(sizes: tuple[int, ...]) -> bool:
    """Whether a row with groups of these sizes is summed over faces, exact but for rounding."""
    return _n_faces(sizes) <= MOST_FACES


@lru_cache(maxsize=256)
def _n_faces(sizes: tuple[int, ...]) -> int:
    return 3 * int(np.prod([(size + 1) * (size + 2) // 2 for size in sizes], dtype=np.int64))


def _row(
    inner_products: FloatArray,
    sizes: tuple[int, ...],
    scale: float,
    bias: float,
    density: float,
    turn: FloatArray | None,
) -> tuple[float, float, float, float]:
    if not exact_faces(sizes):
        return _summed(inner_products, sizes, scale, bias, density, turn)
    groups, active = _counted((1, *sizes), _most_active(1 + sum(sizes), density))
    slopes = np.empty(1 + len(sizes))
    slopes[0] = scale
    slopes[1:] = scale * inner_products
    moves = np.zeros(len(slopes) if turn is not None else 0)
    moves[1:] = turn if turn is not None else 0.0
    chances = density ** np.arange(2 + sum(sizes)) * (1.0 - density) ** np.arange(
        1 + sum(sizes), -1, -1
    )
    moments = _moments(slopes, bias, groups, groups.ways * chances[active], moves)
    square, product, first, clipped, turned = moments
    # z − b = c·∂z/∂c and z = x − u: the derivative needs no moment of its own.
    by_scale = -2.0 * (product - square - bias * first) / scale
    return square + clipped, by_scale, -2.0 * first, -2.0 * scale * turned


def _summed(
    inner_products: FloatArray,
    sizes: tuple[int, ...],
    scale: float,
    bias: float,
    density: float,
    turn: FloatArray | None,
) -> tuple[float, float, float, float]:
    slopes = np.append(scale, scale * np.repeat(inner_products, sizes))
    p = np.full(len(slopes), density)
    by_slope, found = np.empty(len(slopes)), np.empty(4)
    fourier_row(slopes, bias, 0, p, 0.0, 1.0, SUM_RTOL, by_slope, found)
    loss, by_bias = float(found[0]), float(found[1])
    by_turn = 0.0 if turn is None else scale * float(by_slope[1:] @ np.repeat(turn, sizes))
    return loss, float(by_slope @ slopes) / scale, by_bias, by_turn


@lru_cache(maxsize=4096)
def _most_active(n_features: int, density: float) -> int:
    """Least K that n features exceed with a chance below 1e-16 p²: a loss goes as p² at least."""
    counts = np.arange(n_features + 1)
    return int(np.argmax(bdtrc(counts, n_features, density) <= 1e-16 * density**2))


@lru_cache(maxsize=256)
def _counted(sizes: tuple[int, ...], most: int) -> tuple[Faces, Integers]:
    """Faces, and how many members of each are uniform."""
    found = faces(sizes, most)
    active = found.uniform.sum(axis=1)
    active.setflags(write=False)
    return found, active


@lru_cache(maxsize=256)
def faces(sizes: tuple[int, ...], most: int) -> Faces:
    """Faces with at most that many features active, each after those that it is reduced to."""
    splits = [
        np.array([(u, h) for u in range(size + 1) for h in range(size - u + 1)]) for size in sizes
    ]
    counts = [len(split) for split in splits]
    places = np.stack(np.unravel_index(np.arange(np.prod(counts)), counts), axis=1)
    strides = np.append(np.cumprod(counts[::-1])[::-1][1:], 1)
    uniform, high = (
        np.stack([split[places[:, g], part] for g, split in enumerate(splits)], axis=1)
        for part in (0, 1)
    )
    # Within a group faces go by (u, h), so (u − 1, h) lies size − u + 2 places before (u, h).
    back = (np.array(sizes) - uniform + 2) * strides
    index = np.arange(len(places))[:, None]
    ways = np.prod(comb(np.array(sizes), uniform), axis=1) * (high.sum(axis=1) == 0)
    kept = (uniform + high).sum(axis=1) <= most
    place = np.where(kept, np.cumsum(kept) - 1, 0)
    # Where no member is uniform there is no face to reduce to, and the index is never read.
    lower, upper = (
        place[np.where(uniform > 0, to, 0)][kept] for to in (index - back, index - back + strides)
    )
    result = Faces(uniform[kept], high[kept], lower, upper, ways[kept])
    for table in result:
        table.setflags(write=False)
    return result


@compiled()
def _moments(
    slopes: FloatArray, bias: float, groups: Faces, weights: FloatArray, moves: FloatArray
) -> tuple[float, float, float, float, float]:
    """E[u² 1], E[u x 1], E[u 1] where z > 0, E[x² 1] where z < 0; u = x − z, x the target.

    And E[u y 1] where z > 0, y = Σ_g moves_g Σ_{j in g} x_j, unless `moves` is empty.
    """
    uniform, high, lower, upper, _ = groups
    n_faces, n_groups = uniform.shape
    moving = len(moves) > 0
    width = 10 if moving else 8
    # For each face: E[u²1], E[u 1], E[1], E[x 1], E[x u 1] with z > 0; E[x²1], E[x 1], E[1], z < 0;
    # and E[y 1], E[y u 1] with z > 0.
    table = np.zeros((n_faces, width))
    square, product, first, clipped, turned = 0.0, 0.0, 0.0, 0.0, 0.0
    for s in range(n_faces):
        row = table[s]
        z_min, z_max, centre, spread, free = bias, bias, bias, 0.0, 0
        y, y_spread = 0.0, 0.0
        for g in range(n_groups):
            a, k = slopes[g], uniform[s, g]
            fixed = a * high[s, g]
            free += k
            z_min += fixed + min(a, 0.0) * k
            z_max += fixed + max(a, 0.0) * k
            centre += fixed + 0.5 * a * k
            if g > 0:
                spread += a * a * k
                if moving:
                    y += moves[g] * (high[s, g] + 0.5 * k)
                    y_spread -= moves[g] * a * k
        x = 0.5 if uniform[s, 0] else 1.0 * high[s, 0]
        x_spread = uniform[s, 0] / 12.0
        if z_max <= 0.0:
            row[5], row[6], row[7] = x * x + x_spread, x, 1.0
        elif z_min >= 0.0:
            u, own = x - centre, 1.0 - slopes[0]
            row[0] = u * u + spread / 12.0 + own * own * x_spread
            row[1], row[2], row[3] = u, 1.0, x
            row[4] = x * u + own * x_spread
            if moving:
                row[8] = y
                row[9] = y * u + y_spread / 12.0
        else:
            up = z_max / (z_max - z_min)
            down = 1.0 - up
            y = 0.0
            for g in range(n_groups):
                k = uniform[s, g]
                if moving:
                    y += moves[g] * (high[s, g] + k * (down if slopes[g] >= 0.0 else up))
                if k:
                    to_high = k * (up if slopes[g] >= 0.0 else down)
                    to_low = k - to_high
                    above, below = table[upper[s, g]], table[lower[s, g]]
                    for m in range(width):
                        row[m] += to_high * above[m] + to_low * below[m]
            # The target's coordinate of the point of the face's diagonal where z = 0.
            t = down if uniform[s, 0] else 1.0 * high[s, 0]
            row[2] /= free
            row[1] = (row[1] + t * row[2]) / (free + 1)
            row[0] = (row[0] + 2.0 * t * row[1]) / (free + 2)
            row[3] = (row[3] + t * row[2]) / (free + 1)
            row[4] = (row[4] + t * row[1] + t * row[3]) / (free + 2)
            row[7] /= free
            row[6] = (row[6] + t * row[7]) / (free + 1)
            row[5] = (row[5] + 2.0 * t * row[6]) / (free + 2)
            if moving:
                row[8] = (row[8] + y * row[2]) / (free + 1)
                row[9] = (row[9] + y * row[1] + t * row[8]) / (free + 2)
        square += weights[s] * row[0]
        product += weights[s] * row[4]
        first += weights[s] * row[1]
        clipped += weights[s] * row[5]
        if moving:
            turned += weights[s] * row[9]
    return square, product, first, clipped, turned
