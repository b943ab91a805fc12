"""Check and draw a figure of the basic results, and write down what it found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xarray as xr

from agreement.comparison.basics import BasicFindings, basic_findings
from figures.basics.matrices import draw_basics
from figures.basics.training import best_of
from figures.kit.agreement_table import write_row
from figures.kit.claims import claim
from figures.kit.profile import Profile
from figures.kit.result import Result
from figures.kit.style import save_figure
from ground.results import load

CLAIM = (
    "A linear model keeps the top m features at every density and drops the rest. With a ReLU "
    "output the same happens when all features are always active; as they become sparse, "
    "superposition begins with the least important features, in antipodal pairs. Dropped "
    "features get the bias E[x]."
)


def draw_basic_results(name: str, configuration: Mapping[str, Any], profile: Profile) -> None:
    """Check the claims against the data, draw, and write the row and the result."""
    measured = load(profile.data(name, "measured"), configuration=configuration)
    derived = load(profile.data(name, "derived"))
    best = best_of(measured)
    found = basic_findings(measured, best, derived)
    check(found, derived)
    n, m = measured.sizes["feature"], measured.sizes["hidden"]
    title = (
        f"{n} features in {m} dimensions, importance {configuration['base']:g}$^i$: a linear model "
        "drops what does not fit, a ReLU output shares dimensions as features become sparse"
    )
    save_figure(draw_basics(measured, best, derived, title), profile.figure(name))
    write_row(profile.root / "tables", name, found.row(derived))
    result(name, configuration, measured, derived, found).write(profile)


def check(found: BasicFindings, derived: xr.Dataset) -> None:
    """Stop unless the data say what the figure says."""
    worst = float(abs(found.linear_z).max())
    claim(found.linear_keeps, "every linear model keeps the top m features, and no other")
    claim(worst <= 3, f"linear losses are the closed form's within 3 errors, got {worst:.2f}")
    claim(found.dense_keeps, "at p = 1 the ReLU-output model keeps the same features")
    claim(abs(found.dense_z) <= 3, f"its loss is the linear one there, got z = {found.dense_z:.2f}")
    off = abs(found.bias_ratio - 1)
    claim(
        off <= max(3 * found.bias_error, 0.01),
        f"dropped features' bias is p/2, got {found.bias_ratio:.3f} ± {found.bias_error:.3f}",
    )


def result(
    name: str,
    setup: Mapping[str, Any],
    measured: xr.Dataset,
    derived: xr.Dataset,
    found: BasicFindings,
) -> Result:
    """Say in words what the figure shows."""
    n, m = measured.sizes["feature"], measured.sizes["hidden"]
    low, high = found.first_pair
    return Result(
        target=name,
        claim=CLAIM,
        setup=(
            f"n = {n}, m = {m}, importance {setup['base']:g}^i; ReLU output at "
            f"{len(setup['densities'])} densities from 1 to {min(setup['densities']):g}, best of "
            f"{setup['restarts']} runs on common held-out samples; linear at "
            f"{len(setup['linear_densities'])} densities, {setup['linear_restarts']} runs each; "
            f"{setup['steps']} and {setup['linear_steps']} steps, batch 1024, plain Adam with a "
            "cosine schedule."
        ),
        theory=(
            "The best linear model is PCA weighted by importance (D08). The candidates tie at "
            f"p = {float(derived['first_pair_candidates']):.3f} (D12); of all pairs, the best has "
            f"a weak second arm from p = {float(derived['first_pair_onset']):.3f} down, which "
            f"jumps to a full pair at p = {float(derived['full_pair']):.3f}."
        ),
        training=(
            f"Linear losses lie within {abs(found.linear_z).max():.1f} standard errors of the "
            f"closed form, their exact losses at most {found.linear_gap.max():.1e} above it. The "
            f"first full pair forms between p = {high:g} and {low:g}. Dropped features have "
            f"b = ({found.bias_ratio:.3f} ± {found.bias_error:.3f}) p/2; {found.dead} of "
            f"{found.dropped} have a dead output instead."
        ),
    )


__all__ = ["check", "draw_basic_results", "result"]
