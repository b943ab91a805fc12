"""Measured: dictionaries learned from activations of known models, scored against the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from figures.kit.profile import cores, digest_of
from figures.ways_out.recovery.geometry import live, weights_of
from figures.ways_out.recovery.plan import HIDDEN, LARGE, TRAINED, Plan
from figures.ways_out.trained_geometry import trained
from numeric.recovery.coding import codes_for, objective
from numeric.recovery.recover import recover
from numeric.recovery.scores import recovery_scores
from numeric.training.sweep import sweep

CELL = ("geometry", "density", "noise", "l1", "method", "run")
SCORES = ("mcc", "uniqueness", "precision", "recall", "f1", "l0", "true_l0", "dead", "shrinkage")
OWN = ("recovered", "rays", "loss", "truth", "kept", "alone")
LEARNERS = ("autoencoder", "dictionary")
METHODS = ("lone_rays", *LEARNERS)  # that are given no dictionary


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """Scores of every cell (cell,): what a cell is, is in the coordinates of the same name.

    ``trained_W`` (trained_run, hidden, feature): the trained models.
    """
    listed = cells(plan)
    trained_models = _trained(plan)
    found = sweep(
        Finding(plan, models_of(plan, trained_models)),
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
    scores = found.drop_attrs().assign_coords(axes)
    if not trained_models:
        return scores
    W = np.stack(trained_models)
    return scores.assign(trained_W=(("trained_run", "hidden", "feature"), W))


def models_of(
    plan: Plan, trained_models: Sequence[np.ndarray]
) -> dict[tuple[str, int], np.ndarray]:
    """W of each geometry and run; a best known model is found once, and the same in all runs."""
    names = [*plan.geometries, *([LARGE] if plan.large_densities else [])]
    found = {}
    for name in names:
        for run in range(plan.seeds):
            same = name in HIDDEN and run > 0
            found[name, run] = (
                found[name, 0] if same else live(weights_of(plan, name, run, trained_models))
            )
    return found


def _trained(plan: Plan) -> list[np.ndarray]:
    """W of the trained models, one a run."""
    if TRAINED not in plan.geometries:
        return []
    return [
        trained(
            plan.n, plan.m, density=plan.trained_at, seed=plan.seed + run, steps=plan.trained_steps
        ).W
        for run in range(plan.seeds)
    ]


def cells(plan: Plan) -> list[dict[str, Any]]:
    """Everything that is looked into, each once."""
    wanted = [
        (name, p, 0.0, plan.l1[0] if method == "lone_rays" else l1, method)
        for name in plan.geometries
        for p in plan.densities
        for l1 in plan.penalties_of(name)
        for method in METHODS
    ]
    wanted += [
        (name, p, noise, plan.l1[0], method)
        for name in plan.geometries
        for p in plan.densities
        for noise in plan.crossed
        for method in METHODS
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
        for method in METHODS
    ]
    wanted += [
        (LARGE, p, 0.0, plan.l1[0], method) for p in plan.large_densities for method in LEARNERS
    ]
    return [
        dict(zip(CELL, (*each, run), strict=True))
        for each in dict.fromkeys(wanted)
        for run in range(plan.seeds)
    ]


@dataclass(frozen=True, eq=False)
class Sample:
    """Activities x, activations h, true directions (feature, hidden) and what is known of them.

    σ and λ are in units of h; ``truth`` is the loss of the true directions with the best codes.
    """

    x: np.ndarray
    h: np.ndarray
    true: np.ndarray
    lengths: np.ndarray
    noise: float
    l1: float
    truth: float


@dataclass(frozen=True)
class Finding:
    """What the sweep calls: everything a cell needs follows from the cell and W of its run."""

    plan: Plan
    models: Mapping[tuple[str, int], np.ndarray]

    def __call__(
        self, cells: Sequence[Mapping[str, Any]], seeds: list[np.random.SeedSequence]
    ) -> xr.Dataset:
        """Scores (cell,), NaN where a score is not defined."""
        del seeds  # the same data for all methods, penalties and noises
        names = (*SCORES, *OWN)
        samples: dict[tuple[Any, ...], Sample] = {}
        rows = []
        for cell in cells:
            key = tuple(cell[name] for name in CELL if name != "method")
            if key not in samples:
                samples[key] = self.sample(cell)
            rows.append(self.scores(cell, samples[key]))
        return xr.Dataset({name: ("cell", [row[name] for row in rows]) for name in names})

    def sample(self, cell: Mapping[str, Any]) -> Sample:
        """The data of a cell, which is the same for all methods."""
        plan, run, name = self.plan, int(cell["run"]), str(cell["geometry"])
        W = self.models[name, run]
        lengths = np.linalg.norm(W, axis=0)
        unit = float(lengths.mean())
        rng = np.random.default_rng([plan.seed, run, *name.encode()])
        shape = (plan.samples_of(name), W.shape[1])
        x = rng.random(shape) * (rng.random(shape) < cell["density"])
        noise, l1 = float(cell["noise"]) * unit, float(cell["l1"]) * unit
        h = x @ W.T + noise * rng.standard_normal((len(x), len(W)))
        true = np.ascontiguousarray(W.T)
        atoms = true / lengths[:, None]
        truth = objective(h, atoms, codes_for(h, atoms, l1), l1)
        return Sample(x, h, true, lengths, noise, l1, truth)

    def scores(self, cell: Mapping[str, Any], data: Sample) -> dict[str, float]:
        """What a method finds in the data of a cell, by the name of the score."""
        plan, n = self.plan, len(data.true)
        method = "dictionary" if cell["method"] == "signed" else str(cell["method"])
        turns = plan.large_turns if cell["geometry"] == LARGE else plan.turns
        found = recover(
            data.h,
            n,
            method=method,
            l1=data.l1,
            seed=[plan.seed, int(cell["run"])],
            steps=plan.steps if method == "autoencoder" else turns,
            starts=1,
            positive=cell["method"] != "signed",
            noise=data.noise,
        )
        both = {
            "alone": float(((data.x > 0).sum(axis=1) == 1).sum()),
            "loss": found.loss,
            "truth": data.truth,
        }
        if not len(found.atoms):
            return {**dict.fromkeys((*SCORES, *OWN), 0.0), **both, "kept": np.nan}
        scores = recovery_scores(found.atoms, data.true, found.codes, data.x)
        own = {
            **both,
            "recovered": scores.recovered(plan.tolerance),
            "rays": float(len(found.atoms)),
            "kept": _kept(data.x, data.lengths, found.codes, scores.atom),
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
