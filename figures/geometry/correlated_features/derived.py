"""Pairs of features that come together or exclude each other, in the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from figures.geometry.correlated_features.plan import Plan
from theory.geometry.collapse import collapses, pair_minima
from theory.loss.sets import Sets
from theory.minima.sets import set_minima


def derive(plan: Plan) -> xr.Dataset:
    """The best known model of each case and the next best minimum; two pairs about to collapse."""
    data: dict[str, Any] = {}
    for at, case in enumerate(plan.cases):
        p = case.density
        minima = set_minima(2, Sets(case.kind, case.sizes, p), starts=32)
        best = minima[0]
        if case.kind == "correlated":
            best = min([best, *pair_minima(case.pairs, [p], starts=2)], key=lambda m: m.loss)
        worse = [m.loss for m in minima if m.loss > best.loss + 1e-6 * p]
        data[f"W_{at}"] = (("hidden", f"feature_{at}"), best.W)
        data[f"b_{at}"] = (f"feature_{at}", best.b)
        data[f"loss_{at}"] = best.loss
        data[f"next_{at}"] = worse[0] if worse else np.nan
    # Both pairs give in together, between the sparse and the dense case.
    ends = [case.density for case in plan.cases if (case.kind, case.pairs) == ("correlated", 2)]
    [found] = collapses(2, ends, starts=4)
    data["threshold"] = found.density
    # Partners open a little on the way there: the model just below, where it is still the best.
    below = pair_minima(2, [found.density * (1 - 1e-5)], starts=4)[0]
    data["threshold_W"] = (("hidden", "threshold_feature"), below.W)
    return xr.Dataset(data)
