"""perturbed_feature: a pentagon stretches, then snaps to two digons as one feature gets sparser."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from agreement.comparison.snap import Branches, branches_of, crossing_of, snap_row
from agreement.description.words import counted
from figures.geometry.perturbed_feature.plan import Plan
from figures.kit.claims import claim
from figures.kit.planar import arrows, matched, upright
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE, headline, plain_ticks
from figures.kit.words import markdown_table

CLAIM = (
    "As one of five features gets sparser the pentagon stretches smoothly, and at some ratio snaps "
    "to two digons that leave the sparse feature out: a first-order transition."
)
COLOURS = ["#D55E00", *["#0072B2"] * 4]
PICTURES = 6
PAPERS = (0.05, 2.5)  # density and ratio that the paper reports


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check the snap, its ratio, and that nothing beats both branches; draw."""
    found = {p: crossing_of(measured, p) for p in plan.all_densities}
    main = branches_of(measured, plan.density)
    floor = np.minimum(
        *(np.interp(main.ratio, derived["ratio"], derived[f"{name}_loss"])
          for name in ("pentagon", "digons"))
    )  # fmt: skip
    # The curves are drawn through points: between them they are off by their curvature.
    claim(bool(np.all(main.loss > floor * (1 - 5e-3))), "no model lies below both branches")
    claim(not main.is_pentagon[-1], "the sparsest odd feature is left out")
    claim(bool(main.is_pentagon[main.ratio <= 2].all()), "up to a ratio of 2 it is a pentagon")
    for name in ("pentagon", "digons"):
        claim(float(derived[f"{name}_slope"]) > 0, f"the loss of the {name} rises with q")
    claim(float(derived["digons_slope"] / derived["pentagon_slope"]) > 1.5, "slopes differ")
    trained = found[plan.density]
    claim(abs(trained / float(derived["at"]) - 1) < 0.1, f"ratio {trained:.2f} as predicted")
    exact = dict(
        zip(derived["trained_density"].values.tolist(), derived["trained_ratio"].values.tolist(),
            strict=True)
    )  # fmt: skip
    row = snap_row(measured, found, exact)
    return described(draw_snap(derived, found, main), plan, derived, main, found, exact, row)


def draw_snap(derived: xr.Dataset, found: dict[float, float], main: Branches) -> Any:
    """Pictures by ratio; losses of both branches; the crossing ratio against density."""
    figure = plt.figure(figsize=(PAGE, 4.7))
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 2.1))
    chosen = np.unique(np.linspace(0, len(main.ratio) - 1, PICTURES).round().astype(int))
    orders = [[0, *order] for order in permutations(range(1, 5))]
    ratio = derived["ratio"].values
    for ax, k in zip(top.subplots(1, len(chosen)), chosen, strict=True):
        W, kept = main.W[k], bool(main.is_pentagon[k])
        near = derived["pentagon_W"].values[int(np.argmin(np.abs(ratio - main.ratio[k])))]
        flat = np.array([[0.0, 0, 0, 1, -1], [0.0, 1, -1, 0, 0]])
        reference = upright(near) if kept else flat
        turned, _ = matched(W, reference, orders)
        arrows(ax, turned, COLOURS, reference=reference)
        ax.set_title(f"$p/q$ = {main.ratio[k]:.3g}", fontsize=7)
    headline(
        top,
        f"a  best trained model at $p$ = {next(iter(found)):g} (arrows; orange: the odd feature) "
        "on the exact branch (circles)",
    )
    left, right = bottom.subplots(1, 2)
    left.plot(ratio, derived["pentagon_loss"], color="#0072B2", label="pentagon, exact")
    left.plot(ratio, derived["digons_loss"], color="#D55E00", ls="--", label="two digons, exact")
    for name, loss, colour in (
        ("pentagon", main.pentagon_loss, "#0072B2"), ("two digons", main.digons_loss, "#D55E00"),
    ):  # fmt: skip
        left.plot(
            main.ratio, loss, "o", ms=3.5, mfc="none", color=colour, label=f"best trained {name}"
        )
    left.axvline(float(derived["at"]), color=INK, lw=0.7, ls=":")
    left.axvline(PAPERS[1], color="#999999", lw=0.7, ls="-.")
    at = float(derived["at"])
    upright_text = {"rotation": 90, "va": "top"}
    left.text(0.96 * PAPERS[1], 0.0255, f"paper: {PAPERS[1]:g}", ha="right", **upright_text)
    left.text(1.04 * at, 0.0255, f"theory: {at:.2f}", ha="left", **upright_text)
    left.set(xscale="log", xlabel="$p/q$: times sparser than the others", ylabel="exact loss")
    left.set(ylim=(0.003, 0.026))
    plain_ticks(left.xaxis, [0.25, 0.5, 1, 2, 4, 8])
    left.legend(loc="lower left")
    left.set_title(f"b  loss of both branches, $p$ = {next(iter(found)):g}", loc="left")
    right.plot(derived["density"], derived["crossing_ratio"], color=INK, label="theory")
    right.plot(list(found), list(found.values()), "o", mfc="none", color="#D55E00", label="trained")
    right.plot(*PAPERS, "x", color="#777777", label="paper")
    right.set(xscale="log", xlabel="density $p$ of the four", ylabel="$p/q$ at the crossing")
    right.set_title("c  where the branches cross", loc="left")
    right.legend(loc="upper right")
    plain_ticks(right.xaxis, [0.01, 0.02, 0.05, 0.1, 0.2])
    return figure


