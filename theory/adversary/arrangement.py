r"""Where the worst attack can be: flats of kinks, and signs of the other outputs [D19].

An attack δ = V v, |v| ≤ ε, moves z_i by a_i·v, with W = U S Vᵀ and a_i = S Uᵀ W_i.  Between the
hyperplanes z_i + a_i·v = 0 the loss of an input is a convex quadratic, so its maximum over the ball
is at a vertex of the hyperplanes, or on the sphere, inside some flat (an intersection of
hyperplanes), at a maximum of the quadratic of one choice of signs.  All that depends on the model
alone is made ready here once, for all inputs.
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray

NONE = 1e-8  # singular values of normals below that, relative, are none
FLAT = 1e-9  # directions that W hardly sees, relative: what they add is below rounding


class Arrangement(NamedTuple):
    """Flats (F) and their choices of signs (J) of one model with rank r.

    Attributes
    ----------
    back : (n, r)
        V: δ = V v.
    normals : (n, r)
        a_i.
    kinked : (F,) of int64
        Outputs that are zero on a flat, as bits.
    free : (F,) of int64
        Its dimension d.
    basis, nearest : (F, r, r)
        Its orthonormal directions N (columns, d of them), and P: its point nearest to 0 is −P z,
        z of its outputs in rising order.
    reach : (F, n)
        |Nᵀ a_i|.
    first : (F + 1,) of int64
        Where a flat's choices of signs begin.
    signs : (J,) of int64
        Outputs that are on, as bits.
    curvature : (J, r)
        Of the quadratic on the flat, falling.
    axes : (J, r, r)
        Its principal directions, as columns in the space of v.
    """

    back: FloatArray
    normals: FloatArray
    kinked: NDArray[np.int64]
    free: NDArray[np.int64]
    basis: FloatArray
    nearest: FloatArray
    reach: FloatArray
    first: NDArray[np.int64]
    signs: NDArray[np.int64]
    curvature: FloatArray
    axes: FloatArray


def count_choices(n_features: int, rank: int) -> int:
    """How many quadratics on spheres there are at most: what an input costs, before pruning.

    >>> count_choices(4, 3)
    58
    """
    n = n_features
    flats = sum(comb(n, k) * 2 ** (n - k) for k in range(min(rank - 1, n + 1)))
    return flats + sum(comb(n, k) for k in range(max(rank - 1, 0), min(rank, n) + 1))


def rank_of(W: FloatArray) -> int:
    """Directions that W sees."""
    size = np.linalg.svd(W, compute_uv=False)
    return int(np.sum(size > FLAT * size[0])) if size[0] > 0 else 0


def arrangement_of(W: FloatArray, importance: FloatArray) -> Arrangement:
    """Everything about the worst attack that does not depend on the input, for W (m, n)."""
    n = W.shape[1]
    U, size, V = np.linalg.svd(W, full_matrices=False)
    r = rank_of(W)
    normals = np.ascontiguousarray((size[:r, None] * (U[:, :r].T @ W)).T)
    length = np.linalg.norm(normals, axis=1)
    kinked, free, basis, nearest, reach, first = [], [], [], [], [], [0]
    signs, curvature, axes = [], [], []
    for k in range(min(r, n) + 1 if r else 0):
        for chosen in combinations(range(n), k):
            rows = np.array(chosen, dtype=int)
            if k and not length[rows].min() > 0:
                continue
            left, pull, right = np.linalg.svd(normals[rows] / length[rows, None])
            if k and pull[-1] < NONE:
                continue
            N = right[k:].T
            P = np.zeros((r, r))
            P[:, :k] = right[:k].T / pull @ left.T / length[rows]
            along = normals @ N
            d, others = r - k, [i for i in range(n) if i not in chosen]
            choices = np.arange(2 ** len(others)) if d > 1 else np.zeros(1, dtype=int)
            on = np.zeros((len(choices), n), dtype=bool)
            on[:, others] = choices[:, None] >> np.arange(len(others)) & 1
            kinked.append(int(np.sum(1 << rows)))
            free.append(d)
            basis.append(_padded(N, r))
            nearest.append(P)
            reach.append(np.linalg.norm(along, axis=1))
            first.append(first[-1] + len(choices))
            signs.append(on @ (1 << np.arange(n)))
            Q = np.einsum("ji,ia,ib->jab", on * importance, along, along)
            value, vector = np.linalg.eigh(Q)
            curvature.append(_wide(value[:, ::-1], r))
            axes.append(_wide(np.einsum("ra,jab->jrb", N, vector[:, :, ::-1]), r))
    if not kinked:
        empty = np.zeros(0, dtype=np.int64)
        cube = np.zeros((0, r, r))
        return Arrangement(
            V[:r].T, normals, empty, empty, cube, cube, np.zeros((0, n)),
            np.zeros(1, dtype=np.int64), empty, np.zeros((0, r)), cube,
        )  # fmt: skip
    return Arrangement(
        np.ascontiguousarray(V[:r].T),
        normals,
        np.array(kinked, dtype=np.int64),
        np.array(free, dtype=np.int64),
        np.array(basis),
        np.array(nearest),
        np.array(reach),
        np.array(first, dtype=np.int64),
        np.concatenate(signs).astype(np.int64),
        np.concatenate(curvature),
        np.concatenate(axes),
    )


def _padded(N: FloatArray, r: int) -> FloatArray:
    return np.pad(N, ((0, 0), (0, r - N.shape[1])))


def _wide(values: FloatArray, r: int) -> FloatArray:
    """Pad the last axis to r."""
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, r - values.shape[-1])])
