"""Basins on circles of starts, probabilities of endings, and flows from random starts."""

from __future__ import annotations

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.dynamics.basins_n2_m1.plan import Plan
from ground.checks import FloatArray
from theory.dynamics.basin_probability import basin_probability
from theory.dynamics.circles import arcs, pair_fates
from theory.dynamics.fates import World

ANGLES = 720  # of a map, in half a circle
RTOL = 1e-6  # of a step of a flow: boundaries are sought to 1e-3, shares come from 600 flows
KINDS = ("[1] (2)", "antipodal pair", "aligned pair")  # and others


def derive(plan: Plan) -> xr.Dataset:
    """Maps of basins, lines along density and along λ, and shares of flows at the dots."""
    shape = len(plan.importances), len(plan.density), len(plan.scales)
    lines = np.zeros((*shape, len(KINDS)))
    error = np.zeros(shape)
    for i, r in tqdm(list(np.ndindex(shape[:2])), desc="basins"):
        found = basin_probability(
            2,
            1,
            density=float(plan.density[r]),
            importance=[1.0, plan.importances[i]],
            scale=plan.scales,
            tolerance=plan.tolerance,
        )
        lines[i, r] = np.stack([found.named(kind) for kind in KINDS], axis=-1)
        error[i, r] = found.error.max(axis=0)
    radii = plan.reach * (np.arange(plan.circles) + 0.5) / plan.circles
    return xr.Dataset(
        {
            "probability": (("importance", "density", "scale", "kind"), lines),
            "error": (("importance", "density", "scale"), error),
            "flows": (("importance", "dot", "scale", "kind"), _flows(plan)),
            "coherent": (("world", "strength"), _penalised(plan)),
            "basin": (("map", "radius", "angle"), np.stack([_map(p, radii) for p in plan.maps])),
        },
        coords={
            "importance": list(plan.importances),
            "density": plan.density,
            "dot": plan.dotted,
            "scale": list(plan.scales),
            "kind": list(KINDS),
            "strength": list(plan.strengths),
            "radius": radii,
            "angle": -np.pi / 4 + np.pi * (np.arange(ANGLES) + 0.5) / ANGLES,
        },
    )


def _flows(plan: Plan) -> FloatArray:
    """Shares of flows from random starts by kind of their ending."""
    shape = len(plan.importances), len(plan.dotted), len(plan.scales)
    shares = np.zeros((*shape, len(KINDS)))
    for i, r in np.ndindex(shape[:2]):
        p, importance = float(plan.dotted[r]), plan.importances[i]
        fates = pair_fates(World(1, np.full(2, p), np.array([1.0, importance]), rtol=RTOL))
        for s, scale in enumerate(plan.scales):
            rng = np.random.default_rng((plan.seed, i, r, s))
            starts = np.zeros((plan.flows, 4))
            starts[:, :2] = scale * rng.standard_normal((plan.flows, 2))
            fates, labels = fates.of(starts)
            names = np.array([ending.name for ending in fates.endings])[labels]
            shares[i, r, s] = [np.mean(names == kind) for kind in KINDS]
    return shares


def _penalised(plan: Plan) -> FloatArray:
    """Probability that at most one feature is left, along λ."""
    return np.array(
        [
            [
                basin_probability(
                    2,
                    1,
                    density=p,
                    importance=[1.0, importance],
                    scale=scale,
                    interference=strength,
                    tolerance=plan.tolerance,
                ).coherent_at_most(0.0)
                for strength in plan.strengths
            ]
            for p, importance, scale in tqdm(plan.penalised, desc="penalty")
        ]
    )


def _map(world: tuple[float, float], radii: FloatArray) -> FloatArray:
    """Index of the kind at each radius and angle; len(KINDS) for others."""
    p, importance = world
    fates, found = arcs(
        pair_fates(World(1, np.full(2, p), np.array([1.0, importance]), rtol=RTOL)),
        radii,
        width=1e-3,
    )
    names = [ending.name for ending in fates.endings]
    kinds = np.array([KINDS.index(name) if name in KINDS else len(KINDS) for name in names])
    angles = -np.pi / 4 + np.pi * (np.arange(ANGLES) + 0.5) / ANGLES
    return np.stack(
        [
            kinds[labels[np.searchsorted(edges, angles)]]
            for edges, labels in zip(found.angles, found.labels, strict=True)
        ]
    )
