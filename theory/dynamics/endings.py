"""What gradient flow ends in: minima, dead ends, and points that are stable from one side [D23].

A flow need not end in a minimum.  An output that is negative for all inputs has no gradient: its
bias stays where it is, on a half-line of dead ends.  And where the loss has a kink a point may draw
all that comes from one side of it and send away all that comes from the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray
from ground.structure import Structure, structure_of

SMALL = 0.02  # weights below are zero at the end of a flow


@dataclass(frozen=True, eq=False)
class Ending:
    """Where flows end, up to rotation and exchange of equal features.

    Attributes
    ----------
    name : str
        Its structure; features with a dead output are marked −.  In one dimension, pairs are
        told by their signs: "antipodal pair" or "aligned pair".
    W : (m, n)
    b : (n,)
        One of its points.
    structure : Structure
    dead : tuple of int
        Features whose output is zero for every input, counted from 0.
    stable : bool
        Whether flows from all around come back to it; dead ends are judged by what is alive.
    """

    name: str
    W: FloatArray
    b: FloatArray
    structure: Structure
    dead: tuple[int, ...]
    stable: bool

    @property
    def coherence(self) -> float:
        """Largest |cos| between two features that are not ignored; 0 where there are not two."""
        kept = self.W[:, np.linalg.norm(self.W, axis=0) > SMALL]
        if kept.shape[1] < 2:
            return 0.0
        unit = kept / np.linalg.norm(kept, axis=0)
        return float(np.abs(unit.T @ unit)[np.triu_indices(kept.shape[1], 1)].max())


def dead_outputs(W: FloatArray, b: FloatArray) -> FloatArray:
    """Whether z_i = b_i + Σ_j G_ij x_j < 0 for every input, (..., n).

    Examples
    --------
    >>> dead_outputs(np.array([[1.0, 0.0]]), np.array([0.0, -0.1])).tolist()
    [False, True]
    """
    G = np.swapaxes(W, -1, -2) @ W
    return np.asarray(b + np.maximum(G, 0.0).sum(-1) < 0)


def described(W: FloatArray, b: FloatArray, *, stable: bool) -> Ending:
    """The ending at a point where a flow has come to rest."""
    W = np.where(np.linalg.norm(W, axis=0) < SMALL, 0.0, W)
    found = structure_of(W)
    dead = tuple(np.flatnonzero(dead_outputs(W, b)).tolist())
    name = str(found)
    if len(W) == 1 and len(b) == 2 and W.all():
        name = "antipodal pair" if W.prod() < 0 else "aligned pair"
    if dead:
        name += " " + " ".join(f"{i + 1}−" for i in dead)
    return Ending(name, W, b, found, dead, stable)
