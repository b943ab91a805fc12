"""Trained: three models at each density, and how often their neurons are off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from figures.computation.privileged_basis.plan import Plan, Stage
from figures.kit.profile import cores, digest_of
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import BiasedHidden, Model, ReluHidden, ReluOutput
from numeric.training.halving import successive_halving
from numeric.training.sweep import grid, on_grid, sweep

SEEN = 4096  # inputs on which neurons are counted that are off


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """The best runs of each model, best first by the held-out loss.

    Returns
    -------
    Dataset
        ``W`` (density, run, hidden, feature), ``b``, ``loss`` and ``loss_error`` (held out),
        ``off`` (density, run): the share of neurons with a negative input; ``judged`` (density,
        round, first), of every run after every round.  The same with names that begin in linear_
        and biased_; the latter over ``biased_density`` and with ``biased_c``.
    """
    p, few = plan.densities, plan.bias_densities
    return xr.merge(
        [
            trained(plan, ReluHidden(), plan.relu, p, parts / "relu"),
            prefixed(trained(plan, ReluOutput(), plan.linear, p, parts / "linear"), "linear"),
            prefixed(
                trained(plan, BiasedHidden(), plan.biased, few, parts / "biased"),
                "biased",
                "density",
            ),
        ]
    )


def trained(
    plan: Plan, model: Model, stages: tuple[Stage, ...], densities: tuple[float, ...], folder: Path
) -> xr.Dataset:
    """One model at each density; a finished density survives an interruption."""
    axes = {"density": list(densities)}
    found = sweep(
        Best(plan, model, stages),
        grid(**axes),
        seed=plan.seed,
        folder=folder,
        configuration={
            **plan.configuration(),
            "model": model.configuration(),
            "code": digest_of("numeric", "ground", Plan, Best),
        },
        chunk=1,
        n_jobs=cores(),
    )
    return on_grid(found.drop_attrs(), **axes)


def prefixed(found: xr.Dataset, prefix: str, *dimensions: str) -> xr.Dataset:
    """The same with another model's name before its variables and its own dimensions."""
    own = ("run", "round", "first", *dimensions)
    return found.rename({name: f"{prefix}_{name}" for name in (*found.data_vars, *own)})


@dataclass(frozen=True)
class Best:
    """What the sweep calls: many runs at some densities, each density with its own seed."""

    plan: Plan
    model: Model
    stages: tuple[Stage, ...]

    def __call__(
        self, cells: Sequence[Mapping[str, Any]], seeds: list[np.random.SeedSequence]
    ) -> xr.Dataset:
        """One entry a cell."""
        return xr.concat([self._one(*pair) for pair in zip(cells, seeds, strict=True)], "cell")

    def _one(self, cell: Mapping[str, Any], seed: np.random.SeedSequence) -> xr.Dataset:
        plan, density = self.plan, float(cell["density"])
        law = IndependentFeatures(density, plan.importance)
        found = successive_halving(
            self.model,
            law,
            n_hidden=plan.n_hidden,
            seed=[int(word) for word in seed.generate_state(4)],
            rounds=plan.rounds(self.stages, density),
        )
        x = law.sample(np.random.default_rng(seed), SEEN)
        inputs = np.einsum("rmn,sn->rsm", found["W"].values, x)
        if "c" in found:
            inputs += found["c"].values[:, None]
        # Rounding is no sign: an input of nothing but inactive features is 0 times all weights.
        off = np.mean(inputs < 0, axis=(1, 2))
        return found.drop_vars("start").assign(off=("run", off)).drop_attrs()
