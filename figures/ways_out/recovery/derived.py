"""Theory: which rays are seen, what L1 keeps, what an encoder needs, and where each must end."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.ways_out.geometries import optimal
from figures.ways_out.recovery.geometry import live, weights_of
from figures.ways_out.recovery.plan import HIDDEN, LARGE, RANDOM, TRAINED, Plan
from ground.binomial import more_than
from theory.ways_out.known_codes import known_codes_density
from theory.ways_out.lone_codes import encoder_threshold, lone_code
from theory.ways_out.lone_features import lone_rays, ray_probability
from theory.ways_out.mixed_digons import mixing_density
from theory.ways_out.recovery import any_decoder_bound, recovery_probability


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """Shares of rays seen (geometry, density) and (density_fine), λ_W, kept, and exchanges.

    ``decoded`` and ``decoded_most`` (geometry, density_fine): how often basis pursuit with the
    true dictionary, and any decoder at most, is exact without noise; NaN for large models.
    ``forbidden`` (geometry, noise): the density below which noise alone keeps directions from
    being known, the codes being known.
    """
    trained = measured["trained_W"].values if "trained_W" in measured else ()
    names = list(plan.geometries) + ([LARGE] if plan.large_densities else [])
    densities = sorted({*plan.densities, *plan.large_densities, plan.sweep_density})
    fine = np.geomspace(0.005, 0.95, 120)
    penalties = np.linspace(0.0, 1.5, 151)
    seen, fine_seen, everything, threshold, features = [], [], [], [], []
    exact, most, forbidden = [], [], []
    for name in names:
        runs = range(plan.seeds if name in (RANDOM, TRAINED, LARGE) else 1)
        models = [live(weights_of(plan, name, run, trained)) for run in runs]
        # Random directions differ, but all have the same rays: one model speaks for all.
        each = [lone_rays(models[0], density=p, samples=plan.samples_of(name)) for p in densities]
        seen.append([found.found.mean() for found in each])
        everything.append([found.all_found for found in each])
        rays = np.array([ray_probability(models[0], density=p) for p in fine])
        fine_seen.append(more_than(1, plan.samples_of(name), rays).mean(axis=1))
        features.append(models[0].shape[1])
        values = [_relative_threshold(W) for W in models] if name in plan.swept else [np.nan]
        threshold.append(float(np.mean(values)))
        # Directions that are not special differ: the mean over the runs.
        small = [] if name == LARGE else models
        exact.append(_mean([recovery_probability(W, density=fine) for W in small], fine))
        most.append(_mean([any_decoder_bound(W, density=fine) for W in small], fine))
        forbidden.append(
            [
                known_codes_density(
                    len(models[0]),
                    samples=plan.samples_of(name),
                    noise=noise,
                    cosine=1 - plan.tolerance,
                )
                for noise in plan.levels
            ]
        )
    digons = optimal("digon", HIDDEN["digon"]).blocks
    return xr.Dataset(
        {
            "seen": (("geometry", "density"), seen),
            "all_seen": (("geometry", "density"), everything),
            "seen_fine": (("geometry", "density_fine"), fine_seen),
            "decoded": (("geometry", "density_fine"), exact),
            "decoded_most": (("geometry", "density_fine"), most),
            "forbidden": (("geometry", "noise"), forbidden),
            "threshold": ("geometry", threshold),
            "features": ("geometry", features),
            "kept": ("l1_fine", [lone_code(float(l1)).kept for l1 in penalties]),
            "mixing": ("l1", [mixing_density(l1, digons) for l1 in plan.l1]),
            "mixing_limit": mixing_density(0.0, digons),
        },
        {
            "geometry": names,
            "density": densities,
            "density_fine": fine,
            "l1_fine": penalties,
            "l1": list(plan.l1),
            "noise": list(plan.levels),
        },
    )


def _mean(curves: list[np.ndarray], like: np.ndarray) -> np.ndarray:
    """Over models; NaN where there are none."""
    return np.mean(curves, axis=0) if curves else np.full(len(like), np.nan)


def _relative_threshold(W: np.ndarray) -> float:
    """λ_W in units of the mean length of the columns."""
    return encoder_threshold(W) / float(np.linalg.norm(W, axis=0).mean())
