"""Check and draw a figure of the basic results, and write down what it found."""

from __future__ import annotations

from typing import Any

import xarray as xr

from agreement.comparison.basics import BasicFindings, basic_findings
from agreement.description.words import counted
from figures.basics.matrices import draw_basics
from figures.basics.setup import BasicSetup
from figures.basics.training import best_of
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.words import markdown_table

SHORT = 0.05  # of the best pair's second norm, from which training is said to fall short
CLAIM = (
    "A linear model keeps the top m features at every density and drops the rest. With a ReLU "
    "output the same happens when all features are always active; as they become sparse, "
    "superposition begins with the least important features, in antipodal pairs. Dropped "
    "features get the bias E[x]."
)


def draw(plan: BasicSetup, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check what both models keep, drop and share; draw."""
    best = best_of(measured)
    found = basic_findings(measured, best, derived)
    check(found, derived)
    title = (
        f"{plan.n_features} features in {plan.n_hidden} dimensions, importance {plan.base:g}$^i$: "
        "a linear model drops what doesn't fit, a ReLU output shares"
    )
    return described(draw_basics(measured, best, derived, title), plan, derived, found)


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


def described(picture: Any, plan: BasicSetup, derived: xr.Dataset, found: BasicFindings) -> Drawing:
    """The picture with its row, and in words what it shows."""
    low, high = found.first_pair
    return Drawing(
        picture,
        row=found.row(derived),
        claim=CLAIM,
        setup=(
            f"n = {plan.n_features}, m = {plan.n_hidden}, importance {plan.base:g}^i; ReLU output "
            f"at {len(plan.densities)} densities from 1 to {min(plan.densities):g}, best of "
            f"{counted(plan.restarts, 'run')} on common held-out samples; linear at "
            f"{len(plan.linear_densities)} densities, {counted(plan.linear_restarts, 'run')} each; "
            f"{plan.steps} and {plan.linear_steps} steps, batch 1024, plain Adam with a "
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
            f"b = ({found.bias_ratio:.4f} ± {found.bias_error:.4f}) p/2; {found.dead} of "
            f"{found.dropped} have a dead output instead.{short_of_the_pair(found.weak_arms)}"
        ),
        alt=(
            "Matrices WᵀW, biases and norms of the linear model, above, and of the ReLU-output "
            f"model, below, at {len(plan.linear_densities)} densities. Underneath, which features "
            "are represented at each density and how much they share, and the norm of the first "
            "feature that a linear model drops, which jumps from weak to full as density falls."
        ),
        whose="the paper's",
        verdict=(
            "holds: linear models keep the top m features, dense ReLU-output models the same "
            f"ones, and the first full pair forms between p = {high:g} and {low:g}, where theory "
            f"has p = {float(derived['full_pair']):.3f}; dropped features have b = E[x], but for "
            f"{found.dead} of {found.dropped} whose output is dead."
        ),
    )


def short_of_the_pair(arms: xr.Dataset) -> str:
    """Where training leaves the second arm far weaker than the best pair's; empty if nowhere."""
    short = arms.isel(weak_density=arms["exact"].values - arms["trained"].values > SHORT)
    if not short.sizes["weak_density"]:
        return ""
    columns = (short[name].values for name in ("weak_density", "trained", "exact", "gap"))
    rows = [
        (f"{p:g}", f"{trained:.2f}", f"{exact:.2f}", f"{100 * gap:+.1g} %")
        for p, trained, exact, gap in zip(*columns, strict=True)
    ]
    headings = ["p", "norm, trained", "norm, best pair", "loss above that pair's"]
    return " Above that density training stops short of the norm of the best pair's weak arm:" + (
        markdown_table(headings, rows)
    )


__all__ = ["check", "described", "draw", "short_of_the_pair"]
