"""A phase diagram's data: the grid, how its cells are trained, what theory says of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from figures.kit.profile import cores, digest_of
from ground.checks import FloatArray
from numeric.training.phase_diagram import Protocol
from numeric.training.sweep import grid, on_grid, sweep
from theory.phases.boundary import phase_diagram
from theory.phases.envelope import multiple_points, phase_boundaries

POINTS = 200  # of a boundary drawn as a curve


@dataclass(frozen=True)
class Diagram:
    """A size × size grid, logarithmic in density p = 1 … 0.01 and importance r = 0.1 … 10."""

    n_features: int
    n_hidden: int
    size: int
    restarts: int
    steps: int
    seed: int = 2022
    chunk: int = 64  # cells trained and saved together

    @property
    def densities(self) -> FloatArray:
        """p, falling from 1 to 0.01."""
        return np.geomspace(1, 0.01, self.size)

    @property
    def importances(self) -> FloatArray:
        """r, rising from 0.1 to 10."""
        return np.geomspace(0.1, 10, self.size)

    def protocol(self) -> Protocol:
        """How each cell is trained."""
        return Protocol(self.n_features, self.n_hidden, restarts=self.restarts, steps=self.steps)

    def configuration(self) -> dict[str, Any]:
        """Everything the measurement depends on, but for the code."""
        return {"protocol": self.protocol().configuration(), **asdict(self)}


def measure(plan: Diagram, parts: Path) -> xr.Dataset:
    """Train the diagram; finished chunks of cells survive an interruption."""
    axes = {"density": plan.densities.tolist(), "importance": plan.importances.tolist()}
    code = digest_of("numeric", "ground", work=Diagram)
    result = sweep(
        plan.protocol(),
        grid(**axes),
        seed=plan.seed,
        folder=parts,
        configuration={**plan.configuration(), "code": code},
        chunk=plan.chunk,
        n_jobs=cores(default=1),
    )
    return on_grid(result, **axes)


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
