"""Expected loss of any W, b in floats, with gradient and Hessian [D03, D04].

$$ L(W, b) = Σ_i I_i E[(x_i − ReLU(G_i·x + b_i))²],   G = WᵀW, $$

for independent features, active with density p_i and then uniform on [low, high].

Up to four features the recursion over faces of :mod:`theory.loss.clipped_cube`; from five on the
evaluation scale by scale of :mod:`theory.loss.fourier`, which is exact to rounding up to ten
features, and a Fourier sum with a proved bound beyond.  Exact to rounding: the relative error of
the loss is below 1e-12, and that of the gradient below 1e-12 of Σ I_i (E|x_i| + E z_+) times the
weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, as_number, check_choice
from theory.loss.clipped_cube import NO_SLOPE, faces, width
from theory.loss.fourier import RTOL, fourier_losses, outputs
from theory.loss.models import hessians, losses, rows
from theory.loss.problem import Problem, as_problem
from theory.loss.shares import in_shares

# Features up to which the answer is exact to rounding, with [0, 1] for active ones and with others.
EXACT_UP_TO = {3: 10, 4: 8}
# Features up to which the recursion over all 3ⁿ or 4ⁿ faces is the quicker way to it.
FACES_UP_TO = {3: 4, 4: 3}
WORTH = 50_000  # models times features times faces from which on they are shared among threads
MOST_MEMORY = 4e9  # bytes
AUTO = "auto"
METHODS = (AUTO, "exact", "fourier")


def loss_and_gradient(
    W: Any,
    b: Any = None,
    *,
    density: Any,
    importance: Any = None,
    low: float = 0.0,
    high: float = 1.0,
    method: str = AUTO,
    rtol: float = RTOL,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Expected loss of the ReLU-output model and its gradient, in float64 [D03, D04].

    $$ L = Σ_i I_i E[(x_i − ReLU(Σ_j G_{ij} x_j + b_i))²],   G = WᵀW $$

    Parameters
    ----------
    W : array_like (..., m, n)
        Weights, hidden × features.
    b : array_like (..., n), optional
        Biases; None means none, and then only dL/dW is of use.
    density : array_like, () or (..., n)
        Probability p that a feature is active.
    importance : array_like, () or (..., n), optional
        I ≥ 0; None means ones.
    low, high : float
        Range of an active feature, low ≤ 0 < high: (0, 1) by default, (−1, 1) for the
        absolute-value task.
    method : "auto", "exact" or "fourier"
        The recursion over all faces, n 3ⁿ of them; the evaluation scale by scale, right to
        rounding up to n = 10 (8 where low < 0) and by Fourier sums beyond; or whichever is the
        quicker.
    rtol : float
        Bound on the error of the slopes of a Fourier sum relative to their natural size; that of
        the loss is a thousand times smaller, where the sums settle.  A search can do with 1e-5.

    Returns
    -------
    loss : (...)
    dW : (..., m, n)
    db : (..., n)
        Where an output is exactly at its kink with positive probability, ReLU'(0) = 0.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Warns
    -----
    UnsettledLoss
        Where a Fourier sum ended before it was as good as asked for, with its bound.

    Examples
    --------
    The identity loses nothing; a model of zeros loses E[x²] = p/3 for each feature:

    >>> float(loss_and_gradient(np.eye(2), density=0.5)[0])
    0.0
    >>> round(float(loss_and_gradient(np.zeros((1, 2)), density=0.3)[0]), 12)
    0.2
    """
    if method is not AUTO or rtol is not RTOL:
        check_choice("method", method, METHODS)
        rtol = as_number("rtol", rtol, "a number in (0, 1)", lambda v: 0 < v < 1)
    problem = as_problem(W, b, density, importance, low, high)
    if method == "exact":
        _check_memory(problem, order=1)
    loss, dW, db = gradient_of(problem, method, rtol)
    return (
        loss.reshape(problem.shape),
        dW.reshape(problem.shape + dW.shape[1:]),
        db.reshape(problem.shape + db.shape[1:]),
    )


