"""What the phase diagrams show of a cell: the best model, other minima, the trained model."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.kit.planar import matched
from figures.kit.style import PHASES, phase_of
from figures.pages.explorer.encode import DECIMALS, rounded
from figures.pages.explorer.plan import Plan
from ground.checks import FloatArray
from theory.loss.floats import loss_and_gradient
from theory.minima.optimum import optimum

__all__ = ["diagram", "panel", "phase_numbers"]

PHASE_NAMES = list(PHASES)
SAME = 1e-7  # relative difference of two losses that are one


def panel(
    plan: Plan,
    phase_n2_m1_measured: xr.Dataset,
    phase_n2_m1_derived: xr.Dataset,
    phase_n3_m2_measured: xr.Dataset,
    phase_n3_m2_derived: xr.Dataset,
) -> dict[str, Any]:
    """Both diagrams, cell by cell."""
    two = diagram(phase_n2_m1_measured, phase_n2_m1_derived, starts=plan.starts)
    three = diagram(phase_n3_m2_measured, phase_n3_m2_derived, starts=plan.starts)
    return {"diagrams": [two, three]}


def diagram(measured: xr.Dataset, derived: xr.Dataset, *, starts: int) -> dict[str, Any]:
    """One diagram; the minima are searched here, since files keep the best one only.

    Returns
    -------
    dict
        Axes, and ``cells`` by density, then importance: ``minima``, best first, each as [loss,
        curvature, structure, W, b]; ``trained`` as [loss, structure, W, b, success rate], turned
        and with equal features renamed so as to lie closest to the optimum; ``candidate`` as
        [loss, structure]; ``certified`` as [lower, upper] where the optimum is proved.
    """
    m, n = derived.sizes["hidden"], derived.sizes["feature"]
    densities, importances = derived["density"].values, derived["importance"].values
    candidates = derived.sel(against="candidates")
    proofs = _proofs(derived)
    cells = []
    for i, p in enumerate(tqdm(densities, desc=f"all minima of ({n}, {m})", unit="density")):
        row = []
        for j, r in enumerate(importances):
            importance = np.array([1.0] * (n - 1) + [r])
            derived_at = {"density": i, "importance": j}
            best = derived.isel(derived_at)
            minima = _minima(best, p, importance, starts)
            cell = {
                "minima": minima,
                "trained": _trained(measured.isel(derived_at), minima[0], p, importance),
                "candidate": [
                    rounded(float(candidates["loss"][i, j])),
                    str(candidates["structure"].values[i, j]),
                ],
            }
            if (p, r) in proofs:
                cell["certified"] = proofs[p, r]
            row.append(cell)
        cells.append(row)
    return {
        "key": f"n{n}_m{m}",
        "n": n,
        "m": m,
        "densities": densities.tolist(),
        "importances": importances.tolist(),
        "cells": cells,
        "phase": phase_numbers(
            name
            for row in cells
            for cell in row
            for name in [*(each[2] for each in cell["minima"]), cell["trained"][1]]
        ),
    }


def phase_numbers(structures: Iterable[str]) -> dict[str, int]:
    """The place in the list of phases of each structure."""
    return {name: PHASE_NAMES.index(phase_of(name)) for name in sorted(set(structures))}


def _minima(best: xr.Dataset, p: float, importance: FloatArray, starts: int) -> list[list[Any]]:
    """All minima of a cell as lists, best first; the one in the file is among the starts."""
    W, b = best["W"].transpose("hidden", "feature").values, best["b"].values
    m, n = W.shape
    found = optimum(n, m, density=p, importance=importance, starts=starts, also=(W[None], b[None]))
    known = float(best["loss"].sel(against="optimum"))
    if abs(found.loss - known) > SAME * max(known, 1e-12):
        raise RuntimeError(
            f"the optimum at p = {p:g} and importance {importance.tolist()} was derived as "
            f"{known:.12g} and is found as {found.loss:.12g}; make the figure's data anew"
        )
    return [
        [
            rounded(one.loss),
            rounded(one.curvature, 3),
            str(one.structure),
            rounded(one.W.round(DECIMALS)),
            rounded(one.b.round(DECIMALS)),
        ]
        for one in found.minima
    ]


def _trained(cell: xr.Dataset, best: list[Any], p: float, importance: FloatArray) -> list[Any]:
    """The trained model, seen from where it looks most like the optimum; its loss is exact."""
    W, b = cell["W"].transpose("hidden", "feature").values, cell["b"].values
    turned, order = matched(W, np.array(best[3]), exchanges(importance))
    b = b[order]
    loss = float(loss_and_gradient(turned, b, density=p, importance=importance)[0])
    return [
        rounded(loss),
        str(cell["structure"].values),
        rounded(turned.round(DECIMALS)),
        rounded(b.round(DECIMALS)),
        rounded(float(cell["success_rate"]), 3),
    ]


def exchanges(importance: FloatArray) -> list[list[int]]:
    """Every order of the features that leaves all importances where they are.

    >>> exchanges(np.array([1.0, 1.0, 0.5]))
    [[0, 1, 2], [1, 0, 2]]
    """
    orders = map(list, permutations(range(len(importance))))
    return [order for order in orders if np.array_equal(importance[order], importance)]


def _proofs(derived: xr.Dataset) -> dict[tuple[float, float], list[float]]:
    """Proved bounds of the loss by (density, importance), where there are certificates."""
    if "certified_proved" not in derived:
        return {}
    p, r = derived["certified_density"].values, derived["certified_importance"].values
    proved = derived["certified_proved"].values
    lower, upper = (derived[f"certified_{name}"].values for name in ("lower", "upper"))
    return {(p[i], r[j]): rounded([lower[i, j], upper[i, j]], 12) for i, j in np.argwhere(proved)}
