"""The panels of feature_count."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.patches import Patch, Rectangle

from agreement.comparison.counted import Counted
from figures.kit.style import INK
from figures.ways_out.feature_count.plan import Plan, Subject

RIGHT, SAID, SILENT = "#009E73", "#D9D9D9", "#D55E00"
NOISES = ("#0072B2", "#E69F00", "#CC79A7")
HEADS = ("rays", "cumulants")


def draw_counts(ax: Any, plan: Plan, measured: xr.Dataset, found: Counted) -> None:
    """One row a model: what is there, what theory says can be counted, what was counted."""
    noises = len(plan.noises)
    count, doubts = measured["count"].values, measured["doubts"].values
    for i in range(len(plan.subjects)):
        # Of the rank itself: lines, and the equal pairs that third cumulants tell.
        limit = int(found.rank[i] + found.pairs[i])
        _cell(ax, -2.2, i, str(found.features[i]), "white")
        _cell(ax, -1.1, i, f"{limit}" if found.countable[i] else f"≥ {limit}", "white")
        for k in range(len(HEADS)):
            for j in range(noises):
                colour = RIGHT if found.right[i, j, k] else SAID
                if found.silent[i, j, k]:
                    colour = SILENT
                mark = "?" if doubts[i, j, k] else ""
                _cell(ax, k * (noises + 0.3) + j, i, f"{int(count[i, j, k])}{mark}", colour)
    ax.set_xlim(-2.8, 2 * noises - 0.1)
    ax.set_ylim(len(plan.subjects) - 0.4, -2.4)
    ax.set_yticks(range(len(plan.subjects)), [_name(subject) for subject in plan.subjects])
    ax.set_xticks([])
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    heads = [(-2.2, "$n$"), (-1.1, "theory")]
    for k in range(len(HEADS)):
        start = k * (noises + 0.3)
        heads += [(start + j, f"{noise:g}") for j, noise in enumerate(plan.noises)]
        ax.text(start + (noises - 1) / 2, -1.55, f"{HEADS[k]}, σ =", ha="center", fontsize=7)
    for x, text in heads:
        ax.text(x, -0.8, text, ha="center", va="center", fontsize=7)
    ax.set_title("a  features counted", loc="left")
    ax.legend(
        handles=[
            Patch(facecolor=RIGHT, label="right"),
            Patch(facecolor=SAID, label="wrong, and said to be in doubt (?)"),
            Patch(facecolor=SILENT, label="wrong, not in doubt"),
        ],
        loc="upper center", bbox_to_anchor=(0.35, -0.005), ncols=3, handlelength=1,
        columnspacing=1.0,
    )  # fmt: skip


def draw_cumulants(ax: Any, measured: xr.Dataset, derived: xr.Dataset) -> None:
    """κ₃ and κ₄ of one feature along density, exact and sampled."""
    for k, colour in enumerate(("#56B4E9", INK)):
        label = f"$\\kappa_{k + 3}$"
        ax.plot(derived["along"], derived["cumulant"][k], color=colour, lw=1.2, label=label)
        ax.errorbar(
            measured["density"], measured["cumulant"][k], 2 * measured["cumulant_error"][k],
            color=colour, ls="", marker="o", ms=2.5, lw=0.8, clip_on=False,
        )  # fmt: skip
    ax.axhline(0, color=INK, lw=0.5)
    zero = float(derived["vanishing"])
    ax.plot([zero], [0], marker="x", color=SILENT, ms=5, mew=1.4, ls="")
    ax.annotate(
        f"$\\kappa_4 = 0$ at\n$p = {zero:.4f}$", (zero, 0), (0.05, -0.0135), fontsize=7,
        arrowprops={"arrowstyle": "-", "lw": 0.5},
    )  # fmt: skip
    ax.set(xlim=(0, 1), xlabel="density $p$", ylabel="cumulant of one feature")
    ax.set_title("b  what the law has", loc="left")
    ax.legend(loc="upper right", handlelength=1.2)


def draw_spectrum(ax: Any, plan: Plan, measured: xr.Dataset, found: Counted, shown: int) -> None:
    """Eigenvalues of one model's fourth cumulant, and the error they had to exceed."""
    subject = plan.subjects[shown]
    size = subject.n_hidden * (subject.n_hidden + 1) // 2
    for j, noise in enumerate(plan.noises):
        values = measured["spectrum"].values[shown, j, :size]
        order = np.arange(1, size + 1)
        above = values > 0
        colour = NOISES[j]
        ax.plot(
            order[above], values[above], color=colour, marker="o", ms=2.5, lw=0.8,
            label=f"σ = {noise:g}",
        )  # fmt: skip
        ax.axhline(float(measured["threshold"].values[shown, j, 1]), color=colour, lw=0.7, ls="--")
    rank = float(found.rank[shown])
    ax.axvline(rank + 0.5, color=INK, lw=0.6, ls=":")
    ax.text(rank + 0.2, 0.97, f"rank {int(rank)}", ha="right", va="top", fontsize=7,
            transform=ax.get_xaxis_transform())  # fmt: skip
    ax.set(yscale="log", xlabel="eigenvalue, by size", ylabel="of the whitened fourth cumulant")
    ax.set_title(f"c  random, n = {subject.n_features}, m = {subject.n_hidden}",
                 loc="left")  # fmt: skip
    ax.legend(loc="lower left", handlelength=1.2)


def _cell(ax: Any, x: float, y: float, text: str, colour: str) -> None:
    ax.add_patch(Rectangle((x - 0.46, y - 0.42), 0.92, 0.84, facecolor=colour, lw=0))
    ax.text(x, y, text, ha="center", va="center", fontsize=6.5,
            color="white" if colour in (RIGHT, SILENT) else INK)  # fmt: skip


def _name(subject: Subject) -> str:
    return f"{subject.kind}, m = {subject.n_hidden}, p = {subject.density:g}"
