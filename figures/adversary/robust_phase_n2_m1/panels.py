"""The panels of robust_phase_n2_m1."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from figures.adversary.robust_phase_n2_m1.plan import Plan
from figures.kit.style import INK, PHASES, diagram_axes, draw_phases, plain_ticks
from theory.adversary.threshold import faint_digon_death

WORST, LIVE, SILENT = "#D55E00", "#0072B2", "#009E73"
SIZES = "viridis"
TICKS = (0.5, 0.2, 0.1, 0.05, 0.02)  # of density


def draw_cells(ax: Any, dataset: xr.Dataset, title: str, derived: xr.Dataset, plan: Plan) -> None:
    """Phases of a diagram, with the border of the digon under this attack and under none."""
    draw_phases(ax, dataset)
    for size, style in ((0.0, "--"), (plan.attack, "-")):
        draw_border(ax, derived, size, color=INK, ls=style, lw=1.1)
    diagram_axes(ax, title, dataset)
    ax.set_ylabel("relative importance $r$")


def draw_border(ax: Any, derived: xr.Dataset, size: float, **style: Any) -> None:
    """Where the superposed branch costs what the dedicated one does, and its mirror image."""
    border = derived["border"].sel(size=size, method="nearest").values
    for line in (border, 1 / border):
        ax.plot(derived["along"], line, **style)


def draw_surface(ax: Any, derived: xr.Dataset, plan: Plan) -> None:
    """Borders at several ε: level lines of the surface between digon and dedicated."""
    scale = Normalize(0, max(plan.surface) * 1.15)
    colours = colormaps[SIZES]
    for size in plan.surface:
        draw_border(ax, derived, size, color=colours(scale(size)), lw=1.3)
    diagram_axes(ax, "c  theory: the digon's border by ε", derived)
    ax.set_ylabel("relative importance $r$")
    handles = [
        Line2D([], [], color=colours(scale(size)), lw=1.3, label=f"{size:g}")
        for size in plan.surface
    ]
    ax.legend(
        handles=handles, title="ε", loc="upper left", title_fontsize=7,
        handlelength=0.8, borderaxespad=0.1,
    )  # fmt: skip


def draw_thresholds(ax: Any, derived: xr.Dataset) -> None:
    """Where even digons are given up and taken up again, at r = 1."""
    p = derived["r1_density"].values
    cases = (
        ("worst", WORST, "each input's worst attack"),
        ("live", LIVE, "random feature, dead not drawn"),
        ("silent", SILENT, "random feature, dead silent"),
    )
    for case, colour, label in cases:
        found = derived.sel(r1_case=case)
        given, taken = found["r1_given_up"].values, found["r1_taken_up"].values
        ax.plot(p, given, color=colour, marker="o", ms=3, label=label)
        if np.isfinite(taken).any():
            ax.plot(p, taken, color=colour, marker="o", ms=3, mfc="white", ls="--")
            both = np.isfinite(taken) & np.isfinite(given)
            ax.fill_between(p[both], given[both], taken[both], color=colour, alpha=0.12, lw=0)
    line = np.geomspace(p.min(), p.max(), 50)
    ax.plot(line, faint_digon_death(line), color=WORST, lw=0.9, ls=":")
    ax.plot(p, derived["r1_mean_norm"].sel(r1_case="worst"), color="#777777", lw=0.9, ls="-.")
    ax.annotate(
        "E‖x‖", (0.1, 0.1), color="#555555", xytext=(-4, -3), textcoords="offset points",
        ha="right", va="top",
    )  # fmt: skip
    ax.set(xscale="log", xlim=(p.max() * 1.05, p.min() * 0.9), ylim=(0, 1.0))
    ax.set(xlabel="density $p = 1 - S$", ylabel="size ε of the attack")
    ax.set_title("d  r = 1: digons given up (●), taken up again (○)", loc="left")
    ax.legend(loc="upper right")
    plain_ticks(ax.xaxis, TICKS)


def draw_defence(ax: Any, derived: xr.Dataset, plan: Plan) -> None:
    """What the sparse digon does about the attack: its bias, not its geometry."""
    size = derived["defence_size"].values
    given = float(
        np.interp(plan.sparse, derived["r1_density"], derived["r1_given_up"].sel(r1_case="worst"))
    )
    for name, colour, label in (
        ("masking", WORST, "bias / what the attack moves"),
        ("blind", "#CC79A7", "values without a gradient"),
    ):
        ax.plot(size, derived[f"defence_{name}"], color=colour, label=label)
    ax.plot(size, derived["defence_weight"] ** 2, color=INK, label="$w^2$, with $w_2 = -w_1$")
    ax.axvline(given, color="#777777", lw=0.8, ls="--")
    ax.annotate("dedicated\nfrom here", (given, 0.55), xytext=(3, 0), textcoords="offset points")
    ax.set(xlim=(0, size.max()), ylim=(0, 1.9), xlabel="size ε of the attack", ylabel="ratio")
    ax.set_title(f"e  p = {plan.sparse:g}: the digon's defence", loc="left")
    ax.legend(loc="upper left")


def draw_blocks(ax: Any, derived: xr.Dataset) -> None:
    """Many blocks: where the naive count gives digons up, and where they only tie."""
    p = derived["blocks_density"].values
    for dead, colour, label in (
        ("live", LIVE, "dead not drawn"),
        ("silent", SILENT, "dead silent"),
    ):
        found = derived.sel(blocks_dead=dead)
        ax.plot(p, found["blocks_naive"], color=colour, ls="--", label=f"naive count, {label}")
    tie = derived["blocks_tie"].sel(blocks_dead="silent")
    ax.plot(p, tie, color=SILENT, marker="o", ms=3, label="both linear, a tie, dead silent")
    ax.fill_between(p, 0.02, tie, color=PHASES["extra feature in a digon"], alpha=0.25, lw=0)
    ax.text(0.05, 0.06, "digons best at their own scale and bias", transform=ax.transAxes)
    ax.set(xscale="log", yscale="log", xlim=(p.max() * 1.05, p.min() * 0.9), ylim=(0.1, 12))
    ax.set(xlabel="density $p = 1 - S$", ylabel="attack ε / E‖x‖")
    ax.set_title("f  many features: digons are not given up", loc="left")
    ax.legend(loc="upper left")
    plain_ticks(ax.xaxis, TICKS)
    plain_ticks(ax.yaxis)
