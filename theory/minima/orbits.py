"""Minima up to symmetry: one for each orbit of rotations and exchanges of equal features [D03].

Neither changes a loss, so descents from many starts end at many copies of few minima.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.structure import IGNORED_BELOW, ORTHOGONAL_BELOW, Structure, structure_of
from theory.minima.descent import Descent


@dataclass(frozen=True, eq=False)
class Minimum:
    """One local minimum, up to symmetry.

    Attributes
    ----------
    loss : float
    W : (m, n)
    b : (n,)
        Canonical: rotated to a triangle, equal features in the order of `structure`.
    structure : Structure
    count : int
        How many starts reached it.
    curvature : float
        Smallest Hessian eigenvalue over the largest, rotations left out; NaN if not computed.
    """

    loss: float
    W: FloatArray
    b: FloatArray
    structure: Structure
    count: int
    curvature: float


def groups(density: FloatArray, importance: FloatArray) -> np.ndarray:
    """Label of each feature; equal features, which may be exchanged, share one."""
    both = np.stack([density, importance], axis=1)
    return np.unique(both, axis=0, return_inverse=True)[1].ravel()


def distinct(
    ended: Descent,
    density: FloatArray,
    importance: FloatArray,
    counts: NDArray[np.int64] | None = None,
) -> tuple[Minimum, ...]:
    """Local minima among the ends of descents, one for each orbit, best first.

    Parameters
    ----------
    counts : int array (B,), optional
        How many starts each end stands for; None: one.
    """
    stands = np.ones(len(ended.loss), dtype=np.int64) if counts is None else counts
    label = groups(density, importance)
    kept = np.flatnonzero(ended.converged)
    order = kept[np.argsort(ended.loss[kept], kind="stable")]
    scale = float((importance * density).sum()) or 1.0
    found: list[tuple[FloatArray, int, int]] = []  # invariants, representative, count
    for k in order:
        mark = invariants(ended.W[k], ended.b[k], label)
        for at, (other, first, count) in enumerate(found):
            same_loss = ended.loss[k] - ended.loss[first] <= 1e-8 * (ended.loss[k] + 1e-6 * scale)
            if same_loss and np.allclose(mark, other, atol=2e-4, rtol=0.0):
                found[at] = (other, first, count + int(stands[k]))
                break
        else:
            found.append((mark, int(k), int(stands[k])))
    minima = []
    for _, k, count in found:
        W, b = canonical(ended.W[k], ended.b[k], label)
        minima.append(
            Minimum(float(ended.loss[k]), W, b, structure(W), count, float(ended.curvature[k]))
        )
    return tuple(minima)


def invariants(W: FloatArray, b: FloatArray, label: np.ndarray) -> FloatArray:
    """Numbers that do not change under rotation and exchange of equal features."""
    G = W.T @ W
    parts = []
    for g in range(label.max() + 1):
        mine = label == g
        parts += [np.sort(np.diag(G)[mine]), np.sort(b[mine])]
        parts += [np.sort(G[np.ix_(mine, label == h)].ravel()) for h in range(label.max() + 1)]
        parts += [np.sort((G**2).sum(0)[mine]), np.sort((G @ b)[mine])]
    return np.concatenate(parts)


def canonical(W: FloatArray, b: FloatArray, label: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Representative of an orbit: equal features in the order of their structure, W triangular."""
    order = canonical_order(W, label)
    return rotated(W[:, order]), b[order]


def canonical_order(W: FloatArray, label: np.ndarray) -> np.ndarray:
    """The order of features in a representative: an exchange of equal ones, (n,).

    Among the exchanges of equal features that give the structure its canonical name, the one
    with the lexicographically largest diagonal and entries of G is taken.  Past seven equal
    features, none is made.
    """
    n = W.shape[1]
    members = [np.flatnonzero(label == g) for g in range(label.max() + 1)]
    if not 1 < max(map(len, members)) <= 7:
        return np.arange(n)
    G = W.T @ W
    wanted = canonical_name(structure(W), tuple(int(g) for g in label))
    best: tuple[tuple[float, ...], np.ndarray] | None = None
    for choice in product(*(permutations(group) for group in members)):
        order = np.empty(n, dtype=int)
        for group, shuffled in zip(members, choice, strict=True):
            order[group] = shuffled
        moved = G[np.ix_(order, order)]
        key = (*np.round(np.diag(moved), 5), *np.round(moved[np.triu_indices(n, 1)], 5))
        if (best is None or key > best[0]) and structure(W[:, order]) == wanted:
            best = (key, order)
    return np.arange(n) if best is None else best[1]


def structure(W: FloatArray) -> Structure:
    """``ground.structure.structure_of``, remembered by the links that decide it."""
    norms = np.linalg.norm(W, axis=0)
    kept = norms >= IGNORED_BELOW
    directions = W[:, kept] / norms[kept]
    links = np.abs(directions.T @ directions) >= ORTHOGONAL_BELOW
    key = (len(kept), kept.tobytes(), links.tobytes())
    if key not in _known:
        _known[key] = structure_of(W)
    return _known[key]


_known: dict[tuple[int, bytes, bytes], Structure] = {}  # at most one entry a link pattern


@lru_cache(maxsize=4096)
def canonical_name(found: Structure, label: tuple[int, ...]) -> Structure:
    """Structure's canonical name where features of one label are equal."""
    return found.canonical(label)


def rotated(W: FloatArray) -> FloatArray:
    """Rotate the hidden space so that the first features span the first dimensions.

    Goes through the features in order; each that is new to the span of those before becomes
    the next axis, with a positive component.

    >>> rotated(np.array([[0.0, 0.0], [0.0, -2.0]])).tolist()
    [[0.0, 2.0], [0.0, 0.0]]
    """
    m = len(W)
    axes: list[FloatArray] = []
    for tolerance in (0.1, 1e-9):
        for column in W.T:
            left = column - sum((axis * (axis @ column) for axis in axes), np.zeros(m))
            size = float(np.linalg.norm(left))
            if len(axes) < m and size > tolerance:
                axes.append(left / size)
    if not axes:
        return W.copy()
    turned = np.stack(axes) @ W
    turned[np.abs(turned) < 1e-14] = 0.0
    return np.vstack([turned, np.zeros((m - len(axes), W.shape[1]))])
