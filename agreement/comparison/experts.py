"""Mixtures of experts and dense models that pass on as many activations."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

__all__ = ["crossing_density", "experts_row"]


def crossing_density(densities: Any, first: Any, second: Any) -> float:
    """The density at which the first curve, lower before, passes the second; NaN if it never does.

    Between grid points along a line in log density.

    Examples
    --------
    >>> round(crossing_density([0.01, 0.1], [0.0, 2.0], [1.0, 1.0]), 4)
    0.0316
    """
    x = np.log(np.asarray(densities, dtype=float))
    gap = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    above = np.flatnonzero((gap[1:] >= 0) & (gap[:-1] < 0))
    if not above.size:
        return float("nan")
    k = int(above[0])
    return float(np.exp(x[k] + (x[k + 1] - x[k]) * gap[k] / (gap[k] - gap[k + 1])))


def experts_row(measured: xr.Dataset, derived: xr.Dataset) -> dict[str, Any]:
    """Trained models against exact ones, and where each kind is worth its activations."""
    at = derived.sel(count=measured["active"].values)
    nothing = float(derived["nothing"])
    row: dict[str, Any] = {}
    for name, exact in (("lone", "lone"), ("started", "lone"), ("paired", "paired")):
        off = (measured[f"loss_{name}"].values - at[exact].values) / nothing
        row[f"experts_{name}_least"] = float(off.min())
        row[f"experts_{name}_most"] = float(off.max())
    row["experts_first"] = float(measured["loss_lone"][0]) / float(at["lone"][0]) - 1
    saved = nothing - derived[["lone", "dense"]].isel(count=0)
    row["experts_gain"] = float(saved["lone"] / saved["dense"])
    dense = np.minimum(at["digons"].values, measured["loss_dense"].values)
    row["experts_over_dense"] = float((dense / np.minimum(at["lone"], at["paired"])).max())
    for other in ("dense", "digons"):
        row[f"experts_until_{other}"] = crossing_density(
            derived["density"].values, derived["share_groups"], derived[f"share_{other}"]
        )
    return row
