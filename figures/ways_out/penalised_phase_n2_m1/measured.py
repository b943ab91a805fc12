"""Diagrams as training finds them, and thresholds as minima followed in λ show them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.kit.profile import cores, digest_of
from figures.ways_out.penalised_phase_n2_m1.plan import Plan
from numeric.training.penalty import Penalty
from numeric.training.phase_diagram import Protocol
from numeric.training.sweep import grid, on_grid, sweep
from theory.ways_out.followed import Branch, followed_end, followed_tie

LARGEST = 2.0  # λ at which following ends
TIES = ("pair", "lone")  # what gives way


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """Train every diagram, finished chunks survive; follow pair, lone feature and nothing."""
    trained = [_trained(plan, level, parts / f"{level:g}") for level in plan.levels]
    diagrams = xr.concat(
        [one.drop_attrs() for one in trained], xr.DataArray(list(plan.levels), dims="level")
    ).assign_coords(level=list(plan.levels))
    return diagrams.merge(_followed(plan))


def _trained(plan: Plan, level: float, parts: Path) -> xr.Dataset:
    axes = {"density": plan.densities.tolist(), "importance": plan.importances.tolist()}
    protocol = Protocol(
        2, 1, restarts=plan.restarts, steps=plan.steps, batch=plan.batch,
        held_out=2048, penalty=Penalty(l1=level),
    )  # fmt: skip
    result = sweep(
        protocol,
        grid(**axes),
        seed=plan.seed,
        folder=parts,
        configuration={**protocol.configuration(), "code": digest_of("numeric", "ground")},
        chunk=plan.chunk,
        n_jobs=cores(default=1),
    )
    return on_grid(result, **axes)[["W_runs", "b_runs", "structure"]]


def _followed(plan: Plan) -> xr.Dataset:
    """Ties and ends of branches, by descents; nothing of the closed forms is used."""
    shape = len(plan.ratios), len(plan.densities_of_table)
    ties = {name: np.full(shape, np.nan) for name in TIES}
    ends = {name: np.full(shape, np.nan) for name in TIES}
    becomes = np.full(shape, "nothing", dtype=object)
    cells = [(i, k) for i in range(shape[0]) for k in range(shape[1])]
    for i, k in tqdm(cells, desc="followed in λ", unit="cell"):
        p, r = plan.densities_of_table[k], plan.ratios[i]

        def branch(w: list[float], b: list[float], p: float = p, r: float = r) -> Branch:
            return Branch([w], b, p, [1.0, r])

        pair = branch([1.0, -1.0], [0.1 * p, 0.1 * p])
        lone, nothing = branch([1.0, 0.0], [0.0, p / 2]), branch([0.0, 0.0], [p / 2, p / 2])
        found = [followed_tie(pair, other, largest=LARGEST) for other in (lone, nothing)]
        ties["lone"][i, k] = followed_tie(lone, nothing, largest=LARGEST)
        ends["lone"][i, k] = followed_end(lone, largest=LARGEST)
        ends["pair"][i, k] = followed_end(pair, largest=LARGEST)
        if np.isfinite(found).any():
            first = int(np.nanargmin(found))
            ties["pair"][i, k] = found[first]
            becomes[i, k] = ("lone", "nothing")[first]
    dims = ("ratio", "along")
    return xr.Dataset(
        {f"{name}_tie": (dims, ties[name]) for name in TIES}
        | {f"{name}_end": (dims, ends[name]) for name in TIES}
        | {"pair_becomes": (dims, becomes.astype(str))},
        coords={"ratio": list(plan.ratios), "along": list(plan.densities_of_table)},
    )
