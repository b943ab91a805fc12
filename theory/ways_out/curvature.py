"""Loss, gradient and Hessian with the smooth penalties, for Newton steps [D34]."""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from theory.loss.floats import hessian_of
from theory.loss.problem import Problem
from theory.minima.descent import Value
from theory.ways_out.penalty import Penalty, interference_of

__all__ = ["interference_hessian", "smooth_value"]


def interference_hessian(W: FloatArray) -> FloatArray:
    r"""Hessian of Σ_{i≠j} (W_i·W_j)² by W row by row, (B, mn, mn) of a batch (B, m, n) [D34].

    $$ ¼ ∂²/∂W_{ai}∂W_{ck} = δ_{ac} G_{ik} + W_{ak} W_{ci}  (i ≠ k),
       ¼ ∂²/∂W_{ai}∂W_{ci} = Σ_{j≠i} W_{aj} W_{cj} $$

    Examples
    --------
    2w₁²w₂² at (1, 2):

    >>> interference_hessian(np.array([[[1.0, 2.0]]]))[0].tolist()
    [[16.0, 16.0], [16.0, 4.0]]
    """
    batch, m, n = W.shape
    apart = 1.0 - np.eye(n)
    G = (W.swapaxes(-1, -2) @ W) * apart
    second = np.einsum("ac,bik->baick", np.eye(m), G)
    second += np.einsum("bak,bci,ik->baick", W, W, apart)
    second += np.einsum("baj,bcj,ij,ik->baick", W, W, apart, np.eye(n))
    return np.asarray(4.0 * second.reshape(batch, m * n, m * n))


def smooth_value(penalty: Penalty) -> Value:
    """The expected loss with decay and interference, without L1, as a descent takes it."""

    def value(problem: Problem) -> tuple[FloatArray, FloatArray, FloatArray]:
        loss, gradient, second = hessian_of(problem)
        W = problem.W
        size = W.shape[1] * W.shape[2]
        if penalty.decay:
            loss = loss + penalty.decay * (W * W).sum((-1, -2))
            gradient[:, :size] += 2.0 * penalty.decay * W.reshape(len(W), size)
            second[:, np.arange(size), np.arange(size)] += 2.0 * penalty.decay
        if penalty.interference:
            across, slope = interference_of(W)
            loss = loss + penalty.interference * across
            gradient[:, :size] += penalty.interference * slope.reshape(len(W), size)
            second[:, :size, :size] += penalty.interference * interference_hessian(W)
        return loss, gradient, second

    return value
