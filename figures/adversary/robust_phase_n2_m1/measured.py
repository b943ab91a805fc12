"""The diagram as training under attack finds it."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from figures.adversary.robust_phase_n2_m1.plan import Plan
from figures.kit.profile import cores, digest_of
from numeric.training.robust_pair import RobustPair
from numeric.training.sweep import grid, on_grid, sweep


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """Train every cell with every sample at its worst attack; finished chunks survive."""
    axes = {"density": plan.densities.tolist(), "importance": plan.importances.tolist()}
    protocol = RobustPair(
        plan.attack,
        restarts=plan.restarts,
        steps=plan.steps,
        batch=plan.batch,
        learning_rate=plan.learning_rate,
    )
    configuration = {**plan.configuration(), **protocol.configuration()}
    result = sweep(
        protocol,
        grid(**axes),
        seed=plan.seed,
        folder=parts,
        configuration={**configuration, "code": digest_of("numeric", "ground")},
        chunk=plan.chunk,
        n_jobs=cores(default=1),
    )
    return on_grid(result, **axes)
