"""The levels of the k-gons in closed form, minima and saddles."""

from __future__ import annotations

import xarray as xr

from figures.dynamics.kgon_levels.plan import Plan
from theory.one_hot.kgons import kgon_levels


def derive(plan: Plan) -> xr.Dataset:
    """Every level: a k-gon, the other features unused with a positive or a negative bias."""
    levels = kgon_levels(plan.n_features, dead=True)
    names = ("loss", "name", "kind", "k", "radius", "bias")
    return xr.Dataset(
        {name: ("level", [getattr(level, name) for level in levels]) for name in names}
    )
