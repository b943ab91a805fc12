"""The first pair: where the m-th and the next feature begin to share a dimension, and how."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import bisect

from ground.checks import FloatArray, as_importance, as_list, check_choice, check_positive_int
from theory.conventions import r
from theory.minima.optimum import optimum
from theory.phases.boundary import boundary
from theory.phases.candidates import candidates
from theory.transitions.true_boundary import true_boundary

# Densities at which the best pair is followed, falling; the full pair forms in between.
PAIR_DENSITIES = np.linspace(0.95, 0.3, 66)
HALF = 0.5  # norm of the weaker arm from which a pair is called full
SHARP = 5e-7  # error of the density at which the weaker arm jumps


def first_pair_density(importance: Any, n_hidden: int, *, against: str = "candidates") -> float:
    r"""Density below which the first pair forms, for a given importance curve [D12].

    .. math:: p = \frac{4 r}{2 + 5 r}, \qquad r = I_{(m+1)} / I_{(m)}

    From there on a digon of the m-th and (m+1)-th features in order of importance beats
    dedicating the m-th and ignoring the other; no other digon wins earlier.

    Parameters
    ----------
    importance : array_like (n,)
        Importances, in any order; n > m, the first m + 1 of them positive.
    n_hidden : int
        m.
    against : {"candidates", "optimum"}
        Unit norms and zero bias; or any W and b for the two features (D09), where the weaker
        one may grow continuously from nothing, and 1 is returned where nothing else is best.

    Returns
    -------
    float
        In (0, 4/7] for candidates, in (0, 1] for the optimum.

    Raises
    ------
    ValueError
        Too few features, or importances of zero among those that matter.

    Examples
    --------
    >>> round(first_pair_density([0.7**i for i in range(20)], 5), 4)
    0.5091

    References
    ----------
    theory/derivations/D12_sparse_expansion.md
    """
    m = check_positive_int("n_hidden", n_hidden)
    check_choice("against", against, ("candidates", "optimum"))
    importance = as_list("importance", importance)
    weights = as_importance(importance, len(np.atleast_1d(importance)))
    ordered = np.sort(weights)[::-1]
    if len(ordered) <= m or ordered[m] <= 0:
        raise ValueError(
            f"importance must name more than n_hidden={m} features of positive importance, "
            f"got {importance!r}"
        )
    ratio = float(ordered[m] / ordered[m - 1])
    guess = float(first_pair_formula().subs(r, ratio))
    if against == "candidates":
        return guess
    if against != "optimum":
        raise ValueError(f"against must be 'candidates' or 'optimum', got {against!r}")
    # The two features and their dimension are a model of (2, 1) of their own.
    return float(true_boundary([ratio]).density.item())


def first_pair_formula() -> sp.Expr:
    """Return the density of the first pair as a function of r, from the exact boundary [D12]."""
    dedicated, _, digon = candidates(2, 1)
    return boundary(dedicated, digon).density[0]


def arms(density: float, ratio: float) -> FloatArray:
    """Norms of two features of importance 1 and `ratio` in their best model of one dimension."""
    best = optimum(2, 1, density=density, importance=[1.0, ratio], starts=16)
    return np.abs(best.W[0])


def full_pair_density(ratio: float) -> float:
    """Density at which the weaker arm of the best pair jumps past a half, from dense to sparse.

    Parameters
    ----------
    ratio : float
        Importance of the second feature over that of the first.

    Raises
    ------
    ValueError
        The pair is no full one at the sparse end of `PAIR_DENSITIES`, or is one at the dense end.

    Examples
    --------
    >>> round(full_pair_density(0.7), 4)
    0.5622
    """
    dense, sparse = float(PAIR_DENSITIES[0]), float(PAIR_DENSITIES[-1])

    def beyond(density: float) -> float:
        return float(arms(density, ratio)[1]) - HALF

    if not beyond(dense) < 0 <= beyond(sparse):
        raise ValueError(
            f"ratio must be one whose full pair forms between p = {sparse:g} and {dense:g}, "
            f"got {ratio!r}"
        )
    # It jumps, so that there is a change of sign to bracket but no root for a faster method.
    return float(bisect(beyond, dense, sparse, xtol=SHARP))
