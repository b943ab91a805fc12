"""Derived: how often each decoder should be right, and at what error, from D39."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.ways_out.decoding.plan import Plan
from ground.checks import FloatArray
from theory.loss.floats import loss_and_gradient
from theory.ways_out.decoded import pursuit_loss, within_probability
from theory.ways_out.noisy_digon import digon_support_probability
from theory.ways_out.recovery import any_decoder_bound, recovery_probability

FINE = 80  # densities of the exact curves, on which their halves are found
SIMPLICIAL = ("digon", "tetrahedron", "pentagon", "triangle")  # small groups, one answer each


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """Curves over density of each geometry; of random and trained ones the mean over the seeds.

    ``nonnegative``, ``signed``, ``bound`` (geometry, fine): recovered exactly, without noise, by
    codes ≥ 0, of any sign, and by any decoder at most; ``nonnegative_at`` and ``signed_at`` at
    the densities measured; ``…_tied`` where x is one of several minimisers, too.
    ``toy_within``, ``pursuit_square``, ``toy_square`` (geometry, density), NaN where there is no
    exact value.  ``digon_support`` (noise, density).
    """
    p = plan.densities
    fine = np.geomspace(plan.least, 0.99, FINE)
    count = len(plan.geometries)
    exact = {name: np.full((count, FINE), np.nan) for name in ("nonnegative", "signed", "bound")}
    at = {
        f"{name}_{kind}": np.full((count, len(p)), np.nan)
        for name in ("nonnegative", "signed")
        for kind in ("at", "tied")
    }
    near = {
        name: np.full((count, len(p)), np.nan)
        for name in ("toy_within", "pursuit_square", "toy_square")
    }
    trained = measured["W"].transpose("seed", "hidden", "feature").values
    biases = measured["b"].transpose("seed", "feature").values
    for g, name in enumerate(plan.geometries):
        models = models_of(plan, name, trained)
        both = np.concatenate([fine, p])  # the faces are found once
        for key, curve in (
            ("nonnegative", [recovery_probability(W, density=both) for W in models]),
            ("signed", [recovery_probability(W, density=both, signed=True) for W in models]),
        ):
            exact[key][g], at[f"{key}_at"][g] = np.split(mean(curve), [FINE])
            at[f"{key}_tied"][g] = at[f"{key}_at"][g]
            if name in plan.blocks:  # directions in no special position have one answer
                at[f"{key}_tied"][g] = recovery_probability(
                    models[0], density=p, signed=key == "signed", unique=False
                )
        exact["bound"][g] = mean([any_decoder_bound(W, density=fine) for W in models])
        if name in SIMPLICIAL:
            near["pursuit_square"][g] = pursuit_loss(models[0], density=p)
        for d, density in enumerate(p):
            toys = toys_of(plan, name, float(density), trained, biases)
            losses = [loss_and_gradient(W, b, density=float(density))[0] for W, b in toys]
            if losses:
                near["toy_square"][g, d] = float(np.mean(losses))
            if name in SIMPLICIAL:
                [(W, b)] = toys
                near["toy_within"][g, d] = within_probability(
                    W, b, density=float(density), within=plan.within
                )
    # Bias of the thresholding toy: what the largest of n correlations with noise seldom exceeds.
    limit = [-s * np.sqrt(2 * np.log(2 * plan.n_hidden)) for s in plan.noise]
    digons = digon_support_probability(
        density=p, noise=np.array(plan.noise)[:, None], bias=np.array(limit)[:, None]
    )
    return xr.Dataset(
        {
            **{name: (("geometry", "fine"), value) for name, value in exact.items()},
            **{name: (("geometry", "density"), value) for name, value in {**at, **near}.items()},
            "digon_support": (("noise", "density"), digons**plan.n_hidden),
        },
        coords={
            "geometry": list(plan.geometries),
            "density": p,
            "fine": fine,
            "noise": list(plan.noise),
        },
    )


def models_of(plan: Plan, name: str, trained: FloatArray) -> list[FloatArray]:
    """W of a geometry; what pursuit recovers depends on its directions alone."""
    if name == "trained":
        return list(trained)
    if name == "random":
        return [plan.directions(plan.trained_density, seed).W for seed in range(plan.seeds)]
    return [plan.block(name, float(np.sqrt(plan.least * plan.most))).W]


def toys_of(
    plan: Plan, name: str, density: float, trained: FloatArray, biases: FloatArray
) -> list[tuple[FloatArray, FloatArray]]:
    """W and b that the toy's ReLU decodes with at one density."""
    if name == "trained":
        return list(zip(trained, biases, strict=True))
    if name == "random":
        return []  # nobody's optimum
    model = plan.block(name, density)
    return [(model.W, model.b)]


def mean(values: list[FloatArray]) -> FloatArray:
    """Over models."""
    return np.asarray(np.mean(values, axis=0))
