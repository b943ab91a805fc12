"""penalised_phase_n2_m1: two features in one dimension under L1 on h, derived and trained."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.lines import Line2D

from agreement.comparison.penalised import Penalised, penalised_agreement, threshold_residuals
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE, PHASES, headline, phase_legend, phase_of
from figures.kit.words import markdown_table
from figures.ways_out.penalised_phase_n2_m1.panels import (
    WRONG,
    draw_cells,
    draw_decay,
    draw_dense,
    draw_little,
    draw_residuals,
    draw_thresholds,
    draw_turned,
)
from figures.ways_out.penalised_phase_n2_m1.plan import Plan

CLAIM = (
    "It is possible to train models without superposition by an L1 penalty on the hidden "
    "activations: given enough of it, features are represented alone or not at all."
)
LEAST_AGREEMENT = 0.95
ACCURACY = 1e-6  # of thresholds
END_ACCURACY = 1e-4  # of ends of branches, found by bisection to 1e-5 next to a square root


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check thresholds, ends, phases and the pentagon; draw."""
    found = {
        level: penalised_agreement(derived.sel(level=level), measured.sel(level=level), l1=level)
        for level in plan.levels
    }
    row = _row(found, derived, measured)
    claim(row["threshold_off_max"] < ACCURACY, f"thresholds agree: {row['threshold_off_max']:.1e}")
    claim(row["agree_optimum"] >= LEAST_AGREEMENT, f"phases agree: {row['agree_optimum']:.3f}")
    claim(row["below_optimum"] == 0, "no trained model lies below the penalised optimum")
    same = measured["pair_becomes"].values == derived["pair_becomes"].values
    claim(bool(same.all()), "a pair is followed by what theory says")
    alone = derived["pair_threshold"].sel(ratio=1.0) > derived["lone_threshold"]
    claim(bool(alone.all()), "at equal importance the pair outlives a lone feature")
    claim(bool((derived["triple"] < 1.0).all()), "below r = 1 all three tie")
    ends = float(np.abs(measured["pair_end"] - derived["pair_spinodal"]).max())
    ends = max(ends, float(np.abs(measured["lone_end"] - derived["lone_spinodal"]).max()))
    claim(ends < END_ACCURACY, f"branches end where theory says, got {ends:.1e}")
    second = derived["second"]
    few = second.sel(dense=derived["dense"] < 0.5).isel(l1=-1)
    many = second.sel(dense=derived["dense"] > 0.5).isel(l1=slice(1, None))
    claim(bool((few == 0.0).all()), "below p = ½ a lone feature stays alone")
    claim(bool((many < 0.0).all()), "above p = ½ any λ makes negative interference")
    claim(bool(derived["pentagon_pinned"]), "a corner of the pentagon is held on an axis")
    size = derived["turned_size"].values
    claim(bool(size.argmin() in (0, 20, 40)), "the best turn puts a corner on an axis")
    return Drawing(
        _drawn(plan, found, derived, measured),
        claim=CLAIM,
        setup=(
            f"n = 2, m = 1, importance (1, r), objective L + λ E|h|; {plan.size} × {plan.size} "
            f"cells, r = 0.1…10, p = 1…0.01, at λ = {', '.join(f'{x:g}' for x in plan.levels)}; "
            f"{plan.restarts} runs of {plan.steps} steps a cell, batch {plan.batch}, the best by "
            "exact penalised loss. Thresholds by following each minimum in λ, as random starts "
            "would show hysteresis."
        ),
        theory=_theory(plan, derived),
        training=(
            f"Minima followed in λ by descents tie at the predicted λ* to "
            f"{row['threshold_off_max']:.0e} for {row['thresholds']} thresholds (table "
            f"`penalised_thresholds.md`) and end within {ends:.0e} of the predicted spinodals. "
            f"Trained phases are the optimum's in {100 * row['agree_optimum']:.1f} % of "
            f"{row['cells']} cells; median relative gap {row['gap_median']:.1e}, largest "
            f"{row['gap_max']:.1e}; {row['below_optimum']} models below the optimum."
        ),
        whose="the paper's",
        verdict=(
            "corrected: with L1 on h a model avoids superposition only for features of different "
            "importance and p < ½; equal ones go from a pair to nothing, and dense ones are given "
            "interference that they did not have."
        ),
        row=row,
        tables={"penalised_thresholds": _table(derived, measured)},
        alt=(
            "Phase diagrams of two features at three penalties, derived above trained; thresholds "
            "against density with their residuals; weights against penalty for L1 and weight "
            "decay; weights of dense features; a pentagon under a little L1."
        ),
    )


def _row(
    found: dict[float, Penalised], derived: xr.Dataset, measured: xr.Dataset
) -> dict[str, Any]:
    gap = np.concatenate([each.gap.ravel() for each in found.values()])
    agree = np.concatenate([each.agree.ravel() for each in found.values()])
    lone = xr.broadcast(derived["lone_threshold"], measured["lone_tie"])[0]
    lone = lone.transpose(*measured["lone_tie"].dims)
    predicted = [derived["pair_threshold"].values, lone.values]
    followed = [measured["pair_tie"].values, measured["lone_tie"].values]
    whole = Penalised(xr.Dataset(), agree, gap)
    return {**whole.row(), **threshold_residuals(predicted, followed)}


