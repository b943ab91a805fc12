"""Models whose features are to be found again: best known models and random directions.

A best known model is a number of equal blocks in orthogonal subspaces, each the best member of its
family at a density at which nothing else known packs as many features into as many dimensions at
less loss.  With it the confound of training is gone: W is what it should be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray
from theory.geometry.large_blocks import large_block
from theory.geometry.packing import best_block
from theory.polytopes.arrangements import arrangement

__all__ = ["PHASES", "Geometry", "optimal", "random_directions"]

# Densities, sparsest and densest, between which a model of such blocks alone is the best known
# mixture for as many features and dimensions (theory.geometry.mixture, on eight a decade).
PHASES = {
    "digon": (0.01, 0.63),
    "triangle": (0.63, 0.79),
    "tetrahedron": (0.56, 0.79),
    "pentagon": (0.178, 0.224),
    "square antiprism": (0.158, 0.2),
}


@dataclass(frozen=True, eq=False)
class Geometry:
    """One model with the densities at which it is what theory or training says.

    Attributes
    ----------
    name : str
        Of its blocks, "random" or "trained".
    W : (n_hidden, n_features), b : (n_features,)
    density : float
        At which scale and bias are the best.
    densities : (float, float)
        Between which the arrangement is the best known, sparsest first; the one density of a
        random or a trained model.
    blocks : int
        How many side by side; 1 where they are not blocks.
    """

    name: str
    W: FloatArray
    b: FloatArray
    density: float
    densities: tuple[float, float]
    blocks: int = 1

    @property
    def n_features(self) -> int:
        """n."""
        return int(self.W.shape[1])

    @property
    def n_hidden(self) -> int:
        """m."""
        return int(self.W.shape[0])

    @property
    def dictionary(self) -> FloatArray:
        """W_i as rows, (n_features, n_hidden)."""
        return np.ascontiguousarray(self.W.T)


def optimal(name: str, n_hidden: int, *, density: float | None = None) -> Geometry:
    """As many blocks of a family of packing as m dimensions hold, at their best.

    Parameters
    ----------
    name : str
        Of `PHASES`, or of any arrangement of :mod:`theory.polytopes.arrangements`.
    n_hidden : int
        m, a multiple of the block's dimension.
    density : float, optional
        Of scale, bias and free shape; the geometric middle of its phase by default.

    Examples
    --------
    >>> pentagons = optimal("pentagon", 4)
    >>> pentagons.n_features, pentagons.blocks, pentagons.b[0] < 0
    (10, 2, True)
    """
    family = arrangement(name)
    blocks, left = divmod(n_hidden, family.dimension)
    if left or not blocks:
        raise ValueError(
            f"n_hidden must be a multiple of {family.dimension}, of which a {name} is, "
            f"got {n_hidden}"
        )
    if density is None:
        low, high = PHASES[name]
        density = float(np.sqrt(low * high))
    best = best_block(name, density)
    gram = family.gram_of(0.5 if best.shape is None else best.shape)
    values, vectors = np.linalg.eigh(gram)
    rows = (vectors * np.sqrt(np.maximum(values, 0.0))).T[-family.dimension :]
    one = np.sqrt(best.scale) * rows
    W = np.kron(np.eye(blocks), one)
    b = np.full(W.shape[1], best.bias)
    return Geometry(name, W, b, density, PHASES.get(name, (density, density)), blocks)


def random_directions(n_features: int, n_hidden: int, *, density: float, seed: int) -> Geometry:
    """Independent directions, all of the length and bias best for a large tight frame."""
    block = large_block(density, ratio=n_features / n_hidden)
    W = np.random.default_rng(seed).normal(size=(n_hidden, n_features))
    W *= np.sqrt(block.scale) / np.linalg.norm(W, axis=0)
    # What the others add on average is for the bias to take away.
    gram = W.T @ W
    others = gram.sum(axis=0) - np.diag(gram)
    b = block.bias - 0.5 * density * others
    return Geometry("random", W, b, density, (density, density))
