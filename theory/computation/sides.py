r"""The one-hot limit of computing |x|: 2n sides, and which can be told apart.

As p → 0 an input that is not zero has one active feature, x = ±t e_i.  Without hidden biases the
hidden layer answers t times a side: P_i, the positive part of column i of W1, or N_i, the negative
part.  So

$$ \lim_{p \to 0} \frac Lp = \frac16 \sum_j I_j \sum_i \Big[ (\delta_{ij} - f(w_j \cdot P_i))^2
   + (\delta_{ij} - f(w_j \cdot N_i))^2 \Big] $$

at b = 0, and nothing is lost, with f = ReLU, exactly when each w_j is 1 on both of its own sides
and not positive on the others: a linear program for each feature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog

from ground.checks import FloatArray, as_floats, as_importance, check_at_most, check_choice

__all__ = ["SideDecoder", "absolute_one_hot_loss", "side_decoder"]

OUTPUTS = ("relu", "linear")
_MOST = 400  # features of n linear programs with 2n rows


@dataclass(frozen=True, eq=False)
class SideDecoder:
    """Whether a first layer tells all sides apart [D29].

    Attributes
    ----------
    exact : bool
        Whether some W2 loses nothing in the one-hot limit, after a rescaling of the sides.
    W1 : (m, n)
    W2 : (n, m)
        The rescaled first layer and its decoder; rows of W2 are zero for features that fail.
    separation : (n,)
        The largest s_j ≤ 1 with w_j ≥ s_j on the own sides and ≤ −s_j on all others, the sides
        scaled to a largest entry of 1 and |w_jk| ≤ 1; not positive where feature j fails.
    mixture : (n, n, 2)
        Row j, of a feature that fails: non-negative weights of all sides, own and others, with
        own and others summing to 1 each, whose own side is the same vector as the others'.  Zero
        for the others.
    """

    exact: bool
    W1: FloatArray
    W2: FloatArray
    separation: FloatArray
    mixture: FloatArray


def absolute_one_hot_loss(
    W1: Any, W2: Any, *, importance: Any = None, output: str = "relu"
) -> float:
    r"""Loss of a net for |x|, over the density, in the one-hot limit p → 0 at b = 0 [D29].

    .. math:: \lim_{p \to 0} \frac Lp = \frac16 \sum_{ij} I_j \Big[ \big(\delta_{ij}
       - f(W_2 P)_{ji}\big)^2 + \big(\delta_{ij} - f(W_2 N)_{ji}\big)^2 \Big],
       \quad P = ReLU(W_1), \; N = ReLU(-W_1)

    Parameters
    ----------
    W1 : array_like (m, n)
    W2 : array_like (n, m)
    importance : array_like, () or (n,), optional
        None means all one.
    output : {"relu", "linear"}
        f.

    Returns
    -------
    float
        Between 0, all exact, and Σ I / 3 for a net that answers nothing.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    Two neurons do a feature, one does half of it:

    >>> absolute_one_hot_loss([[1.0], [-1.0]], [[1.0, 1.0]])
    0.0
    >>> round(absolute_one_hot_loss([[1.0]], [[1.0]]) * 6, 12)
    1.0
    """
    first, second = as_layers(W1, W2)
    check_choice("output", output, OUTPUTS)
    n = first.shape[1]
    weights = as_importance(importance, n)
    if weights.shape != (n,):
        raise ValueError(f"importance must be one number or {n}, got shape {weights.shape}")
    with np.errstate(over="ignore", invalid="ignore"):
        total = 0.0
        for side in sides_of(first):
            answer = second @ side
            answer = np.maximum(answer, 0.0) if output == "relu" else answer
            total += float(weights @ np.square(np.eye(n) - answer).sum(axis=1))
    if not np.isfinite(total):
        raise ValueError("W1, W2 and importance must leave squared errors finite")
    return total / 6


def side_decoder(W1: Any) -> SideDecoder:
    r"""The best W2 for |x| in the one-hot limit with a ReLU output, by linear programs [D29].

    .. math:: \max_{w_j, s_j} s_j : \quad w_j \cdot P_j \ge s_j, \; w_j \cdot N_j \ge s_j, \quad
       w_j \cdot P_i \le -s_j, \; w_j \cdot N_i \le -s_j \; (i \ne j)

    A feature fails exactly when some mixture of its own two sides is a mixture of the others'.

    Parameters
    ----------
    W1 : array_like (m, n)
        At most 400 features; lengths of sides do not count.

    Returns
    -------
    SideDecoder

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    In three neurons two features always meet, and the mixture says where:

    >>> found = side_decoder([[1.0, -1.0], [-1.0, 2.0], [-1.0, -3.0]])
    >>> found.exact, (found.separation < 1e-9).tolist()
    (False, [True, True])
    """
    first = as_floats("W1", W1)
    if first.ndim != 2 or 0 in first.shape or not np.isfinite(first).all():
        raise ValueError(f"W1 must be finite and (n_hidden, n_features), got shape {first.shape}")
    m, n = first.shape
    check_at_most("W1", n, _MOST, "features, each a linear program")
    positive, negative = sides_of(first)
    largest = np.array([positive.max(axis=0), negative.max(axis=0)])  # (2, n)
    if not (largest > 0).all():
        missing = int(np.argmax((largest == 0).any(axis=0)))
        raise ValueError(f"W1 must have both signs in each column, got one in column {missing}")
    unit = np.stack([positive / largest[0], negative / largest[1]])  # (2, m, n)
    W2, separation = np.zeros((n, m)), np.zeros(n)
    mixture = np.zeros((n, n, 2))
    for j in range(n):
        separation[j], row, weights = _separate(unit, j)
        if separation[j] > TOLERANCE:
            W2[j] = row
        else:
            mixture[j] = weights
    exact = bool((separation > TOLERANCE).all())
    # The row's value on each own side sets that side's length, so that both answers are 1.
    own = np.einsum("jm,smj->sj", W2, unit)
    scale = np.where(own > 0, own, 1.0)
    rescaled = unit[0] / scale[0] - unit[1] / scale[1]
    return SideDecoder(exact, rescaled, W2, separation, mixture)


TOLERANCE = 1e-9  # of the linear programs, whose numbers are of order one


def sides_of(W1: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P and N, (m, n) each: what the hidden layer answers to +e_i and to −e_i."""
    return np.maximum(W1, 0.0), np.maximum(-W1, 0.0)


