"""kgon_levels: with one-hot data, training settles on the loss levels of regular polygons."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from figures.dynamics.kgon_levels.plan import NAME, configuration
from figures.kit.claims import claim
from figures.kit.profile import Profile
from figures.kit.result import Result
from figures.kit.style import INK, PAGE, save_figure
from ground.checks import FloatArray
from ground.results import load
from theory.one_hot.potential import one_hot_loss

TOP = 2.2  # just above the loss of zero weights, where training starts or soon is
ON_LEVEL = {"paper": 1e-3, "quick": 1e-2}  # relative distance at which a run has settled
COLOURS = {"minimum": "#009E73", "valley": "#009E73", "saddle": "#CC79A7"}
CLAIM = (
    "In the limit S → 1 exactly one feature is active, and the loss has a level for each regular "
    "polygon of used features, the others being ignored: runs descend from level to level and "
    "end on one that is a minimum."
)


def exact_history(measured: xr.Dataset) -> FloatArray:
    """Exact one-hot loss at each snapshot, (start, instance, snapshot)."""
    order = ("start", "instance", "snapshot")
    W = measured["W_snapshots"].transpose(*order, "hidden", "feature").values
    b = measured["b_snapshots"].transpose(*order, "feature").values
    return np.asarray(one_hot_loss(W, b))


def draw(profile: Profile) -> None:
    """Check that runs end on minima among the levels, and draw their descents."""
    measured = load(profile.data(NAME, "measured"), configuration=configuration(profile))
    derived = load(profile.data(NAME, "derived"))
    history = exact_history(measured)
    nearest, distance = settle(history[..., -1], derived["loss"].values)
    settled = distance < ON_LEVEL[profile.name]
    claim(bool(settled.mean() > 0.9), f"runs settle on levels, got {settled.mean():.0%}")
    kinds = set(derived["kind"].values[np.unique(nearest[settled])])
    claim("saddle" not in kinds, f"runs end on minima only, got {kinds}")
    best = float(derived["loss"].min())
    claim(bool(history.min() > best * (1 - 1e-9)), "no run lies below the best polygon")

    figure, axes = plt.subplots(1, 2, figsize=(PAGE, 3.9), sharey=True)
    steps = np.maximum(measured["snapshot"].values, 0.7)
    for ax, start, runs in zip(axes, measured["start"].values, history, strict=True):
        draw_levels(ax, derived)
        ax.plot(steps, runs.T, color="#0072B2", lw=0.5, alpha=0.35)
        ax.set(xscale="log", xlabel="training step", xlim=(0.7, steps[-1]))
        ax.set_title(f"start: {'Xavier' if start == 'Xavier' else 'weights of 0.01'}", loc="left")
    axes[0].set(ylabel="exact one-hot loss", yscale="log", ylim=(best * 0.93, TOP))
    axes[0].set_yticks([0.3, 0.4, 0.5, 0.7, 1, 1.5, 2])
    axes[0].yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes[0].yaxis.set_minor_locator(NullLocator())
    label_levels(axes[1], derived, set(np.unique(nearest[settled]).tolist()))
    figure.legend(
        handles=[
            Line2D([], [], color="#0072B2", lw=1, label="a run"),
            Line2D([], [], color=COLOURS["minimum"], lw=1.2, label="level of a minimum"),
            Line2D([], [], color=COLOURS["saddle"], lw=1.2, ls="--", label="level of a saddle"),
        ],
        loc="outside lower center",
        ncols=3,
    )
    figure.suptitle(
        "One-hot data, n = 6, m = 2: k used features, + ignored with b > 0, − dead with b < 0",
        x=0.01,
        ha="left",
        fontsize=10,
    )
    save_figure(figure, profile.figure(NAME))
    result_of(measured, derived, nearest, settled, distance).write(profile)


def settle(losses: FloatArray, levels: FloatArray) -> tuple[Any, FloatArray]:
    """Nearest level of each loss, and the relative distance to it."""
    distance = np.abs(losses[..., None] - levels) / levels
    return distance.argmin(axis=-1), distance.min(axis=-1)


def draw_levels(ax: Any, derived: xr.Dataset) -> None:
    """A line for each level, by its kind."""
    columns = (derived[name].values for name in ("loss", "kind", "name"))
    for loss, kind, name in zip(*columns, strict=True):
        style = "--" if kind == "saddle" else "-"
        width = 0.4 if "−" in str(name) else 1.0  # dead features: seldom reached
        ax.axhline(loss, color=COLOURS[kind], lw=width, ls=style, zorder=1)


def label_levels(ax: Any, derived: xr.Dataset, reached: set[int]) -> None:
    """Name the levels at the right, those on which runs end in bold; skip what would overlap."""
    names = derived["name"].values
    ranked = sorted(range(len(names)), key=lambda k: (k not in reached, "−" in str(names[k]), k))
    taken: list[float] = []
    for k in ranked:
        loss = float(derived["loss"][k])
        if any(abs(np.log(loss / other)) < 0.06 for other in taken):
            continue
        taken.append(loss)
        ax.annotate(
            str(derived["name"][k].values),
            (1.01, loss),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=7,
            color=INK,
            annotation_clip=False,
            fontweight="bold" if k in reached else "normal",
        )


def result_of(
    measured: xr.Dataset, derived: xr.Dataset, nearest: Any, settled: Any, distance: FloatArray
) -> Result:
    """Count the runs on each level."""
    names = derived["name"].values
    counts = []
    for start, where, ok in zip(measured["start"].values, nearest, settled, strict=True):
        levels, number = np.unique(names[where[ok]], return_counts=True)
        ranked = sorted(zip(number.tolist(), levels.tolist(), strict=True), reverse=True)
        listed = ", ".join(f"{count} on {name}" for count, name in ranked)
        counts.append(f"{start} start: {listed} of {where.size} runs")
    listed = ", ".join(
        f"{name} ({kind}) {loss:.5f}"
        for name, kind, loss in zip(
            names, derived["kind"].values, derived["loss"].values, strict=True
        )
        if "−" not in str(name)
    )
    return Result(
        target=NAME,
        claim=CLAIM,
        setup=f"n = 6, m = 2, one-hot data; {measured.sizes['instance']} runs from each of two "
        "scales of the start, Adam with a cosine schedule; the exact loss at each snapshot.",
        theory=f"Levels: {listed}. k is the number of used features, + an ignored one.",
        training="; ".join(counts)
        + f". Median relative distance to the level: {np.median(distance[settled]):.1e}.",
    )
