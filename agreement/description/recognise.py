"""Which polytope is this?  Directions held against Gram matrices, whatever their order.

Two arrangements are the same up to rotation and reflection exactly when their Gram matrices are
the same, so what is left is to find the order: a quadratic assignment.  Spectra and sorted rows
bound the distance from below and rule out most names; a depth-first search then finds the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import linear_sum_assignment

from ground.checks import FloatArray
from theory.polytopes.catalogue import catalogue
from theory.polytopes.regular import Polytope

NAMED_WITHIN = 0.2  # relative distance of Gram matrices up to which a name is given
LARGEST = 24  # features in a factor up to which a name is sought
_NODES = 20_000  # partial orders tried before the search gives up


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
    """

    name: str
    dimension: int
    distance: float
    order: tuple[int, ...] | None


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
        The nearest polytope, with `order` None if it is farther than the threshold; None
        where none has k vertices or k > 24.
    """
    k = directions.shape[1]
    if k > LARGEST:
        return None
    gram = directions.T @ directions
    matches = []
    for known, ideal in _ideals(k):
        size = float(np.linalg.norm(ideal))
        bound = _lower_bound(gram, ideal) / size
        order = _search(gram, ideal, named_within * size) if bound <= named_within else None
        if order is not None:
            bound = float(np.linalg.norm(gram[np.ix_(order, order)] - ideal)) / size
        matches.append(Match(known.name, known.dimension, bound, order))
    return min(matches, key=lambda match: (match.order is None, match.distance), default=None)


@lru_cache
def _ideals(n_vertices: int) -> tuple[tuple[Polytope, FloatArray], ...]:
    return tuple(
        (known, np.array(known.gram.evalf(20), dtype=np.float64)) for known in catalogue(n_vertices)
    )


def _lower_bound(gram: FloatArray, ideal: FloatArray) -> float:
    """No order brings the matrices closer than their spectra, nor than their sorted rows.

    The first is the theorem of Hoffman and Wielandt; for the second, rows can at best be matched
    as wholes, and the entries of two rows at best in order of size.
    """
    spectra = np.linalg.norm(np.linalg.eigvalsh(gram) - np.linalg.eigvalsh(ideal))
    rows, ideal_rows = np.sort(gram, axis=1), np.sort(ideal, axis=1)
    costs = np.sum((rows[:, None] - ideal_rows[None]) ** 2, axis=-1)
    profiles = np.sqrt(costs[linear_sum_assignment(costs)].sum())
    return float(max(spectra, profiles))


def _search(gram: FloatArray, ideal: FloatArray, limit: float) -> tuple[int, ...] | None:
    """An order that brings gram within `limit` of ideal: depth first, cheapest step first."""
    k = len(gram)
    stack: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for _ in range(_NODES):
        if not stack:
            return None
        cost, order = stack.pop()
        if len(order) == k:
            return _improved(gram, ideal, order)
        vertex = len(order)
        left = np.setdiff1d(np.arange(k), order)
        errors = gram[left][:, list(order)] - ideal[vertex, :vertex]
        diagonal = (gram[left, left] - ideal[vertex, vertex]) ** 2
        costs = cost + 2 * np.sum(errors**2, axis=1) + diagonal
        for choice in np.argsort(-costs, kind="stable"):
            if costs[choice] <= limit**2:
                stack.append((float(costs[choice]), (*order, int(left[choice]))))
    return None


def _improved(gram: FloatArray, ideal: FloatArray, order: tuple[int, ...]) -> tuple[int, ...]:
    """Exchange two features while that brings the matrices closer."""
    best = list(order)
    distance = np.linalg.norm(gram[np.ix_(best, best)] - ideal)
    improving = True
    while improving:
        improving = False
        for i in range(len(best)):
            for j in range(i):
                trial = best.copy()
                trial[i], trial[j] = trial[j], trial[i]
                closer = np.linalg.norm(gram[np.ix_(trial, trial)] - ideal)
                if closer < distance * (1 - 1e-12):
                    best, distance, improving = trial, closer, True
    return tuple(best)
