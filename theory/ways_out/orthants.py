r"""Descend on a loss with an L1 penalty on h: orthant by orthant, then by Newton steps [D34].

E‖h‖₁ has a kink wherever an entry of W vanishes.  Within an orthant, W_ji s_ji ≥ 0, it is smooth,
up to the edge if the derivative there is that of the orthant's side; a quasi-Newton descent within
bounds ends at entries that are exactly zero.  An entry at zero rests if

$$ |∂_{ji}(L + …) + l_1 E[x_i sign h_j]| ≤ l_1 E[|x_i|; h_j = 0] , $$

and changes its side otherwise.  A row of zeros always rests: the loss is of second order in it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ground.checks import FloatArray
from theory.loss.problem import Problem
from theory.minima.quasi_newton import quasi_newton
from theory.ways_out.mean_absolute import half_jumps
from theory.ways_out.penalty import Penalty, penalised_gradient_of

__all__ = ["Rest", "descend_in_orthants", "penalised_slope"]

SIDES = 8  # times that entries may change their side, or outputs be woken
NEWTON = 4
STEP = 1e-5  # of differences of the gradient
NO_SCALE = 1e-100  # Σ I_i p_i below which nothing is to be gained
REST = 1e-7  # slope, relative to Σ I_i p_i, below which a model is at rest


class Rest(NamedTuple):
    """Where one descent ended.

    Attributes
    ----------
    W : (m, n)
    b : (n,)
    loss : float
    slope : float
        Largest one-sided slope downwards, relative to Σ I_i p_i.
    curvature : float
        Least eigenvalue over the largest of the Hessian by the entries that are not zero; NaN if
        not computed.
    """

    W: FloatArray
    b: FloatArray
    loss: float
    slope: float
    curvature: float


def penalised_slope(
    problem: Problem, penalty: Penalty, W: FloatArray, b: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """The penalised loss of one model, and its slopes where it rests at kinks taken for none.

    At W_ji = 0 the slope is that of the side on which the loss falls, as a derivative by W_ji, or
    zero where it rises on both sides.
    """
    loss, dW, db = penalised_gradient_of(problem.at(W[None], b[None]), penalty)
    slope = dW[0]
    zero = W == 0.0
    if penalty.l1 and zero.any():
        half = penalty.l1 * half_jumps(W, problem.density[0], problem.low, problem.high)
        shrunk = np.sign(slope) * np.maximum(np.abs(slope) - half, 0.0)
        slope = np.where(zero, shrunk, slope)
    return float(loss[0]), slope, db[0]


def descend_in_orthants(
    problem: Problem, penalty: Penalty, *, bias: bool = True, curved: bool = True
) -> Rest:
    """Descend from the one model of a checked value to a minimum of the penalised loss.

    Parameters
    ----------
    problem : Problem
        One instance: the start and its world.
    penalty : Penalty
    bias : bool
        False holds b.
    curved : bool
        End with Newton steps and compute the curvature; for few weights.

    Examples
    --------
    One feature in one dimension dies at once where the penalty is large:

    >>> from theory.loss.problem import as_problem
    >>> problem = as_problem([[0.8]], [0.0], 0.2, None)
    >>> [descend_in_orthants(problem, Penalty(l1)).W.round(6).tolist() for l1 in (0.0, 1.0)]
    [[[1.0]], [[0.0]]]
    """
    W, b = problem.W[0].copy(), problem.b[0].copy()
    scale = float((problem.importance * problem.density).sum())
    scale = scale if scale > NO_SCALE else 1.0
    mean = 0.5 * (problem.low + problem.high) * problem.density[0]
    for _ in range(SIDES):
        W, b = _within_an_orthant(problem, penalty, W, b, scale, bias)
        dead = _dead(problem, W, b) & bias
        b[dead & (mean > 0.0)] = mean[dead & (mean > 0.0)]
        _, slope, _ = penalised_slope(problem, penalty, W, b)
        leaving = (W == 0.0) & (np.abs(slope) > REST * scale)
        if not leaving.any() and not dead.any():
            break
    curvature = float("nan")
    if curved:
        W, b, curvature = _newton(problem, penalty, W, b, scale, bias)
    loss, slope, db = penalised_slope(problem, penalty, W, b)
    steepest = float(max(np.abs(slope).max(), np.abs(db).max() if bias else 0.0))
    return Rest(W, b, loss, steepest / scale, curvature)


def _dead(problem: Problem, W: FloatArray, b: FloatArray) -> np.ndarray:
    """Outputs that are off for every input: a plateau that is nobody's minimum."""
    G = W.T @ W
    reach = np.maximum(np.maximum(G * problem.low, G * problem.high), 0.0).sum(-1)
    off = (b + reach <= 0.0) & (problem.importance[0] * problem.density[0] > 0.0)
    return np.asarray(off & (problem.low + problem.high > 0.0))


