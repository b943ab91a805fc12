"""Pictures of feature vectors in the plane, turned to a reference where there is one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray

# Okabe and Ito's palette, one colour a set.
SET_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")


def procrustes(W: FloatArray, reference: FloatArray) -> FloatArray:
    """W turned, or mirrored, in hidden space to lie as close to the reference as it can.

    The orthogonal Q that minimises ‖Q W − R‖ is U Vᵀ, from R Wᵀ = U Σ Vᵀ.
    """
    left, _, right = np.linalg.svd(reference @ W.T)
    return np.asarray(left @ right @ W)


def upright(W: FloatArray, *, mirrored: bool = False) -> FloatArray:
    """Turn the plane so that the first feature points up.

    Parameters
    ----------
    mirrored : bool
        Mirror it as well, where that brings the second feature to the right.
    """
    x, y = W[:, 0] / np.linalg.norm(W[:, 0])
    turned = np.asarray(np.array([[y, -x], [x, y]]) @ W)
    if mirrored and turned[0, 1] < 0:
        turned[0] *= -1
    return turned


def matched(
    W: FloatArray, reference: FloatArray, orders: list[list[int]]
) -> tuple[FloatArray, list[int]]:
    """The allowed order of the features, and the turn, that bring W closest to the reference."""
    turned = [(procrustes(W[:, order], reference), order) for order in orders]
    return min(turned, key=lambda pair: float(np.linalg.norm(pair[0] - reference)))


def arrows(
    ax: Any, W: FloatArray, colours: list[str], *, reference: FloatArray | None = None
) -> None:
    """Feature vectors as arrows; those of the reference as open circles."""
    for (x, y), colour in zip(W.T, colours, strict=True):
        ax.plot([0, x], [0, y], color=colour, lw=1.6, solid_capstyle="round")
        ax.plot(x, y, "o", ms=3, color=colour)
    if reference is not None:
        for (x, y), colour in zip(reference.T, colours, strict=True):
            ax.plot(x, y, "o", ms=8, mfc="none", color=colour, mew=0.9)
    ax.set(xlim=(-1.45, 1.45), ylim=(-1.45, 1.45), aspect="equal", xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set_visible(False)
