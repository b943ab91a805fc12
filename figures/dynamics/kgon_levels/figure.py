"""kgon_levels: with one-hot data, training settles on the loss levels of regular polygons."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from agreement.comparison.levels import Settled, settled_runs
from agreement.description.words import counted
from figures.dynamics.kgon_levels.plan import Plan
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE, headline, plain_ticks
from figures.kit.words import markdown_table

APART = 0.09  # in the logarithm of the loss: the height of a label
TOP = 2.2  # just above the loss of zero weights, where training starts or soon is
COLOURS = {"minimum": "#009E73", "valley": "#009E73", "saddle": "#CC79A7"}
CLAIM = (
    "In the limit S → 1 exactly one feature is active, and the loss has a level for each regular "
    "polygon of used features, the others being ignored: runs descend from level to level and "
    "end on one that is a minimum."
)


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check that runs end on minima among the levels, and draw their descents."""
    ends = settled_runs(measured, derived, within=plan.on_level)
    share = ends.settled.mean()
    claim(bool(share > 0.9), f"runs settle on levels, got {share:.0%}")
    reached = np.unique(ends.nearest[ends.settled])
    kinds = set(derived["kind"].values[reached])
    claim("saddle" not in kinds, f"runs end on minima only, got {kinds}")
    best = float(derived["loss"].min())
    claim(bool(ends.history.min() > best * (1 - 1e-9)), "no run lies below the best polygon")
    picture = draw_descents(plan, measured, derived, ends, set(reached.tolist()))
    return described(picture, plan, measured, derived, ends)


def draw_descents(
    plan: Plan, measured: xr.Dataset, derived: xr.Dataset, ends: Settled, reached: set[int]
) -> Any:
    """The loss of each run by step over the levels, a panel a start."""
    best = float(derived["loss"].min())
    figure, axes = plt.subplots(1, 2, figsize=(PAGE, 3.4), sharey=True)
    steps = np.maximum(measured["snapshot"].values, 0.7)
    panels = zip("ab", axes, measured["start"].values, ends.history, strict=True)
    for letter, ax, start, runs in panels:
        draw_levels(ax, derived)
        ax.plot(steps, runs.T, color="#0072B2", lw=0.5, alpha=0.35)
        ax.set(xscale="log", xlabel="training step", xlim=(0.7, steps[-1]))
        name = f"weights of {plan.small:g}" if start == "small" else start
        ax.set_title(f"{letter}  start: {name}", loc="left")
    axes[0].set(ylabel="exact one-hot loss", yscale="log", ylim=(best * 0.93, TOP))
    plain_ticks(axes[0].yaxis, [0.3, 0.4, 0.5, 0.7, 1, 1.5, 2])
    axes[0].yaxis.set_minor_locator(NullLocator())
    label_levels(axes[1], derived, reached)
    figure.legend(
        handles=[
            Line2D([], [], color="#0072B2", lw=1, label="a run"),
            Line2D([], [], color=COLOURS["minimum"], lw=1.2, label="level of a minimum"),
            Line2D([], [], color=COLOURS["saddle"], lw=1.2, ls="--", label="level of a saddle"),
            Line2D([], [], color=INK, lw=0.4, label="thin: with dead features"),
        ],
        loc="outside lower center",
        ncols=4,
    )
    headline(
        figure,
        f"One-hot data, n = {plan.n_features}, m = {plan.n_hidden}: levels named by the number of "
        "used features, + ignored (b > 0), − dead (b < 0)",
    )
    return figure


def draw_levels(ax: Any, derived: xr.Dataset) -> None:
    """A line for each level, by its kind."""
    columns = (derived[name].values for name in ("loss", "kind", "name"))
    for loss, kind, name in zip(*columns, strict=True):
        style = "--" if kind == "saddle" else "-"
        width = 0.4 if "−" in str(name) else 1.0  # dead features: seldom reached
        ax.axhline(loss, color=COLOURS[kind], lw=width, ls=style, zorder=1)


def label_levels(ax: Any, derived: xr.Dataset, reached: set[int]) -> None:
    """Name the levels at the right, those on which runs end in bold; with dead features only these.

    Where two would overlap, the one that runs reach.
    """
    names = [str(name) for name in derived["name"].values]
    taken: list[float] = []
    for k in sorted(range(len(names)), key=lambda k: (k not in reached, k)):
        loss = float(derived["loss"][k])
        near = any(abs(np.log(loss / other)) < APART for other in taken)
        if near or ("−" in names[k] and k not in reached):
            continue
        taken.append(loss)
        ax.annotate(
            names[k],
            (1.01, loss),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=7,
            color=INK,
            annotation_clip=False,
            fontweight="bold" if k in reached else "normal",
        )


def described(
    picture: Any, plan: Plan, measured: xr.Dataset, derived: xr.Dataset, ends: Settled
) -> Drawing:
    """The picture with its row, and how many runs end on each level."""
    row = ends.row()
    starts = measured["start"].values.tolist()
    ended = [
        [
            int(np.sum(where[ok] == level))
            for where, ok in zip(ends.nearest, ends.settled, strict=True)
        ]
        for level in range(derived.sizes["level"])
    ]
    levels = [
        (str(name), str(kind), f"{loss:.5f}", *map(str, counts))
        for name, kind, loss, counts in zip(
            *(derived[key].values for key in ("name", "kind", "loss")), ended, strict=True
        )
        if "−" not in str(name) or any(counts)
    ]
    headings = ["level", "kind", "loss", *(f"runs, {start} start" for start in starts)]
    return Drawing(
        picture,
        row=row,
        claim=CLAIM,
        setup=f"n = {plan.n_features}, m = {plan.n_hidden}, one-hot data; "
        f"{counted(plan.runs, 'run')} from each of two scales of the start, Adam with a cosine "
        "schedule; the exact loss at each snapshot.",
        theory="The levels in closed form (D11). The number is that of used features, each + is an "
        f"ignored one, each − a dead one.{markdown_table(headings, levels)}",
        training=f"Runs end on levels as counted above, {int((~ends.settled).sum())} of "
        f"{ends.settled.size} on none; the median relative distance to the level is "
        f"{row['level_distance_median']:.1e}.",
        alt="The exact loss of each run by training step, for two scales of the start. Runs fall "
        "in stairs that rest on horizontal lines, the levels of regular polygons, and end on the "
        "levels of minima.",
        whose="Chen et al. 2023",
        verdict=(
            f"holds: {100 * row['runs_settled']:.1f} % of {row['runs']} runs end on a level, and "
            "none on a saddle's."
        ),
    )