def _check_memory(problem: Problem, order: int) -> None:
    """Refuse what the recursion over all faces has no room for."""
    n = problem.W.shape[2]
    size = 8.0 * problem.base**n * width(n, order)
    if size > MOST_MEMORY:
        raise ValueError(
            f"W must have fewer than {n} features here: the recursion over {problem.base}^{n} "
            f"faces would need {size / 1e9:.3g} GB; loss_and_gradient by its Fourier sum needs none"
        )


def gradient_of(
    problem: Problem, method: str = "auto", rtol: float = RTOL
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Loss (B,), dW (B, m, n) and db (B, n) of a checked value [D03, D04].

    Parameters
    ----------
    method, rtol
        As in :func:`loss_and_gradient`.
    """
    W, b, density, importance, low, high, _ = problem
    n, base = W.shape[2], problem.base
    if method == "fourier" or (method == "auto" and n > FACES_UP_TO[base]):
        return fourier_losses(problem, rtol)
    loss, dW, db = np.empty(len(W)), np.empty(W.shape), np.empty(b.shape)
    table = faces(n, base)

    def some(first: int, last: int) -> None:
        here = slice(first, last)
        losses(
            W[here], b[here], density[here], importance[here], low, high, table, base,
            loss[here], dW[here], db[here],
        )  # fmt: skip

    in_shares(some, len(W), len(W) * n * len(table) >= WORTH)
    return loss, dW, db


def feature_losses_of(problem: Problem) -> FloatArray:
    """Each feature's share of the loss of a checked value of one instance, (n,) [D03, D04]."""
    W, b, p, importance = (part[0] for part in problem[:4])
    return importance * output_losses(W.T @ W, b, p, problem.low, problem.high)


def output_losses(
    slopes: FloatArray, b: FloatArray, density: FloatArray, low: float, high: float
) -> FloatArray:
    """E[(x_i − (b_i + a_i·x)_+)²] of each output, rows a_i of any (n, n) matrix: (n,) [D03, D04].

    Exact for few features, a Fourier sum for many; nothing asks whether the matrix is symmetric.
    """
    n, base = len(slopes), 3 if low == 0.0 else 4
    a = np.where(np.abs(slopes) < NO_SLOPE, 0.0, slopes)
    if n > FACES_UP_TO[base]:
        found = np.empty((n, 4))
        outputs(a[None], b[None], density[None], low, high, RTOL, 0, n, np.empty((1, n, n)), found)
        return found[:, 0].copy()
    out = np.empty((n, 1, n + 2))
    for i in range(n):
        rows(a[None, i], b[None, i], i, density[None], low, high, faces(n, base), base, out[i])
    return out[:, 0, 0]


def hessian(
    W: Any,
    b: Any = None,
    *,
    density: Any,
    importance: Any = None,
    low: float = 0.0,
    high: float = 1.0,
) -> FloatArray:
    """Exact Hessian of the expected loss by θ = (W row by row, b) [D03].

    Each row of the loss contributes 2 E[(1(z>0) − x_i δ(z)) y yᵀ], y = (x, 1), carried
    through G = WᵀW; the surface moments E[… δ(z)] come from the same recursion.

    Parameters
    ----------
    W, b, density, importance, low, high
        As in :func:`loss_and_gradient`; few features only (n ≤ 10 or so).

    Returns
    -------
    (..., mn + n, mn + n)
        Of the smooth branch z < 0 where z vanishes with positive probability.  For the model
        without bias take its leading mn rows and columns.

    Raises
    ------
    ValueError
        Shapes that do not fit, numbers that are not finite, a density outside [0, 1], a negative
        importance; and a matrix that no memory holds.

    Examples
    --------
    One dead feature: the loss does not depend on the weight to second order there.

    >>> hessian([[0.0]], [-1.0], density=0.5).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    problem = as_problem(W, b, density, importance, low, high)
    _check_memory(problem, order=2)
    return hessian_of(problem)[2].reshape(
        *problem.shape, problem.W[0].size + problem.b.shape[1], -1
    )


def hessian_of(problem: Problem) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Loss (B,), gradient (B, mn + n) and Hessian (B, mn + n, mn + n) of a checked value [D03]."""
    batch, m, n = problem.W.shape
    size = m * n + n
    loss = np.empty(batch)
    gradient = np.empty((batch, size))
    second = np.empty((batch, size, size))
    hessians(*problem[:6], faces(n, problem.base), problem.base, loss, gradient, second)
    return loss, gradient, second
