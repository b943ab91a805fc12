"""The panels of interference_phase_n2_m1."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D

from agreement.comparison.interference import PenalisedRuns
from figures.kit.style import INK, PHASES, diagram_axes, draw_phases, edges_of, plain_ticks
from figures.ways_out.interference_phase_n2_m1.plan import Plan
from theory.data_law import feature_variance

WRONG = "#CC79A7"
DIGON = PHASES["extra feature in a digon"]
COLOURS = ("#0072B2", "#D55E00", "#009E73")
LEVELS = (0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.035)
TICKS = (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)


def draw_surface(ax: Any, derived: xr.Dataset) -> Any:
    """λ_c by p and r, with lines where the order of the transition changes."""
    p, r, surface = whole_surface(derived)
    colours = colormaps["YlGnBu"](np.linspace(0.08, 0.95, len(LEVELS) + 1))
    free, line = derived["free_density"].values, derived["free_importance"].values
    ax.fill_between(free, line, 1 / line, color=colours[0], lw=0)
    filled = ax.contourf(p, r, surface.T, levels=(*LEVELS, 0.04), colors=colours[1:])
    ax.contour(p, r, surface.T, levels=LEVELS, colors=INK, linewidths=0.35)
    draw_free(ax, derived)
    for mirror in (1, -1):
        line = derived["line_importance"].values ** mirror
        ax.plot(derived["line_jump_below"], line, color="#D55E00", lw=1.3)
        ax.plot(derived["line_jump_above"], line, color="#D55E00", lw=1.3, ls=(0, (2, 1)))
    ax.plot([0.01, 1], [1, 1], color=INK, lw=0.4, ls=":")
    ax.text(0.055, 1.35, "large jump", ha="center", va="center", color=INK)
    ax.text(0.93, 0.13, "no super-\nposition", ha="left", va="center", color=INK)
    for x, text, height in ((0.93, "small jump", 7.0), (0.65, "continuous", 0.27)):
        ax.annotate(
            text, (x, 1.0), (0.93, height), ha="left", va="center",
            arrowprops={"arrowstyle": "-", "lw": 0.5, "color": INK, "shrinkB": 1},
        )  # fmt: skip
    diagram_axes(ax, "a  theory: λ above which superposition is gone", derived_axes(p, r))
    ax.set(xlim=(1, 0.01), ylim=(0.1, 10), ylabel="relative importance $r$")
    plain_ticks(ax.xaxis, TICKS)
    return filled


def draw_free(ax: Any, derived: xr.Dataset) -> None:
    """Where superposition begins without a penalty: the surface's edge, λ_c = 0."""
    line = derived["free_importance"].values
    for part in (line, 1 / line):
        ax.plot(derived["free_density"], part, color=INK, lw=0.9, ls="--")