def _drawn(
    plan: Plan, found: dict[float, Penalised], derived: xr.Dataset, measured: xr.Dataset
) -> Any:
    levels = plan.levels
    figure, axes = plt.subplots(4, 3, figsize=(PAGE, 9.0))
    letters = iter("abcdefghijkl")
    if len(levels) < 3:
        for ax in axes[:2, len(levels) :].flat:
            ax.set_visible(False)
    for ax, level in zip(axes[0], levels, strict=False):
        title = f"{next(letters)}  optimum, λ = {level:g}"
        draw_cells(ax, derived.sel(level=level), derived, level, title)
    for ax, level in zip(axes[1], levels, strict=False):
        title = f"{next(letters)}  trained, λ = {level:g}"
        draw_cells(ax, found[level].best, derived, level, title)
        wrong = np.argwhere(~found[level].agree)
        p, r = (found[level].best[name].values for name in ("density", "importance"))
        ax.plot(p[wrong[:, 0]], r[wrong[:, 1]], ls="", marker="s", mfc="none", mec=WRONG, ms=4)
    for row, column in np.ndindex(2, 3):  # the same axes in six panels: named at the edge
        if row == 0:
            axes[row, column].set_xlabel("")
            axes[row, column].tick_params(labelbottom=False)
        if column:
            axes[row, column].set_ylabel("")
            axes[row, column].tick_params(labelleft=False)
    rest = (
        (draw_thresholds, "λ* by density", (derived, measured)),
        (draw_residuals, "λ*, followed − predicted", (derived, measured)),
        (draw_decay, "L1 jumps, decay does not", (derived,)),
        (draw_dense, "dense features, r = ½", (derived,)),
        (draw_turned, f"a pentagon turned, p = {plan.pentagon:g}", (derived,)),
        (draw_little, "a pentagon under a little L1", (derived,)),
    )
    for ax, (panel, title, sets) in zip(axes[2:].flat, rest, strict=True):
        panel(ax, *sets)
        ax.set_title(f"{next(letters)}  {title}", loc="left")
    seen = {phase_of(str(name)) for name in derived["structure"].values.ravel()}
    present = [name for name in PHASES if name in seen]
    lines = [
        Line2D([], [], color=INK, label="exact border"),
        Line2D([], [], color=INK, ls=":", lw=0.8, label="p = ½"),
        Line2D([], [], ls="", marker="s", mfc="none", mec=WRONG, ms=4, label="other phase"),
        Line2D([], [], color="#777777", ls="--", lw=0.8, label="branch ends, not the best"),
        Line2D([], [], color="#777777", ls="", marker="o", ms=3, label="by descents"),
    ]
    phase_legend(figure, present, lines)
    headline(figure, "Two features, one dimension, L1 on the hidden activation")
    return figure


def _theory(plan: Plan, derived: xr.Dataset) -> str:
    p = derived["along"].values
    even, lone = derived["even_threshold"].values, derived["lone_threshold"].values
    slope = derived["pentagon_slope"].values
    turned = derived["turned_size"].values
    return (
        "A lone feature of importance I dies at λ* = 8√6/27 (1 − ¾p) I, by a jump from w = √(2/3), "
        "and is a minimum up to √2 λ*: a threshold on importance, at any density, where decay "
        "lets w fall to 0 continuously, at 2Iv, importance times density. At r = 1 the pair "
        f"outlives it, to λ* = {even[0]:.4f} against {lone[0]:.4f} at p = {p[0]:g} and "
        f"{even[-1]:.4f} against {lone[-1]:.4f} at p = {p[-1]:g}, so that no λ leaves one of two "
        "equal features; pair, lone feature and nothing tie at r from "
        f"{float(derived['triple'].min()):.4f} to {float(derived['triple'].max()):.4f}. For p > ½ "
        "E|h| falls to first order as w₂ turns negative, and any λ makes interference. In two "
        f"dimensions a pentagon (p = {plan.pentagon:g}) is held with a corner on an axis: other "
        f"turns cost up to {100 * (turned.max() / turned.min() - 1):.1f} % more E‖h‖₁. Its corners "
        f"then shrink by {-slope.max():.3f} λ to {-slope.min():.3f} λ, so that it is regular no "
        "more at first order, yet the loss rises by "
        f"{float(derived['pentagon_paid_slope']):.4f} λ² only."
    )


def _table(derived: xr.Dataset, measured: xr.Dataset) -> str:
    headings = (
        "r", "p", "pair gives way to", "λ*, predicted", "λ*, followed", "difference",
        "pair ends at λ, predicted", "followed", "lone feature: λ*, predicted", "followed",
        "difference",
    )  # fmt: skip
    rows = []
    for ratio in derived["ratio"].values:
        for p in derived["along"].values:
            theory, seen = derived.sel(ratio=ratio, along=p), measured.sel(ratio=ratio, along=p)
            pair = float(theory["pair_threshold"]), float(seen["pair_tie"])
            lone = float(theory["lone_threshold"]), float(seen["lone_tie"])
            rows.append(
                (
                    f"{ratio:g}", f"{p:g}", str(theory["pair_becomes"].values),
                    f"{pair[0]:.8f}", f"{pair[1]:.8f}", f"{pair[1] - pair[0]:+.0e}",
                    f"{float(theory['pair_spinodal']):.5f}", f"{float(seen['pair_end']):.5f}",
                    f"{lone[0]:.8f}", f"{lone[1]:.8f}", f"{lone[1] - lone[0]:+.0e}",
                )
            )  # fmt: skip
    return (
        "# L1 on h at (2, 1): where solutions give way\n\n"
        "λ* of the antipodal pair and of a lone feature of importance one: predicted by closed "
        "forms and their roots, followed in λ by descents on the loss of the recursion.\n"
        + markdown_table(headings, rows)
    )
