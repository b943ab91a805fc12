"""Derived: the flow, its plateaus with their saddles, and the exact loss of what was trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from tqdm import tqdm

from agreement.comparison.descents import count_descents, rotations
from figures.dynamics.saddle_to_saddle.plan import Case, Plan
from ground.checks import FloatArray
from theory.dynamics.flow import Flow, gradient_flow
from theory.dynamics.plateaus import plateau_losses, plateaus, waiting_times
from theory.dynamics.saddles import Saddle, saddle
from theory.loss.floats import loss_and_gradient


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """Each case by itself, with axes of its own."""
    found: dict[str, Any] = {}
    for number, case in enumerate(tqdm(plan.cases, desc="flows")):
        world = {"density": plan.density, "importance": case.importance}
        start = plan.start(case)
        times = np.geomspace(0.01, case.end, plan.times)
        every = np.union1d(times, plan.rate * plan.marks(case))
        path = gradient_flow(start, times=every, **world)
        flow = _at(path, np.isin(every, times))
        stops = plateaus(flow.slope, depth=plan.depth)
        saddles = [saddle(flow.W[k], flow.b[k], **world) for k in stops]
        found |= {
            f"flow_{number}": (f"time_{number}", flow.loss),
            f"slope_{number}": (f"time_{number}", flow.slope),
            f"level_{number}": (f"learnt_{number}", plateau_losses(case.n_hidden, **world)),
            f"waiting_{number}": (f"k_{number}", waiting_times(start, **world)),
            f"saddle_{number}": ((f"plateau_{number}", "what"), _rows(plan, case, number, saddles)),
            f"stop_{number}": (f"plateau_{number}", times[stops]),
            f"time_{number}": (f"time_{number}", times),
        }
        for way, rate, marks in (
            ("sgd", plan.rate, plan.marks(case)),
            ("adam", plan.adam_rate, plan.adam_marks()),
        ):
            if f"W_{number}_{way}" in measured:
                mark = f"mark_{number}_{way}"
                order = ("run", mark)
                losses = loss_and_gradient(
                    measured[f"W_{number}_{way}"].transpose(*order, ...).values.astype(float),
                    measured[f"b_{number}_{way}"].transpose(*order, ...).values.astype(float),
                    **world,
                )[0]
                if way == "sgd":
                    beside = path.loss[np.isin(every, rate * marks)]
                else:
                    beside = gradient_flow(start, times=rate * marks, **world).loss
                found |= {
                    f"{way}_{number}": (order, losses),
                    f"beside_{number}_{way}": (mark, beside),
                    f"at_{number}_{way}": (mark, rate * marks),
                }
    return xr.Dataset(found, coords={"what": WHAT})


def _at(flow: Flow, where: NDArray[np.bool_]) -> Flow:
    """The flow at some of its times."""
    return Flow(flow.W[where], flow.b[where], flow.loss[where], flow.slope[where])


WHAT = ["loss", "slope", "index", "one-sided", "open", "shut", "counted", "counted one-sided"]


def _rows(plan: Plan, case: Case, number: int, saddles: list[Saddle]) -> FloatArray:
    """The numbers of each saddle in the order of WHAT; −1 where directions are not counted."""
    rows = []
    for at in saddles:
        counted = (-1, -1)
        if number in plan.counted:
            counted = _counted(plan, case, at)
        rows.append([at.loss, at.slope, at.index, at.one_sided, *at.branches, *counted])
    return np.array(rows, dtype=float).reshape(-1, len(WHAT))


def _counted(plan: Plan, case: Case, at: Saddle) -> tuple[int, int]:
    m, n = at.W.shape

    def value(theta: FloatArray) -> tuple[float, FloatArray]:
        loss, dW, db = loss_and_gradient(
            theta[: m * n].reshape(m, n),
            theta[m * n :],
            density=plan.density,
            importance=case.importance,
        )
        return float(loss), np.concatenate([dW.ravel(), db])

    theta = np.concatenate([at.W.ravel(), at.b])
    scale = plan.density * float(case.importance.sum())
    return count_descents(value, theta, scale=scale, flat=rotations(at.W))
