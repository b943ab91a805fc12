"""The surface and its lines, the diagram at one λ, the section at r = 1, and both paths."""

from __future__ import annotations

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.ways_out.interference_phase_n2_m1.plan import Plan
from theory.data_law import feature_variance
from theory.transitions.true_boundary import boundary_importance
from theory.ways_out.decay import decay_threshold
from theory.ways_out.interference import interference_spinodals, interference_threshold
from theory.ways_out.interference_lines import (
    even_pair_threshold,
    interference_lines,
    interference_points,
)
from theory.ways_out.interference_optimum import interference_phase_diagram, minima_of

LEAST_IMPORTANCE = 0.1
CONTINUOUS_FROM = 0.565  # below this importance every transition is a jump
SHARES = 32  # of λ in the section at r = 1


def derive(plan: Plan) -> xr.Dataset:
    """Compute every layer."""
    ratios = np.geomspace(LEAST_IMPORTANCE, 1, plan.surface // 2 + 1)
    along = np.geomspace(0.01, 1, plan.surface)
    steps = tqdm(
        [
            lambda: _renamed(_bare(interference_threshold(along, ratios)), "surface"),
            lambda: _renamed(
                _bare(interference_threshold(plan.table_densities, plan.table_importances)), "table"
            ),
            lambda: _renamed(
                interference_lines(np.linspace(CONTINUOUS_FROM, 1, plan.surface // 4)), "line"
            ),
            _points,
            lambda: _renamed(boundary_importance(along[::2]), "free"),
            lambda: _renamed(
                interference_phase_diagram(
                    plan.densities, plan.importances, interference=plan.strength
                ),
                "diagram",
            ),
            lambda: _section(plan),
            lambda: _path(plan),
            lambda: _renamed(_bare(decay_threshold(along, [1.0, *plan.decay_ratios])), "end"),
            lambda: _renamed(
                _bare(decay_threshold(plan.table_densities, plan.table_importances)), "ends"
            ),
        ],
        desc="penalties",
    )
    layers = [step() for step in steps]
    return xr.merge(layers, combine_attrs="override", compat="equals", join="exact")


def _section(plan: Plan) -> xr.Dataset:
    """At r = 1: the weaker weight over the stronger, by density and λ over v, and all lines."""
    p = np.geomspace(0.01, 1, plan.section)
    shares = np.linspace(0, 1, SHARES)
    kappa = np.zeros((len(p), SHARES))
    for i, density in enumerate(p):
        strengths = shares * feature_variance(density)
        for j, minima in enumerate(minima_of(float(density), np.ones(SHARES), strengths)):
            w1, w2 = minima[0].theta[:2]
            kappa[i, j] = abs(w2 / w1)
    ends = interference_spinodals(p, [1.0]).isel(importance=0)
    surface = interference_threshold(p, [1.0]).isel(importance=0)
    return xr.Dataset(
        {
            "section_kappa": (("section_density", "section_share"), kappa),
            "section_threshold": ("section_density", surface["threshold"].values),
            "section_one": ("section_density", ends["one_feature"].values),
            "section_pair": ("section_density", ends["pair"].values),
        },
        coords={"section_density": p, "section_share": shares},
    )


def _path(plan: Plan) -> xr.Dataset:
    """Task loss, overlap and objective of the best model as λ rises at one density."""
    fine = np.union1d(np.linspace(0, plan.path_most, 10 * plan.path), plan.strengths)
    names = ("objective", "loss", "overlap")
    out = {name: np.empty((len(plan.path_ratios), len(fine))) for name in names}
    for i, ratio in enumerate(plan.path_ratios):
        for j, minima in enumerate(minima_of(plan.path_density, np.full(len(fine), ratio), fine)):
            best = minima[0]
            out["objective"][i, j], out["loss"][i, j] = best.objective, best.loss
            out["overlap"][i, j] = 2 * float(best.theta[0] * best.theta[1]) ** 2
    at = interference_threshold([plan.path_density], plan.path_ratios)["threshold"].values[0]
    layers = {f"path_{name}": (("ratio", "fine"), out[name]) for name in names}
    return xr.Dataset(
        {**layers, "path_threshold": ("ratio", at)},
        coords={"ratio": list(plan.path_ratios), "fine": fine},
    )


def _points() -> xr.Dataset:
    points = interference_points()
    return xr.Dataset(
        {
            "point_density": ("point", [point.density for point in points]),
            "point_importance": ("point", [point.importance for point in points]),
            "point_kind": ("point", [point.kind for point in points]),
            "point_between": ("point", [point.between for point in points]),
            "top": even_pair_threshold(points[-1].density),
        }
    )


def _bare(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.drop_vars(["W", "b"])


def _renamed(dataset: xr.Dataset, prefix: str) -> xr.Dataset:
    """Put a prefix before every name, so that layers with other axes can share a file."""
    names = [*dataset.data_vars, *dataset.coords, *(set(dataset.dims) - set(dataset.coords))]
    return dataset.rename({name: f"{prefix}_{name}" for name in names})
