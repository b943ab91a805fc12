"""Layers of the exact diagram of (2, 1): transitions, special points, certificates."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.lines import Line2D

from figures.kit.style import INK, PHASES, draw_phases, plain_ticks

FIRST, CONTINUOUS, SPINODAL = INK, "#D55E00", "#6A3D9A"
PROVED = {"ls": "", "marker": ".", "color": "#FFFFFF", "mec": INK, "mew": 0.3, "ms": 3}
ZOOM = ((1.0, 0.46), (0.53, 1 / 0.53))  # density and importance around the special points
SPINODALS = ("spinodal_ignored", "spinodal_superposed")
MARKERS = {"triple": "^", "tricritical": "D"}


def draw_transitions(ax: Any, derived: xr.Dataset) -> None:
    """True boundary by its order, spinodals, special points; r > 1 mirrors r < 1."""
    p, r = derived["line_density"].values, derived["line_importance"].values
    first = derived["line_order"].values == 1
    # A segment belongs to the order of its sparser end, so that the pieces join.
    for chosen, colour in ((first, FIRST), (~first, CONTINUOUS)):
        either = chosen | np.append(chosen[1:], False)
        for line in (np.where(either, r, np.nan), 1 / np.where(either, r, np.nan)):
            ax.plot(p, line, color=colour, lw=1.4, zorder=3)
    for name in SPINODALS:
        values = derived[name].values
        for line in (values, 1 / values):
            ax.plot(derived["spinodal_density"], line, color=SPINODAL, lw=0.8, ls="--", zorder=3)
    for kind, marker in MARKERS.items():
        at = derived["special_kind"].values == kind
        p, r = derived["special_density"].values[at], derived["special_importance"].values[at]
        ax.plot(
            [*p, *p], [*r, *(1 / r)], ls="", marker=marker, mfc="white", mec=INK, ms=4, zorder=5
        )


def draw_certificates(ax: Any, derived: xr.Dataset) -> None:
    """A dot in each cell whose phase is proved, a cross where only the loss is."""
    p, r = np.meshgrid(derived["certified_density"], derived["certified_importance"], indexing="ij")
    proved = derived["certified_proved"].values
    phase = proved & (derived["certified_structure"].values != "")
    ax.plot(p[phase], r[phase], zorder=2, **PROVED)
    only = proved & ~phase
    ax.plot(p[only], r[only], zorder=2, **PROVED | {"marker": "x", "color": INK})


def draw_zoom(ax: Any, dataset: xr.Dataset, derived: xr.Dataset) -> None:
    """The same diagram around its special points, in the corner where it has but one phase."""
    inset = ax.inset_axes((0.5, 0.31, 0.46, 0.38))
    draw_phases(inset, dataset)
    draw_transitions(inset, derived)
    p, r = ZOOM
    inset.set(xscale="log", yscale="log", xlim=p, ylim=r)
    plain_ticks(inset.xaxis, [0.9, 0.7, 0.5])
    plain_ticks(inset.yaxis, [0.7, 1, 1.4])
    inset.spines[:].set_visible(True)
    for label in (*inset.get_xticklabels(), *inset.get_yticklabels()):
        label.set_bbox({"fc": PHASES["extra feature in a digon"], "ec": "none", "pad": 1})
    ax.indicate_inset_zoom(inset, edgecolor=INK, alpha=1, lw=0.6)


def handles() -> list[Line2D]:
    """Legend entries of these layers."""

    def marker(shape: str, label: str) -> Line2D:
        return Line2D([], [], ls="", marker=shape, mfc="white", mec=INK, ms=4, label=label)

    return [
        Line2D([], [], color=FIRST, lw=1.4, label="true boundary, first order (b)"),
        Line2D([], [], color=CONTINUOUS, lw=1.4, label="true boundary, continuous (b)"),
        Line2D([], [], color=SPINODAL, lw=0.8, ls="--", label="a metastable minimum dies (b)"),
        marker("^", "triple point (b)"),
        marker("D", "tricritical point (b)"),
        Line2D([], [], label="global optimum proved (b)", **PROVED),
    ]


def table(derived: xr.Dataset) -> str:
    """Markdown: how far the paper's diagram is off, the slopes at exchanges, special points."""
    lines = [
        "# Transitions of (2, 1)",
        "",
        "Where superposition begins as p falls: the best known model beside the paper's "
        "candidates, with and without bias. Importance 1/r mirrors r.",
        "",
        "| r | p, exact | p, candidates | decades | order | p, exact, no bias | decades, no bias |",
        "|---|---|---|---|---|---|---|",
    ]
    for k, r in enumerate(derived["true_importance"].values):
        lines.append(
            f"| {r:.3g} | {float(derived['true_density'][k]):.5f} "
            f"| {float(derived['true_density_candidates'][k]):.5f} "
            f"| {float(derived['true_decades'][k]):+.4f} | {int(derived['true_order'][k])} "
            f"| {float(derived['unbiased_density'][k]):.5f} "
            f"| {float(derived['unbiased_decades'][k]):+.4f} |"
        )
    lines += [
        "",
        "Along the first-order line both minima have the same loss and different slopes "
        "(I: the extra feature ignored; S: in superposition).",
        "",
        "| p | r | loss | dL/dr of I | dL/dr of S | dL/dp of I | dL/dp of S | w₂/w₁ of S |",
        "|---|---|---|---|---|---|---|---|",
    ]
    exists = np.flatnonzero(np.isfinite(derived["exchange_importance"].values))
    for k in exists[:: max(1, len(exists) // 8)]:
        row = derived.isel(exchange_density=k)
        sides = [row.sel(exchange_side=side) for side in ("I", "S")]
        cells = [float(row["exchange_density"]), float(row["exchange_importance"])]
        cells += [float(row["exchange_loss"])]
        cells += [float(side["exchange_slope_importance"]) for side in sides]
        cells += [float(side["exchange_slope_density"]) for side in sides]
        cells += [float(sides[1]["exchange_weight"])]
        lines.append("| " + " | ".join(f"{cell:.5g}" for cell in cells) + " |")
    lines += ["", "| special point | p | r | between |", "|---|---|---|---|"]
    for kind, p, r, between in zip(
        *(
            derived[f"special_{name}"].values
            for name in ("kind", "density", "importance", "between")
        ),
        strict=True,
    ):
        lines.append(f"| {kind} | {p:.6f} | {r:.6f} | {between} |")
    return "\n".join(lines) + "\n"
