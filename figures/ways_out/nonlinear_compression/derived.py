"""Exact losses of quantising, of linear encoders with the best decoder, and of the toy."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.ways_out.nonlinear_compression.plan import Plan
from theory.minima.optimum import optimum
from theory.ways_out.best_decoder import best_decoder_error
from theory.ways_out.compression import (
    compression_loss,
    noisy_compression_loss,
    sparse_compression_loss,
)


def derive(plan: Plan) -> xr.Dataset:
    """By level and width, by level and noise; by density for some codes and both rivals."""
    levels = [int(Z) for Z in np.arange(1, plan.levels + 1)]
    width = [
        [compression_loss(Z, e) if Z * e <= 1 else np.nan for Z in levels] for e in plan.widths
    ]
    noise = [[noisy_compression_loss(Z, s) for Z in levels] for s in plan.noises]
    p = plan.densities
    code = [[sparse_compression_loss(Z, q) for q in p] for Z in plan.codes]
    return xr.Dataset(
        {
            "width_loss": (("width", "level"), width),
            "noise_loss": (("noise", "level"), noise),
            "code_loss": (("code", "density"), code),
            "toy_loss": ("density", [optimum(2, 1, density=q).loss for q in p]),
            "linear_loss": ("density", [best_decoder_error(2, density=q) for q in p]),
        },
        coords={
            "level": levels,
            "width": list(plan.widths),
            "noise": list(plan.noises),
            "code": list(plan.codes),
            "density": p,
        },
    )
