"""Features counted from activations, beside how many there are and how many can be counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ground.checks import FloatArray
from theory.ways_out.cumulants import countable_lines, lone_chance

# Shorter features, against the longest, are taken for dropped: training leaves that much noise.
REPRESENTED = 0.1

__all__ = ["Counted", "counted_features"]


@dataclass(frozen=True, eq=False)
class Counted:
    """For each model, noise and method.

    Attributes
    ----------
    features, lines, rank, pairs, countable : (model,)
        Features represented; lines among them; the exact rank of the fourth cumulant; lines with
        an exactly equal pair; whether rank and third cumulants give the number of features.
    lone : (model,)
        Chance that a sample holds one given feature alone.
    right, silent : (model, noise, method)
        The count is the number of features; it is not, and nothing was said against it.
    over : (model, noise)
        By how much the rank of samples exceeds the exact one.
    """

    features: FloatArray
    lines: FloatArray
    rank: FloatArray
    pairs: FloatArray
    countable: FloatArray
    lone: FloatArray
    right: FloatArray
    silent: FloatArray
    over: FloatArray

    def row(self) -> dict[str, Any]:
        """Numbers for the table of agreement: models right at each noise, of how many."""
        found: dict[str, Any] = {"counted_models": len(self.features)}
        for k, method in enumerate(("rays", "cumulants")):
            for j in range(self.right.shape[1]):
                found[f"counted_{method}_{j}"] = int(self.right[:, j, k].sum())
            found[f"counted_{method}_silent"] = int(self.silent[..., k].sum())
        return {
            **found,
            "counted_rank_over": int(np.sum(self.over > 0)),
            "countable_by_rank": int(self.countable.sum()),
        }


def counted_features(measured: xr.Dataset, densities: Sequence[float]) -> Counted:
    """Compare counts with weights.

    Parameters
    ----------
    measured : Dataset
        Of the figure feature_count: count, lines, doubts, and W padded by NaN.
    densities : sequence of float
        Of each model's data.
    """
    shown = [_represented(weights) for weights in measured["W"].values]
    countable = [countable_lines(weights) for weights in shown]
    features = np.array([found.features for found in countable])
    right = measured["count"].values == features[:, None, None]
    silent = ~right & (measured["doubts"].values == 0)
    rank = np.array([found.rank for found in countable])
    pairs = np.array([found.equal_pairs for found in countable])
    lines = measured["lines"].values[..., 1]
    return Counted(
        features=features,
        lines=np.array([found.lines for found in countable]),
        rank=rank,
        pairs=pairs,
        countable=rank + pairs == features,
        lone=np.array([lone_chance(int(n), p) for n, p in zip(features, densities, strict=True)]),
        right=right,
        silent=silent,
        over=lines - rank[:, None],
    )


def _represented(padded: FloatArray) -> FloatArray:
    """The columns of W that are there and long enough to count."""
    rows, columns = np.isfinite(padded[:, 0]), np.isfinite(padded[0])
    weights = padded[rows][:, columns]
    norms = np.linalg.norm(weights, axis=0)
    kept: FloatArray = np.asarray(weights[:, norms > REPRESENTED * norms.max()])
    return kept
