"""The best model behind each activation: on the diagram, at the trained cells, and from which r."""

from __future__ import annotations

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.ways_out.activation_phases.plan import Plan
from theory.ways_out.activation_optimum import activation_phase_diagram, activation_threshold
from theory.ways_out.output_activations import OUTPUTS


def derive(plan: Plan) -> xr.Dataset:
    """``loss``, ``alone``, ``structure`` of each; at trained cells with ``cell_`` before it."""
    diagrams, cells, least = [], [], []
    for name in tqdm(OUTPUTS, desc="activations"):
        diagrams.append(activation_phase_diagram(plan.densities, plan.importances, activation=name))
        cells.append(
            activation_phase_diagram(
                np.array(plan.trained_densities), np.array(plan.trained_importances),
                activation=name,
            )
        )  # fmt: skip
        least.append([_threshold(p, name) for p in plan.table_densities])
    names = ("loss", "alone", "structure", "W")
    whole = xr.concat([one[list(names)].drop_attrs() for one in diagrams], "activation")
    few = xr.concat([one[list(names)].drop_attrs() for one in cells], "activation")
    renamed = {name: f"cell_{name}" for name in (*names, "density", "importance")}
    few = few.rename(renamed)
    threshold = xr.Dataset(
        {"threshold": (("activation", "table_density"), np.array(least).reshape(len(OUTPUTS), -1))},
        {"table_density": list(plan.table_densities)},
    )
    return xr.merge([whole, few, threshold], compat="equals", join="exact").assign_coords(
        activation=list(OUTPUTS)
    )


def _threshold(p: float, name: str) -> float:
    """The least r with superposition; a jump has none, and a linear output never shares."""
    if name == "jump":
        return 0.0
    return np.inf if name == "linear" else activation_threshold(p, activation=name)
