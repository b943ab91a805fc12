"""ways_out: a little of a penalty in training, then a decoder: what it costs and what it brings."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from agreement.comparison.frontier import Frontier, hybrid_frontier
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import PAGE, headline
from figures.kit.words import markdown_table
from figures.ways_out.ways_out.panels import draw_frontier, frontier_legend
from figures.ways_out.ways_out.plan import Plan

CLAIM = (
    "L1 in training removes superposition at a cost in loss; sparse coding recovers the "
    "directions without it; and a hybrid could have some of both."
)
GAIN = 0.03  # of F1 over all features, beyond doubt: what a hybrid would have to bring
ROUNDING = 1e-6  # relative: of two evaluations of an objective at its optimum
NAMES = {"none": "none", "l1": "L1 on h", "interference": "interference", "attack": "attacks"}


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check the laws and the frontier; draw."""
    found = hybrid_frontier(measured, derived, plan.systems)
    row = found.row()
    claim(found.below < ROUNDING, f"no model is below the best known, got {found.below:.1e}")
    claim(bool((found.paid[:, 1:] > -found.paid_error[:, 1:] - 0.01).all()), "penalties cost loss")
    sure = row["frontier_gain_sure"]
    claim(sure < GAIN, f"no penalty brings F1 over all features, at most {sure:.3f} beyond doubt")
    claim(bool(found.front[:, 0].all()), "no penalty at all is on every Pareto front")
    claim(bool((found.gained[:, 1:].min(axis=1) < -GAIN).all()), "strong penalties take F1 away")
    figure, axes = plt.subplots(2, len(plan.systems), figsize=(PAGE, 4.9), squeeze=False)
    for s in range(len(plan.systems)):
        draw_frontier(axes[:, s], plan, measured, derived, found, s)
    frontier_legend(figure, plan)
    headline(figure, "Loss paid in training against what a decoder recovers")
    return Drawing(
        figure,
        claim=CLAIM,
        setup=(
            f"{len(plan.systems)} systems ({_systems(plan)}), {plan.seeds} models of each penalty "
            f"and strength, {plan.steps} steps of Adam, batch {plan.batch}; a non-negative "
            f"dictionary of n atoms learned from {plan.samples} activations with noise "
            f"σ = {plan.noise:g}, its codes above 0.1 taken for detections; loss exact, in units "
            "of n times a feature's variance; intervals are 95 % over seeds."
        ),
        theory=_theory(plan, found, derived),
        training=_training(plan, measured, found, row),
        whose="the paper's",
        verdict=_verdict(plan, measured, found, row),
        row=row,
        tables={"ways_out": _table(plan, measured, derived, found)},
        alt=(
            "For three systems, F1 over all features and over those kept against the loss paid, "
            "by penalty, with the exact penalised optima beside."
        ),
    )


def _systems(plan: Plan) -> str:
    return "; ".join(f"{name}: n = {n}, m = {m}, p = {p:g}" for name, n, m, p, _ in plan.systems)


def _theory(plan: Plan, found: Frontier, derived: xr.Dataset) -> str:
    words = []
    for s, (name, n, m, _, block) in enumerate(plan.systems):
        if block is None:
            continue
        kept = [
            f"{penalty} {strength:g}: {float(derived['exact_kept'][s, c].mean()) * n / m:.2f}"
            for c, (penalty, strength) in enumerate(plan.conditions)
            if penalty in ("none", "l1", "interference")
        ]
        words.append(f"{name}: {', '.join(kept)}")
    return (
        "Exact penalised optima of blocks (D34, D35) keep so many features per dimension: "
        f"{'; '.join(words)}. Trained losses differ from theirs by {100 * found.off:.2g} % in the "
        "median, and no trained objective lies below."
    )