def described(
    picture: Any, plan: Plan, derived: xr.Dataset, main: Branches,
    found: dict[float, float], exact: dict[float, float], row: dict[str, Any],
) -> Drawing:  # fmt: skip
    """The picture with its row, and where the branches cross."""
    crossings = [
        (f"{p:g}", f"{exact[p]:.2f}", f"{ratio:.2f}" if np.isfinite(ratio) else "not bracketed")
        for p, ratio in sorted(found.items())
    ]
    # The ratio falls as p rises: the density at which it is the paper's.
    log_p, ratios = np.log(derived["density"].values), derived["crossing_ratio"].values
    papers = float(np.exp(np.interp(-PAPERS[1], -ratios, log_p)))
    there = int(np.argmin(np.abs(main.ratio - PAPERS[1])))
    share = float(main.pentagon[there].mean())
    return Drawing(
        picture,
        claim=CLAIM,
        setup=(
            f"n = 5, m = 2, equal importance, density p for four features and q for one; "
            f"{counted(plan.runs.runs, 'run')} of {plan.runs.steps} steps a pair (p, q)."
        ),
        theory=(
            f"At p = {plan.density:g} both exact branches tie at a ratio of "
            f"{float(derived['at']):.4f} with slopes {float(derived['pentagon_slope']):.3f} and "
            f"{float(derived['digons_slope']):.3f} in q: first order (D15). The pentagon stays a "
            f"minimum up to {float(derived['snapping_ratio']):.2f}. The paper's {PAPERS[1]:g} is "
            f"the ratio at p ≈ {papers:.3f}, not at {PAPERS[0]:g}."
        ),
        training=(
            f"At a ratio of {main.ratio[there]:g} and p = {plan.density:g}, {100 * share:.0f} % of "
            "runs are pentagons, and the best is one. Losses of the best trained pentagon and "
            "digons cross here:" + markdown_table(["p", "p/q, exact", "p/q, trained"], crossings)
        ),
        alt=(
            "Six pictures of five feature vectors: a pentagon that stretches as one feature gets "
            "sparser, then two digons. Below left, the losses of both branches, which cross at a "
            f"ratio of {float(derived['at']):.2f}; below right, the ratio at the crossing by "
            "density, trained points on the exact curve, the paper's value below it."
        ),
        whose="the paper's",
        verdict=(
            f"corrected: the transition is there and of first order, but at p = {PAPERS[0]:g} it "
            f"lies at a ratio of {float(derived['at']):.2f}, not {PAPERS[1]:g}, which is the ratio "
            f"at p ≈ {papers:.3f}."
        ),
        row=row,
    )
