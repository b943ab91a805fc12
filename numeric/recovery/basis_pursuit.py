r"""Basis pursuit as a linear programme, many samples in one.

$$ \min_x Σ_i |x_i|   with   Σ_i x_i u_i = h,   x ≥ 0 or of any sign, $$

by HiGHS.  A programme of one sample spends most of its time on being set up, so that samples are
stacked: their constraints lie along the diagonal of one sparse matrix, and nothing couples them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray

__all__ = ["basis_pursuit"]

STACK = 64  # samples in one programme; more gain nothing
INFEASIBLE = 2  # linprog's status


def basis_pursuit(h: FloatArray, unit: FloatArray, *, positive: bool) -> FloatArray:
    """Least sum of sizes of codes that reproduce each row of h, (samples, n)."""
    if positive:
        return _least(h, unit)
    both = _least(h, np.concatenate([unit, -unit]))  # x = u − v, of which one is 0
    return np.asarray(both[:, : len(unit)] - both[:, len(unit) :])


def _least(h: FloatArray, unit: FloatArray) -> FloatArray:
    codes = np.zeros((len(h), len(unit)))
    for begin in range(0, len(h), STACK):
        rows = slice(begin, begin + STACK)
        found = _stacked(h[rows], unit)
        if found is None:  # one of them cannot be done, and is to be named
            for i, row in enumerate(h[rows], start=begin):
                alone = _stacked(row[None], unit)
                if alone is None:
                    raise ValueError(
                        f"activations must be reproduced by the dictionary where noise is 0, but "
                        f"no codes do so with those that are not zero, number {i} (from 0); "
                        "give their noise"
                    )
                codes[i] = alone
        else:
            codes[rows] = found
    return codes


def _stacked(h: FloatArray, unit: FloatArray) -> FloatArray | None:
    """All of some samples' codes, or None where one of them has none."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, kron

    n = len(unit)
    constraints: Any = kron(np.eye(len(h)), csr_array(unit.T), format="csr")
    result = linprog(
        np.ones(len(h) * n), A_eq=constraints, b_eq=h.ravel(), bounds=(0.0, None), method="highs"
    )
    if result.status == INFEASIBLE:
        return None
    if not result.success:
        raise RuntimeError(f"the linear programme did not end: {result.message}")
    return np.asarray(result.x).reshape(len(h), n)