def whole_surface(derived: xr.Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """λ_c for r from 0.1 to 10, its upper half by exchange of the features."""
    p, small = derived["surface_density"].values, derived["surface_importance"].values
    lower = derived["surface_threshold"].transpose("surface_density", "surface_importance").values
    upper = (lower / small)[:, -2::-1]
    r = np.concatenate([small, 1 / small[-2::-1]])
    return p, r, np.concatenate([lower, upper], 1)


def derived_axes(p: np.ndarray, r: np.ndarray) -> xr.Dataset:
    """A Dataset with the axes that a diagram needs."""
    return xr.Dataset(coords={"density": p, "importance": r})


def draw_cells(ax: Any, names: np.ndarray, title: str, derived: xr.Dataset, plan: Plan) -> None:
    """Phases of a diagram at one λ, with the level line of the surface."""
    cells = derived_axes(plan.densities, plan.importances)
    cells["structure"] = (("density", "importance"), names)
    draw_phases(ax, cells)
    p, r, surface = whole_surface(derived)
    ax.contour(p, r, surface.T, levels=[plan.strength], colors=INK, linewidths=1.1)
    draw_free(ax, derived)
    diagram_axes(ax, title, cells)
    ax.set_ylabel("relative importance $r$")


def draw_wrong(ax: Any, wrong: np.ndarray, plan: Plan) -> None:
    """Frames around cells whose phase is another one."""
    rows, columns = np.nonzero(wrong)
    ax.plot(
        plan.densities[rows], plan.importances[columns], ls="", marker="s", mfc="none", mec=WRONG,
        ms=4,
    )  # fmt: skip


def draw_section(ax: Any, derived: xr.Dataset) -> Any:
    """r = 1: how uneven the best pair is, where it ends, and between which λ both are minima."""
    p, share = derived["section_density"].values, derived["section_share"].values
    kappa = derived["section_kappa"].transpose("section_density", "section_share").values
    image = ax.pcolormesh(
        edges_of(p),
        np.append(share - share[1] / 2, share[-1] + share[1] / 2),
        np.where(kappa > 0, kappa, np.nan).T,
        cmap=LinearSegmentedColormap.from_list("digon", ["#FFFFFF", DIGON]),
        vmin=0,
        vmax=1,
        rasterized=True,
    )
    variance = feature_variance(p)
    lines = (
        ("section_threshold", INK, "-", r"$λ_c$"),
        ("section_pair", "#0072B2", "--", "pair, a minimum below"),
        ("section_one", "#0072B2", ":", "one feature, above"),
    )
    for name, colour, style, label in lines:
        ax.plot(p, derived[name] / variance, color=colour, ls=style, label=label)
    sparse = p[p < 0.25]
    limit = sparse / 3 * (1 - 9 * sparse / 4) / feature_variance(sparse)
    ax.plot(sparse, limit, color="#D55E00", lw=0.9, ls="-.", label="sparse limit")
    for point in range(derived.sizes["point"]):
        if str(derived["point_kind"].values[point]) != "top":
            at = float(derived["point_density"][point])
            height = np.interp(at, p, derived["section_threshold"]) / feature_variance(at)
            ax.plot(at, height, marker="o", ms=3.5, color=INK, mfc="white")
    ax.set(xscale="log", xlim=(1, 0.01), ylim=(0, 1.12))
    ax.set(xlabel="density $p = 1 - S$", ylabel="$λ / v$, $v = p/3 - p^2/4$")
    ax.set_title("d  equal importance: the best pair", loc="left")
    ax.legend(loc="lower right", borderaxespad=0.2)
    plain_ticks(ax.xaxis, TICKS)
    return image


def draw_path(ax: Any, derived: xr.Dataset, path: PenalisedRuns, plan: Plan) -> None:
    """The task loss that is paid as λ rises, at one density."""
    strength = derived["fine"].values
    for k, ratio in enumerate(plan.path_ratios):
        loss = derived["path_loss"].sel(ratio=ratio).values
        at = float(derived["path_threshold"].sel(ratio=ratio))
        for part in (strength < at, strength > at):
            ax.plot(strength[part], loss[part], color=COLOURS[k])
        jump = [np.interp(at, strength[strength < at], loss[strength < at]), loss[-1]]
        ax.plot([at, at], jump, color=COLOURS[k], lw=0.8, ls=":")
        ax.plot(plan.strengths, path.loss[k], ls="", marker="o", ms=3, mfc="white",
                color=COLOURS[k])  # fmt: skip
        ax.annotate(
            f"$r$ = {ratio:g}", (plan.path_most, loss[-1]), (0, 3), textcoords="offset points",
            ha="right", va="bottom", color=COLOURS[k],
        )  # fmt: skip
    handles = [
        Line2D([], [], color=INK, label="theory"),
        Line2D([], [], color=INK, ls="", marker="o", ms=3, mfc="white", label="trained"),
    ]
    ax.legend(handles=handles, loc="upper left")
    ax.set(xlim=(0, plan.path_most * 1.02), ylim=(0, 1.12 * float(derived["path_loss"].max())))
    ax.set(xlabel="price λ of interference", ylabel="task loss $L$")
    ax.set_title(f"e  p = {plan.path_density:g}: the task loss paid", loc="left")


def draw_decay(ax: Any, derived: xr.Dataset, brackets: np.ndarray, plan: Plan) -> None:
    """Where pairs end under weight decay, over where the lone feature dies."""
    p = derived["end_density"].values
    for k, ratio in enumerate(derived["end_importance"].values):
        here = derived.sel(end_importance=ratio)
        ends = here["end_pair"].values / here["end_lone"].values
        ax.plot(p[ends > 0], ends[ends > 0], color=COLOURS[k])
        ax.annotate(
            f"$r$ = {ratio:g}", (p[0], ends[0]), (-2, -4), textcoords="offset points",
            ha="right", va="top", color=COLOURS[k],
        )  # fmt: skip
    for i, _ in enumerate(plan.decay_ratios):
        low, high = brackets[i, :, 0], brackets[i, :, 1]
        ax.errorbar(
            plan.decay_densities, (low + high) / 2, yerr=(high - low) / 2, ls="", capsize=2,
            color=COLOURS[i + 1], lw=0.9,
        )  # fmt: skip
    ax.axhline(1.0, color=INK, lw=0.9)
    ax.text(0.97, 1.02, "lone feature dies: 2 × importance × $v$", ha="left", va="bottom")
    ax.set(xscale="log", xlim=(1, 0.01), ylim=(0, 1.15))
    ax.set(xlabel="density $p = 1 - S$", ylabel="weight decay $μ / 2v$")
    ax.set_title("f  weight decay: where the pair ends (bars: trained)", loc="left")
    plain_ticks(ax.xaxis, TICKS)


PRESENT = tuple(PHASES)[:3]
