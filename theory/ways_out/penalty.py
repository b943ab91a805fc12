r"""Penalties that lead out of superposition: L1 on h, weight decay, interference [D34].

$$ F(W, b) = L(W, b) + l_1 E‖h‖_1 + d ‖W‖_F² + c Σ_{i≠j} (W_i·W_j)²,   h = Wx $$

All of it exact, with its gradient.  E‖h‖₁ is a norm of each row of W with a kink where an entry
vanishes, as a lone feature is seen with |W_ji|: it draws entries to zero, and is not invariant
under rotation.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from ground.checks import FloatArray, as_number
from theory.conventions import feature_moment
from theory.loss.floats import gradient_of
from theory.loss.moments import ramp_moments
from theory.loss.problem import Problem, as_problem
from theory.numbers.arguments import exact_density, exact_matrix
from theory.ways_out.mean_absolute import mean_absolute

__all__ = [
    "Penalty",
    "as_penalty",
    "as_weight",
    "expected_hidden_l1",
    "hidden_l1",
    "hidden_l1_and_gradient",
    "hidden_l1_of",
    "interference_of",
    "penalised_gradient_of",
    "penalised_loss_and_gradient",
]


LARGEST = 1e9  # weight of a penalty: thresholds are of order one


class Penalty(NamedTuple):
    """Weights of the three penalties, each ≥ 0."""

    l1: float = 0.0
    decay: float = 0.0
    interference: float = 0.0


def as_penalty(l1: Any, decay: Any, interference: Any) -> Penalty:
    """Check the three weights.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> as_penalty(0.1, 0, 0)
    Penalty(l1=0.1, decay=0.0, interference=0.0)
    """
    return Penalty(
        as_weight("l1", l1),
        as_weight("decay", decay),
        as_weight("interference", interference),
    )


def as_weight(name: str, value: Any) -> float:
    """Check the weight of one penalty."""
    return as_number(name, value, f"a number in [0, {LARGEST:g}]", lambda v: 0 <= v <= LARGEST)


def hidden_l1(W: Any, *, density: Any, low: float = 0.0, high: float = 1.0) -> FloatArray:
    r"""Expected size of each hidden dimension, E|h_j| for h = Wx [D34].

    $$ E|h_j| = 2 E[(h_j)_+] − E[h_j] $$

    Parameters
    ----------
    W : array_like (..., m, n)
        Weights, hidden × features.
    density : array_like, () or (..., n)
        Probability p that a feature is active.
    low, high : float
        Range of an active feature, low ≤ 0 < high.

    Returns
    -------
    (..., m)
        Right to rounding for rows of up to six entries that are not zero, and to 1e-9 beyond.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    An antipodal pair at density p has E|h| = p (1 − p) + p²/3:

    >>> hidden_l1([[1.0, -1.0]], density=0.3).round(12).tolist()
    [0.24]
    """
    return hidden_l1_and_gradient(W, density=density, low=low, high=high)[0]


def hidden_l1_and_gradient(
    W: Any, *, density: Any, low: float = 0.0, high: float = 1.0
) -> tuple[FloatArray, FloatArray]:
    r"""E|h_j| of each hidden dimension, and its derivatives by that row of W [D34].

    $$ ∂E|h_j| / ∂W_{ji} = E[x_i \, sign(h_j)] $$

    Parameters
    ----------
    W, density, low, high
        As in :func:`hidden_l1`.

    Returns
    -------
    (..., m), (..., m, n)
        Where W_ji = 0 the derivative jumps: the mean of both sides is given.

    Raises
    ------
    ValueError
        Shapes that do not fit, numbers that are not finite, a density outside [0, 1], low above
        high.

    Examples
    --------
    >>> hidden_l1_and_gradient([[2.0, 0.0]], density=0.5)[1].tolist()
    [[0.25, 0.125]]
    """
    problem = as_problem(W, None, density, None, low, high)
    value, gradient = hidden_l1_of(problem)
    shape = problem.shape
    return value.reshape(shape + value.shape[1:]), gradient.reshape(shape + gradient.shape[1:])


def hidden_l1_of(problem: Problem) -> tuple[FloatArray, FloatArray]:
    """E|h_j|, (B, m), and its derivatives, (B, m, n), of a checked value [D34]."""
    value, gradient = np.empty(problem.W.shape[:2]), np.empty(problem.W.shape)
    for r, rows in enumerate(problem.W):
        for j, row in enumerate(rows):
            value[r, j], gradient[r, j] = mean_absolute(
                row, problem.density[r], problem.low, problem.high
            )
    return value, gradient


def interference_of(W: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Σ_{i≠j} (W_i·W_j)² and its gradient, of a batch (B, m, n) [D34].

    Examples
    --------
    >>> interference_of(np.array([[[1.0, 2.0]]]))[0].tolist()
    [8.0]
    """
    across = W.swapaxes(-1, -2) @ W
    n = W.shape[-1]
    across[..., np.arange(n), np.arange(n)] = 0.0
    return np.asarray((across**2).sum((-1, -2))), np.asarray(4.0 * W @ across)


