"""Second derivatives of the exact loss under a law of sets [D16].

Each pattern of active features gives the second derivatives of every output by its row of
G = WᵀW and its bias; they add up in G first, and are carried to W once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.chain import carried
from theory.loss.clipped_cube import faces, row_moments, width
from theory.loss.models import gram

Patterns = list[tuple[float, tuple[int, ...]]]


def sets_hessian_of(
    W: FloatArray, b: FloatArray, importance: FloatArray, patterns: Patterns
) -> tuple[float, FloatArray, FloatArray]:
    """Loss, gradient (mn + n,) and Hessian (mn + n, mn + n) by θ = (W by rows, b) [D16].

    Parameters
    ----------
    W : (m, n)
    b : (n,)
    importance : (n,)
        Checked.
    patterns : list of (probability, active features)
        As `Sets.patterns` lists them.

    Examples
    --------
    A bias costs its own square where nothing is read:

    >>> from theory.loss.sets import Sets
    >>> law = Sets("correlated", (2,), 0.5)
    >>> W, b = np.zeros((1, 2)), np.full(2, 0.25)
    >>> sets_hessian_of(W, b, np.ones(2), law.patterns())[2][2:, 2:].tolist()
    [[2.0, 0.0], [0.0, 2.0]]
    """
    n = W.shape[1]
    loss = 0.0
    first, second = np.zeros((n, n + 1)), np.zeros((n, n + 1, n + 1))
    gh, gl = np.empty((n, n)), np.empty((n, n))
    gram(np.ascontiguousarray(W), gh, gl)
    for chance, active in patterns:
        members = np.array(active, dtype=np.int64)
        digits, columns = faces(len(active), 3), width(len(active), 2)
        loss += _cube(gh, gl, b, importance, members, digits, chance, columns, first, second)
    gradient, hessian = carried(W, first, second)
    return loss, gradient, hessian


@compiled()
def _cube(
    gh: FloatArray,
    gl: FloatArray,
    b: FloatArray,
    importance: FloatArray,
    members: NDArray[np.int64],
    digits: NDArray[np.int8],
    chance: float,
    columns: int,
    first: FloatArray,
    second: FloatArray,
) -> float:
    """Loss of one pattern, with its derivatives added to first and second."""
    n, k = gh.shape[0], members.size
    mom, ends = np.empty((digits.shape[0], columns)), np.empty((digits.shape[0], 3))
    ax, out = np.empty((k, 4)), np.empty(2 + k + (k + 1) * (k + 2) // 2)
    ah, al, ones = np.empty(k), np.empty(k), np.ones(k)
    place = np.empty(k + 1, dtype=np.int64)
    for j in range(k):
        place[j] = members[j]
    place[k] = n
    total = 0.0
    for i in range(n):
        target = int(np.int64(-1))  # a plain −1 would be compiled for once more
        for j in range(k):
            ah[j], al[j] = gh[i, members[j]], gl[i, members[j]]
            if members[j] == i:
                target = j
        row_moments(ah, al, b[i], target, ones, 0.0, 1.0, digits, 3, 2, mom, ends, ax, out)
        weight = chance * importance[i]
        total += weight * out[0]
        at = 2 + k
        for j in range(k + 1):
            first[i, place[j]] += weight * out[1 + j]
            for l in range(j, k + 1):
                second[i, place[j], place[l]] += weight * out[at]
                if l != j:
                    second[i, place[l], place[j]] += weight * out[at]
                at += 1
    return total
