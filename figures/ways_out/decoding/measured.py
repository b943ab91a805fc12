"""Measured: seeded samples of each model, decoded in every way."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.ways_out.decoding.plan import DECODERS, Plan
from figures.ways_out.geometries import Geometry
from figures.ways_out.trained_geometry import trained
from ground.checks import FloatArray
from numeric.features.independent import IndependentFeatures
from numeric.recovery.pursuit import pursue

EXACT = 1e-5  # how near codes of a programme are to what it should give, 1e-7 of h
SCORES = ("exact", "within", "support", "square")


def measure(plan: Plan) -> xr.Dataset:
    """Shares of samples and squared errors (geometry, density, noise, decoder, seed).

    ``exact``: all features to 1e-5; ``within``: to ε; ``support``: codes above 1e-6 just where
    features are active; ``square``: mean Σ (x_i − x'_i)².  W and b of the trained models.
    """
    p = plan.densities
    shape = (len(plan.geometries), len(p), len(plan.noise), len(DECODERS), plan.seeds)
    scores = {name: np.full(shape, np.nan) for name in SCORES}
    models = [
        trained(
            plan.n_free, plan.n_hidden, density=plan.trained_density, seed=plan.seed + seed,
            steps=plan.steps,
        )
        for seed in range(plan.seeds)
    ]  # fmt: skip
    for g, name in enumerate(plan.geometries):
        for d, density in enumerate(p):
            block = plan.block(name, float(density)) if name in plan.blocks else None
            for seed in range(plan.seeds):
                model = block or (
                    models[seed] if name == "trained" else plan.directions(float(density), seed)
                )
                rng = np.random.default_rng([plan.seed, g, d, seed])
                for each, value in decoded(plan, model, float(density), rng).items():
                    scores[each][g, d, :, :, seed] = value
    axes = ("geometry", "density", "noise", "decoder", "seed")
    return xr.Dataset(
        {
            **{name: (axes, value) for name, value in scores.items()},
            "W": (("seed", "hidden", "feature"), np.stack([model.W for model in models])),
            "b": (("seed", "feature"), np.stack([model.b for model in models])),
        },
        coords={
            "geometry": list(plan.geometries),
            "density": p,
            "noise": list(plan.noise),
            "decoder": list(DECODERS),
        },
    )


def decoded(
    plan: Plan, model: Geometry, density: float, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """The scores of one model at one density, (noise, decoder)."""
    x = IndependentFeatures(density, n_features=model.n_features).sample(rng, plan.samples)
    x = np.asarray(x, dtype=np.float64)
    clean = x @ model.W.T
    length = float(np.linalg.norm(model.W, axis=0).mean())
    found = {name: np.full((len(plan.noise), len(DECODERS)), np.nan) for name in SCORES}
    for s, relative in enumerate(plan.noise):
        noise = relative * length
        h = clean + noise * rng.normal(size=clean.shape)
        for k, decoder in enumerate(DECODERS):
            few = decoder == "signed" and not noise
            rows = slice(0, plan.signed_samples if few else None)
            for name, value in scored(plan, model, h[rows], x[rows], decoder, noise).items():
                found[name][s, k] = value
    return found


def scored(
    plan: Plan, model: Geometry, h: FloatArray, x: FloatArray, decoder: str, noise: float
) -> dict[str, float]:
    """The scores of one decoder.  A tie that a solver breaks must not be luck.

    Codes of any sign are computed twice, of h and of −h with the atoms in reverse: a preference
    for a sign, or for atoms that come first, shows as two answers, and only what both get right
    is right.  So are codes ≥ 0, in reverse, where a polytope has squares: four atoms on a square
    give its middle in two ways.
    """
    bias = {"bias": model.b} if decoder == "toy" else {}
    answers = [pursue(h, model.dictionary, decoder, noise=noise, **bias)]
    backwards = model.dictionary[::-1]
    if decoder in ("signed", "matching"):
        answers.append(-pursue(-h, backwards, decoder, noise=noise)[:, ::-1])
    elif model.name == "square antiprism" and decoder != "toy":
        answers.append(pursue(h, backwards, decoder, noise=noise)[:, ::-1])
    errors = [np.abs(codes - x) for codes in answers]
    worst = np.max([error.max(axis=1) for error in errors], axis=0)
    supports = [((np.abs(codes) > 1e-6) == (x > 0)).all(axis=1) for codes in answers]
    return {
        "exact": float(np.mean(worst <= EXACT)),
        "within": float(np.mean(worst <= plan.within)),
        "support": float(np.mean(np.all(supports, axis=0))),
        "square": float(np.mean([(error**2).sum(axis=1) for error in errors])),
    }
