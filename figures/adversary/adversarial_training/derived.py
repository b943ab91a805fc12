"""Theory: the best digons under the attack, those that tilt, and where both change."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.adversary.adversarial_training.plan import Plan
from theory.adversary.mean_norm import mean_norm
from theory.adversary.robust_digons import (
    RobustDigons,
    robust_digons,
    tilted_digons,
    unit_frobenius_size,
)
from theory.data_law import feature_variance


def derive(plan: Plan) -> xr.Dataset:
    """Digons at the ratios trained and on a finer grid, tilted ones, and unit ‖W‖²_F/m."""
    n, m, p = plan.main.n_features, plan.main.n_hidden, plan.main.density
    norm = mean_norm(n, p)

    def digons(ratios: np.ndarray) -> list[RobustDigons]:
        return [robust_digons(m, size=float(r) * norm, density=p) for r in ratios]

    def variables(found: list[RobustDigons], axis: str, prefix: str) -> dict[str, tuple]:
        columns: dict[str, list[float]] = {
            "scale": [one.scale for one in found],
            "bias": [one.bias for one in found],
            "tilt": [one.tilt for one in found],
            # Features that no digon has cost what ignoring them does.
            "objective": [one.objective + _rest(plan, one) for one in found],
            "clean": [one.clean + _rest(plan, one) for one in found],
            "frobenius": [2 * one.n_digons * one.scale / m for one in found],
        }
        return {f"{prefix}{name}": (axis, values) for name, values in columns.items()}

    tilted: list[RobustDigons] = []
    for r in plan.tilts:
        start = tilted[-1] if tilted else None
        tilted.append(tilted_digons(m - 1, size=r * norm, density=p, start=start))
    curve = np.linspace(0, max(plan.main.ratios), plan.curve)
    units = np.full((len(plan.threshold_sizes), len(plan.threshold_densities)), np.nan)
    for i, (features, hidden) in enumerate(plan.threshold_sizes):
        for j, q in enumerate(plan.threshold_densities):
            unit = mean_norm(features, q)
            size = unit_frobenius_size(hidden, density=q, most=max(plan.main.ratios) * unit)
            units[i, j] = np.nan if size is None else size / unit
    other = plan.decoys
    unit = mean_norm(other.n_features, other.density)
    beside = [
        robust_digons(other.n_hidden, size=r * unit, density=other.density).scale
        for r in other.ratios
    ]
    own = unit_frobenius_size(m, density=p, most=3 * norm)
    return xr.Dataset(
        {
            **variables(digons(np.array(plan.main.ratios)), "ratio", ""),
            **variables(digons(curve), "curve", "curve_"),
            **variables(tilted, "tilt_ratio", "tilted_"),
            **variables(digons(np.array(plan.tilts)), "tilt_ratio", "beside_"),
            "scale_decoys": ("ratio_decoys", beside),
            "norm": norm,
            "unit_ratio": np.nan if own is None else own / norm,
            "unit_ratios": (("size", "density"), units),
            "few_limit": ("size", [np.sqrt(m / n) for n, m in plan.threshold_sizes]),
        },
        {
            "ratio": list(plan.main.ratios),
            "ratio_decoys": list(other.ratios),
            "curve": curve,
            "tilt_ratio": list(plan.tilts),
            "density": list(plan.threshold_densities),
            "size": [f"n = {n}, m = {m}" for n, m in plan.threshold_sizes],
        },
    )


def _rest(plan: Plan, digons: RobustDigons) -> float:
    return (plan.main.n_features - 2 * digons.n_digons) * feature_variance(plan.main.density)
