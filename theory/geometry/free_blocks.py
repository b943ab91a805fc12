r"""Blocks of any shape: the best k features in d dimensions, whatever their arrangement [D14].

The families of :mod:`theory.polytopes.arrangements` are symmetric, with one length and one bias
for all.  Here nothing is assumed: every weight and every bias of a block is free,

$$ B(k, d; p) = \frac{1}{d} \Big( k ℓ_∅ − \min_{W ∈ R^{d×k}, b ∈ R^k} L(W, b; p) \Big), $$

with the exact loss L and the general search of :mod:`theory.optimum`.  What is found is a lower
bound on the benefit that can be had: a minimum over finitely many starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from joblib import Parallel, delayed

from ground.checks import (
    FloatArray,
    as_density,
    as_positive_density,
    check_at_most,
    check_positive_int,
    check_sizes,
)
from ground.workers import worker_processes
from theory.geometry.blocks import FreeBlock
from theory.geometry.large_blocks import large_block
from theory.geometry.packing import packing
from theory.loss.floats import loss_and_gradient
from theory.minima.optimum import optimum
from theory.polytopes.arrangements import arrangements

__all__ = ["best_free_block", "best_free_blocks", "free_block"]

STARTS = 2
RTOL = 1e-5  # of the sums in a search: benefits are compared to some 1e-4
DEAD = 0.1  # length of W_i below which a feature is left out of its block
STRIDE = 0.06  # of k, when looking for the best number of features


def free_block(
    n_features: int, n_hidden: int, density: float, *, starts: int = STARTS
) -> FreeBlock:
    r"""Least exact loss of k features in d dimensions, all weights and biases free [D14].

    .. math:: \min_{W \in R^{d \times k},\ b \in R^k} L(W, b; p)

    Parameters
    ----------
    n_features, n_hidden : int
        k and d, d ≤ k.
    density : float
        p in (0, 1].
    starts : int
        Descents, from evenly spread points; the same for the same arguments.

    Returns
    -------
    FreeBlock
        Possibly of fewer features: those that the best minimum ignores are left out.

    Raises
    ------
    ValueError
        Naming the argument that is out of range.

    Examples
    --------
    Five features in a plane arrange themselves as a pentagon:

    >>> block = free_block(5, 2, 0.15, starts=8)
    >>> block.dimensionality.round(6).tolist()
    [0.4, 0.4, 0.4, 0.4, 0.4]
    """
    k, d = check_sizes(n_features, n_hidden)
    p = as_positive_density("density", density)
    check_positive_int("starts", starts)
    found = optimum(k, d, density=p, starts=starts, rtol=RTOL)
    alive = np.linalg.norm(found.W, axis=0) >= DEAD
    if not alive.any():
        raise RuntimeError(f"no descent kept a feature at density {p:g}; try more starts")
    W, b = found.W[:, alive], found.b[alive]
    return FreeBlock(p, float(loss_and_gradient(W, b, density=p)[0]), W, b)


def best_free_block(n_hidden: int, density: float, *, starts: int = STARTS) -> FreeBlock:
    """Best free block of d dimensions over its number of features k [D14].

    k climbs from the geometric mean of what the best symmetric polytope and the best large block
    hold, in steps of about a sixteenth, for as long as the benefit grows.

    Parameters
    ----------
    n_hidden : int
        d.
    density : float
        p in (0, 1].
    starts : int
        For each k.

    Returns
    -------
    FreeBlock

    Raises
    ------
    ValueError
        More than 24 dimensions, a density outside (0, 1], or no starts.

    Examples
    --------
    >>> block = best_free_block(2, 0.3)
    >>> block.n_features, block.dimension
    (4, 2)
    """
    check_at_most("n_hidden", check_positive_int("n_hidden", n_hidden), 24, "minutes")
    as_positive_density("density", density)
    check_positive_int("starts", starts)
    names = [family.name for family in arrangements() if family.dimension <= n_hidden]
    symmetric = packing([density], names=names).isel(density=0)
    ratios = (symmetric["n_features"] / symmetric["dimension"]).values
    winner = float(ratios[symmetric["benefit"].values.argmax()])
    ratio = np.sqrt(winner * large_block(density).features_per_dimension)

    @lru_cache
    def block(k: int) -> FreeBlock:
        return free_block(k, n_hidden, density, starts=starts)

    k = max(n_hidden, round(float(n_hidden * ratio)))
    stride = max(1, round(STRIDE * k))
    for step in (stride, -stride):
        while k + step >= n_hidden and block(k + step).benefit > block(k).benefit:
            k += step
    return block(k)


def best_free_blocks(
    densities: Sequence[float] | FloatArray,
    dimensions: Sequence[int],
    *,
    starts: int = STARTS,
    n_jobs: int = 1,
) -> list[list[FreeBlock]]:
    """:func:`best_free_block` for each density (rows) and each d (columns) [D14].

    Parameters
    ----------
    densities : sequence of float
        In (0, 1].
    dimensions : sequence of int
    starts : int
        For each k and d.
    n_jobs : int
        Cores; the results do not depend on it.

    Examples
    --------
    >>> [[one]] = best_free_blocks([0.3], [1], starts=4)
    >>> one.n_features, round(float(one.scale), 1)
    (2, 1.0)
    """
    p = np.atleast_1d(as_density(densities))
    # The dearest first, so that no core is left with them at the end.
    order = sorted(
        ((d, float(q)) for q in p for d in dimensions), key=lambda job: (-job[0], job[1])
    )
    with worker_processes(n_jobs):
        found = Parallel()(delayed(best_free_block)(d, q, starts=starts) for d, q in order)
    known = dict(zip(order, found, strict=True))
    return [[known[d, float(q)] for d in dimensions] for q in p]
