"""Two features in one dimension with a price on activity: L1 on h, at any of many λ."""

from __future__ import annotations

from typing import Any

import xarray as xr
from tqdm import tqdm

from agreement.comparison.penalised import penalised_agreement
from figures.pages.explorer.encode import DECIMALS, rounded
from figures.pages.explorer.phases import phase_numbers
from figures.pages.explorer.plan import Plan
from theory.loss.floats import loss_and_gradient
from theory.ways_out.l1_diagram import l1_phase_diagram

__all__ = ["panel"]


def panel(
    plan: Plan,
    penalised_phase_n2_m1_measured: xr.Dataset,
    penalised_phase_n2_m1_derived: xr.Dataset,
) -> dict[str, Any]:
    """The exact diagram at each λ on the figure's grid, and the trained one where it was trained.

    Diagrams at more λ than the figure has are computed here: a third of a second each.
    """
    measured, derived = penalised_phase_n2_m1_measured, penalised_phase_n2_m1_derived
    p, r = derived["density"].values, derived["importance"].values
    known = [float(level) for level in measured["level"].values]
    levels = sorted({*plan.levels, *known})
    optima, trained = [], {}
    for level in tqdm(levels, desc="optimum under L1", unit="λ"):
        exact = l1_phase_diagram(p, r, l1=level)
        optima.append(_models(exact))
        if level in known:
            cell = {"level": known.index(level)}
            beside = penalised_agreement(derived.isel(cell), measured.isel(cell), l1=level)
            trained[f"{level:g}"] = _models(beside.best)
    every = [*optima, *trained.values()]
    return {
        "densities": p.tolist(),
        "importances": r.tolist(),
        "levels": levels,
        "optima": optima,
        "trained": trained,
        "phase": phase_numbers(each[1] for model in every for row in model for each in row),
    }


def _models(data: xr.Dataset) -> list[list[list[Any]]]:
    """Each cell as [penalised loss, structure, W, b, loss alone]."""
    W = data["W"].transpose("density", "importance", "hidden", "feature").values.round(DECIMALS)
    b = data["b"].transpose("density", "importance", "feature").values.round(DECIMALS)
    p, r = data["density"].values, data["importance"].values
    priced = data["loss"].transpose("density", "importance").values
    names = data["structure"].transpose("density", "importance").values
    return [
        [
            [
                rounded(priced[i, j]),
                str(names[i, j]),
                rounded(W[i, j]),
                rounded(b[i, j]),
                rounded(
                    float(
                        loss_and_gradient(W[i, j], b[i, j], density=p[i], importance=[1, r[j]])[0]
                    )
                ),
            ]
            for j in range(len(r))
        ]
        for i in range(len(p))
    ]
