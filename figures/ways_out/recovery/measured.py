"""Measured: dictionaries learned from activations of known models, scored against the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from figures.kit.profile import cores, digest_of
from figures.ways_out.geometries import Geometry, optimal, random_directions
from figures.ways_out.recovery.plan import HIDDEN, LARGE, RANDOM, TRAINED, Plan
from figures.ways_out.trained_geometry import trained
from numeric.recovery.coding import codes_for, objective
from numeric.recovery.recover import recover
from numeric.recovery.scores import recovery_scores
from numeric.training.sweep import sweep

CELL = ("geometry", "density", "noise", "l1", "method", "run")
SCORES = ("mcc", "uniqueness", "precision", "recall", "f1", "l0", "true_l0", "dead", "shrinkage")
OWN = ("recovered", "rays", "loss", "truth", "kept", "alone")
LEARNERS = ("autoencoder", "dictionary")


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """Scores of every cell (cell,): what a cell is, is in the coordinates of the same name."""
    listed = cells(plan)
    found = sweep(
        Finding(plan),
        listed,
        seed=plan.seed,
        folder=parts,
        configuration={
            **plan.configuration(),
            "code": digest_of("numeric", "theory", "ground", Plan, cells),
        },
        chunk=64,
        n_jobs=cores(),
    )
    axes = {name: ("cell", [cell[name] for cell in listed]) for name in CELL}
    return found.drop_attrs().assign_coords(axes)


def cells(plan: Plan) -> list[dict[str, Any]]:
    """Everything that is looked into, each once."""
    wanted = [
        (name, p, 0.0, plan.l1[0] if method == "lone_rays" else l1, method)
        for name in plan.geometries
        for p in plan.densities
        for l1 in plan.l1
        for method in ("lone_rays", *LEARNERS)
    ]
    wanted += [("digon", p, 0.0, plan.l1[0], "signed") for p in plan.densities]
    wanted += [
        (name, plan.sweep_density, 0.0, l1, method)
        for name in plan.swept
        for l1 in plan.penalties
        for method in LEARNERS
    ]
    wanted += [
        (name, plan.sweep_density, noise, plan.l1[0], method)
        for name in plan.swept
        for noise in (0.0, *plan.noises)
        for method in ("lone_rays", *LEARNERS)
    ]
    wanted += [
        (LARGE, p, 0.0, plan.l1[0], method) for p in plan.large_densities for method in LEARNERS
    ]
    return [
        dict(zip(CELL, (*each, run), strict=True))
        for each in dict.fromkeys(wanted)
        for run in range(plan.seeds)
    ]


def geometry_of(plan: Plan, name: str, run: int) -> Geometry:
    """The model: exact optima are the same in all runs, random and trained ones are not."""
    return _geometry(plan, name, 0 if name in HIDDEN else run)


@cache
def _geometry(plan: Plan, name: str, run: int) -> Geometry:
    if name == TRAINED:
        return trained(
            plan.n, plan.m, density=plan.trained_at, seed=plan.seed + run, steps=plan.trained_steps
        )
    if name in (RANDOM, LARGE):
        n, m = plan.large if name == LARGE else (plan.n, plan.m)
        return random_directions(n, m, density=plan.sweep_density, seed=plan.seed + run)
    return optimal(name, HIDDEN[name])


@dataclass(frozen=True)
class Finding:
    """What the sweep calls: everything a cell needs follows from the cell."""

    plan: Plan

    def __call__(
        self, cells: Sequence[Mapping[str, Any]], seeds: list[np.random.SeedSequence]
    ) -> xr.Dataset:
        """Scores (cell,), NaN where a score is not defined."""
        del seeds  # the same data for all methods, penalties and noises
        rows = [self._one(cell) for cell in cells]
        names = (*SCORES, *OWN)
        return xr.Dataset({name: ("cell", [row[name] for row in rows]) for name in names})

    def _one(self, cell: Mapping[str, Any]) -> dict[str, float]:
        plan, run, name = self.plan, int(cell["run"]), str(cell["geometry"])
        model = geometry_of(plan, name, run)
        live = np.linalg.norm(model.W, axis=0) > 0.1  # a trained model may ignore features
        W = model.W[:, live]
        lengths = np.linalg.norm(W, axis=0)
        unit = float(lengths.mean())
        rng = np.random.default_rng([plan.seed, run, *name.encode()])
        shape = (plan.samples_of(name), W.shape[1])
        x = rng.random(shape) * (rng.random(shape) < cell["density"])
        noise, l1 = float(cell["noise"]) * unit, float(cell["l1"]) * unit
        h = x @ W.T + noise * rng.standard_normal((len(x), len(W)))
        method = "dictionary" if cell["method"] == "signed" else str(cell["method"])
        turns = plan.large_turns if name == LARGE else plan.turns
        found = recover(
            h,
            W.shape[1],
            method=method,
            l1=l1,
            seed=[plan.seed, run],
            steps=plan.steps if method == "autoencoder" else turns,
            starts=1,
            positive=cell["method"] != "signed",
            noise=noise,
        )
        true = np.ascontiguousarray(W.T)
        atoms = true / lengths[:, None]
        alone = float(((x > 0).sum(axis=1) == 1).sum())
        both = {
            "alone": alone,
            "loss": found.loss,
            "truth": objective(h, atoms, codes_for(h, atoms, l1), l1),
        }
        if not len(found.atoms):
            return {**dict.fromkeys((*SCORES, *OWN), 0.0), **both, "kept": np.nan}
        scores = recovery_scores(found.atoms, true, found.codes, x)
        own = {
            **both,
            "recovered": scores.recovered(plan.tolerance),
            "rays": float(len(found.atoms)),
            "kept": _kept(x, lengths, found.codes, scores.atom),
        }
        values = {each: getattr(scores, each) for each in SCORES}
        return {**{k: np.nan if v is None else float(v) for k, v in values.items()}, **own}


def _kept(x: np.ndarray, lengths: np.ndarray, codes: np.ndarray, atom: np.ndarray) -> float:
    """Code over activity of features alone, in the sum over all of them."""
    alone = (x > 0).sum(axis=1) == 1
    rows = np.flatnonzero(alone)
    feature = x[rows].argmax(axis=1)
    matched = atom[feature] >= 0
    rows, feature = rows[matched], feature[matched]
    there = float((x[rows, feature] * lengths[feature]).sum())
    return float(codes[rows, atom[feature]].sum() / there) if there else np.nan
