"""The chain rule from the rows of the Gram matrix to the weights, in floats [D03].

The loss is a sum over outputs, and output i sees the weights only through its row of G = WᵀW
and its bias.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray


def carried(W: FloatArray, first: Any, second: Any) -> tuple[FloatArray, FloatArray]:
    """Gradient and Hessian by θ from those by the rows (G_i, b_i) of each output [D03].

    Parameters
    ----------
    W : (..., m, n)
    first : (..., n, n + 1)
        ∂L/∂G_ij, and last ∂L/∂b_i, as if G_ij and G_ji were two.
    second : (..., n, n + 1, n + 1)
        Second derivatives within row i.

    Examples
    --------
    L = G² for one feature is w⁴:

    >>> gradient, hessian = carried(np.array([[2.0]]), [[8.0, 0.0]], [[[2.0, 0.0], [0.0, 0.0]]])
    >>> gradient.tolist(), hessian.tolist()
    ([32.0, 0.0], [[48.0, 0.0], [0.0, 0.0]])
    """
    first, second = np.asarray(first), np.asarray(second)
    *leading, m, n = W.shape
    curl = first[..., :n] + np.swapaxes(first[..., :n], -1, -2)
    gradient = np.concatenate([(W @ curl).reshape(*leading, m * n), first[..., n]], axis=-1)
    J = row_slopes(W)
    hessian = np.sum(np.swapaxes(J, -1, -2) @ second @ J, axis=-3)
    for hidden_unit in range(m):  # G is itself quadratic in W
        block = slice(hidden_unit * n, hidden_unit * n + n)
        hessian[..., block, block] += curl
    return gradient, hessian


def row_slopes(W: FloatArray) -> FloatArray:
    """How the rows (G_i, b_i) of each output move with θ, (..., n, n + 1, mn + n).

    dG_ij = Σ_a W_aj dW_ai + W_ai dW_aj.
    """
    *leading, m, n = W.shape
    J = np.zeros((*leading, n, n + 1, m * n + n))
    each, hidden = np.arange(n), np.arange(m)
    i, j, a = np.meshgrid(each, each, hidden, indexing="ij")
    by_feature = np.swapaxes(W, -1, -2)
    J[..., i, j, a * n + i] += by_feature[..., None, :, :]
    J[..., i, j, a * n + j] += by_feature[..., :, None, :]
    J[..., each, n, m * n + each] = 1.0
    return J
