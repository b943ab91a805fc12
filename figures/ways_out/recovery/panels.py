"""The panels of the figure: shares over density, λ and noise, and where they end."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.lines import Line2D

from agreement.comparison.recovered import chosen, encoder_gaps, mean_of
from agreement.comparison.recovery_breaks import Break
from figures.kit.style import INK, PAGE, plain_ticks
from figures.ways_out.geometries import PHASES
from figures.ways_out.recovery.break_panel import draw_breaks
from figures.ways_out.recovery.looks import LIMITS, METHODS, MODELS
from figures.ways_out.recovery.plan import LARGE, RANDOM, Plan


def draw_panels(plan: Plan, measured: xr.Dataset, derived: xr.Dataset, found: list[Break]) -> Any:
    """Shares over density, a panel a geometry; λ, the encoder's gap, shrinkage, noise; breaks."""
    names = [*plan.geometries, *([LARGE] if plan.large_densities else [])]
    above = ["abcd", "efgh"] if len(names) > 4 else ["abcd"]
    figure, placed = plt.subplot_mosaic(
        [list(row) for row in (*above, "ijkl", "mmmm")],
        figsize=(PAGE, 1.45 * len(above) + 3.9),
        height_ratios=[*(1.0 for _ in above), 1.0, 1.25],
    )
    letters = iter("abcdefghijklm")
    for ax, name in zip(placed.values(), names, strict=False):
        draw_density(ax, plan, measured, derived, name)
        ax.set_title(f"{next(letters)}  {title(plan, derived, name)}", loc="left")
    for row in above:
        placed[row[0]].set_ylabel("share recovered")
        for place in row:
            if not placed[place].has_data():
                placed[place].set_axis_off()
    draw_penalty(placed["i"], plan, measured, next(letters))
    draw_gap(placed["j"], plan, measured, derived, next(letters))
    draw_kept(placed["k"], plan, measured, derived, next(letters))
    draw_noise(placed["l"], plan, measured, next(letters))
    draw_breaks(placed["m"], plan, found, derived, next(letters))
    figure.legend(handles=handles(plan), loc="outside lower center", ncols=4)
    return figure


def title(plan: Plan, derived: xr.Dataset, name: str) -> str:
    """Name and number of features."""
    n = int(derived["features"].sel(geometry=name))
    short = {LARGE: RANDOM, "square antiprism": "antiprism"}.get(name, name)
    return f"{short}, $n = {n}$"


def series(measured: xr.Dataset, along: str, of: str, **where: Any) -> tuple[Any, Any, Any]:
    """Values of a coordinate, means and half widths of a score there."""
    cells = chosen(measured, **where)
    at = np.unique(cells[along].values)
    means = [mean_of(chosen(cells, **{along: x})[of].values) for x in at]
    return at, np.array([m.value for m in means]), np.array([m.half for m in means])


def bars(ax: Any, x: Any, y: Any, half: Any, **style: Any) -> None:
    """Means of shares with their intervals, which end at 0 and 1."""
    ends = np.minimum([half, half], [y, 1 - y])
    ax.errorbar(x, y, np.maximum(ends, 0), elinewidth=0.6, lw=0.9, ms=2.6, mew=0.6, **style)


def draw_density(ax: Any, plan: Plan, measured: xr.Dataset, derived: xr.Dataset, name: str) -> None:
    """One geometry over the density of the data."""
    if name in PHASES:
        ax.axvspan(*PHASES[name], color="#EEEEEE", lw=0)
    ax.plot(
        derived["density_fine"], derived["seen_fine"].sel(geometry=name), color="#009E73", lw=2.4,
        alpha=0.35,
    )  # fmt: skip
    if name == "digon":
        ax.axvline(derived["mixing"].values[0], color=INK, lw=0.7)
    keep = plan.large_densities if name == LARGE else plan.densities
    for method, (colour, mark, _) in METHODS.items():
        for noise, style in ((0.0, "-"), (max(plan.levels), ":")):
            cells = chosen(measured, geometry=name, method=method, noise=noise, l1=plan.l1[0])
            cells = cells.isel(cell=np.flatnonzero(np.isin(cells["density"].values, keep)))
            if not cells.sizes["cell"]:
                continue
            x, y, half = series(cells, "density", "recovered")
            line = "none" if method == "lone_rays" and noise == 0 else style
            bars(ax, x, y, half, color=colour, marker=mark, ls=line,
                 mfc="none" if style == ":" else colour)  # fmt: skip
    ax.set(xscale="log", ylim=(-0.05, 1.08), xlim=(0.008, 0.95))
    ax.set_xlabel("density $p$", labelpad=1)
    plain_ticks(ax.xaxis, [0.01, 0.03, 0.1, 0.3])
    ax.set_yticks([0, 0.5, 1])


