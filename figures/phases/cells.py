"""A phase diagram's cells, trained."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from figures.kit.profile import cores, digest_of
from figures.phases.diagram import Diagram
from numeric.training.phase_diagram import Protocol
from numeric.training.sweep import grid, on_grid, sweep

__all__ = ["measure"]


def measure(plan: Diagram, parts: Path) -> xr.Dataset:
    """Train the diagram; finished chunks of cells survive an interruption."""
    axes = {"density": plan.densities.tolist(), "importance": plan.importances.tolist()}
    code = digest_of("numeric", "ground")
    protocol = Protocol(
        plan.n_features, plan.n_hidden, restarts=plan.restarts, steps=plan.steps, batch=plan.batch
    )
    result = sweep(
        protocol,
        grid(**axes),
        seed=plan.seed,
        folder=parts,
        configuration={**plan.configuration(), **protocol.configuration(), "code": code},
        chunk=plan.chunk,
        n_jobs=cores(default=1),
    )
    return on_grid(result, **axes)
