"""Best known models under each penalty, what is decoded from them, and trained models' losses.

The decoder is that of the trained models: what it finds at an optimum owes nothing to training.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.ways_out.ways_out.decoding import NAMES, decoded
from figures.ways_out.ways_out.exact import exact_optimum, trained_exactly
from figures.ways_out.ways_out.plan import Plan


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """``loss`` and ``objective`` (system, condition) where blocks have a penalised optimum.

    ``exact_…`` (system, condition, seed): what is decoded there.  ``trained_loss`` and
    ``trained_penalty``: of the trained models, exact; the latter of a unit of strength, and where
    there is an optimum to hold it against.
    """
    shape = (len(plan.systems), len(plan.conditions))
    loss, objective = np.full(shape, np.nan), np.full(shape, np.nan)
    scores = np.full((*shape, plan.seeds, len(NAMES)), np.nan)
    for place in tqdm(list(np.ndindex(shape)), desc="penalised optimum"):
        best = exact_optimum(plan, *place)
        if best is None:
            continue
        loss[place], objective[place] = best.loss, best.objective
        for k in range(plan.seeds):
            scores[(*place, k)] = decoded(best.W, **plan.drawn(place[0], k))
    trained, penalty = trained_exactly(plan, measured, np.isfinite(objective))
    axes = ("system", "condition", "seed")
    return xr.Dataset(
        {
            "loss": (axes[:2], loss),
            "objective": (axes[:2], objective),
            "trained_loss": (axes, trained),
            "trained_penalty": (axes, penalty),
            **{f"exact_{name}": (axes, scores[..., k]) for k, name in enumerate(NAMES)},
        },
        coords={"system": [name for name, *_ in plan.systems]},
    )