def draw_penalty(ax: Any, plan: Plan, measured: xr.Dataset, letter: str) -> None:
    """Share recovered over λ."""
    for name in plan.swept:
        for method, style in (("autoencoder", "-"), ("dictionary", ":")):
            x, y, half = series(measured, "l1", "recovered", geometry=name, method=method,
                                density=plan.sweep_density, noise=0.0)  # fmt: skip
            bars(ax, x, y, half, color=MODELS[name], marker="o", ls=style,
                 mfc="none" if style == ":" else MODELS[name])  # fmt: skip
    penalty_axis(ax, "share recovered")
    ax.set_ylim(-0.05, 1.08)
    ax.set_yticks([0, 0.5, 1])
    ax.set_title(f"{letter}  penalty, $p = {plan.sweep_density:g}$", loc="left")


def draw_gap(ax: Any, plan: Plan, measured: xr.Dataset, derived: xr.Dataset, letter: str) -> None:
    """How much more the best autoencoder pays than the true directions with the best codes."""
    floor = 1e-4
    for name in plan.swept:
        x, y = encoder_gaps(measured, name, plan.sweep_density)
        ax.plot(x, np.maximum(y, floor), color=MODELS[name], marker="o", lw=0.9, ms=2.6)
        bound = float(derived["threshold"].sel(geometry=name))
        if bound > 0.02:
            ax.axvline(bound, color=MODELS[name], lw=0.8, ls="--")
    penalty_axis(ax, "")
    ax.set(yscale="log", ylim=(0.7 * floor, 1))
    ax.set_yticks([1e-4, 1e-2, 1], labels=["$\\leq10^{-4}$", "0.01", "1"])
    ax.set_title(f"{letter}  encoder: loss/truth $-$ 1", loc="left")


def draw_kept(ax: Any, plan: Plan, measured: xr.Dataset, derived: xr.Dataset, letter: str) -> None:
    """What is left of features alone."""
    ax.plot(derived["l1_fine"], derived["kept"], color=INK, lw=0.9)
    for name in plan.swept:
        for method, style in (("autoencoder", "-"), ("dictionary", ":")):
            x, y, half = series(measured, "l1", "kept", geometry=name, method=method,
                                density=plan.sweep_density, noise=0.0)  # fmt: skip
            bars(ax, x, y, half, color=MODELS[name], marker="o", ls="none",
                 mfc="none" if style == ":" else MODELS[name])  # fmt: skip
    ax.set(ylim=(0, 1.05), xlim=(0, 1.3))
    ax.set_xlabel("$\\lambda / \\ell$", labelpad=1)
    ax.set_title(f"{letter}  activity kept, alone", loc="left")


def draw_noise(ax: Any, plan: Plan, measured: xr.Dataset, letter: str) -> None:
    """Share recovered over the size of noise."""
    for name in plan.swept:
        for method, style in (("autoencoder", "-"), ("dictionary", ":"), ("lone_rays", "--")):
            x, y, half = series(measured, "noise", "recovered", geometry=name, method=method,
                                density=plan.sweep_density, l1=plan.l1[0])  # fmt: skip
            bars(ax, x, y, half, color=MODELS[name], ls=style,
                 marker="D" if method == "lone_rays" else "o",
                 mfc=MODELS[name] if method == "autoencoder" else "none")  # fmt: skip
    ax.set(ylim=(-0.05, 1.08))
    ax.set_yticks([0, 0.5, 1])
    ax.set_xlabel("noise $\\sigma / \\ell$", labelpad=1)
    ax.set_title(f"{letter}  noise, $p = {plan.sweep_density:g}$", loc="left")


def penalty_axis(ax: Any, label: str) -> None:
    """λ in units of the length of columns."""
    ax.set(xscale="log", ylabel=label)
    ax.set_xlabel("$\\lambda / \\ell$", labelpad=1)
    plain_ticks(ax.xaxis, [0.03, 0.1, 0.3, 1])


def handles(plan: Plan) -> list[Any]:
    """Legend of methods, theory and models."""
    row = "row 3" if len(plan.geometries) + bool(plan.large_densities) > 4 else "row 2"
    made = [
        Line2D([], [], color=c, marker=mark, ms=2.6, lw=0 if name == "lone_rays" else 0.9,
               label=words)
        for name, (c, mark, words) in METHODS.items()
    ]  # fmt: skip
    made += [
        Line2D([], [], color=colour, ls=style, lw=width, alpha=0.35 if key == "lone" else 1,
               label=words)
        for key, (colour, style, width, words) in LIMITS.items()
    ]  # fmt: skip
    made.append(Line2D([], [], color="#555555", lw=0.9, ls=":", marker="o", mfc="none", ms=2.6,
                       label=f"above: $\\sigma = {max(plan.levels):g}\\,\\ell$"))  # fmt: skip
    made += [
        Line2D([], [], color=MODELS[name], lw=2, label=f"{name}, {row}") for name in plan.swept
    ]
    made.append(Line2D([], [], color="#555555", lw=0.9, ls=":", marker="o", mfc="none", ms=2.6,
                       label=f"{row}: dictionary"))  # fmt: skip
    made.append(Line2D([], [], color="#555555", lw=0.9, ls="--", marker="D", mfc="none", ms=2.6,
                       label=f"{row}: lone rays"))  # fmt: skip
    return made
