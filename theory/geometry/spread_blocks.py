r"""Free blocks of ten to twenty dimensions: spread by a cheap energy, then by the loss [D47].

A search of all weights from anywhere takes hundreds of exact gradients, each some tenths of a
second.  But the loss of a large block hangs on its overlaps alone
(:mod:`theory.geometry.overlaps`), and good overlaps do not ask for the loss: unit vectors of least

$$ E(V) = \log Σ_{i ≠ j} e^{β V_i · V_j} $$

have them, at a thousandth of the cost and for all densities at once.  One row with the overlaps of
all says which k and which sharpness β are best; what is left to the exact loss is polishing, some
tens of gradients.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from scipy.optimize import minimize

from ground.checks import (
    FloatArray,
    as_positive_density,
    check_at_most,
    check_positive_int,
    check_sizes,
)
from theory.data_law import feature_variance
from theory.geometry.blocks import FreeBlock
from theory.geometry.overlaps import OverlapLaw, cosines, row_law
from theory.loss.floats import gradient_of
from theory.loss.problem import Problem
from theory.minima.quasi_newton import quasi_newton, value_in
from theory.minima.starts import spread_starts

__all__ = ["best_count", "mean_row", "polished", "spread_block", "spread_code"]

SHARPNESS = (8.0, 16.0)
MOST = 400  # features: a gradient then takes two seconds
EVALUATIONS = 30
RTOL = 1e-4  # of the Fourier sums on the way; the loss that is returned has the usual one
DEAD = 0.1  # length of W_i below which a feature is left out of its block


@lru_cache(maxsize=512)
def spread_code(n_features: int, n_hidden: int, sharpness: float) -> FloatArray:
    r"""Unit vectors (d, k) of least log Σ exp(β V_i·V_j), from one even start [D47].

    .. math:: \min_{\|V_i\| = 1} \log \sum_{i \ne j} e^{\beta V_i \cdot V_j}

    Examples
    --------
    >>> V = spread_code(5, 2, 8.0)
    >>> np.sort((V.T @ V)[0]).round(2).tolist()
    [-0.81, -0.81, 0.31, 0.31, 1.0]
    """
    W, _ = spread_starts(n_features, n_hidden, 1, np.zeros(n_features))

    def value(point: FloatArray) -> tuple[float, FloatArray]:
        W = point.reshape(n_hidden, n_features)
        length = np.linalg.norm(W, axis=0)
        V = W / length
        weight = np.exp(sharpness * (V.T @ V - 1.0))
        np.fill_diagonal(weight, 0.0)
        total = weight.sum()
        slope = 2 * sharpness * (V @ weight) / total
        slope = (slope - V * (slope * V).sum(axis=0)) / length
        return float(np.log(total)), slope.ravel()

    end = minimize(
        value,
        W[0].ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 150, "maxcor": 10, "ftol": 1e-9, "gtol": 1e-6},
    )
    W = end.x.reshape(n_hidden, n_features)
    return np.asarray(W / np.linalg.norm(W, axis=0))


def spread_block(
    n_features: int, n_hidden: int, density: float, *, evaluations: int = EVALUATIONS
) -> FreeBlock:
    r"""A good block of many features in many dimensions, all weights free [D47].

    .. math:: \min_{W \in R^{d \times k},\ b \in R^k} L(W, b; p)

    Parameters
    ----------
    n_features, n_hidden : int
        k and d, d ≤ k ≤ 400.
    density : float
        p in (0, 1].
    evaluations : int
        Exact gradients that polishing may take.

    Returns
    -------
    FreeBlock
        The best of few descents that start from good overlaps: its benefit is a lower bound.

    Raises
    ------
    ValueError
        Naming the argument that is out of range.

    Examples
    --------
    >>> block = spread_block(16, 5, 0.12)
    >>> block.dimensionality.round(4).min(), block.dimensionality.round(4).max()
    (np.float64(0.3125), np.float64(0.3125))
    """
    k, d = check_sizes(n_features, n_hidden)
    check_at_most("n_features", k, MOST, "minutes")
    p = as_positive_density("density", density)
    check_positive_int("evaluations", evaluations)
    code, law = _sharpest(k, d, p)
    return polished(np.sqrt(law.scale) * code, np.full(k, law.bias), p, evaluations)


def best_count(counts: Iterable[int], n_hidden: int, density: float) -> int:
    """Of some numbers k of features the one with the largest benefit, by one row of each [D47]."""

    return max(counts, key=lambda k: k * mean_row(k, n_hidden, density).saved)


def mean_row(
    n_features: int, n_hidden: int, density: float, sharpness: float | None = None
) -> OverlapLaw:
    """The law of the mean row of a code, before polishing: of one sharpness, or of the best [D47].

    Examples
    --------
    >>> law = mean_row(16, 5, 0.12)
    >>> round(law.loss / spread_block(16, 5, 0.12).loss * 16, 4)
    1.0
    """
    if sharpness is None:
        return _sharpest(n_features, n_hidden, density)[1]
    return row_law(_quantiles(n_features, n_hidden, sharpness), density)


def polished(W: FloatArray, b: FloatArray, density: float, evaluations: int) -> FreeBlock:
    """Descend by the exact loss from W and b, and leave out what that ignores [D47]."""
    world = Problem(W[None], b[None], *_law(len(b), density), 0.0, 1.0, ())
    end = quasi_newton(
        value_in(world, rtol=RTOL),
        W,
        b,
        method="L-BFGS-B",
        scale=feature_variance(density),
        maxfun=evaluations,
        maxcor=20,
        ftol=1e-9,
        gtol=1e-7,
    )
    alive = np.linalg.norm(end.W, axis=0) >= DEAD
    return exact_block(end.W[:, alive], end.b[alive], density)


def exact_block(W: FloatArray, b: FloatArray, density: float) -> FreeBlock:
    """W and b with their exact loss."""
    world = Problem(W[None], b[None], *_law(len(b), density), 0.0, 1.0, ())
    return FreeBlock(density, float(gradient_of(world)[0][0]), W, b)


def _law(k: int, density: float) -> tuple[FloatArray, FloatArray]:
    return np.full((1, k), density), np.ones((1, k))


@lru_cache(maxsize=512)
def _quantiles(n_features: int, n_hidden: int, sharpness: float) -> FloatArray:
    """One row of overlaps that stands for all of a code: the quantiles of all."""
    every = np.sort(cosines(spread_code(n_features, n_hidden, sharpness)).ravel())
    return every.reshape(n_features - 1, n_features).mean(axis=1)


def _sharpest(k: int, d: int, p: float) -> tuple[FloatArray, OverlapLaw]:
    """The code of the best sharpness, with the best scale and bias of its mean row."""
    laws = {beta: row_law(_quantiles(k, d, beta), p) for beta in SHARPNESS}
    best = min(laws, key=lambda beta: laws[beta].loss)
    return spread_code(k, d, best), laws[best]
