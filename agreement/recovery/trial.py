"""One trial of a decoder: learnt on either half of the samples, scored on the other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray
from numeric.recovery.coding import codes_for
from numeric.recovery.recover import recover
from numeric.recovery.scores import recovery_scores

__all__ = ["Trial", "trial"]

SAME = 0.05  # 1 − cosine below which an atom is found again
ACTIVE = 1e-6  # of the largest code
BLANKS = 20  # sets of random directions


@dataclass(frozen=True)
class Trial:
    """Scores that need no ground truth; none of them says that atoms are features.

    Attributes
    ----------
    method : str
    l1 : float
        λ of the codes, in units of the activations.
    atoms : int
        Found in either half, on average rounded down.
    explained : float
        Share of the variance of the other half that its codes for these atoms reproduce.
    components : float
        The same for as many principal components as atoms are active in a sample, rounded up.
    l0 : float
        Atoms active in a sample.
    dead : float
        Share of atoms active in no sample of the other half.
    shrinkage : float
        Mean length of reconstructions over that of samples; λ makes it less than 1.
    same : float
        Share of one half's atoms that the other half has too, within a cosine of 0.95.
    matched, blank : float
        Mean cosine of the two halves' atoms, matched; and of as many random directions.
    """

    method: str
    l1: float
    atoms: int
    explained: float
    components: float
    l0: float
    dead: float
    shrinkage: float
    same: float
    matched: float
    blank: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def trial(
    halves: tuple[FloatArray, FloatArray],
    n_atoms: int,
    *,
    method: str,
    l1: float,
    starts: int,
    seed: int,
) -> Trial:
    """Learn on each half with seeds of their own, code the other, match the atoms.

    Parameters
    ----------
    halves : two of (samples, dimensions)
    n_atoms : int
    method : str
        As :func:`numeric.recover` takes it.
    l1 : float
        λ.
    starts : int
        Of each decoder, the one with the least loss being kept.
    seed : int
    """
    found = [
        recover(half, n_atoms, method=method, l1=l1, seed=[seed, k], starts=starts).atoms
        for k, half in enumerate(halves)
    ]
    scored = [_scored(halves[1 - k], atoms, l1) for k, atoms in enumerate(found)]
    explained, l0, dead, shrinkage = np.mean(scored, axis=0)
    if all(len(atoms) for atoms in found):
        matched = recovery_scores(found[0], found[1])
        same, cosine = matched.recovered(SAME), matched.mcc
    else:
        same = cosine = 0.0
    counts = [len(atoms) for atoms in found]
    return Trial(
        method=method,
        l1=l1,
        atoms=sum(counts) // 2,
        explained=float(explained),
        components=_components(halves, int(np.ceil(l0))),
        l0=float(l0),
        dead=float(dead),
        shrinkage=float(shrinkage),
        same=same,
        matched=cosine,
        blank=_blank(counts, halves[0].shape[1], seed),
    )


def _scored(h: FloatArray, atoms: FloatArray, l1: float) -> tuple[float, float, float, float]:
    """Explained variance, L0, dead share and shrinkage of codes for given atoms."""
    if not len(atoms):
        return 0.0, 0.0, 0.0, 0.0
    codes = codes_for(h, atoms, l1)
    rebuilt = codes @ atoms
    centred = h - h.mean(axis=0)
    explained = 1 - np.sum((h - rebuilt) ** 2) / np.sum(centred**2)
    active = codes > ACTIVE * max(float(codes.max()), 1e-300)
    lengths = np.linalg.norm(h, axis=1)
    there = lengths > 0
    shrinkage = np.mean(np.linalg.norm(rebuilt[there], axis=1)) / np.mean(lengths[there])
    return (
        float(explained),
        float(active.sum(axis=1).mean()),
        float(np.mean(~active.any(axis=0))),
        float(shrinkage),
    )


def _components(halves: tuple[FloatArray, FloatArray], k: int) -> float:
    """Variance of the second half in the k leading principal directions of the first."""
    first, second = (half - half.mean(axis=0) for half in halves)
    axes = np.linalg.eigh(first.T @ first)[1][:, ::-1][:, :k]
    return float(np.sum((second @ axes) ** 2) / np.sum(second**2))


def _blank(counts: list[int], dimensions: int, seed: int) -> float:
    """Mean matched cosine of random directions: what chance alone gives."""
    if not all(counts):
        return 0.0
    rng = np.random.default_rng([seed, 2])
    blanks = [
        recovery_scores(*(rng.normal(size=(count, dimensions)) for count in counts)).mcc
        for _ in range(BLANKS if max(counts) <= 200 else 1)
    ]
    return float(np.mean(blanks))
