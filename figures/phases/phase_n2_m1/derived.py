"""The diagram as theory has it: candidates, best known model, certificates, transitions."""

from __future__ import annotations

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.phases import boundaries
from figures.phases.phase_n2_m1.plan import Plan
from theory.minima.certificate import certify_grid
from theory.transitions.branches import spinodals
from theory.transitions.first_order import first_order_line
from theory.transitions.special_points import special_points
from theory.transitions.true_boundary import boundary_importance, true_boundary


def derive(plan: Plan) -> xr.Dataset:
    """Compute what theory says, prove it on a coarser grid, and follow the transitions."""
    every = plan.certified
    rows = [
        certify_grid([p], plan.importances[::every]).drop_attrs()
        for p in tqdm(plan.densities[::every], desc="certificates", unit="density")
    ]
    layers = [
        boundaries.derive(plan),
        _renamed(xr.concat(rows, "density"), "certified"),
        *transitions(plan),
    ]
    return xr.merge(layers, combine_attrs="override", compat="equals", join="exact")


def transitions(plan: Plan) -> list[xr.Dataset]:
    """Lines of transitions for r ≤ 1 (r → 1/r mirrors them), special points, distances."""
    p = np.geomspace(1, 0.01, plan.line)
    steps = tqdm(
        [
            lambda: _renamed(boundary_importance(p), "line"),
            lambda: _renamed(spinodals(p), "spinodal"),
            lambda: _renamed(first_order_line(p), "exchange"),
            lambda: _renamed(true_boundary(plan.ratios), "true"),
            lambda: _renamed(true_boundary(plan.ratios, bias=False), "unbiased"),
            _special,
        ],
        desc="transitions",
    )
    return [step() for step in steps]


def _special() -> xr.Dataset:
    points = special_points()
    return xr.Dataset(
        {
            "special_density": ("special", [point.density for point in points]),
            "special_importance": ("special", [point.importance for point in points]),
            "special_kind": ("special", [point.kind for point in points]),
            "special_between": ("special", [point.between for point in points]),
        }
    )


def _renamed(dataset: xr.Dataset, prefix: str) -> xr.Dataset:
    """Put a prefix before every name, so that layers with other axes can share a file."""
    names = [*dataset.data_vars, *dataset.coords]
    return dataset.drop_attrs().rename({name: f"{prefix}_{name}" for name in names})
