"""One panel: the density at which each method ends, by geometry and noise, beside the limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.lines import Line2D

from agreement.comparison.recovery_breaks import Break, limits
from figures.ways_out.recovery.looks import LIMITS, METHODS
from figures.ways_out.recovery.plan import Plan

FILLS = ("full", "bottom", "none")  # of marks, from no noise to most
FOOT = 0.037  # where what is found nowhere is drawn
APART, WITHIN = 0.25, 0.075  # of methods, and of noises of one method


def draw_breaks(ax: Any, plan: Plan, found: list[Break], derived: xr.Dataset, letter: str) -> None:
    """A column a geometry; at the foot, what recovers half of the features at no density."""
    theory = limits(derived)
    floor = FOOT
    methods = [name for name in METHODS if name != "signed"]
    for column, name in enumerate(plan.geometries):
        for key, (colour, style, width, _) in LIMITS.items():
            if key == "mixing":
                at = float(derived["mixing"][0]) if name == "digon" else np.nan
            else:
                at = theory[name][key]
            ax.plot([column - 0.42, column + 0.42], [at, at], color=colour, ls=style, lw=width,
                    alpha=0.35 if key == "lone" else 1, solid_capstyle="butt")  # fmt: skip
    for each in found:
        level = plan.levels.index(each.noise)
        shift = level - (len(plan.levels) - 1) / 2
        x = plan.geometries.index(each.geometry) + APART * (methods.index(each.method) - 1)
        x += WITHIN * shift
        colour, mark, _ = METHODS[each.method]
        if not each.at.runs:
            ax.plot(x, floor, marker="v", ms=3.2, mew=0.6, mfc="none", color=colour)
            continue
        half = 0.0 if np.isnan(each.at.half) else each.at.half
        ax.errorbar(
            x, each.at.value, [[min(half, 0.9 * each.at.value)], [half]], elinewidth=0.6,
            color=colour, marker=mark, ms=3.2, mew=0.6, fillstyle=FILLS[level],
        )  # fmt: skip
    words = [name.replace("square ", "") for name in plan.geometries]
    ax.set_xticks(range(len(words)), labels=words)
    ax.tick_params(axis="x", length=0)
    ax.set(
        yscale="log", ylim=(0.8 * floor, 1.05), xlim=(-0.5, len(words) - 0.5),
        ylabel="density of the break",
    )  # fmt: skip
    ax.set_yticks([floor, 0.05, 0.1, 0.2, 0.5, 1.0], labels=["none", "", "0.1", "0.2", "0.5", "1"])
    ax.minorticks_off()
    ax.set_title(f"{letter}  half recovered up to this density, by noise", loc="left")
    ax.legend(
        handles=[
            Line2D([], [], color="#555555", marker="o", ls="none", ms=3.2, mew=0.6, fillstyle=fill,
                   label=f"$\\sigma = {noise:g}\\,\\ell$")
            for noise, fill in zip(plan.levels, FILLS, strict=False)
        ],
        loc="upper right", bbox_to_anchor=(1.0, 1.22), ncols=3, handletextpad=0.2,
    )  # fmt: skip
