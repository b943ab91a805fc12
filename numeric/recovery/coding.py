"""Sparse codes of activations for given atoms: the lasso, non-negative or signed."""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled

__all__ = ["codes_for", "objective"]

SWEEPS, TOLERANCE = 200, 1e-7


@compiled()
def _descend(gram, pull, codes, positive, sweeps, tolerance):  # type: ignore[no-untyped-def]
    """Coordinate descent, row by row, in place; `pull` is D h − λ/2, or D h where signed.

    The slack r_j = pull_j − Σ_k G_jk c_k is kept up to date, so that a coordinate which stays at
    zero costs one comparison.
    """
    rows, n = codes.shape
    slack = np.empty(n)
    half = tolerance[0]
    for s in range(rows):
        code = codes[s]
        for j in range(n):
            slack[j] = pull[s, j]
        for k in range(n):
            if code[k] != 0.0:
                for j in range(n):
                    slack[j] -= code[k] * gram[k, j]
        for _ in range(sweeps):
            largest = 0.0
            for j in range(n):
                value = code[j] + slack[j]
                if positive:
                    value = max(value, 0.0)
                elif value > half:
                    value -= half
                elif value < -half:
                    value += half
                else:
                    value = 0.0
                change = value - code[j]
                if change != 0.0:
                    code[j] = value
                    for k in range(n):
                        slack[k] -= change * gram[j, k]
                    largest = max(largest, abs(change))
            if largest <= tolerance[1]:
                break


def codes_for(
    activations: FloatArray,
    atoms: FloatArray,
    l1: float,
    *,
    positive: bool = True,
    start: FloatArray | None = None,
    sweeps: int = SWEEPS,
    tolerance: float = TOLERANCE,
) -> FloatArray:
    r"""The codes of least cost for unit atoms, by coordinate descent.

    .. math:: c = \arg\min_{c \ge 0} |h - D^\top c|^2 + \lambda \sum_j |c_j|

    Parameters
    ----------
    activations : ndarray (samples, n_hidden)
    atoms : ndarray (n_atoms, n_hidden)
        Rows of length one.
    l1 : float
        λ ≥ 0, in units of the activations.
    positive : bool
        c ≥ 0; otherwise codes have signs.
    start : ndarray (samples, n_atoms), optional
        Codes to descend from; zeros otherwise.
    sweeps, tolerance : int, float
        Sweeps over the atoms at most; the largest change of a code, relative to the largest
        activation, at which a sweep is the last.

    Returns
    -------
    ndarray (samples, n_atoms)

    Examples
    --------
    >>> codes_for(np.array([[1.0, 0.0]]), np.eye(2), 0.2)
    array([[0.9, 0. ]])
    """
    pull = activations @ atoms.T
    if positive:
        pull -= l1 / 2
    codes = np.zeros_like(pull) if start is None else start.copy()
    size = float(np.abs(activations).max(initial=0.0))
    _descend(atoms @ atoms.T, pull, codes, positive, sweeps, np.array([l1 / 2, tolerance * size]))
    return codes


def objective(activations: FloatArray, atoms: FloatArray, codes: FloatArray, l1: float) -> float:
    """Mean over samples of |h − Dᵀc|² + λ Σ|c|, what every method here is measured by."""
    error = codes @ atoms - activations
    return float((np.sum(error**2) + l1 * np.abs(codes).sum()) / len(activations))
