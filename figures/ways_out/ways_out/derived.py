"""The exact optimum under each penalty, block by block, and what is decoded from it."""

from __future__ import annotations

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.ways_out.ways_out.decoding import NAMES, decoded
from figures.ways_out.ways_out.plan import Plan
from theory.loss.floats import loss_and_gradient
from theory.ways_out.penalised_optimum import penalised_optimum

STARTS = 6


def derive(plan: Plan) -> xr.Dataset:
    """Loss, objective and scores (system, condition) where blocks have a penalised optimum."""
    conditions = plan.conditions
    shape = (len(plan.systems), len(conditions))
    loss, objective = np.full(shape, np.nan), np.full(shape, np.nan)
    scores = np.full((*shape, plan.seeds, len(NAMES)), np.nan)
    for s, (_, n, m, p, block) in enumerate(plan.systems):
        if block is None:
            continue
        copies = n // block[0]
        for c, (name, strength) in enumerate(tqdm(conditions, desc="penalised optimum")):
            if name == "attack":
                continue
            weights = {} if name == "none" else {name: strength}
            best = penalised_optimum(*block, density=p, starts=STARTS, **weights)
            # A block's penalties and losses add: blocks do not meet.
            loss[s, c] = copies * float(loss_and_gradient(best.W, best.b, density=p)[0])
            objective[s, c] = copies * best.loss
            W = np.kron(np.eye(copies), np.asarray(best.W))
            assert W.shape == (m, n)
            for k in range(plan.seeds):
                scores[s, c, k] = decoded(
                    W, density=p, noise=plan.noise, samples=plan.samples, seed=(plan.seed, s, k)
                )
    return xr.Dataset(
        {
            "loss": (("system", "condition"), loss),
            "objective": (("system", "condition"), objective),
            **{
                name: (("system", "condition", "seed"), scores[..., k])
                for k, name in enumerate(NAMES)
            },
        },
        coords={"system": [name for name, *_ in plan.systems]},
    )
