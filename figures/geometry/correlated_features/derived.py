"""Pairs of features that come together or exclude each other, in the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from figures.geometry.correlated_features.plan import CASES, configuration
from figures.kit.profile import Profile
from ground.results import configured
from theory.geometry.collapse import pair_minima
from theory.loss.sets import Sets
from theory.minima.sets import set_minima


def derive(profile: Profile) -> xr.Dataset:
    """The exact best model of each case, and the next best minimum."""
    data: dict[str, Any] = {}
    for at, (_, law, pairs, p) in enumerate(CASES):
        minima = set_minima(2, Sets(law, (2,) * pairs, p), starts=32)  # type: ignore[arg-type]
        best = minima[0]
        if law == "correlated":
            best = min([best, *pair_minima(pairs, [p], starts=2)], key=lambda m: m.loss)
        worse = [m.loss for m in minima if m.loss > best.loss + 1e-6 * p]
        data[f"W_{at}"] = (("hidden", f"feature_{at}"), best.W)
        data[f"b_{at}"] = (f"feature_{at}", best.b)
        data[f"loss_{at}"] = best.loss
        data[f"next_{at}"] = worse[0] if worse else np.nan
    return configured(xr.Dataset(data), {"theory": "correlated", **configuration(profile)})
