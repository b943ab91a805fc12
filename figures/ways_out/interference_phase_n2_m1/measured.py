"""Both penalties as training finds them, each cell with its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from figures.kit.profile import cores, digest_of
from figures.ways_out.interference_phase_n2_m1.plan import Plan
from numeric.training.penalty import Penalty
from numeric.training.phase_diagram import Protocol
from numeric.training.sweep import Cell, grid, on_grid, sweep

HELD_OUT = 1024  # samples that nobody asks: the exact objective chooses


@dataclass(frozen=True)
class Penalised:
    """Cells that name their penalty too, trained together where they share it."""

    restarts: int
    steps: int
    batch: int
    learning_rate: float

    def __call__(self, cells: Sequence[Cell], seeds: list[np.random.SeedSequence]) -> xr.Dataset:
        """Train cells of a density, an importance, an interference and a decay, in order."""
        strengths = [(cell["interference"], cell["decay"]) for cell in cells]
        groups: dict[tuple[float, float], list[int]] = {strength: [] for strength in strengths}
        for k, strength in enumerate(strengths):
            groups[strength].append(k)
        found, order = [], []
        for (interference, decay), places in groups.items():
            protocol = Protocol(
                2,
                1,
                restarts=self.restarts,
                steps=self.steps,
                batch=self.batch,
                learning_rate=self.learning_rate,
                held_out=HELD_OUT,
                penalty=Penalty(interference=interference, decay=decay),
            )
            runs = protocol([cells[k] for k in places], [seeds[k] for k in places])
            found.append(runs[["W_runs", "b_runs"]])
            order += places
        return xr.concat(found, "cell").isel(cell=np.argsort(order))


def cells_of(plan: Plan) -> dict[str, list[Cell]]:
    """The cells of each part of the figure, in order."""
    free = {"interference": 0.0, "decay": 0.0}
    diagram = grid(density=plan.densities.tolist(), importance=plan.importances.tolist())
    path = grid(importance=list(plan.path_ratios), interference=plan.strengths.tolist())
    lines = [
        # What a feature costs that is ignored is p/3 − p²/4; twice that is what a lone one takes.
        {**free, "density": p, "importance": r, "decay": share * (2 * p / 3 - p * p / 2)}
        for r in plan.decay_ratios
        for p in plan.decay_densities
        for share in plan.shares.tolist()
    ]
    return {
        "diagram": [{**free, **cell, "interference": plan.strength} for cell in diagram],
        "path": [{**free, **cell, "density": plan.path_density} for cell in path],
        "decay": lines,
    }


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """Train every cell; finished chunks survive an interruption."""
    cells = cells_of(plan)
    work = Penalised(plan.restarts, plan.steps, plan.batch, plan.learning_rate)
    result = sweep(
        work,
        [cell for part in cells.values() for cell in part],
        seed=plan.seed,
        folder=parts,
        configuration={**plan.configuration(), "code": digest_of("numeric", "ground")},
        chunk=plan.chunk,
        n_jobs=cores(default=1),
    )
    axes = {
        "diagram": {"density": plan.densities, "importance": plan.importances},
        "path": {"ratio": np.array(plan.path_ratios), "strength": plan.strengths},
        "decay": {
            "decay_ratio": np.array(plan.decay_ratios),
            "decay_density": np.array(plan.decay_densities),
            "share": plan.shares,
        },
    }
    layers, begin = [], 0
    for name, part in cells.items():
        layer = on_grid(result.isel(cell=slice(begin, begin + len(part))), **axes[name])
        layers.append(layer.rename({"W_runs": f"{name}_W", "b_runs": f"{name}_b"}))
        begin += len(part)
    return xr.merge(layers, combine_attrs="override", compat="equals", join="exact")
