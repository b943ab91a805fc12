"""Statistics of features that have no structure, beside random directions and large blocks.

A cloud is what a hierarchy leaves over.  Three numbers say what kind it is: its features per
dimension, how far its overlaps are from the least possible (Welch's bound for the largest, a tight
frame for their squares), and whether the overlaps have heavier tails than those of random
directions, which are a beta law with excess kurtosis −6 / (d + 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray

__all__ = ["Cloud", "cloud"]


@dataclass(frozen=True)
class Cloud:
    """Some features without structure [D14].

    Attributes
    ----------
    features : tuple of int
    dimensions : int
    ratio : float
        Features per dimension.
    welch_ratio : float or None
        Largest |cos| over Welch's bound: 1 for the most even directions there are; None where
        the bound is 0, as there are no more features than dimensions.
    tightness, random_tightness : float
        Σ_ij cos² over k²/d, its least value; and what random directions have on average.
    kurtosis, random_kurtosis : float
        Excess kurtosis of cos over all pairs, and that of random directions.
    scale : float
        Mean of ‖W_i‖².
    block_ratio, block_scale : float or None
        Features per dimension of the best large block at this density, and the scale of a large
        block with as many features per dimension as here; None without a density.
    """

    features: tuple[int, ...]
    dimensions: int
    ratio: float
    welch_ratio: float | None
    tightness: float
    random_tightness: float
    kurtosis: float
    random_kurtosis: float
    scale: float
    block_ratio: float | None = None
    block_scale: float | None = None

    def __str__(self) -> str:
        k, d = len(self.features), self.dimensions
        block = "" if self.block_ratio is None else f" (best large block: {self.block_ratio:.2f})"
        scale = "" if self.block_scale is None else f" (large block: {self.block_scale:.2f})"
        welch = (
            ""
            if self.welch_ratio is None
            else f"largest |cos| {self.welch_ratio:.2f} times Welch's bound; "
        )
        return (
            f"Cloud of {k} features in {d} dimension{'s' if d != 1 else ''}: "
            f"{self.ratio:.2f} features per dimension{block}; "
            f"{welch}"
            f"overlaps squared {self.tightness:.3f} times a tight frame's (random directions: "
            f"{self.random_tightness:.3f}), excess kurtosis {self.kurtosis:.2f} "
            f"(random: {self.random_kurtosis:.2f}); mean ‖W_i‖² {self.scale:.2f}{scale}."
        )


def cloud(
    W: FloatArray, members: Sequence[int], *, dimensions: int | None = None, density: Any = None
) -> Cloud:
    """Statistics of some columns of W.

    Parameters
    ----------
    W : array (m, n)
    members : sequence of int
        At least two, none of them zero.
    dimensions : int, optional
        That they span; the rank when left out.
    density : float or array (n,), optional
        With it, the prediction of large blocks is added, at the mean density.

    Examples
    --------
    >>> found = cloud(np.array([[1.0, -0.5, -0.5], [0, 0.75**0.5, -(0.75**0.5)]]), range(3))
    >>> round(found.welch_ratio, 12), round(found.tightness, 12)
    (1.0, 1.0)
    """
    columns = W[:, members]
    lengths = np.linalg.norm(columns, axis=0)
    directions = columns / lengths
    k = len(lengths)
    d = int(np.linalg.matrix_rank(columns)) if dimensions is None else dimensions
    overlaps = (directions.T @ directions)[np.triu_indices(k, 1)]
    welch = np.sqrt(max(0.0, k - d) / (d * max(1, k - 1)))
    spread = overlaps - overlaps.mean()
    variance = float(np.mean(spread**2))
    ratio, scale = k / d, float(np.mean(lengths**2))
    block_ratio = block_scale = None
    if density is not None and ratio >= 1:
        p = float(np.mean(np.asarray(density)[..., members] if np.ndim(density) else density))
        if 0 < p <= 1:
            from theory.geometry.large_blocks import large_block

            block_ratio = large_block(p).features_per_dimension
            block_scale = large_block(p, ratio=ratio).scale
    return Cloud(
        tuple(int(i) for i in members),
        d,
        ratio,
        float(np.abs(overlaps).max() / welch) if welch else None,
        float((k + 2 * np.sum(overlaps**2)) * d / k**2),
        (d + k - 1) / k,
        float(np.mean(spread**4) / variance**2 - 3) if variance else 0.0,
        -6 / (d + 2),
        scale,
        block_ratio,
        block_scale,
    )