def penalised_loss_and_gradient(
    W: Any,
    b: Any = None,
    *,
    density: Any,
    importance: Any = None,
    l1: float = 0.0,
    decay: float = 0.0,
    interference: float = 0.0,
    low: float = 0.0,
    high: float = 1.0,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Expected loss with penalties on what leads to superposition, and its gradient [D34].

    $$ F = L(W, b) + l_1 E‖h‖_1 + d ‖W‖_F² + c Σ_{i≠j} (W_i·W_j)² $$

    Parameters
    ----------
    W : array_like (..., m, n)
        Weights, hidden × features.
    b : array_like (..., n), optional
        Biases; None means none, and then only the gradient by W is of use.
    density : array_like, () or (..., n)
        Probability p that a feature is active.
    importance : array_like, () or (..., n), optional
        I ≥ 0; None means ones.
    l1, decay, interference : float
        Weights l₁, d and c of the penalties, each ≥ 0.
    low, high : float
        Range of an active feature, low ≤ 0 < high.

    Returns
    -------
    loss : (...)
    dW : (..., m, n)
    db : (..., n)
        Where W_ji = 0 the L1 part has two one-sided derivatives: their mean is given.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    A model of zeros pays its loss and no penalty:

    >>> loss, _, _ = penalised_loss_and_gradient([[0.0, 0.0]], density=0.3, l1=1.0, decay=1.0)
    >>> round(float(loss), 12)
    0.2

    At (2, 1) the last penalty is 2c w₁²w₂²:

    >>> plain, more = (
    ...     penalised_loss_and_gradient([[1.0, -1.0]], density=0.3, interference=c)[0]
    ...     for c in (0.0, 0.1)
    ... )
    >>> round(float(more - plain), 12)
    0.2
    """
    problem = as_problem(W, b, density, importance, low, high)
    penalty = as_penalty(l1, decay, interference)
    loss, dW, db = penalised_gradient_of(problem, penalty)
    shape = problem.shape
    if not np.isfinite(loss).all() or not np.isfinite(dW).all():
        raise ValueError(f"W, l1, decay and interference must leave the loss finite, got {penalty}")
    return loss.reshape(shape), dW.reshape(shape + dW.shape[1:]), db.reshape(shape + db.shape[1:])


def penalised_gradient_of(
    problem: Problem, penalty: Penalty
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """F (B,), dW (B, m, n) and db (B, n) of checked values [D34]."""
    loss, dW, db = gradient_of(problem)
    W = problem.W
    with np.errstate(over="ignore", invalid="ignore"):
        if penalty.l1:
            size, slope = hidden_l1_of(problem)
            loss += penalty.l1 * size.sum(-1)
            dW += penalty.l1 * slope
        if penalty.decay:
            loss += penalty.decay * (W * W).sum((-1, -2))
            dW += 2.0 * penalty.decay * W
        if penalty.interference:
            across, slope = interference_of(W)
            loss += penalty.interference * across
            dW += penalty.interference * slope
    return loss, dW, db


def expected_hidden_l1(W: Any, *, density: Any) -> list[sp.Expr]:
    r"""E|h_j| of each hidden dimension, exact in the densities: 2 E[(h_j)₊] − E[h_j] [D34].

    Parameters
    ----------
    W : SymPy Matrix or nested lists, (m, n)
        Rational or algebraic entries.
    density : exact number or symbol, one or n of them

    Returns
    -------
    list of m sympy.Expr
        Expanded polynomials in the densities.

    Raises
    ------
    ValueError
        Floats (use :func:`hidden_l1`), or densities outside [0, 1].

    Examples
    --------
    >>> expected_hidden_l1([[1, -1]], density=sp.Symbol("p"))
    [-2*p**2/3 + p]
    """
    weights = exact_matrix("W", W)
    densities = exact_density(density, weights.cols)
    found = []
    for j in range(weights.rows):
        row = list(weights.row(j))
        mean = sum((w * feature_moment(1, p) for w, p in zip(row, densities, strict=True)), sp.S(0))
        found.append(sp.expand(2 * ramp_moments(0, row).moment(1, densities) - mean))
    return found
