"""Theory: the toy's optimum, the best decoder of its W and of the best W; noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from figures.ways_out.decoder_price.plan import SIZES, Plan
from ground.checks import FloatArray
from theory.minima.optimum import optimum
from theory.ways_out.best_decoder import best_decoder
from theory.ways_out.decoder_error import decoder_error
from theory.ways_out.encoder_bound import linear_encoder_bound
from theory.ways_out.noisy_decoder import best_noisy_decoder, noisy_decoder_error
from theory.ways_out.null_direction import null_direction

SETTLED = 1e-5  # what a search for the optimum leaves of an entry of v that is zero


def derive(plan: Plan) -> xr.Dataset:
    """Errors (density,) by size, best weights (density,) without and (noise, noisy) with noise."""
    variables: dict[str, Any] = {}
    for n, m in SIZES:
        found = [errors(n, m, float(p)) for p in plan.densities]
        for name in ("toy", "same", "best", "bound"):
            variables[f"{name}_{n}"] = ("density", [each[name] for each in found])
        shape = ("density", f"feature_{n}")
        variables[f"null_{n}"] = (shape, [each["null"] for each in found])
        variables[f"toy_null_{n}"] = (shape, [each["toy_null"] for each in found])
        variables[f"structure_{n}"] = ("density", np.array([each["structure"] for each in found]))
    variables["bound_wide"] = (
        "dense",
        [linear_encoder_bound(*plan.wide, density=p) for p in plan.wide_densities],
    )
    shape = ("noise", "noisy")
    ratio, noisy, digon = (np.empty((len(plan.noises), plan.noisy_count)) for _ in range(3))
    for i, sigma in enumerate(plan.noises):
        for k, p in enumerate(plan.noisy_densities):
            best = best_noisy_decoder(density=float(p), noise=sigma)
            sizes = np.sort(np.abs(best.W[0]))
            ratio[i, k], noisy[i, k] = sizes[0] / sizes[1], best.error
            digon[i, k] = noisy_decoder_error([[1.0, -1.0]], density=float(p), noise=sigma)
    variables["ratio"], variables["noisy_error"] = (shape, ratio), (shape, noisy)
    variables["noisy_digon"] = (shape, digon)
    return xr.Dataset(
        variables,
        {
            "density": plan.densities,
            "noise": list(plan.noises),
            "noisy": plan.noisy_densities,
            "dense": list(plan.wide_densities),
        },
    )


def errors(n: int, m: int, density: float) -> dict[str, Any]:
    """Of one size at one density."""
    toy = optimum(n, m, density=density, starts=32)
    best = best_decoder(n, density=density)
    v = settled(toy.W)
    encoder = np.linalg.svd(v[None])[2][1:]
    return {
        "toy": toy.loss,
        "same": float(decoder_error(encoder, density=density)),
        "best": best.error,
        "bound": linear_encoder_bound(n, m, density=density),
        "null": np.sort(best.null_direction),
        "toy_null": np.sort(np.abs(v)),
        "structure": str(toy.structure),
    }


def settled(W: FloatArray) -> FloatArray:
    """The null direction of an optimum: entries within its accuracy of zero are zero."""
    v = null_direction(W[None])[0]
    return np.where(np.abs(v) < SETTLED, 0.0, v)