def _training(plan: Plan, measured: xr.Dataset, found: Frontier, row: dict[str, float]) -> str:
    none = [
        f"{name} {float(measured['f1_all'].values[s, 0].mean()):.3f} (MCC "
        f"{float(measured['mcc'].values[s, 0].mean()):.3f})"
        for s, (name, *_) in enumerate(plan.systems)
    ]
    s, c = np.unravel_index(int(np.argmax(found.gained)), found.gained.shape)
    penalty, strength = plan.conditions[c]
    t, k = np.unravel_index(int(np.argmax(found.kept_gained)), found.kept_gained.shape)
    keeper, held = plan.conditions[k]
    return (
        f"F1 over all features without a penalty: {', '.join(none)}. The most that a penalty "
        f"changes it by is {found.gained[s, c]:+.3f} ± {found.gained_error[s, c]:.3f} "
        f"({plan.systems[s][0]}, {NAMES[penalty]} {strength:g}), for "
        f"{found.paid[s, c]:.3f} of loss. Over the features that are kept it rises by up to "
        f"{found.kept_gained[t, k]:.3f} ± {found.kept_gained_error[t, k]:.3f} "
        f"({plan.systems[t][0]}, {NAMES[keeper]} {held:g}), for {found.paid[t, k]:.3f}, with "
        f"{found.crowding[t, k]:.2f} features per dimension left of {found.crowding[t, 0]:.2f}. "
        f"Directions of kept features are found with an MCC of at least "
        f"{float(np.nanmin(np.nanmean(measured['mcc'].values, axis=-1))):.3f} throughout."
    )


def _verdict(plan: Plan, measured: xr.Dataset, found: Frontier, row: dict[str, float]) -> str:
    strongest = max(
        (strength, c) for c, (name, strength) in enumerate(plan.conditions) if name == "l1"
    )[1]
    left = found.crowding[:, strongest]
    return (
        "corrected: sparse coding recovers the directions, but L1 removes features and not "
        f"superposition (at its strongest {left.min():.2f} to {left.max():.2f} features per "
        "dimension are left), and no hybrid gains: over all features a penalty brings no F1 "
        f"(at most {row['frontier_gain_max']:.3f}), over the kept ones up to "
        f"{row['frontier_kept_gain_max']:.2f}."
    )


def _table(plan: Plan, measured: xr.Dataset, derived: xr.Dataset, found: Frontier) -> str:
    headings = [
        "system", "penalty", "strength", "loss paid", "exact", "features per dimension", "exact",
        "F1, all", "gained", "exact", "F1, kept", "MCC", "on the front",
    ]  # fmt: skip
    rows = []
    for s, (name, n, m, _, _) in enumerate(plan.systems):
        scale = found.loss[s, 0].mean() / 1.0
        exact = derived["loss"].values[s]
        unit = _unit(plan, s)
        for c, (penalty, strength) in enumerate(plan.conditions):
            kept = float(derived["exact_kept"].values[s, c].mean()) * n / m
            rows.append(
                [
                    name, NAMES[penalty], f"{strength:g}",
                    f"{found.paid[s, c]:+.3f} ± {found.paid_error[s, c]:.3f}",
                    _or_dash(exact[c] / unit - scale, "+.3f"),
                    f"{found.crowding[s, c]:.2f}", _or_dash(kept, ".2f"),
                    f"{float(measured['f1_all'].values[s, c].mean()):.3f}",
                    f"{found.gained[s, c]:+.3f} ± {found.gained_error[s, c]:.3f}",
                    _or_dash(float(derived["exact_f1_all"].values[s, c].mean()), ".3f"),
                    f"{float(measured['f1_kept'].values[s, c].mean()):.3f}",
                    f"{float(measured['mcc'].values[s, c].mean()):.3f}",
                    "yes" if found.front[s, c] else "",
                ]
            )  # fmt: skip
    return (
        "# Loss paid in training against what a decoder recovers\n\nLoss over n times a feature's "
        "variance, exact, above that without penalty; ± half of a 95 % interval over seeds; "
        "`exact` at the penalised optimum of blocks, a dash where none is known.\n"
        + markdown_table(headings, rows)
    )


def _unit(plan: Plan, s: int) -> float:
    _, n, _, p, _ = plan.systems[s]
    return n * (p / 3 - p**2 / 4)


def _or_dash(value: float, style: str) -> str:
    return format(value, style) if np.isfinite(value) else "—"
