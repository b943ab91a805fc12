"""Trained: runs from one start, by stochastic gradient descent and by Adam."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from figures.dynamics.saddle_to_saddle.plan import Case, Plan
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import ReluOutput
from numeric.training.initialise import Given
from numeric.training.optimisers import SGD, Adam, Optimiser
from numeric.training.train import train


def measure(plan: Plan) -> xr.Dataset:
    """Train each case both ways: W_0_sgd … with axes of their own, as sizes differ."""
    found = {}
    for number, case in enumerate(plan.cases):
        ways: dict[str, tuple[Optimiser, float, NDArray[np.int64]]] = {
            "sgd": (SGD(), plan.rate, plan.marks(case)),
            "adam": (Adam(), plan.adam_rate, plan.adam_marks()),
        }
        for way, (optimiser, rate, marks) in ways.items():
            if way == "adam" and number != plan.adam:
                continue
            runs = _trained(plan, case, number, optimiser, rate, marks)
            names = {"instance": "run", "snapshot": f"mark_{number}_{way}"}
            names |= {"hidden": f"hidden_{number}", "feature": f"feature_{number}"}
            for letter in "Wb":
                kept = runs[f"{letter}_snapshots"].drop_vars(["feature", "hidden"], errors="ignore")
                found[f"{letter}_{number}_{way}"] = kept.rename(
                    {old: new for old, new in names.items() if old in kept.dims}
                )
    return xr.Dataset(found)


def _trained(
    plan: Plan,
    case: Case,
    number: int,
    optimiser: Optimiser,
    rate: float,
    marks: NDArray[np.int64],
) -> xr.Dataset:
    start = {"W": plan.start(case), "b": np.zeros(case.n_features)}
    return train(
        ReluOutput(),
        IndependentFeatures(plan.density, importance=case.importance),
        n_hidden=case.n_hidden,
        seed=(plan.seed, number),
        steps=int(marks[-1]),
        batch=plan.batch,
        instances=plan.runs,
        optimiser=optimiser,
        learning_rate=rate,
        initial=Given(start),
        snapshots=marks,
        held_out=2048,
        progress=True,
    )