def _within_an_orthant(
    problem: Problem,
    penalty: Penalty,
    W: FloatArray,
    b: FloatArray,
    scale: float,
    bias: bool,
) -> tuple[FloatArray, FloatArray]:
    """The quasi-Newton descent; entries at zero lie on the side on which the loss falls."""
    _, slope, _ = penalised_slope(problem, penalty, W, b)
    side = np.where(W != 0.0, np.sign(W), -np.sign(slope))
    held = side == 0.0  # at rest at zero: stays

    def value(size: FloatArray, bias: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        weights = side * size
        loss, dW, db = penalised_gradient_of(problem.at(weights[None], bias[None]), penalty)
        slope = side * dW[0]
        edge = (weights == 0.0) & ~held
        if penalty.l1 and edge.any():
            half = half_jumps(weights, problem.density[0], problem.low, problem.high)
            slope = slope + np.where(edge, penalty.l1 * half, 0.0)
        return float(loss[0]), slope, db[0]

    end = quasi_newton(
        value,
        np.abs(W),
        b,
        method="L-BFGS-B",
        scale=scale,
        bias=bias,
        least=0.0 if penalty.l1 else None,
        maxiter=3000,
        maxfun=10000,
        ftol=1e-15,
        gtol=1e-9,
    )
    return np.where(held, 0.0, side * end.W), np.array(end.b)


def _newton(
    problem: Problem,
    penalty: Penalty,
    W: FloatArray,
    b: FloatArray,
    scale: float,
    bias: bool,
) -> tuple[FloatArray, FloatArray, float]:
    """Newton steps by the entries that are not zero, the Hessian by differences of the gradient."""
    free = np.concatenate([W.ravel() != 0.0, np.full(len(b), bias)])
    theta = np.concatenate([W.ravel(), b])

    def gradient(at: FloatArray) -> FloatArray:
        _, dW, db = penalised_gradient_of(
            problem.at(at[: W.size].reshape(1, *W.shape), at[None, W.size :]), penalty
        )
        return np.concatenate([dW.ravel(), db[0]])[free]

    where = np.flatnonzero(free)
    second = np.zeros((len(where), len(where)))
    for step in range(NEWTON):
        g = gradient(theta)
        if np.abs(g).max(initial=0.0) < 1e-13 * scale:
            break
        for column, k in enumerate(where):
            unit = np.zeros(len(theta))
            unit[k] = STEP
            second[:, column] = (gradient(theta + unit) - gradient(theta - unit)) / (2 * STEP)
        move = np.zeros(len(theta))
        move[where] = -np.linalg.lstsq(0.5 * (second + second.T), g, rcond=1e-9)[0]
        crossing = (theta + move)[: W.size] * theta[: W.size] < 0.0
        after = np.abs(gradient(theta + move)).max(initial=0.0)
        if crossing.any() or not after < np.abs(g).max():
            if step:
                break
            continue
        theta = theta + move
    values = np.linalg.eigvalsh(0.5 * (second + second.T))
    if not penalty.l1:  # rotations are free
        m = len(W)
        values = values[np.argsort(np.abs(values))][m * (m - 1) // 2 :]
    curvature = float(values.min() / max(np.abs(values).max(), 1e-300)) if len(values) else 1.0
    return theta[: W.size].reshape(W.shape), theta[W.size :], curvature
