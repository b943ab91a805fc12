"""A phase diagram's data: the grid, how its cells are trained, what theory says of them."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from figures.kit.profile import Profile, digest_of
from ground.checks import FloatArray
from ground.results import configured
from numeric.training.phase_diagram import Protocol
from numeric.training.sweep import grid, on_grid, sweep
from theory.phases.diagram import phase_diagram
from theory.phases.envelope import multiple_points, phase_boundaries

POINTS = 200  # of a boundary drawn as a curve


@dataclass(frozen=True)
class PhaseSetup:
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


def measure(setup: PhaseSetup, profile: Profile, name: str) -> xr.Dataset:
    """Train the diagram; finished chunks of cells survive an interruption."""
    axes = {"density": setup.densities.tolist(), "importance": setup.importances.tolist()}
    code = digest_of("numeric", "ground", work=PhaseSetup)
    result = sweep(
        setup.protocol(),
        grid(**axes),
        seed=setup.seed,
        folder=profile.parts(name),
        configuration={**setup.configuration(), "code": code},
        chunk=setup.chunk,
        n_jobs=int(os.environ.get("JOBS", "1")),
    )
    return configured(on_grid(result, **axes), setup.configuration())


def derive(setup: PhaseSetup) -> xr.Dataset:
    """Both derived diagrams, the candidates' exact boundaries as curves, and multiple points."""
    shape = (setup.n_features, setup.n_hidden, setup.densities, setup.importances)
    optimum = phase_diagram(*shape, against="optimum")
    candidates = phase_diagram(*shape, against="candidates")
    both = xr.concat(
        [dataset[["structure", "loss"]].drop_attrs() for dataset in (candidates, optimum)],
        xr.DataArray(["candidates", "optimum"], dims="against", name="against"),
    )
    curves = [piece.points(POINTS) for piece in phase_boundaries(*shape[:2])]
    points = multiple_points(*shape[:2])
    result = both.assign(
        W=optimum["W"],
        b=optimum["b"],
        curve_density=(("curve", "point"), np.array([p for p, _ in curves])),
        curve_importance=(("curve", "point"), np.array([r for _, r in curves])),
        multiple_density=("multiple", np.array([float(point.density) for point in points])),
        multiple_importance=("multiple", np.array([float(point.importance) for point in points])),
    )
    return configured(result, {"theory": "phase diagram", **asdict(setup)})