def as_layers(W1: Any, W2: Any) -> tuple[FloatArray, FloatArray]:
    """One net's weights, finite and of shapes that fit."""
    first, second = as_floats("W1", W1), as_floats("W2", W2)
    if first.ndim != 2 or 0 in first.shape:
        raise ValueError(f"W1 must have shape (n_hidden, n_features), got {first.shape}")
    if second.shape != first.shape[::-1]:
        raise ValueError(f"W2 must have shape {first.shape[::-1]} to fit W1, got {second.shape}")
    for name, weights in (("W1", first), ("W2", second)):
        if not np.isfinite(weights).all():
            raise ValueError(f"{name} must be finite, got NaN or infinity in it")
    return first, second


def _separate(unit: FloatArray, j: int) -> tuple[float, FloatArray, FloatArray]:
    """Separation, row of W2 and dual weights (n, 2) of feature j; sides are (2, m, n)."""
    _, m, n = unit.shape
    side = unit.transpose(2, 0, 1).reshape(2 * n, m)  # sides in the order (feature, sign)
    own = np.repeat(np.arange(n) == j, 2)
    rows = np.where(own[:, None], -side, side)
    rows = np.column_stack([rows, np.ones(2 * n)])
    bounds = [(-1.0, 1.0)] * m + [(None, 1.0)]
    answer = linprog(
        np.r_[np.zeros(m), -1.0], A_ub=rows, b_ub=np.zeros(2 * n), bounds=bounds, method="highs"
    )
    duals: FloatArray = -np.asarray(answer.ineqlin.marginals, dtype=float).reshape(n, 2)
    for part in (np.arange(n) == j, np.arange(n) != j):
        total = duals[part].sum()
        duals[part] = duals[part] / total if total > 0 else 0.0
    found: FloatArray = np.asarray(answer.x, dtype=float)
    return float(found[-1]), found[:m], duals
