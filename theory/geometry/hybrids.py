r"""Hybrids: simplices that share one extra feature, better than either where two exchange [D46].

j simplices of e dimensions and e + 1 features each, all leaning away from one more feature:

$$ W_{si} = α t_i ⊕_s − β u,   W_0 = γ u,   W_{si}·W_{ri'} = α² δ_{sr} t_i·t_{i'} + β²,
   W_{si}·W_0 = −βγ, $$

n = j (e + 1) + 1 features in je + 1 dimensions.  One simplex with an extra feature is the next
larger one; without leaning (β = 0) they are j simplices and a dedicated feature.  Their features
are of two kinds, so that no transitive family holds them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from ground.checks import FloatArray, as_positive_density, check_at_most, check_positive_int
from theory.data_law import feature_variance
from theory.geometry.blocks import FreeBlock
from theory.loss.transitive import row_gradient
from theory.polytopes.arrangements import simplex_of

__all__ = ["hybrid_block"]

# (α, β, γ, bias, bias of the extra feature)
_STARTS = ((0.8, 0.3, 0.85, 0.2, 0.5), (0.9, 0.15, 0.95, 0.15, 0.25), (1.0, 0.4, 1.0, -0.05, 0.0))
_MOST = 8  # simplices, or dimensions of one


def hybrid_block(simplex: int, count: int, density: float) -> FreeBlock:
    r"""Best block of some simplices that share one extra feature [D46].

    .. math:: \min_{\alpha, \beta, \gamma, b, b_0} j (e + 1)\, \ell + \ell_0

    Parameters
    ----------
    simplex : int
        e, the dimension of each simplex: 1 for digons, 2 for triangles; 1 to 8.
    count : int
        j, how many there are; 1 to 8.
    density : float
        p in (0, 1].

    Returns
    -------
    FreeBlock
        Of n = j (e + 1) + 1 features in je + 1 dimensions, the extra one last.

    Raises
    ------
    ValueError
        Naming the argument that is out of range.

    Examples
    --------
    Where triangle and digon save the same, three digons and one feature save more:

    >>> from theory.geometry.packing import best_block
    >>> more = hybrid_block(1, 3, 0.64424).benefit / best_block("digon", 0.64424).benefit
    >>> round(more, 4)
    1.0019
    """
    e = check_positive_int("simplex", simplex)
    j = check_positive_int("count", count)
    check_at_most("simplex", e, _MOST, "larger ones win nowhere")
    check_at_most("count", j, _MOST, "more of them gain nothing")
    p = as_positive_density("density", density)
    unit = float(feature_variance(p))

    def cost(x: FloatArray) -> tuple[float, FloatArray]:
        loss, slope = _loss(e, j, p, x)
        return loss / unit, slope / unit

    ended = [
        minimize(cost, np.array(start), jac=True, method="L-BFGS-B",
                 bounds=[(0.05, 3.0), (0.0, 3.0), (0.05, 3.0), (-50.0, 1.0), (-50.0, 1.0)],
                 options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 300})
        for start in _STARTS
    ]  # fmt: skip
    best = min(ended, key=lambda end: end.fun)
    return FreeBlock(p, float(best.fun) * unit, *_model(e, j, best.x))


def _model(e: int, j: int, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """W (je + 1, n) and b, the extra feature last."""
    alpha, beta, gamma, bias, other = x
    values, vectors = np.linalg.eigh(simplex_of(e))
    corners = (vectors[:, 1:] * np.sqrt(values[1:])).T
    n = j * (e + 1)
    W = np.zeros((j * e + 1, n + 1))
    W[:-1, :-1] = alpha * np.kron(np.eye(j), corners)
    W[-1, :-1], W[-1, -1] = -beta, gamma
    return W, np.append(np.full(n, bias), other)


def _loss(e: int, j: int, p: float, x: FloatArray) -> tuple[float, FloatArray]:
    """Loss of the whole block, and its gradient by the five numbers."""
    alpha, beta, gamma, bias, other = x
    n = j * (e + 1)
    # A member sees e mates, the members of other simplices, and the extra feature.
    sizes = [e, n - e - 1, 1] if j > 1 else [e, 1]
    raw = [-(alpha**2) / e + beta**2, beta**2, -beta * gamma]
    by = [(-2 * alpha / e, 2 * beta, 0.0), (0.0, 2 * beta, 0.0), (0.0, -gamma, -beta)]
    if j == 1:
        del raw[1], by[1]
    own, own_by = alpha**2 + beta**2, (2 * alpha, 2 * beta, 0.0)
    member, by_shape, by_bias = _row(own, own_by, raw, by, tuple(sizes), bias, p)
    extra, by_shape_of_extra, by_other = _row(
        gamma**2, (0.0, 0.0, 2 * gamma), [-beta * gamma], [(0.0, -gamma, -beta)], (n,), other, p
    )
    slope = np.concatenate([n * by_shape + by_shape_of_extra, [n * by_bias, by_other]])
    return n * member + extra, slope


def _row(
    own: float,
    own_by: tuple[float, ...],
    raw: Sequence[float],
    by: Sequence[tuple[float, ...]],
    sizes: tuple[int, ...],
    bias: float,
    p: float,
) -> tuple[float, FloatArray, float]:
    """Loss of a feature with entries G_00 = own and G_0g = raw, by α, β, γ and by its bias."""
    inner = np.array(raw) / own
    slope = np.zeros(3)
    for k in range(3):
        # In the parameters c and q = G_0g / c of a row.
        turn = np.array([b[k] for b in by]) / own - inner * own_by[k] / own
        loss, by_scale, by_bias, by_turn = row_gradient(inner, sizes, own, bias, p, turn)
        slope[k] = by_scale * own_by[k] + by_turn
    return loss, slope, by_bias
