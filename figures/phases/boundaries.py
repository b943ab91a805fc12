"""A phase diagram as theory has it: candidates, the optimum, and the exact curves between them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.phases.diagram import Diagram
from theory.phases.diagram import phase_diagram
from theory.phases.envelope import multiple_points, phase_boundaries

__all__ = ["derive"]

POINTS = 200  # of a boundary drawn as a curve


def derive(plan: Diagram) -> xr.Dataset:
    """Both derived diagrams, the candidates' exact boundaries as curves, and multiple points."""
    shape = (plan.n_features, plan.n_hidden, plan.densities, plan.importances)
    optimum = phase_diagram(*shape, against="optimum")
    candidates = phase_diagram(*shape, against="candidates")
    both = xr.concat(
        [dataset[["structure", "loss"]].drop_attrs() for dataset in (candidates, optimum)],
        xr.DataArray(["candidates", "optimum"], dims="against", name="against"),
    )
    curves = [piece.points(POINTS) for piece in phase_boundaries(*shape[:2])]
    points = multiple_points(*shape[:2])
    return both.assign(
        W=optimum["W"],
        b=optimum["b"],
        curve_density=(("curve", "point"), np.array([p for p, _ in curves])),
        curve_importance=(("curve", "point"), np.array([r for _, r in curves])),
        multiple_density=("multiple", np.array([float(point.density) for point in points])),
        multiple_importance=("multiple", np.array([float(point.importance) for point in points])),
    )
