"""Layers of the exact diagram of (2, 1): transitions, special points, certificates."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.lines import Line2D

from figures.kit.style import INK

SPINODAL = "#0072B2"
SPINODALS = ("spinodal_ignored", "spinodal_superposed")
MARKERS = {"triple": "^", "tricritical": "D"}


def draw_transitions(ax: Any, derived: xr.Dataset) -> None:
    """True boundary by its order, spinodals, special points; r > 1 mirrors r < 1."""
    p, r = derived["line_density"].values, derived["line_importance"].values
    first = derived["line_order"].values == 1
    # A segment belongs to the order of its sparser end, so that the pieces join.
    for chosen, style in ((first, "-"), (~first, ":")):
        either = chosen | np.append(chosen[1:], False)
        for line in (np.where(either, r, np.nan), 1 / np.where(either, r, np.nan)):
            ax.plot(p, line, color=INK, lw=1.4, ls=style, zorder=3)
    for name in SPINODALS:
        values = derived[name].values
        for line in (values, 1 / values):
            ax.plot(derived["spinodal_density"], line, color=SPINODAL, lw=0.9, ls="--", zorder=3)
    for kind, marker in MARKERS.items():
        at = derived["special_kind"].values == kind
        p, r = derived["special_density"].values[at], derived["special_importance"].values[at]
        ax.plot(
            [*p, *p], [*r, *(1 / r)], ls="", marker=marker, mfc="white", mec=INK, ms=4, zorder=5
        )


def draw_certificates(ax: Any, derived: xr.Dataset) -> None:
    """A dot in each cell whose phase is proved, a ring where only the loss is."""
    p, r = np.meshgrid(derived["certified_density"], derived["certified_importance"], indexing="ij")
    proved = derived["certified_proved"].values
    phase = proved & (derived["certified_structure"].values != "")
    ax.plot(p[phase], r[phase], ls="", marker=".", color="white", ms=2.2, zorder=2)
    only = proved & ~phase
    ax.plot(p[only], r[only], ls="", marker="o", mfc="none", mec="white", ms=3, zorder=2)


def handles() -> list[Line2D]:
    """Legend entries of these layers."""

    def marker(shape: str, label: str) -> Line2D:
        return Line2D([], [], ls="", marker=shape, mfc="white", mec=INK, ms=4, label=label)

    return [
        Line2D([], [], color=INK, lw=1.4, label="true boundary, first order (b)"),
        Line2D([], [], color=INK, lw=1.4, ls=":", label="true boundary, continuous (b)"),
        Line2D([], [], color=SPINODAL, lw=0.9, ls="--", label="a metastable minimum dies (b)"),
        marker("^", "triple point (b)"),
        marker("D", "tricritical point (b)"),
        Line2D([], [], ls="", marker=".", color="#AAAAAA", ms=4, label="global optimum proved (b)"),
    ]


def table(derived: xr.Dataset) -> str:
    """Markdown: how far the paper's diagram is off, the slopes at exchanges, special points."""
    lines = [
        "# Transitions of (2, 1)",
        "",
        "Where superposition begins as p falls: the exact optimum beside the paper's candidates, "
        "with and without bias. Importance 1/r mirrors r.",
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
