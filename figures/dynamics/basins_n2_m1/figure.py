"""basins_n2_m1: from which starts two features in one dimension end where, and how often."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy.special import ndtri

from agreement.comparison.basins import PAIR, Shares, basin_shares
from figures.dynamics.basins_n2_m1.plan import Plan
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE, PHASES, plain_ticks
from figures.kit.words import markdown_table

COLOURS = {
    "feature 2 ignored": PHASES["extra feature ignored"],
    "antipodal pair": PHASES["extra feature in a digon"],
    "aligned pair": "#0072B2",
    "a dead output": "#CC79A7",
}
TINTS = ("#0072B2", "#D55E00", "#009E73")  # of scales
LEVEL = 1e-3  # that a right theory is called wrong, over all comparisons
CLAIM = (
    "Which solution two features in one dimension end in depends on the start: the boundary of the "
    "basins gives the probability from Gaussian weights of any scale, and one flow in two ends "
    "with feature 2 ignored even where that is no minimum, being stable from one side. A stronger "
    "penalty on interference does not always make low coherence more probable."
)


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check that flows have the probabilities of the theory, and draw them with trained runs."""
    shares = basin_shares(measured, derived, flows=plan.flows)
    bound = float(-ndtri(LEVEL / 2 / shares.flows_z.size))
    worst = shares.row()["basins_z_max"]
    claim(worst < bound, f"flows have the probabilities of theory, got {worst:.1f} errors")
    fall = float(-np.diff(derived["coherent"].values, axis=1).min())
    claim(fall > 2 * plan.tolerance, f"more penalty can make low coherence rarer, got {fall:.3f}")
    return described(draw_all(plan, derived, shares), plan, derived, shares, bound)


def draw_all(plan: Plan, derived: xr.Dataset, shares: Shares) -> Any:
    """Two maps, two panels of probabilities against density, one against λ."""
    figure = plt.figure(figsize=(PAGE, 4.9))
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.05, 1))
    maps = top.subplots(1, 3, gridspec_kw={"width_ratios": (1, 1, 1)})
    for k, (ax, (p, importance)) in enumerate(zip(maps, plan.maps, strict=False)):
        draw_map(ax, derived.isel(map=k), plan.reach)
        ax.set_title(f"{'ab'[k]}  basins, p = {p:g}, I = {importance:g}", loc="left")
    draw_penalty(maps[2], plan, derived)
    maps[2].set_title("c  with a penalty", loc="left")
    axes = bottom.subplots(1, 2, sharey=True)
    for k, (ax, importance) in enumerate(zip(axes, plan.importances, strict=True)):
        draw_lines(ax, plan, derived.isel(importance=k), shares, k)
        ax.set_title(f"{'de'[k]}  antipodal pair, I = {importance:g}", loc="left")
    axes[0].set_ylabel("probability")
    top.legend(
        handles=[
            Patch(facecolor=pale(colour), label=name)
            for kind, (name, colour) in enumerate(COLOURS.items())
            if np.any(derived["basin"] == kind)
        ],
        loc="outside lower center",
        ncols=4,
    )
    bottom.legend(
        handles=[
            *(
                Line2D([], [], color=tint, label=f"σ = {scale:g}, theory")
                for tint, scale in zip(TINTS, plan.scales, strict=False)
            ),
            Line2D([], [], ls="", marker="o", mfc="none", mec=INK, ms=4, label="flows"),
            Line2D([], [], ls="", marker="x", color=INK, ms=4, label="trained, SGD"),
        ],
        loc="outside lower center",
        ncols=5,
    )
    return figure


def pale(colour: str) -> tuple[float, ...]:
    """A colour mixed with a quarter of white, opaque, so that neighbours leave no seams."""
    return tuple(0.75 * part + 0.25 for part in to_rgb(colour))


def draw_map(ax: Any, case: xr.Dataset, reach: float) -> None:
    """The plane of starts, each tinted by where it flows to; the other half by w → −w."""
    angle, radius = case["angle"].values, case["radius"].values
    half = np.diff(angle)[0] / 2
    width = np.diff(radius)[0] / 2
    edges = np.concatenate([angle - half, angle + np.pi - half, [angle[0] + 2 * np.pi - half]])
    rims = np.concatenate([radius - width, [radius[-1] + width]])
    tint = np.concatenate([case["basin"].values] * 2, axis=1)
    phi, r = np.meshgrid(edges, rims)
    ax.pcolormesh(
        r * np.cos(phi),
        r * np.sin(phi),
        tint,
        cmap=ListedColormap([pale(colour) for colour in COLOURS.values()]),
        vmin=-0.5,
        vmax=len(COLOURS) - 0.5,
        rasterized=True,
        edgecolors="face",  # without edges white shows between the wedges
        linewidth=0.2,
    )
    changes = np.argwhere(np.diff(tint, axis=1) != 0)
    at = radius[changes[:, 0]], edges[changes[:, 1] + 1]
    ax.plot(at[0] * np.cos(at[1]), at[0] * np.sin(at[1]), ls="", marker=".", ms=1.5, color=INK)
    ax.set(xlabel="$w_1$ at the start", ylabel="$w_2$ at the start", aspect="equal")
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
    ax.set_xticks([-1, 0, 1])
    ax.set_yticks([-1, 0, 1])


