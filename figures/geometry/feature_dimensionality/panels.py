"""D_i over the density, their histogram with its lines, and graphs of chosen models."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from agreement.comparison.lines import UNEXPLAINED, LineFindings, fractions, free_shares
from agreement.comparison.packing import REPRESENTED
from figures.geometry.feature_dimensionality.plan import REPORTED
from figures.kit.style import INK, PAGE, headline, plain_ticks
from ground.checks import FloatArray
from numeric.measure.geometry import feature_dimensionality, norms

__all__ = ["draw_all", "sigmas"]

SHOWN = (0.56, 0.35, 0.25, 0.215, 0.18)  # densities near which a model's graph is drawn
FREE = "#009E73"
HUB = "#CC79A7"
LINKED = 0.25  # |Ŵ_i·Ŵ_j| of features that are drawn as linked
SHARE_COLOURS = "viridis"
# Where the name of a fraction stands: 1/p and D, beside the points.
PLACES = {
    "point": (100, 1.015, "right"),
    "tetrahedron": (2.3, 0.766, "left"),
    "triangle": (2.3, 0.682, "left"),
    "digon": (6, 0.515, "left"),
    "triangle × triangle": (100, 0.46, "right"),
    "pentagon": (12, 0.4, "left"),
    "square antiprism": (12, 0.36, "left"),
    "5-demicube": (14, 0.312, "left"),
    "2_21 polytope": (100, 0.238, "right"),
}


def draw_all(models: xr.Dataset, findings: LineFindings, derived: xr.Dataset) -> Any:
    """D_i over density, their histogram with lines, and graphs of chosen models."""
    figure = plt.figure(figsize=(PAGE, 5.9))
    top, bottom = figure.subfigures(2, 1, height_ratios=(2.3, 1))
    left, right = top.subplots(1, 2, sharey=True, width_ratios=(2.1, 1))
    draw_features(left, models["density"].values, findings, derived)
    draw_lines(right, findings)
    p, W = models["density"].values, models["W"]
    whole = one_part_from(models)
    # Where all features hang together a graph is a ball of wool, and shows nothing.
    apart = np.flatnonzero(~(p <= whole))
    chosen = [int(apart[np.argmin(np.abs(np.log(p[apart] / target)))]) for target in SHOWN]
    axes = bottom.subplots(1, len(SHOWN))
    for ax, k in zip(axes, chosen, strict=True):
        draw_graph(ax, W.isel(density=k, run=0).transpose("hidden", "feature").values)
        ax.set_title(f"$p$ = {p[k]:.3g}", fontsize=7)
    colours = ScalarMappable(Normalize(0, 1), SHARE_COLOURS)
    bottom.colorbar(colours, ax=list(axes), shrink=0.8, pad=0.01, aspect=12).set_label("$D_i$")
    rest = "" if np.isnan(whole) else f"; from $p$ = {whole:.3g} down all hang together"
    headline(
        bottom,
        f"c  features with $|\\hat W_i\\cdot\\hat W_j|$ > {LINKED:g} are linked (orange: positive)"
        f"{rest}",
    )
    return figure


def one_part_from(models: xr.Dataset) -> float:
    """Density from which down the features of each model are linked in one part; NaN if none."""
    found = np.nan
    order = ("density", "run", "hidden", "feature")
    for p, runs in zip(
        models["density"].values[::-1], models["W"].transpose(*order).values[::-1], strict=True
    ):
        if max(connected_components(linked(W)[1])[0] for W in runs) > 1:
            break
        found = float(p)
    return found


def linked(W: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Cosines between the represented features, and which two are linked."""
    kept = norms(W) > REPRESENTED
    unit = W[:, kept] / norms(W)[kept]
    cosines = unit.T @ unit
    return cosines, (np.abs(cosines) > LINKED) & ~np.eye(len(cosines), dtype=bool)


