r"""How many active features a linear programme still recovers: supports that grow until it fails.

Whether basis pursuit returns x depends on its support alone, and a support that is recovered has
all its subsets recovered.  So each sample is a random order of the features, and one number says
all about it: how many of them, in that order, may be active.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from ground.checks import (
    FloatArray,
    as_density_axis,
    as_list,
    check_at_most,
    check_flag,
    check_positive_int,
    check_seed,
)
from numeric.recovery.rows import as_atoms, unit_rows

__all__ = ["REPRESENTED", "CriticalSupports", "critical_supports", "represented"]

REPRESENTED = 0.3  # ‖W_i‖ from which a feature counts as represented

MOST = 10_000_000  # entries of all programmes together: about a minute
CLOSE = 1e-6  # of values between ½ and 1
TIE = 1e-5  # above the solver's tolerance


@dataclass(frozen=True, eq=False)
class CriticalSupports:
    """Where recovery ends in each sample.

    Attributes
    ----------
    active : int array (samples,)
        Features, in the sample's order, that are recovered; with one more they are not.
    density : array (samples,)
        Density at which that one becomes active, as each feature does at a uniform random one.
    n_features, n_hidden : int
    """

    active: NDArray[np.intp]
    density: FloatArray
    n_features: int
    n_hidden: int

    def success(self, densities: Any) -> FloatArray:
        """Share of samples that are recovered at each density.

        The samples are the same at all densities, so that the share falls with them.
        """
        p = as_density_axis(as_list("densities", densities))
        return np.asarray((self.density[:, None] > p).mean(axis=0))


def represented(W: FloatArray) -> NDArray[np.bool_]:
    """Features of one model (m, n) that are represented, (n,): those that can be recovered."""
    return np.asarray(np.linalg.norm(W, axis=0) > REPRESENTED)


def critical_supports(
    dictionary: Any, samples: int, *, nonnegative: bool = True, seed: Any = 0
) -> CriticalSupports:
    r"""Grow random supports until basis pursuit no longer recovers them.

    .. math:: \min_x \sum_i x_i \ \text{ with } \ \sum_i x_i d_i / \|d_i\| = h, \quad x \ge 0

    or, signed, with :math:`\sum_i |x_i|` and any x.

    Parameters
    ----------
    dictionary : array_like (n_features, n_hidden)
        Atoms d_i as rows, none of zeros: Wᵀ of a model without the features that it ignores.
    samples : int
        Random orders of the features, each halved to its critical number by programmes.
    nonnegative : bool
    seed : int or list of int

    Returns
    -------
    CriticalSupports

    Raises
    ------
    ValueError
        A row of zeros in the dictionary, no samples, or more of them than programmes end in
        minutes.

    Examples
    --------
    Of a digon one feature at a time is recovered:

    >>> critical_supports([[1.0], [-1.0]], 3).active.tolist()
    [1, 1, 1]

    References
    ----------
    The programme is that of Chen, Donoho and Saunders 1998.
    """
    atoms = unit_rows(as_atoms("dictionary", dictionary, zero=False))
    n, m = atoms.shape
    samples = check_positive_int("samples", samples)
    check_flag("nonnegative", nonnegative)
    steps = int(np.ceil(np.log2(n + 1)))
    check_at_most("samples", samples, MOST // (n * m * steps), "for this dictionary")
    rng = np.random.default_rng(check_seed(seed))
    # Values do not matter; these are far from 0.
    orders = np.argsort(rng.random((samples, n)), axis=1)
    values = rng.uniform(0.5, 1.0, (samples, n))
    if not nonnegative:
        values *= rng.choice([-1.0, 1.0], (samples, n))
    active = np.array(
        [
            _halved(atoms, order, value, nonnegative)
            for order, value in zip(orders, values, strict=True)
        ]
    )
    # The next feature's density is the (active + 1)-th smallest of n uniform numbers.
    densities = np.ones(samples)
    ends = active < n
    densities[ends] = rng.beta(active[ends] + 1, n - active[ends])
    return CriticalSupports(active, densities, n, m)


def _halved(atoms: FloatArray, order: NDArray[np.intp], values: FloatArray, positive: bool) -> int:
    """The largest number of active features that comes back, by halving."""
    good, bad = 0, len(order) + 1
    while bad - good > 1:
        k = (good + bad) // 2
        x = np.zeros(len(order))
        x[order[:k]] = values[:k]
        if _comes_back(atoms, x, positive):
            good = k
        else:
            bad = k
    return good


def _comes_back(atoms: FloatArray, x: FloatArray, positive: bool) -> bool:
    """Whether the programme has x, and no other vector, for its answer."""
    D = atoms.T if positive else np.hstack([atoms.T, -atoms.T])
    h = atoms.T @ x
    # Where x is one of several answers, one of the others is a little cheaper here.
    parts = x if positive else np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)])
    cost = 1.0 + TIE * (parts > 0)
    solved = linprog(cost, A_eq=D, b_eq=h, bounds=(0, None), method="highs-ds")
    if solved.x is None:
        return False
    found = solved.x if positive else solved.x[: len(x)] - solved.x[len(x) :]
    return bool(np.abs(found - x).max() < CLOSE)
