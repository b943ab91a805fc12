"""Trained: models on attacked batches, and what attacks do to them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from figures.adversary.adversarial_training.plan import LIVE_ABOVE, Plan, World
from figures.kit.profile import cores, digest_of
from numeric.adversary.vulnerability import mean_input_norm, vulnerability
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import ReluOutput
from numeric.schedules import Cosine
from numeric.training.arrays_engine import Arrays
from numeric.training.sweep import grid, on_grid, sweep
from numeric.training.train import train

KINDS = ("random", "analytic", "gradient")
TEST = 0.1  # of the mean norm: the attack on models that were trained on none


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """W (mode, ratio, run, hidden, feature), b, loss, attacked; vulnerability (…, run, kind).

    All names of the world with decoys end in _decoys.
    """
    decoys = measure_world(plan, plan.decoys, parts / "decoys")
    names = [*decoys.dims, *decoys.data_vars]
    decoys = decoys.rename({name: f"{name}_decoys" for name in names if name != "kind"})
    return xr.merge([measure_world(plan, plan.main, parts / "main"), decoys])


def measure_world(plan: Plan, world: World, parts: Path) -> xr.Dataset:
    """One world."""
    axes = {"mode": list(world.modes), "ratio": list(world.ratios)}
    norm, error = mean_input_norm(_law(world), seed=plan.seed)
    found = sweep(
        Hardening(plan, world, float(norm)),
        grid(**axes),
        seed=plan.seed,
        folder=parts,
        configuration={**plan.configuration(), "code": digest_of("numeric", "ground", Plan)},
        chunk=1,
        n_jobs=cores(),
    )
    return on_grid(found.drop_attrs(), **axes).assign(norm=float(norm), norm_error=float(error))


def _law(world: World) -> IndependentFeatures:
    return IndependentFeatures(world.density, n_features=world.n_features)


@dataclass(frozen=True)
class Hardening:
    """What the sweep calls: trains some cells, each with its own seed, and attacks the models."""

    plan: Plan
    world: World
    norm: float

    def __call__(
        self, cells: Sequence[Mapping[str, Any]], seeds: list[np.random.SeedSequence]
    ) -> xr.Dataset:
        """One entry a cell."""
        return xr.concat([self._one(*pair) for pair in zip(cells, seeds, strict=True)], "cell")

    def _one(self, cell: Mapping[str, Any], seed: np.random.SeedSequence) -> xr.Dataset:
        plan, world, law = self.plan, self.world, _law(self.world)
        size = float(cell["ratio"]) * self.norm
        run = train(
            ReluOutput(),
            law,
            n_hidden=world.n_hidden,
            seed=[int(word) for word in seed.generate_state(4)],
            instances=plan.runs,
            steps=plan.steps,
            batch=world.batch,
            learning_rate=plan.learning_rate,
            schedule=Cosine(),
            feed=plan.feed(str(cell["mode"]), size),
            engine=Arrays("numpy", precision="float32"),
            held_out=plan.samples,
        )
        kept = run[["W", "b", "loss", "loss_error"]].drop_attrs().drop_vars("instance")
        kept = kept.rename(instance="run")
        under = [
            vulnerability(
                run.W.values,
                run.b.values,
                law,
                size=size or TEST * self.norm,
                kind=kind,
                live_above=LIVE_ABOVE,
                samples=plan.ascents if kind == "gradient" else plan.samples,
                seed=plan.seed,
            )
            for kind in KINDS
        ]
        return kept.assign(
            attacked=("run", under[KINDS.index("random")].attacked),
            vulnerability=(("run", "kind"), np.stack([v.value for v in under], axis=-1)),
            vulnerability_error=(("run", "kind"), np.stack([v.error for v in under], axis=-1)),
        ).assign_coords(kind=list(KINDS))
