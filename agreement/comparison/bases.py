"""Sets of features that share dimensions, against two orthonormal bases [D13]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ground.checks import FloatArray


@dataclass(frozen=True, eq=False)
class Spread:
    """Where the interference of two equal sets of features lies, by run.

    Attributes
    ----------
    within, across : array (run,)
        Root mean square of (WᵀW)_ij, i ≠ j, within sets and across them.
    diagonal : array (run, feature)
        ‖W_i‖².
    best : int
        The run with the least held-out loss.
    """

    within: FloatArray
    across: FloatArray
    diagonal: FloatArray
    best: int

    def row(self, derived: xr.Dataset) -> dict[str, Any]:
        """The row of the table of agreement; `derived` has ``across`` of two orthonormal bases."""
        return {
            "runs": int(self.within.size),
            "interference_within": float(self.within[self.best]),
            "interference_across": float(self.across[self.best]),
            "interference_bases": float(derived["across"]),
            "interference_ratio": float(np.median(self.within / self.across)),
        }


def spread_of(measured: xr.Dataset) -> Spread:
    """Interference of trained models within and across their two sets.

    Parameters
    ----------
    measured : Dataset (run, hidden, feature)
        ``W`` and the held-out ``loss``.
    """
    W = measured["W"].transpose("run", "hidden", "feature").values
    return Spread(*spread(W), best=int(measured["loss"].values.argmin()))


def spread(W: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Root mean square of the off-diagonal within sets, and across; the diagonal (run, …)."""
    G = np.swapaxes(W, -1, -2) @ W
    n = G.shape[-1]
    member = np.arange(n) * 2 // n
    same = (member[:, None] == member) & ~np.eye(n, dtype=bool)
    other = member[:, None] != member
    within, across = (
        np.sqrt(np.mean(np.where(mask, G, 0) ** 2, axis=(1, 2)) * n * n / mask.sum())
        for mask in (same, other)
    )
    return within, across, np.diagonal(G, axis1=1, axis2=2)


__all__ = ["Spread", "spread", "spread_of"]