def draw_penalty(ax: Any, plan: Plan, derived: xr.Dataset) -> None:
    """Probability that one feature is ignored, along λ."""
    for k, (p, importance, _) in enumerate(plan.penalised):
        line = derived["coherent"].isel(world=k)
        label = f"p = {p:g}, I = {importance:g}"
        ax.plot(derived["strength"], line, "o-", ms=3, color=TINTS[2 - k], label=label)
    ax.set(xlabel="penalty $\\lambda$", ylabel="P(one is ignored)", ylim=(-0.03, 1.03))
    ax.legend(loc="lower right")


def draw_lines(ax: Any, plan: Plan, case: xr.Dataset, shares: Shares, k: int) -> None:
    """P(antipodal pair) against density; flows and trained runs as dots with error bars."""
    for s, tint in enumerate(TINTS[: len(plan.scales)]):
        ax.plot(case["density"], case["probability"].isel(scale=s, kind=PAIR), color=tint)
        followed = shares.flows[k, :, s, PAIR]
        spread = np.sqrt(np.maximum(followed * (1 - followed), 1 / plan.flows) / plan.flows)
        common = {"ls": "", "color": tint, "elinewidth": 0.8}
        ax.errorbar(plan.dotted, followed, spread, marker="o", mfc="none", ms=4, **common)
        ax.errorbar(
            plan.dotted * 1.03,
            shares.trained[k, :, s],
            shares.trained_error[k, :, s],
            marker="x",
            ms=4,
            **common,
        )
    ax.set(xscale="log", xlabel="density $p$", ylim=(-0.03, 1.03))
    plain_ticks(ax.xaxis, [0.1, 0.2, 0.3, 0.5])


def described(
    picture: Any, plan: Plan, derived: xr.Dataset, shares: Shares, bound: float
) -> Drawing:
    """The picture with its row."""
    row = shares.row()
    off = np.abs(shares.trained - shares.theory[..., PAIR])
    k, r, s = np.unravel_index(int(off.argmax()), off.shape)
    scales = " and ".join(f"{scale:g}" for scale in plan.scales)
    headings = ["λ", *(f"p = {p:g}, I = {r:g}" for p, r, _ in plan.penalised)]
    penalised = [
        (f"{strength:g}", *(f"{chance:.3f}" for chance in derived["coherent"].values[:, k]))
        for k, strength in enumerate(plan.strengths)
    ]
    return Drawing(
        picture,
        claim=CLAIM,
        setup=f"n = 2, m = 1, importances (1, I); W from N(0, σ²) with σ = {scales}, b = 0; "
        f"{plan.flows} flows and {plan.runs} trained runs a dot (SGD, rate {plan.rate:g}, batch "
        f"{plan.batch}).",
        theory="Boundaries by bisection on circles of starts, the Gaussian's mass by a sum over "
        f"log r; error at most {float(derived['error'].max()):.0e}. The probability that one "
        f"feature is ignored, by the penalty λ:{markdown_table(headings, penalised)}",
        training=f"Flows: largest distance {row['basins_z_max']:.1f} binomial standard errors over "
        f"{row['basins_compared']} comparisons (bound {bound:.1f}). SGD: largest distance of the "
        f"pair's share {row['basins_trained_off']:.2f}, at p = {plan.dotted[r]:.2f}, "
        f"I = {plan.importances[k]:g}, σ = {plan.scales[s]:g}. At I = 0.5 the pair ceases to "
        "be a minimum at p = 0.505; just past it flow is slow, and runs that stop are where exact "
        "descent stopped at the same time is (D23).",
        alt="Two planes of starts, tinted by where flow ends: wedges around the axes. The "
        "probability that one feature is ignored rises with the penalty, falls back "
        "and rises again. The probability of an antipodal pair falls with density, from one half "
        "to nothing; flows and trained runs lie by the lines.",
        whose="ours",
        verdict="holds: flows have the computed probabilities, and low coherence is not monotone "
        "in the penalty.",
        row=row,
    )
