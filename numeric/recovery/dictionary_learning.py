"""Dictionary learning: codes for the atoms, atoms for the codes, in turns."""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled
from numeric.recovery.coding import codes_for, objective

__all__ = ["learn_dictionary", "spread_directions", "unit_rows"]

INNER = 1  # sweeps over the codes between two changes of the atoms: more of them find no more
STALLED = 1e-5  # relative fall of the objective, over a turn, at which turns end


@compiled()
def _improve(atoms, overlap, moment):  # type: ignore[no-untyped-def]
    """Each atom in turn to its best on the sphere, the others held; dead ones stay.

    With A = CᵀC and B = CᵀH the error is minimal, over unit d_j, along B_j − Σ_{k≠j} A_jk d_k.
    """
    n, m = atoms.shape
    for j in range(n):
        if overlap[j, j] == 0.0:
            continue
        best = moment[j].copy()
        for k in range(n):
            if k != j and overlap[j, k] != 0.0:
                for i in range(m):
                    best[i] -= overlap[j, k] * atoms[k, i]
        norm = np.sqrt(np.sum(best * best))
        if norm > 0.0:
            for i in range(m):
                atoms[j, i] = best[i] / norm


def unit_rows(rows: FloatArray) -> FloatArray:
    """Rows of length one; rows of zeros stay."""
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1.0))


def spread_directions(directions: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Directions of samples far from each other, each drawn by its squared distance (k-means++).

    Drawn evenly, two atoms often begin at the same feature, and share it for ever.
    """
    chosen = [int(rng.integers(len(directions)))]
    distance = np.full(len(directions), np.inf)
    while len(chosen) < count:
        distance = np.minimum(distance, 1 - directions @ directions[chosen[-1]])
        weight = np.maximum(distance, 0.0) ** 2
        total = weight.sum()
        even = total <= 1e-20 * len(weight)  # fewer directions than atoms
        chosen.append(int(rng.choice(len(weight), p=None if even else weight / total)))
    return directions[chosen].copy()


def learn_dictionary(
    activations: FloatArray,
    n_atoms: int,
    *,
    l1: float,
    steps: int,
    rng: np.random.Generator,
    positive: bool = True,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Alternate between non-negative lasso codes and the best atoms of length one.

    .. math:: \min_{D, C \ge 0} |H - C D|^2 + \lambda \sum C, \qquad |d_j| = 1

    Each half step lowers the objective (of block-coordinate descent as in Mairal et al. 2010, with
    the length of atoms fixed, since shorter atoms would be penalised more).  An atom that no
    sample uses becomes the direction of a badly explained sample.

    Parameters
    ----------
    activations : ndarray (samples, n_hidden)
    n_atoms : int
    l1 : float
        λ, in units of the activations.
    steps : int
        Turns at most.
    rng : Generator
        Chooses the samples whose directions the atoms start from.
    positive : bool
        Codes ≥ 0; otherwise signed.

    Returns
    -------
    atoms (n_atoms, n_hidden), codes (samples, n_atoms), objective after each turn

    References
    ----------
    Mairal, Bach, Ponce & Sapiro 2010, *Online learning for matrix factorization and sparse
    coding*, JMLR 11.
    """
    size = np.linalg.norm(activations, axis=1)
    atoms = spread_directions(unit_rows(activations[size > 0]), n_atoms, rng)
    codes = np.zeros((len(activations), n_atoms))
    losses: list[float] = []
    for turn in range(steps):
        codes = codes_for(
            activations, atoms, l1, positive=positive, start=codes, sweeps=INNER, tolerance=1e-6
        )
        losses.append(objective(activations, atoms, codes, l1))
        overlap = codes.T @ codes
        dead = np.flatnonzero(np.diagonal(overlap) == 0)
        _improve(atoms, overlap, codes.T @ activations)
        if dead.size and turn < steps // 2:
            error = np.sum((activations - codes @ atoms) ** 2, axis=1)
            if error.sum() > 0:
                rows = rng.choice(len(error), dead.size, p=error / error.sum())
                atoms[dead] = unit_rows(activations[rows] - (codes @ atoms)[rows])
                continue
        if turn and losses[-2] - losses[-1] <= STALLED * losses[-1]:
            break
    codes = codes_for(activations, atoms, l1, positive=positive, start=codes)
    losses.append(objective(activations, atoms, codes, l1))
    return atoms, codes, np.array(losses)
