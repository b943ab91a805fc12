r"""The worst attack of bounded size on each input, exact [D19].

$$ F(x; ε) = \max_{‖δ‖ ≤ ε} Σ_i I_i (x_i − ReLU(G_i·(x + δ) + b_i))² $$

The maximum is no matter of luck: it is among finitely many points, each computed to rounding.  How
many there are grows by 3ⁿ, so there is a budget, and beyond it bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray, as_floats, as_importance, as_number
from theory.adversary.arrangement import arrangement_of, count_choices, rank_of
from theory.adversary.attacked_loss import as_biased
from theory.adversary.relaxation import bounds
from theory.adversary.search import worst_of_all

__all__ = ["WorstCase", "worst_case"]

# Seconds that a choice of signs takes at most: for an input, and to be made ready for a model.
EACH, READY = 2e-6, 3e-5


@dataclass(frozen=True, eq=False)
class WorstCase:
    """The worst attack on each input.

    Attributes
    ----------
    delta : array (..., n)
        The attack, of length ε at most.
    loss : array (...)
        Σ_i I_i (x_i − x'_i)² under it.
    upper : array (...)
        No attack of that size does more: equal to `loss` where the search is exact.
    exact : bool
        Whether every candidate was tried; False where that would have passed the budget.
    """

    delta: FloatArray
    loss: FloatArray
    upper: FloatArray
    exact: bool


def worst_case(
    W: Any, b: Any, x: Any, *, size: Any, importance: Any = None, budget: float = 60.0
) -> WorstCase:
    r"""Worst attack of size at most ε on each input of one model, exact within a budget [D19].

    .. math:: F(x; \varepsilon) = \max_{\|\delta\| \le \varepsilon}
              \sum_i I_i (x_i - ReLU(G_i \cdot (x + \delta) + b_i))^2

    Parameters
    ----------
    W : array_like (m, n)
    b : array_like (n,)
        Zeros where the model has none.
    x : array_like (..., n)
        Inputs, in any number.
    size : float
        ε ≥ 0.
    importance : array_like (n,), optional
    budget : float
        Seconds that the search may be expected to take, by a fixed rule: 2 µs for each input and
        each of some 3ⁿ choices of signs.  Up to n = 4 that is 0.2 ms an input at most, and 10 µs
        as a rule.  If it would take longer, `exact` is False, `loss` is that of the best attack
        known and `upper` a bound.

    Returns
    -------
    WorstCase

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    A dedicated unit feature loses ε² at the worst, a digon more where both features are active:

    >>> round(float(worst_case([[1.0]], [0.0], [0.5], size=0.1).loss), 12)
    0.01
    >>> worst = worst_case([[1.0, -1.0]], [0.0, 0.0], [[0.8, 0.3], [0.0, 0.0]], size=0.1)
    >>> worst.loss.round(4).tolist(), worst.exact
    ([0.2849, 0.02], True)

    References
    ----------
    J. J. Moré and D. C. Sorensen 1983, *Computing a trust region step*; J. M. Martínez 1994,
    *Local minimizers of quadratic functions on Euclidean balls and spheres*.
    """
    weights, biases = as_biased(W, b)
    if weights.ndim != 2 or biases.ndim != 1:
        raise ValueError(
            f"W and b must be those of one model, got shapes {weights.shape} and {biases.shape}"
        )
    n = weights.shape[1]
    radius = as_number("size", size, "a finite number ≥ 0, the ε of the attack", is_size)
    seconds = as_number("budget", budget, "a number > 0, in seconds", lambda v: v > 0)
    weight = as_importance(importance, n)
    if weight.ndim != 1:
        raise ValueError(f"importance must be one for each of {n} features, got {importance!r}")
    inputs = as_floats("x", x)
    if inputs.ndim == 0 or inputs.shape[-1] != n or not np.isfinite(inputs).all():
        raise ValueError(f"x must be finite, of shape (..., {n}) to fit W, got {x!r:.120}")
    check_reach(weights, biases, inputs, radius, weight)
    flat = np.ascontiguousarray(inputs.reshape(-1, n))
    delta, loss, upper, exact = worst_of(weights, biases, flat, radius, weight, seconds)
    shape = inputs.shape[:-1]
    return WorstCase(delta.reshape(inputs.shape), loss.reshape(shape), upper.reshape(shape), exact)


def worst_of(
    W: FloatArray,
    b: FloatArray,
    x: FloatArray,
    size: float,
    importance: FloatArray,
    budget: float = np.inf,
) -> tuple[FloatArray, FloatArray, FloatArray, bool]:
    """Attacks (S, n), losses, bounds (S,) and whether they are exact, of checked inputs (S, n)."""
    z = b + x @ W.T @ W
    if within_budget(W, len(x), budget):
        known = arrangement_of(W, importance)
        loss, place = np.empty(len(x)), np.zeros((len(x), known.normals.shape[1]))
        worst_of_all(*known[1:], importance, size, x, z, loss, place)
        return place @ known.back.T, loss, loss.copy(), True
    V = np.linalg.svd(W, full_matrices=False)[2]
    r = rank_of(W)
    normals = np.ascontiguousarray(W.T @ W @ V[:r].T)
    upper, loss, place = bounds(normals, importance, size, x, z)
    return place @ V[:r], loss, upper, False


def within_budget(W: FloatArray, inputs: int, budget: float) -> bool:
    """Whether the search over so many inputs is expected to end within so many seconds."""
    rank = rank_of(W)
    choices = count_choices(W.shape[1], rank) if rank else 0
    return choices * (READY + inputs * EACH) <= budget


def is_size(value: float) -> bool:
    return bool(0 <= value < 1e100)


def check_reach(
    W: FloatArray, b: FloatArray, x: FloatArray, size: float, importance: FloatArray
) -> None:
    n = W.shape[1]
    largest = float(np.abs(W).max())
    reach = float(np.abs(x).max(initial=0.0)) + size
    most = float(np.abs(b).max()) + W.size * n * largest * largest * reach + reach
    if not most * most * n * max(float(importance.max(initial=0.0)), 1.0) < np.inf:
        raise ValueError(
            "W, b, x, size and importance must leave squared errors finite, got W up to "
            f"{largest:g}, inputs and size up to {reach:g}"
        )
