"""The best W and b under penalties, and every other local minimum found [D34].

Without L1 the objective is smooth and knows no direction of the hidden space: Newton steps, and
minima up to rotation, as for the loss alone.  With L1 descents go orthant by orthant, and minima
are listed up to what E‖h‖₁ allows: exchange of hidden dimensions and their signs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import (
    FloatArray,
    as_density,
    as_importance,
    as_number,
    check_flag,
    check_positive_int,
    check_sizes,
)
from theory.loss.problem import Problem, as_problem
from theory.minima.cost import check_cost
from theory.minima.descent import descend
from theory.minima.kinks import without_kinks
from theory.minima.least import one_a_kind
from theory.minima.optimum import NEWTON_UP_TO, WIDEST, Optimum
from theory.minima.orbits import Minimum, canonical_order, distinct, groups, invariants, structure
from theory.minima.stages import EQUAL, scale_of
from theory.minima.starts import STRUCTURED_UP_TO, arrangements, spread_count, spread_starts
from theory.ways_out.curvature import smooth_value
from theory.ways_out.orthants import REST, Rest, descend_in_orthants
from theory.ways_out.penalty import Penalty, as_penalty, hidden_l1_of

__all__ = ["penalised_optimum", "penalised_optimum_of"]

STARTS = 32
IN_ORTHANTS = 40  # times that a descent there takes longer than one of many at once
ROUGH = 1e-4  # slope of a minimum where no Newton step ends the descent
CURVED = -1e-6  # least relative curvature of a minimum


def penalised_optimum(
    n_features: int,
    n_hidden: int,
    *,
    density: Any,
    importance: Any = None,
    l1: float = 0.0,
    decay: float = 0.0,
    interference: float = 0.0,
    bias: bool = True,
    starts: int = STARTS,
    low: float = 0.0,
    high: float = 1.0,
) -> Optimum:
    r"""Best W and b of the loss with penalties, and every other local minimum found [D34].

    $$ F = L(W, b) + l_1 E‖h‖_1 + d ‖W‖_F² + c Σ_{i≠j} (W_i·W_j)² $$

    Parameters
    ----------
    n_features, n_hidden : int
        n and m, m ≤ n.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional
    l1, decay, interference : float
        Weights l₁, d and c of the penalties, each ≥ 0.
    bias : bool
        False holds b at zero.
    starts : int
        Number of evenly spread starts, besides the natural solutions and the model of zeros.
    low, high : float
        Range of an active feature, low ≤ 0 < high.

    Returns
    -------
    Optimum
        `loss` is F, penalties included.  With L1 entries of W are exactly zero where they rest at
        a kink, and minima stand as they are, up to the order and signs of hidden dimensions.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    A little L1 leaves the antipodal pair, more of it one feature, and much nothing:

    >>> for l1 in (0.1, 0.5, 1.0):
    ...     best = penalised_optimum(2, 1, density=0.1, importance=[1.0, 0.5], l1=l1, starts=4)
    ...     print(best.structure)
    [1 2]
    [1] (2)
    (1 2)
    """
    n, m = check_sizes(n_features, n_hidden)
    check_positive_int("starts", starts)
    check_flag("bias", bias)
    penalty = as_penalty(l1, decay, interference)
    check_cost(n, m, starts * (IN_ORTHANTS if penalty.l1 else 1), 0.0)
    p, weight = as_density(density, n), as_importance(importance, n)
    for name, value in (("density", p), ("importance", weight)):
        if value.ndim != 1:
            raise ValueError(f"{name} must be one number or {n}, got shape {value.shape}")
    low = as_number("low", low, f"a number in [-{WIDEST:g}, 0]", lambda v: -WIDEST <= v <= 0)
    high = as_number("high", high, f"a number in (0, {WIDEST:g}]", lambda v: 0 < v <= WIDEST)
    world = as_problem(np.zeros((m, n)), None, p, weight, low, high)
    return penalised_optimum_of(world, penalty, bias=bias, starts=starts)


def penalised_optimum_of(
    problem: Problem, penalty: Penalty, *, bias: bool = True, starts: int = STARTS
) -> Optimum:
    """The penalised optimum in the world of a checked value of one instance [D34].

    Parameters
    ----------
    problem : Problem
        Its W and b only say how many features and hidden dimensions there are.
    penalty, bias, starts
        As in :func:`penalised_optimum`.
    """
    _, m, n = problem.W.shape
    p, weight = problem.density[0], problem.importance[0]
    label = groups(p, weight)
    rest = 0.5 * (problem.low + problem.high) * p
    sources = [(np.zeros((1, m, n)), rest[None]), spread_starts(n, m, starts, rest)]
    if n <= STRUCTURED_UP_TO:
        natural = np.stack(list(arrangements(n, m)))
        biases = np.where(np.linalg.norm(natural, axis=1) > 0.0, 0.0, rest)
        sources.insert(0, one_a_kind(natural, biases, label))
    W, b = (np.concatenate(parts) for parts in zip(*sources, strict=True))
    begun = problem.at(W, b if bias else np.zeros_like(b), np.zeros(len(W), dtype=int))
    few = n <= NEWTON_UP_TO
    if few and not penalty.l1:
        value = smooth_value(penalty)
        ended = descend(begun, bias=bias, value=value)
        minima = without_kinks(distinct(ended, p, weight), begun, bias=bias, value=value)
        losses, settled = ended.loss, int(ended.converged.sum())
    else:
        ends = [
            descend_in_orthants(
                begun.at(W[k : k + 1], begun.b[k : k + 1]), penalty, bias=bias, curved=few
            )
            for k in range(len(W))
        ]
        most = REST if few else ROUGH
        kept = [end for end in ends if end.slope < most and not end.curvature < CURVED]
        minima, settled = _listed(kept, problem, penalty, label), len(kept)
        losses = np.array([end.loss for end in ends])
    if not minima:
        raise RuntimeError(
            f"none of {len(W)} descents converged for density={p} and importance={weight}; "
            "try more starts"
        )
    best = minima[0]
    spread = losses[len(W) - spread_count(starts) :]
    hits = int(np.sum(spread - best.loss <= EQUAL * (best.loss + 1e-6 * scale_of(problem))))
    return Optimum(best.W, best.b, best.loss, minima, len(W), settled, hits)


def _listed(
    ends: list[Rest], problem: Problem, penalty: Penalty, label: np.ndarray
) -> tuple[Minimum, ...]:
    """One of each kind, best first: up to hidden dimensions' order and sign, and equal features."""
    scale = float((problem.importance * problem.density).sum()) or 1.0
    found: list[tuple[FloatArray, Rest, int]] = []
    for end in sorted(ends, key=lambda end: end.loss):
        sizes = hidden_l1_of(problem.at(end.W[None], end.b[None]))[0][0] if penalty.l1 else []
        mark = np.concatenate([invariants(end.W, end.b, label), np.sort(sizes)])
        for at, (other, first, count) in enumerate(found):
            near = end.loss - first.loss <= 1e-8 * (end.loss + 1e-6 * scale)
            if near and np.allclose(mark, other, atol=2e-4, rtol=0.0):
                found[at] = (other, first, count + 1)
                break
        else:
            found.append((mark, end, 1))
    minima = []
    for _, end, count in found:
        order = canonical_order(end.W, label)
        W, b = _upright(end.W[:, order]), end.b[order]
        minima.append(Minimum(end.loss, W, b, structure(W), count, end.curvature))
    return tuple(minima)


def _upright(W: FloatArray) -> FloatArray:
    """Hidden dimensions with their largest entry positive, in the order of where it is."""
    at = np.abs(W).argmax(-1)
    sign = np.sign(W[np.arange(len(W)), at])
    W = np.where(sign == 0.0, 1.0, sign)[:, None] * W
    at = np.where(sign == 0.0, W.shape[-1], at)
    return np.asarray(W[np.argsort(at, kind="stable")] + 0.0)
