"""The exact optimum under each penalty, block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from figures.ways_out.ways_out.plan import Plan
from ground.checks import FloatArray
from theory.loss.floats import loss_and_gradient
from theory.ways_out.penalised_optimum import penalised_optimum

STARTS = 6


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
