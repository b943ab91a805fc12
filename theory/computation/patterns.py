"""Losses of a two-layer net for given patterns of active features, exact up to rounding [D26].

Any number k of active features; the work grows as 2 k! simplices, cut by m planes, for each of n
outputs.  `theory.computation.divided_cones` cuts, and `theory.computation.pattern_kernel` sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import permutations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from theory.computation.divided_cones import divided_cones
from theory.computation.output_kernel import ABSOLUTE, IDENTITY, RELU
from theory.computation.pattern_kernel import ROUNDING, pattern_parts

CODES = {"absolute": ABSOLUTE, "relu": RELU, "identity": IDENTITY}


@lru_cache(maxsize=64)
def cones(k: int, low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """Simplices from the origin over the outer faces of [low, high]^k, low ≤ 0 < high [D26].

    Returns
    -------
    corners : (T, k, k)
        Vertices beside the origin; T = k! if low is 0, else 2 k!.  Do not write into it.
    shares : (T,)
        Parts of the cube; they sum to one.

    Examples
    --------
    >>> corners, shares = cones(2, -1.0, 1.0)
    >>> len(corners), float(shares.sum())
    (4, 1.0)
    """
    corners, shares = [], []
    for j in range(k):
        others = [i for i in range(k) if i != j]
        for end in (low, high):
            if end == 0.0:
                continue  # that face holds the origin: its cone is flat
            for order in permutations(others):
                corner = np.full((k, k), low)
                corner[:, j] = end
                for step, i in enumerate(order):
                    corner[step + 1 :, i] = high
                corners.append(corner)
                shares.append(abs(end) / ((high - low) * factorial(k)))
    if k == 0:
        corners, shares = [np.zeros((0, 0))], [1.0]
    found = np.array(corners), np.array(shares)
    for array in found:
        array.setflags(write=False)
    return found


def simplices(V: FloatArray, low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """Simplices for one pattern, V (m, k): few and cut already, or else the plain cones [D26]."""
    k = V.shape[1]
    if k > 2:  # below there is nothing to save
        corners, shares = divided_cones(V, low, high, ROUNDING)
        if len(shares):
            return corners, shares
    return cones(k, low, high)


def patterns_loss_and_gradient(
    W1: FloatArray,
    W2: FloatArray,
    b: FloatArray,
    patterns: NDArray[np.integer],
    *,
    low: float,
    high: float,
    target: str,
    output: str,
    weights: FloatArray | None = None,
    importance: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    r"""Loss of each pattern, and the gradient of their weighted sum, of checked arrays [D26].

    .. math:: L_A = \sum_i I_i\, E[(y_i - f(z_i))^2 \mid A], \qquad \nabla \sum_A w_A L_A

    Parameters
    ----------
    W1 : (m, n)
    W2 : (n, m)
    b : (n,)
        y' = f(W2 ReLU(W1 x) + b).
    patterns : int (P, k)
        The k active features of each pattern, k ≥ 0, without repetition.
    low, high : float
        Range of an active feature, low ≤ 0 < high.
    target : {"absolute", "relu", "identity"}
    output : {"relu", "linear"}
    weights : (P,), optional
        w; all one for None.
    importance : (n,), optional
        I; all one for None.

    Returns
    -------
    losses : (P,)
        Not weighted by w.
    dW1 : (m, n)
    dW2 : (n, m)
    db : (n,)
        With ReLU'(0) = 0.

    Examples
    --------
    |x| of one feature by its two halves, and by one of them:

    >>> both = np.array([[1.0], [-1.0]]), np.array([[1.0, 1.0]])
    >>> how = {"low": -1.0, "high": 1.0, "target": "absolute", "output": "relu"}
    >>> patterns_loss_and_gradient(*both, np.zeros(1), np.array([[0]]), **how)[0]
    array([0.])
    >>> half = np.array([[1.0]]), np.array([[1.0]])
    >>> patterns_loss_and_gradient(*half, np.zeros(1), np.array([[0]]), **how)[0].round(12)
    array([0.16666667])
    """
    (count, k), (m, n) = patterns.shape, W1.shape
    # Copies, which may be written to: the kernel would be compiled again for what may not.
    W2, W2T, b = _own(W2), _own(W2.T), _own(b)
    I = np.ones(n) if importance is None else importance
    w = np.ones(count) if weights is None else weights
    low, high = float(low), float(high)
    how = CODES[target], low < 0.0 and target != "identity", output == "relu", 0
    losses, costs = np.empty(count), np.empty(n)
    dW1, dW2T, db = np.zeros((m, n)), np.zeros((m, n)), np.zeros(n)
    for number, pattern in enumerate(patterns):
        active = np.ascontiguousarray(pattern, np.int64)
        V, dV = np.ascontiguousarray(W1[:, active]), np.zeros((m, k))
        pattern_parts(
            V, W2, W2T, b, active, *map(_own, simplices(V, low, high)), *how,
            costs, w[number] * I, dV, dW2T, db,
        )  # fmt: skip
        losses[number] = I @ costs
        dW1[:, active] += dV
    return losses, dW1, np.ascontiguousarray(dW2T.T), db


def count_pieces(
    W1: FloatArray,
    W2: FloatArray,
    b: FloatArray,
    active: Sequence[int],
    *,
    low: float,
    high: float,
    target: str,
    output: str,
    most: int,
) -> int:
    """How many pieces are summed for one pattern, 0.1 µs each; soon more than `most` [D26].

    Examples
    --------
    |x| by its two halves: each is linear on its own side.

    >>> W1, W2, b = np.array([[1.0], [-1.0]]), np.array([[1.0, 1.0]]), np.zeros(1)
    >>> how = {"low": -1.0, "high": 1.0, "target": "absolute", "output": "relu", "most": 100}
    >>> count_pieces(W1, W2, b, [0], **how)
    2
    """
    (m, n), k = W1.shape, len(active)
    chosen = np.array(active, np.int64)
    V = np.ascontiguousarray(W1[:, chosen])
    how = CODES[target], low < 0.0 and target != "identity", output == "relu", most
    _, pieces = pattern_parts(
        V, _own(W2), _own(W2.T), _own(b), chosen,
        *map(_own, simplices(V, float(low), float(high))), *how,
        np.empty(n), np.empty(0), np.zeros((m, k)), np.zeros((m, n)), np.zeros(n),
    )  # fmt: skip
    return int(pieces)


def _own(values: FloatArray) -> FloatArray:
    return np.array(values, order="C")