def draw_features(ax: Any, p: FloatArray, findings: LineFindings, derived: xr.Dataset) -> None:
    """A point for every represented feature; fractions where their polytopes win; free blocks."""
    rng = np.random.default_rng(0)  # of the jitter that keeps points apart
    for density, D, present in zip(p, findings.dimensionality, findings.present, strict=True):
        kept = D[present]
        jitter = np.exp(rng.uniform(-0.02, 0.02, kept.size))
        ax.plot(1 / density * jitter, kept, ".", ms=1.2, color="#0072B2", alpha=0.5)
    for one in fractions(derived):
        if one.wins:
            reign = [1 / one.densest, 1 / one.sparsest]
            ax.plot(reign, [one.share, one.share], color="#D55E00", lw=2, alpha=0.75)
        else:
            ax.axhline(one.share, color="#BBBBBB", lw=0.5, zorder=0)
        if one.name in REPORTED:
            x, y, side = PLACES[one.name]
            name = "dedicated" if one.name == "point" else one.name
            ax.text(x, y, f"{REPORTED[one.name]} {name}", ha=side, va="center")
    ax.plot(
        1 / derived["hub_density"],
        derived["hub_D"],
        color=HUB,
        lw=2,
        label="hubs, which win nowhere",
    )
    for density, _, shares in free_shares(derived):
        reach = [shares.min(), shares.max()]
        ax.plot(np.full(2, 1 / density), reach, color=FREE, lw=3, alpha=0.6)
    ax.plot([], [], ".", color="#0072B2", label="a feature of a trained model")
    ax.plot([], [], color="#D55E00", lw=2, label="polytope predicted to win here")
    ax.plot(
        [], [], color=FREE, lw=3, alpha=0.6,
        label=f"best free block of {int(derived['free_dimension'])} dimensions",
    )  # fmt: skip
    ax.legend(loc="upper right", bbox_to_anchor=(1, 0.95))
    ax.set(xscale="log", xlabel="$1/p$", ylim=(0, 1.05), xlim=(0.85, 120))
    ax.set_ylabel("feature dimensionality $D_i$")
    ax.set_title("a  every represented feature", loc="left")
    plain_ticks(ax.xaxis, [1, 2, 5, 10, 20, 50, 100])


def draw_lines(ax: Any, findings: LineFindings) -> None:
    """The histogram of D_i, each line named by what explains it."""
    D = findings.dimensionality[findings.present]
    ax.hist(D, np.arange(-0.005, 1.01, 0.01), orientation="horizontal", color="#9DB8D0")
    ax.set(xscale="log", xlabel="features in a bin of 0.01", xlim=(0.7, None))
    ax.set_title("b  lines: excess over neighbours", loc="left")
    last = -1.0
    for line, name in sorted(findings.explained, key=lambda one: one[0].dimensionality):
        # Names stand above their lines, with room for two rows of text each.
        height = max(line.dimensionality + 0.03, last + 0.085)
        last = height
        what = name.replace(": ", ":\n")
        ax.annotate(
            f"{line.dimensionality:.2f} {what} ({sigmas(line.z)})",
            (line.count, line.dimensionality),
            xytext=(1.0, height),
            textcoords=ax.get_yaxis_transform(),
            ha="right",
            va="bottom",
            color="#D55E00" if name == UNEXPLAINED else INK,
            arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "#999999"},
            bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 0.5},
        )


def draw_graph(ax: Any, W: FloatArray) -> None:
    """Features as points, a component at a time, on circles side by side."""
    inner, links = linked(W)
    D = feature_dimensionality(W)[norms(W) > REPRESENTED]
    count, label = connected_components(links)
    sizes = np.bincount(label, minlength=count)
    side = int(np.ceil(np.sqrt(count)))
    place = np.zeros((len(inner), 2))
    for rank, component in enumerate(np.argsort(-sizes)):
        members = np.flatnonzero(label == component)
        turn = 2 * np.pi * np.arange(len(members)) / len(members)
        radius = 0.0 if len(members) == 1 else 0.36
        centre = np.array([rank % side, -(rank // side)])
        place[members] = centre + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    first, second = np.nonzero(np.triu(links, 1))
    thin = 0.7 if len(first) < 300 else 0.12
    for i, j in zip(first, second, strict=True):
        colour = "#D55E00" if inner[i, j] > 0 else "#777777"
        ax.plot(*place[[i, j]].T, color=colour, lw=thin, zorder=1)
    ax.scatter(*place.T, c=D, s=5, vmin=0, vmax=1, cmap=SHARE_COLOURS, zorder=2, linewidths=0)
    ax.set(xticks=[], yticks=[])
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(0.08)
    ax.axis("off")


def sigmas(z: float) -> str:
    """Significance in words; beyond 37 the chance underflows."""
    return f"{z:.1f} σ" if z < 37 else "> 37 σ"
