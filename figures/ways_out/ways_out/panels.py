"""The panels of ways_out."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.lines import Line2D

from agreement.comparison.frontier import Frontier
from figures.kit.style import INK, plain_ticks
from figures.ways_out.ways_out.plan import Plan

LOOKS = {
    "none": (INK, "*", "no penalty"),
    "l1": ("#0072B2", "o", "L1 on h"),
    "interference": ("#D55E00", "s", "interference"),
    "attack": ("#009E73", "^", "attacks"),
}
SCORES = (("f1_all", "F1 over all features"), ("f1_kept", "F1 over features kept"))


def draw_frontier(
    axes: Any,
    plan: Plan,
    measured: xr.Dataset,
    derived: xr.Dataset,
    found: Frontier,
    s: int,
) -> None:
    """One system: both scores against the loss paid, trained with intervals, exact without."""
    name, n, m, p, _ = plan.systems[s]
    unit = n * (p / 3 - p**2 / 4)
    exact_paid = derived["loss"].values[s] / unit - found.loss[s, 0].mean()
    for row, (score, label) in enumerate(SCORES):
        ax = axes[row]
        values = measured[score].values[s]
        mean, error = values.mean(axis=-1), found.gained_error[s]
        error = error if score == "f1_all" else found.kept_gained_error[s]
        ax.axhline(mean[0], color=INK, lw=0.5, ls=":")
        for penalty, (colour, marker, _) in LOOKS.items():
            places = [c for c, (name_, _) in enumerate(plan.conditions) if name_ == penalty]
            if not places:
                continue
            line = [0, *places] if penalty != "none" else places
            ax.plot(found.paid[s, line], mean[line], color=colour, lw=0.8)
            ax.errorbar(
                found.paid[s, places], mean[places], error[places], found.paid_error[s, places],
                color=colour, marker=marker, ms=6 if penalty == "none" else 3.5, ls="", lw=0.8,
                zorder=4 if penalty == "none" else 3,
            )  # fmt: skip
            theory = derived[f"exact_{score}"].values[s].mean(axis=-1)
            if np.isfinite(theory[line]).all():
                ax.plot(
                    exact_paid[line], theory[line], color=colour, ls="--", lw=0.8, marker=marker,
                    mfc="white", ms=6, mew=0.8, zorder=2,
                )  # fmt: skip
        ax.set_xscale("symlog", linthresh=0.01, linscale=0.5)
        ax.set_xlim(-0.006, 0.7)
        plain_ticks(ax.xaxis, (0, 0.01, 0.1, 0.5))
        ax.set_ylabel(label if s == 0 else "")
        ax.set_ylim((0.0 if row == 0 else 0.6), 1.0)
        letter = "abcdef"[row * len(plan.systems) + s]
        title = f"{letter}  {name}, n = {n}, m = {m}, p = {p:g}" if row == 0 else letter
        ax.set_title(title, loc="left")
    axes[1].set_xlabel("loss paid, of the variance")


def frontier_legend(figure: Any, plan: Plan) -> None:
    """Penalties by colour; filled is trained, hollow exact."""
    present = {name for name, _ in plan.conditions}
    handles = [
        Line2D([], [], color=colour, marker=marker, ms=4, lw=0.8, label=label)
        for name, (colour, marker, label) in LOOKS.items()
        if name in present
    ]
    handles.append(
        Line2D([], [], color=INK, marker="o", mfc="white", ms=6, ls="--", lw=0.8,
               label="decoded at the best known model")
    )  # fmt: skip
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
