"""Which polytope is this?  Directions held against every named shape, whatever their order.

Two arrangements are the same up to rotation and reflection exactly when their Gram matrices are
the same, so what is left is to find the order: a quadratic assignment.  All named shapes have
vertices that look alike, and all are tight frames or become one when their span is whitened
(which fixes a free height or share).  So a first feature may stand at the first vertex; a few
more, as many as dimensions, are found by their inner products; they fix the rotation, and the
rotation the order of all: a linear assignment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Any

import numpy as np

from ground.checks import FloatArray
from theory.polytopes.arrangements import SHAPES
from theory.polytopes.shapes import LARGEST, Shape, named_shapes

__all__ = ["LARGEST", "NAMED_WITHIN", "Match", "dimensions_of", "matches", "recognise"]

NAMED_WITHIN = 0.2  # relative distance of Gram matrices up to which a name is given
FLAT_BELOW = 0.25  # singular values below this share of the largest one are noise
_DEARER = 1.5  # how much nearer a shape with a free parameter must be
_STARTS = 60  # bases tried before a shape is given up
_BRANCHES = 4  # features tried at each vertex of a base
_TURNS = 6  # assignments from one base


@dataclass(frozen=True)
class Match:
    """The polytope nearest to some directions.

    Attributes
    ----------
    name : str
    dimension : int
        Of the polytope.
    distance : float
        ‖Ĝ − PᵀG₀P‖ / ‖G₀‖ (Frobenius), with Ĝ the Gram matrix of the directions, G₀ that of the
        polytope and P the best order found; without an order, a proved lower bound.
    order : tuple of int or None
        order[v] is the feature at vertex v; None where the distance is above the threshold.
    shape : Shape or None
        What the name stands for.
    free : float or None
        Its free shape, where it has one.
    """

    name: str
    dimension: int
    distance: float
    order: tuple[int, ...] | None
    shape: Shape | None = None
    free: float | None = None


def recognise(directions: FloatArray, *, named_within: float = NAMED_WITHIN) -> Match | None:
    r"""Name the polytope that unit columns form, up to rotation, reflection and order.

    With no column off by more than ε (as ‖δ_i‖ for unit columns) from a tight polytope in d
    dimensions, the distance is at most 2ε + √d ε²: noise up to 4 % stays below 0.1.

    Parameters
    ----------
    directions : array (m, k)
        Unit columns.
    named_within : float
        Largest relative distance of Gram matrices that still earns the name.

    Returns
    -------
    Match or None
        The nearest polytope of the dimension that the directions have, with `order` None if it
        is farther than the threshold; None where no polytope has k vertices in as many dimensions.
    """
    found = matches(directions, named_within=named_within)

    # A free shape is never farther than its members that have names of their own: it must be
    # nearer by more than one parameter explains.
    def size(match: Match) -> tuple[bool, float]:
        return match.order is None, (match.distance + 1e-9) * (1 if match.free is None else _DEARER)

    return min(found, key=size, default=None)


def matches(
    directions: FloatArray, *, named_within: float = NAMED_WITHIN, sure: bool = False
) -> list[Match]:
    """Every named shape of k vertices in the dimension of the directions, and its distance.

    Parameters
    ----------
    sure : bool
        Leave out what has no order.
    """
    k = directions.shape[1]
    if k > LARGEST:
        return []
    d, whitened = dimensions_of(directions)
    gram = directions.T @ directions
    found = []
    for shape in named_shapes(k):
        if shape.dimension != d:
            continue
        bound = _lower_bound(gram, shape)
        order = _order(whitened, shape) if bound <= named_within else None
        free = None
        if order is not None:
            turned = [tuple(order[i] for i in turn) for turn in shape.turns] or [order]
            fits = [(*_fitted(gram[np.ix_(turn, turn)], shape), turn) for turn in turned]
            free, distance, order = min(fits, key=lambda fit: fit[1])
            bound, order = (distance, order) if distance <= named_within else (bound, None)
        if order is not None or not sure:
            found.append(Match(shape.name, d, bound, order, shape, free))
    return found


def dimensions_of(directions: FloatArray) -> tuple[int, FloatArray]:
    """How many dimensions the columns span but for noise; and the columns, whitened there.

    Whitening makes a tight frame of them: free heights and shares become those of a tight frame.
    """
    sizes, axes = np.linalg.eigh(directions.T @ directions)
    d = int(np.sum(sizes >= FLAT_BELOW**2 * sizes[-1]))
    rows = axes[:, ::-1].T[:d]
    return d, rows / np.maximum(np.linalg.norm(rows, axis=0), 1e-12)


def _lower_bound(gram: FloatArray, shape: Shape) -> float:
    """No order brings the matrices closer than their spectra, nor than their sorted rows.

    The first is the theorem of Hoffman and Wielandt; for the second, all rows of the shape are
    alike, and the entries of two rows match best in order of size.  With a free shape both are
    bounded over a net of it only, less what the shape can do between two points of the net.
    """
    ideals, slack = _nets(shape)
    sizes, rows = np.linalg.eigvalsh(gram), np.sort(gram, axis=1)
    bounds = []
    for spectrum, row, norm in ideals:
        unlike = 0.0 if shape.kind == "free" else float(np.linalg.norm(rows - row))
        apart = float(np.linalg.norm(sizes - spectrum)), unlike
        bounds.append((max(apart) - slack) / norm)
    return max(0.0, min(bounds))


@lru_cache(maxsize=512)
def _nets(shape: Shape) -> tuple[list[tuple[Any, Any, float]], float]:
    """Spectrum, sorted first row and norm along a free shape; how far shapes between are."""
    points = np.linspace(*SHAPES, 17) if shape.tight is not None else np.array([0.5])
    grams = [shape.gram_of(float(t)) for t in points]
    slack = float(np.linalg.norm(grams[1] - grams[0])) / 2 if len(grams) > 1 else 0.0
    return [(np.linalg.eigvalsh(g), np.sort(g[0]), float(np.linalg.norm(g))) for g in grams], slack


def _fitted(gram: FloatArray, shape: Shape) -> tuple[float | None, float]:
    """The free shape that fits best, linear as the Gram matrix is, and the distance from it."""
    if shape.tight is None:
        ideal, free = shape.gram, None
    else:
        start = shape.gram_of(0.0)
        way = shape.gram_of(1.0) - start
        free = float(np.clip(np.sum(way * (gram - start)) / np.sum(way**2), *SHAPES))
        ideal = shape.gram_of(free)
    return free, float(np.linalg.norm(gram - ideal) / np.linalg.norm(ideal))


def _order(columns: FloatArray, shape: Shape) -> tuple[int, ...] | None:
    """Which column stands at which vertex; columns (d, k) are whitened."""
    k = shape.n_vertices
    if shape.kind == "simplex":
        return tuple(range(k))
    if shape.kind == "polygon":
        return _around(columns)
    best, least = None, np.inf
    base = _base(shape)
    inner, ideal = columns.T @ columns, shape.whitened.T @ shape.whitened
    # Vertices that look alike leave one choice for the first; of a free block all are tried.
    firsts = range(k) if shape.kind == "free" else range(1)
    bases = chain.from_iterable(
        islice(_bases(inner, ideal, base, first), _STARTS if len(firsts) == 1 else _STARTS // 3)
        for first in firsts
    )
    for chosen in bases:
        order, distance = _settled(columns, shape.whitened, base, chosen)
        if distance < least:
            best, least = order, distance
            if least < 0.25 * k * _gap(shape):  # no other order can be nearer
                break
    return None if best is None else tuple(int(i) for i in best)


def _around(columns: FloatArray) -> tuple[int, ...]:
    """Around the circle, from the first column on."""
    turn = np.arctan2(columns[1], columns[0])
    order = [int(i) for i in np.argsort(turn)]
    first = order.index(0)
    return tuple(order[first:] + order[:first])


@lru_cache(maxsize=512)
def _base(shape: Shape) -> tuple[int, ...]:
    """As many independent vertices as dimensions, each as near to those before as can be."""
    base = [0]
    while len(base) < shape.dimension:
        nearness = shape.gram[base].sum(axis=0)
        for v in np.argsort(-nearness, kind="stable"):
            trial = shape.gram[np.ix_([*base, v], [*base, v])]
            if v not in base and np.linalg.eigvalsh(trial)[0] > 1e-6:
                base.append(int(v))
                break
    return tuple(base)


@lru_cache(maxsize=512)
def _gap(shape: Shape) -> float:
    """Squared distance of two neighbours, over 16: half of what an exchange of them costs."""
    nearest = np.max(shape.gram - 2 * np.eye(shape.n_vertices))
    return float(2 - 2 * nearest) / 16


def _bases(
    gram: FloatArray, ideal: FloatArray, base: tuple[int, ...], first: int
) -> Iterator[list[int]]:
    """Columns that could stand at the base: depth first, best inner products first."""
    stack: list[list[int]] = [[first]]
    while stack:
        chosen = stack.pop()
        place = len(chosen)
        if place == len(base):
            yield chosen
            continue
        wanted = ideal[base[place], list(base[:place])]
        errors = np.abs(gram[:, chosen] - wanted).max(axis=1)
        errors[chosen] = np.inf
        for i in np.argsort(errors, kind="stable")[:_BRANCHES][::-1]:
            if np.isfinite(errors[i]):
                stack.append([*chosen, int(i)])


def _settled(
    columns: FloatArray, vertices: FloatArray, base: tuple[int, ...], chosen: list[int]
) -> tuple[FloatArray, float]:
    """Rotation and order in turns, from a base on, until the order stays."""
    from scipy.optimize import linear_sum_assignment  # a third of a second that few need

    order, here, there = np.array(chosen), list(base), columns[:, chosen]
    for _ in range(_TURNS):
        left, _, right = np.linalg.svd(there @ vertices[:, here].T)
        agreement = (left @ right @ vertices).T @ columns
        _, found = linear_sum_assignment(-agreement)
        if len(found) == len(order) and np.array_equal(found, order):
            break
        order, here, there = found, list(range(len(found))), columns[:, found]
    inner = np.linalg.svd(columns[:, order] @ vertices.T, compute_uv=False).sum()
    return order, float(2 * len(order) - 2 * inner)
