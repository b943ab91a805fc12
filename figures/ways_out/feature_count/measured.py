"""Activations of each model, with noise, and what is counted in them."""

from __future__ import annotations

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.ways_out.feature_count.plan import Plan, Subject
from figures.ways_out.geometries import Geometry, optimal, random_directions
from figures.ways_out.trained_geometry import trained
from ground.checks import FloatArray
from numeric.features.independent import IndependentFeatures
from numeric.recovery.counting import count_features

METHODS = ("rays", "cumulants")
KEPT = 160  # eigenvalues
CUMULANT_PARTS = 50


def measure(plan: Plan) -> xr.Dataset:
    """Counts by both methods, their doubts, and the weights they were of."""
    models = [_model(subject, plan, k) for k, subject in enumerate(plan.subjects)]
    shape = (len(models), len(plan.noises), len(METHODS))
    counted = {name: np.zeros(shape, dtype=int) for name in ("count", "lower", "lines", "doubts")}
    threshold = np.zeros(shape)
    spectrum = np.full((*shape[:2], KEPT), np.nan)
    for i, model in enumerate(tqdm(models, desc="counting", unit="model")):
        density = plan.subjects[i].density
        law = IndependentFeatures(density, n_features=model.n_features)
        for j, noise in enumerate(plan.noises):
            rng = np.random.default_rng((plan.seed, i, j))
            x = law.from_uniform(rng.random((plan.samples, law.n_uniforms)))
            h = x @ model.W.T + noise * rng.normal(size=(plan.samples, model.n_hidden))
            for k, method in enumerate(METHODS):
                found = count_features(h, method, noise=noise, seed=plan.seed)
                counted["count"][i, j, k] = found.count
                counted["lower"][i, j, k] = found.lower
                counted["lines"][i, j, k] = found.lines or 0
                counted["doubts"][i, j, k] = len(found.cannot)
                threshold[i, j, k] = found.threshold
            spectrum[i, j, : len(found.evidence)] = found.evidence[:KEPT]
    most_m = max(model.n_hidden for model in models)
    most_n = max(model.n_features for model in models)
    W = np.full((len(models), most_m, most_n), np.nan)
    for i, model in enumerate(models):
        W[i, : model.n_hidden, : model.n_features] = model.W
    cumulants, errors = _cumulants(plan)
    axes = ("model", "noise", "method")
    return xr.Dataset(
        {
            **{name: (axes, value) for name, value in counted.items()},
            "threshold": (axes, threshold),
            "spectrum": (("model", "noise", "eigenvalue"), spectrum),
            "W": (("model", "hidden", "feature"), W),
            "cumulant": (("order", "density"), cumulants),
            "cumulant_error": (("order", "density"), errors),
        },
        coords={
            "noise": list(plan.noises),
            "method": list(METHODS),
            "order": [3, 4],
            "density": list(plan.densities),
        },
    )


def _model(subject: Subject, plan: Plan, place: int) -> Geometry:
    if subject.kind == "random":
        return random_directions(
            subject.n_features, subject.n_hidden, density=subject.density, seed=plan.seed + place
        )
    if subject.kind == "trained":
        return trained(
            subject.n_features, subject.n_hidden, density=subject.density, seed=plan.seed + place,
            steps=plan.steps,
        )  # fmt: skip
    return optimal(subject.kind, subject.n_hidden)


def _cumulants(plan: Plan) -> tuple[FloatArray, FloatArray]:
    """Third and fourth cumulants of one feature from samples, with standard errors, by parts."""
    rng = np.random.default_rng(plan.seed)
    size = (CUMULANT_PARTS, plan.samples // 4)
    found = np.empty((2, len(plan.densities), CUMULANT_PARTS))
    for k, p in enumerate(plan.densities):
        x = rng.random(size) * (rng.random(size) < p)
        x -= x.mean(axis=1, keepdims=True)
        found[0, k] = np.mean(x**3, axis=1)
        found[1, k] = np.mean(x**4, axis=1) - 3 * np.mean(x**2, axis=1) ** 2
    return found.mean(axis=-1), found.std(axis=-1, ddof=1) / np.sqrt(CUMULANT_PARTS)
