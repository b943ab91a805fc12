"""The best known model under each penalty, block by block, and trained models' exact losses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from figures.ways_out.ways_out.plan import Plan
from ground.checks import FloatArray
from theory.loss.floats import loss_and_gradient
from theory.ways_out.penalised_optimum import penalised_optimum
from theory.ways_out.penalty import hidden_l1, interference_of

STARTS = 6
FACES_UP_TO = 9  # features: beyond, so few models are faster by Fourier sums, to 1e-9


@dataclass(frozen=True, eq=False)
class Exact:
    """A system at its penalised optimum: W, its loss, and all that is minimised."""

    W: FloatArray
    loss: float
    objective: float


def exact_optimum(plan: Plan, system: int, condition: int) -> Exact | None:
    """Blocks side by side, each at the penalised optimum; None where none is known."""
    _, n, _, p, block = plan.systems[system]
    name, strength = plan.conditions[condition]
    if block is None or name == "attack":
        return None
    weights = {} if name == "none" else {name: strength}
    best = penalised_optimum(*block, density=p, starts=STARTS, **weights)
    copies = n // block[0]
    # A block's penalties and losses add: blocks do not meet.
    loss = copies * float(loss_and_gradient(best.W, best.b, density=p)[0])
    return Exact(np.kron(np.eye(copies), np.asarray(best.W)), loss, copies * best.loss)


def trained_exactly(
    plan: Plan, measured: xr.Dataset, compared: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Losses (system, condition, seed) of trained models, and what a unit of its penalty adds.

    The penalty is NaN where it is not compared with anything, (system, condition).
    """
    shape = (*compared.shape, plan.seeds)
    loss, penalty = np.empty(shape), np.full(shape, np.nan)
    for s, (_, n, m, p, _) in enumerate(plan.systems):
        for c, (name, _) in enumerate(plan.conditions):
            W = measured["W"].values[s, c, :, :m, :n]
            b = measured["b"].values[s, c, :, :n]
            method = "fourier" if n > FACES_UP_TO else "auto"
            loss[s, c] = loss_and_gradient(W, b, density=p, method=method)[0]
            if compared[s, c]:
                penalty[s, c] = _penalty(W, name, p)
    return loss, penalty


def _penalty(W: FloatArray, name: str, density: float) -> FloatArray:
    """What a unit of a penalty adds to the objective, exact, (seed,)."""
    if name == "l1":
        return np.asarray(hidden_l1(W, density=density)).sum(axis=-1)
    return interference_of(W)[0] if name == "interference" else np.zeros(len(W))
