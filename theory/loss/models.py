"""Loss, gradient and Hessian of whole models, put together from their outputs [D03].

Each output is one row of G = WᵀW, whose moments :mod:`theory.loss.clipped_cube` knows; the chain
rule through G, which is kept in double-double arithmetic, leads to W.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.clipped_cube import NO_SLOPE, row_moments, two_product, two_sum


@compiled()
def gram(W: FloatArray, gh: FloatArray, gl: FloatArray) -> None:
    """G = WᵀW in double-double, into (n, n) arrays."""
    m, n = W.shape
    for i in range(n):
        for j in range(i, n):
            h = 0.0
            l = 0.0
            for a in range(m):
                q, e = two_product(W[a, i], W[a, j])
                h, r = two_sum(h, q)
                l += r + e
            h, l = two_sum(h, l)
            if abs(h) < NO_SLOPE:
                h = 0.0
                l = 0.0
            gh[i, j] = h
            gl[i, j] = l
            gh[j, i] = h
            gl[j, i] = l


@compiled()
def rows(
    a: FloatArray,
    b: FloatArray,
    target: int,
    p: FloatArray,
    low: float,
    high: float,
    digits: NDArray[np.int8],
    base: int,
    out: FloatArray,
) -> None:
    """Loss and gradient of a batch of single outputs, (B, n), (B,) into (B, n + 2)."""
    count, n = a.shape
    zero = np.zeros(n)
    mom = np.empty((digits.shape[0], 6 + 2 * n))
    ends = np.empty((digits.shape[0], 3))
    ax = np.empty((n, 4))
    for r in range(count):
        row_moments(
            a[r], zero, b[r], target, p[r], low, high, digits, base, 1, mom, ends, ax, out[r]
        )


@compiled()
def losses(
    W: FloatArray,
    b: FloatArray,
    p: FloatArray,
    importance: FloatArray,
    low: float,
    high: float,
    digits: NDArray[np.int8],
    base: int,
    loss: FloatArray,
    dW: FloatArray,
    db: FloatArray,
) -> None:
    """Loss and gradient of a batch of models (B, m, n), (B, n) into (B,), (B, m, n), (B, n)."""
    n_models, m, n = W.shape
    mom = np.empty((digits.shape[0], 6 + 2 * n))
    ends = np.empty((digits.shape[0], 3))
    ax = np.empty((n, 4))
    gh = np.empty((n, n))
    gl = np.empty((n, n))
    dG = np.empty((n, n))
    out = np.empty(2 + n)
    for r in range(n_models):
        gram(W[r], gh, gl)
        total = 0.0
        for i in range(n):
            row_moments(
                gh[i], gl[i], b[r, i], i, p[r], low, high, digits, base, 1, mom, ends, ax, out
            )
            total += importance[r, i] * out[0]
            for j in range(n):
                dG[i, j] = importance[r, i] * out[1 + j]
            db[r, i] = importance[r, i] * out[1 + n]
        loss[r] = total
        for a in range(m):
            for j in range(n):
                g = 0.0
                for i in range(n):
                    g += W[r, a, i] * (dG[i, j] + dG[j, i])
                dW[r, a, j] = g


@compiled()
def hessians(
    W: FloatArray,
    b: FloatArray,
    p: FloatArray,
    importance: FloatArray,
    low: float,
    high: float,
    digits: NDArray[np.int8],
    base: int,
    loss: FloatArray,
    gradient: FloatArray,
    hessian: FloatArray,
) -> None:
    """Loss, gradient and Hessian of a batch by θ = (W row by row, b).

    Shapes: loss (B,), gradient (B, mn + n), hessian (B, mn + n, mn + n).
    """
    n_models, m, n = W.shape
    tri = n * (n + 1) // 2
    size = m * n + n
    mom = np.empty((digits.shape[0], 7 + 3 * n + 3 * tri))
    ends = np.empty((digits.shape[0], 3))
    ax = np.empty((n, 4))
    gh = np.empty((n, n))
    gl = np.empty((n, n))
    dG = np.empty((n, n))
    out = np.empty(2 + n + (n + 1) * (n + 2) // 2)
    second = np.empty((n + 1, n + 1))
    jacobian = np.empty((n + 1, size))
    half = np.empty((n + 1, size))
    for r in range(n_models):
        gram(W[r], gh, gl)
        H = hessian[r]
        H[:, :] = 0.0
        total = 0.0
        for i in range(n):
            weight = importance[r, i]
            row_moments(
                gh[i], gl[i], b[r, i], i, p[r], low, high, digits, base, 2, mom, ends, ax, out
            )
            total += weight * out[0]
            for j in range(n):
                dG[i, j] = weight * out[1 + j]
            gradient[r, m * n + i] = weight * out[1 + n]
            at = 2 + n
            for j in range(n + 1):
                for l in range(j, n + 1):
                    second[j, l] = weight * out[at]
                    second[l, j] = weight * out[at]
                    at += 1
            # Row i of (G, b) as a function of θ: dG_ij = Σ_a W_aj dW_ai + W_ai dW_aj.
            jacobian[:, :] = 0.0
            for j in range(n):
                for a in range(m):
                    jacobian[j, a * n + i] += W[r, a, j]
                    jacobian[j, a * n + j] += W[r, a, i]
            jacobian[n, m * n + i] = 1.0
            for j in range(n + 1):
                for c in range(size):
                    value = 0.0
                    for l in range(n + 1):
                        value += second[j, l] * jacobian[l, c]
                    half[j, c] = value
            for c in range(size):
                for j in range(n + 1):
                    if jacobian[j, c] != 0.0:
                        for d in range(size):
                            H[c, d] += jacobian[j, c] * half[j, d]
        for a in range(m):
            for j in range(n):
                value = 0.0
                for i in range(n):
                    curl = dG[i, j] + dG[j, i]
                    value += W[r, a, i] * curl
                    H[a * n + i, a * n + j] += curl  # G is quadratic in W
                gradient[r, a * n + j] = value
        loss[r] = total
