r"""What no block can save: an upper bound on the benefit of packing, from one row at a time [D46].

A feature's dimensionality D = 1 / (1 + Σ_g s_g q_g²), q = G_{ij}/G_{ii}, is part of the hidden
dimensions there are: they sum to m at most [D13].  So no model saves more for each dimension than
the best row does for each unit of its own D,

$$ \frac1m (n ℓ_∅ − L(W, b)) ≤ \max_{c, b, q} (ℓ_∅ − ℓ(q; c, b, p)) (1 + Σ_g s_g q_g²), $$

over rows with any number of neighbours and |q| ≤ R, R the ratio of the longest feature's length to
the shortest's.  That a row belongs to a model, whose Gram matrix has no negative eigenvalue, is
not asked, so that the bound need not be attained.  Where the best row is a digon's, it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement

import numpy as np
from scipy.optimize import minimize

from ground.checks import FloatArray, as_number, as_positive_density
from theory.data_law import feature_variance
from theory.loss.transitive import exact_faces, row_gradient

__all__ = ["PackingBound", "packing_bound"]

_STARTS = ((1.0, 0.05), (0.7, 0.3))  # scale and bias
_MORE = 1e-9  # relative gain that is one, and no rounding
_PASSES = 3  # more neighbours are tried until so many in turn save less
_MIXED = 3  # neighbours of each of two kinds, tried beside those all alike

_Row = tuple[float, FloatArray, tuple[int, ...]]  # what it saves; log c, b and q; sizes of groups


@dataclass(frozen=True, eq=False)
class PackingBound:
    """An upper bound on what a block can save per hidden dimension [D46].

    Attributes
    ----------
    density : float
    ratio : float
        R: lengths of represented features differ by this factor at most.
    benefit : float
        The bound.
    inner_products : (r,)
        Of the row that attains it: those of its neighbours, each with its multiplicity.
    scale, bias : float
        Of that row.
    """

    density: float
    ratio: float
    benefit: float
    inner_products: FloatArray
    scale: float
    bias: float


def packing_bound(density: float, *, ratio: float = 1.0) -> PackingBound:
    r"""Upper bound on the loss saved per hidden dimension by any model [D46].

    .. math:: \bar B = \max_{c, b, q, s} (\ell_\emptyset - \ell(q; c, b, p))
        \Big(1 + \sum_g s_g q_g^2\Big), \qquad |q_g| \le R

    The inequality is proved for every model whose represented features have lengths within a
    factor R, equal densities and equal importances; the maximum over rows is searched for, over
    neighbours of one kind, any number of them, and few of two kinds.

    Parameters
    ----------
    density : float
        p in [0.01, 1].
    ratio : float
        R, from 1 (all lengths equal) to 3.

    Returns
    -------
    PackingBound

    Raises
    ------
    ValueError
        A density or a ratio out of range.

    Examples
    --------
    At p = 1/2 digons save as much as any block of equally long features can:

    >>> from theory.geometry.packing import best_block
    >>> round(packing_bound(0.5).benefit / best_block("digon", 0.5).benefit, 9)
    1.0
    """
    p = as_positive_density("density", density)
    as_number("density", density, "from 0.01 to 1 (rows of hundreds of neighbours below)",
              lambda v: v >= 0.01)  # fmt: skip
    R = as_number("ratio", ratio, "from 1 to 3", lambda v: 1 <= v <= 3)
    best = max(_best_row((), p, R, []), _all_alike(p, R), key=lambda row: row[0])
    for pair in combinations_with_replacement(range(1, _MIXED + 1), 2):
        best = max(best, _best_row(pair, p, R, []), key=lambda row: row[0])
    benefit, x, sizes = best
    inner = np.repeat(x[2:], sizes)
    return PackingBound(p, R, benefit * float(feature_variance(p)), inner,
                        float(np.exp(x[0])), float(x[1]))  # fmt: skip


def _all_alike(p: float, R: float) -> _Row:
    """The best row whose neighbours are all of one kind, over how many there are."""
    ends: dict[int, FloatArray] = {}

    @lru_cache
    def row(count: int) -> _Row:
        known = [ends[n] for n in ends if abs(n - count) <= 1 + count // 6]
        found = _best_row((count,), p, R, known[-1:])
        ends[count] = found[1]
        return found

    count = best = 1
    worse = 0
    while worse < _PASSES and exact_faces((count + 1 + count // 8,)):
        count += 1 + count // 8
        better = row(count)[0] > row(best)[0] * (1 + _MORE)
        best, worse = (count, 0) if better else (best, worse + 1)
    for step in (1, -1):
        while best + step > 0 and row(best + step)[0] > row(best)[0] * (1 + _MORE):
            best += step
    return row(best)


def _best_row(sizes: tuple[int, ...], p: float, R: float, starts: list[FloatArray]) -> _Row:
    """Most saved for a unit of D, in units of ℓ_∅, by rows with groups of these sizes."""
    unit = float(feature_variance(p))
    s = np.array(sizes, float)

    def lost(x: FloatArray) -> tuple[float, FloatArray]:
        c, b, q = float(np.exp(x[0])), float(x[1]), x[2:]
        slope = np.zeros(len(x))
        turns = np.eye(len(q)) if len(q) else np.zeros((1, 0))
        for g, turn in enumerate(turns):
            loss, by_scale, by_bias, by_q = row_gradient(q, sizes, c, b, p, turn)
            if len(q):
                slope[2 + g] = by_q
        slope[:2] = c * by_scale, by_bias
        room = 1.0 + float(s @ q**2)
        saved = 1.0 - loss / unit
        slope *= room / unit
        slope[2:] -= 2.0 * saved * s * q
        return -saved * room, slope

    usual = _STARTS if len(sizes) < 2 else _STARTS[:1]
    every = starts or [np.array([np.log(c), b, *q]) for c, b in usual for q in _inner(sizes, R)]
    bounds = [(-4.0, 3.0), (-20.0, 1.0), *[(-R, R)] * len(sizes)]
    ended = [
        minimize(lost, x, jac=True, method="L-BFGS-B", bounds=bounds,
                 options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 200})
        for x in every
    ]  # fmt: skip
    best = min(ended, key=lambda end: end.fun)
    return -float(best.fun), best.x, sizes


def _inner(sizes: tuple[int, ...], R: float) -> list[tuple[float, ...]]:
    """Inner products to start from; of two kinds of neighbours, of one sign and of both."""
    if not sizes:
        return [()]
    if len(sizes) == 1:
        return [(-R,), (-0.5,), (0.4,)]
    return [(-R, -0.4), (-0.4, -R), (-0.7, 0.3), (0.3, -0.7)]
