"""D_i over the density, their histogram with its lines, and graphs of chosen models."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter, NullFormatter
from scipy.sparse.csgraph import connected_components

from agreement.comparison.lines import UNEXPLAINED, LineFindings, fractions, free_shares
from agreement.comparison.packing import REPRESENTED
from figures.geometry.feature_dimensionality.plan import REPORTED
from figures.kit.style import INK
from ground.checks import FloatArray
from numeric.measure.geometry import feature_dimensionality, norms

__all__ = ["draw_all", "sigmas"]

SHOWN = (0.56, 0.35, 0.215, 0.1, 0.05)  # densities near which a model's graph is drawn
FREE = "#009E73"


def draw_all(models: xr.Dataset, findings: LineFindings, derived: xr.Dataset) -> Any:
    """D_i over density, their histogram with lines, and graphs of chosen models."""
    figure = plt.figure(figsize=(8.4, 7))
    top, bottom = figure.subfigures(2, 1, height_ratios=(2.1, 1))
    left, right = top.subplots(1, 2, sharey=True, width_ratios=(2.4, 1))
    draw_features(left, models["density"].values, findings, derived)
    draw_lines(right, findings)
    p, W = models["density"].values, models["W"]
    chosen = [int(np.argmin(np.abs(np.log(p / target)))) for target in SHOWN]
    for ax, k in zip(bottom.subplots(1, len(SHOWN)), chosen, strict=True):
        draw_graph(ax, W.isel(density=k, run=0).transpose("hidden", "feature").values)
        ax.set_title(f"$p$ = {p[k]:.3g}", fontsize=8)
    bottom.suptitle(
        "c  feature geometry: edges are $\\hat W_i\\cdot\\hat W_j$ beyond 0.25 in size, "
        "colour is $D_i$",
        x=0.01, ha="left", fontsize=9,
    )  # fmt: skip
    return figure


def draw_features(ax: Any, p: FloatArray, findings: LineFindings, derived: xr.Dataset) -> None:
    """A point for every represented feature; fractions where their polytopes win; free blocks."""
    rng = np.random.default_rng(0)  # of the jitter that keeps points apart
    for density, D, present in zip(p, findings.dimensionality, findings.present, strict=True):
        kept = D[present]
        jitter = np.exp(rng.uniform(-0.02, 0.02, kept.size))
        ax.plot(1 / density * jitter, kept, ".", ms=1.4, color="#0072B2", alpha=0.5)
    for one in fractions(derived):
        if one.wins:
            reign = [1 / one.densest, 1 / one.sparsest]
            ax.plot(reign, [one.share, one.share], color="#D55E00", lw=2.2, alpha=0.75)
        else:
            ax.axhline(one.share, color="#BBBBBB", lw=0.5, zorder=0)
        if one.name in REPORTED:
            ax.text(0.93, one.share, REPORTED[one.name], fontsize=6.5, ha="right", va="center")
    for density, _, shares in free_shares(derived):
        reach = [shares.min(), shares.max()]
        ax.plot(np.full(2, 1 / density), reach, color=FREE, lw=3.5, alpha=0.6)
    ax.plot([], [], ".", color="#0072B2", label="a feature of a trained model")
    ax.plot([], [], color="#D55E00", lw=2.2, label="polytope predicted to win here")
    ax.plot(
        [], [], color=FREE, lw=3.5, alpha=0.6,
        label=f"best free block of {int(derived['free_dimension'])} dimensions",
    )  # fmt: skip
    ax.legend(loc="upper right")
    ax.set(xscale="log", xlabel="$1/p$", ylim=(0, 1.04), xlim=(0.8, 120))
    ax.set_ylabel("feature dimensionality $D_i$", labelpad=16)
    ax.tick_params(axis="y", pad=16)
    ax.set_title("a  every represented feature", loc="left")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())


def draw_lines(ax: Any, findings: LineFindings) -> None:
    """The histogram of D_i, each line named by what explains it."""
    D = findings.dimensionality[findings.present]
    ax.hist(D, np.arange(-0.005, 1.01, 0.01), orientation="horizontal", color="#9DB8D0")
    ax.set(xscale="log", xlabel="features in a bin of 0.01")
    ax.set_title("b  lines: excess over neighbours", loc="left")
    last = 2.0
    for line, name in sorted(findings.explained, key=lambda one: one[0].dimensionality):
        height = max(line.dimensionality, last + 0.035 if last < 1.5 else 0)
        last = height
        ax.annotate(
            f"{line.dimensionality:.2f} {name} ({sigmas(line.z)})",
            (line.count, line.dimensionality),
            xytext=(1.02, height),
            textcoords=ax.get_yaxis_transform(),
            fontsize=6,
            va="center",
            color="#D55E00" if name == UNEXPLAINED else INK,
            arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "#999999"},
        )


def draw_graph(ax: Any, W: FloatArray) -> None:
    """Features as points, a component at a time, on circles side by side."""
    kept = norms(W) > REPRESENTED
    inner = W[:, kept] / norms(W)[kept]
    inner = inner.T @ inner
    D = feature_dimensionality(W)[kept]
    linked = np.abs(inner) > 0.25
    count, label = connected_components(linked & ~np.eye(len(inner), dtype=bool))
    sizes = np.bincount(label, minlength=count)
    side = int(np.ceil(np.sqrt(count)))
    place = np.zeros((len(inner), 2))
    for rank, component in enumerate(np.argsort(-sizes)):
        members = np.flatnonzero(label == component)
        turn = 2 * np.pi * np.arange(len(members)) / len(members)
        radius = 0.0 if len(members) == 1 else 0.36
        centre = np.array([rank % side, -(rank // side)])
        place[members] = centre + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    first, second = np.nonzero(np.triu(linked, 1))
    thin = 0.7 if len(first) < 300 else 0.12
    for i, j in zip(first, second, strict=True):
        colour = "#D55E00" if inner[i, j] > 0 else "#777777"
        ax.plot(*place[[i, j]].T, color=colour, lw=thin, zorder=1)
    ax.scatter(*place.T, c=D, s=7, vmin=0, vmax=1, cmap="viridis", zorder=2, linewidths=0)
    ax.set(aspect="equal", xticks=[], yticks=[])
    ax.axis("off")


def sigmas(z: float) -> str:
    """Significance in words; beyond 37 the chance underflows."""
    return f"{z:.1f} σ" if z < 37 else "> 37 σ"
