"""Predicted: who survives in the best matching, when λ is raised, and alone; what it costs."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.ways_out.penalised_survivors.plan import Plan
from theory.data_law import feature_variance
from theory.ways_out.lone import lone_feature
from theory.ways_out.survivors import still_alive, survivors


def derive(plan: Plan) -> xr.Dataset:
    """``count``, ``loss``, ``objective``, ``pairs``, ``raised``, ``lone_…`` (width, l1)."""
    world = {"density": plan.density, "importance": plan.importance}
    columns: dict[str, list[list[float]]] = {
        name: []
        for name in (
            "count",
            "pairs",
            "loss",
            "objective",
            "raised",
            "lone_count",
            "lone_objective",
        )
    }
    nothing = feature_variance(plan.density) * plan.importance
    for m in plan.widths:
        found = [survivors(m, l1=float(l1), **world) for l1 in plan.l1]
        columns["count"].append([one.count for one in found])
        columns["pairs"].append([sum(len(k) == 2 for k in one.neurons) for one in found])
        columns["loss"].append([one.loss for one in found])
        columns["objective"].append([one.objective for one in found])
        raised = [still_alive(found[0], l1=float(l1), **world).sum() for l1 in plan.l1]
        columns["raised"].append([float(count) for count in raised])
        lone = [
            [lone_feature(plan.density, float(i), float(l1)) for i in plan.importance[:m]]
            for l1 in plan.l1
        ]
        columns["lone_count"].append([sum(w > 0 for w, _ in each) for each in lone])
        rest = float(nothing[m:].sum())
        columns["lone_objective"].append([rest + sum(value for _, value in each) for each in lone])
    return xr.Dataset(
        {name: (("width", "l1"), np.array(values)) for name, values in columns.items()}
        | {"nothing": nothing.sum()},
        {"width": list(plan.widths), "l1": plan.l1},
    )
