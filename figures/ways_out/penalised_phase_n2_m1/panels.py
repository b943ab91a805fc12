"""The panels of penalised_phase_n2_m1."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps

from figures.kit.style import INK, diagram_axes, draw_phases, plain_ticks

PAIR, LONE, ENDS = "#E69F00", "#0072B2", "#777777"
WRONG = "#D55E00"
FIRST = 8.0 * np.sqrt(6.0) / 27.0  # λ* of a lone feature as p → 0


def draw_cells(ax: Any, dataset: xr.Dataset, derived: xr.Dataset, level: float, title: str) -> None:
    """Phases at one λ, with the exact border of the pair and of everything."""
    draw_phases(ax, dataset)
    for side in ("below", "above"):
        ax.plot(derived["line"], derived["border"].sel(level=level, side=side), color=INK, lw=1.1)
    diagram_axes(ax, title, dataset)
    ax.set_ylabel("relative importance $r$")
    # A lone feature of importance I dies where λ = λ*(p) I; only for p < ½ is it lone.
    death = 4.0 / 3.0 * (1.0 - level / FIRST)
    if 0.0 < death < 0.5:
        ax.plot([death, death], [derived["importance"].min(), 1.0], color=INK, lw=1.1)
    p = np.geomspace(0.01, 0.5, 60)
    over = level / (FIRST * (1.0 - 0.75 * p))
    ax.plot(p[over > 1.0], over[over > 1.0], color=INK, lw=1.1)
    ax.axvline(0.5, color=INK, lw=0.8, ls=":")


def draw_thresholds(ax: Any, derived: xr.Dataset, measured: xr.Dataset) -> None:
    """Predicted thresholds as lines, followed ones as dots, ends of branches dashed."""
    p = derived["along"].values
    for ratio, marker, below in zip(derived["ratio"].values, ("o", "s"), (9, -14), strict=True):
        line = derived["pair_threshold"].sel(ratio=ratio)
        ax.plot(p, line, color=PAIR)
        ax.plot(p, measured["pair_tie"].sel(ratio=ratio), color=PAIR, ls="", marker=marker, ms=3)
        ax.plot(p, derived["pair_spinodal"].sel(ratio=ratio), color=PAIR, lw=0.8, ls="--")
        ax.annotate(
            f"pair, r = {ratio:g}", (p[0], float(line[0])), color="#8A6000",
            xytext=(8, below), textcoords="offset points",
        )  # fmt: skip
    ax.plot(p, derived["lone_threshold"], color=LONE)
    ax.plot(p, measured["lone_tie"].isel(ratio=0), color=LONE, ls="", marker="^", ms=3)
    ax.plot(p, derived["lone_spinodal"], color=LONE, lw=0.8, ls="--")
    ax.annotate(
        "lone feature", (p[0], float(derived["lone_threshold"][0])), color=LONE,
        xytext=(8, -16), textcoords="offset points",
    )  # fmt: skip
    ax.set(xlim=(0, p.max() * 1.04), ylim=(0, 1.08), xlabel="density $p$", ylabel="penalty λ")


def draw_residuals(ax: Any, derived: xr.Dataset, measured: xr.Dataset) -> None:
    """How far followed thresholds are from the predicted ones."""
    p = derived["along"].values
    for ratio, marker in zip(derived["ratio"].values, ("o", "s"), strict=True):
        off = np.abs(derived["pair_threshold"] - measured["pair_tie"]).sel(ratio=ratio)
        ax.plot(p, np.maximum(off, 1e-16), color=PAIR, ls="", marker=marker, ms=3,
                label=f"pair, r = {ratio:g}")  # fmt: skip
    off = np.abs(derived["lone_threshold"] - measured["lone_tie"].isel(ratio=0))
    ax.plot(p, np.maximum(off, 1e-16), color=LONE, ls="", marker="^", ms=3, label="lone feature")
    ax.axhline(1e-6, color=ENDS, lw=0.8, ls="--")
    ax.annotate("1e-6", (p[0], 1e-6), xytext=(0, 2), textcoords="offset points", color="#555555")
    ax.set(yscale="log", ylim=(3e-17, 1e0), xlim=(0, p.max() * 1.04), xlabel="density $p$")
    ax.set_ylabel("|followed − predicted| λ*")
    ax.legend(loc="upper right", handlelength=0.8)


def draw_decay(ax: Any, derived: xr.Dataset) -> None:
    """A lone feature's weight under each penalty, in units of what it survives as a minimum."""
    share = derived["share"].values
    fine = np.linspace(0.0, 1.0, 200)
    ax.plot(fine, np.sqrt(1.0 - fine), color="#009E73", label="decay / $2Iv$")
    ax.plot(share, derived["decay_descended"], color="#009E73", ls="", marker="o", ms=2.5)
    angle = np.arccos(-fine) / 3.0
    weight = 2.0 / np.sqrt(3.0) * np.cos(angle)
    best = fine <= np.sqrt(0.5)
    ax.plot(fine[best], weight[best], color=LONE, label="L1 / $λ_s$")
    ax.plot(fine[~best], weight[~best], color=LONE, ls="--")
    ax.plot([np.sqrt(0.5)] * 2, [0, np.sqrt(2 / 3)], color=LONE, lw=0.8, ls=":")
    ax.annotate("λ*", (np.sqrt(0.5), 0.0), xytext=(2, 3), textcoords="offset points", color=LONE)
    ax.set(xlim=(0, 1.15), ylim=(0, 1.05), xlabel="penalty over the last it survives")
    plain_ticks(ax.xaxis, [0, 0.25, 0.5, 0.75, 1])
    ax.set_ylabel("weight $w$ of a lone feature")
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 0.12))


def draw_dense(ax: Any, derived: xr.Dataset) -> None:
    """Negative interference that L1 makes, at r = ½, by λ."""
    dense = derived["dense"].values
    colours = colormaps["viridis"](np.linspace(0.0, 0.85, len(dense)))
    for p, colour in zip(dense, colours, strict=True):
        line = derived["second"].sel(dense=p).values.copy()
        line[1:][np.abs(np.diff(line)) > 0.4] = np.nan  # a jump is no line
        ax.plot(derived["l1"], line, color=colour)
        ax.annotate(
            f"{p:g}", (float(derived["l1"][-1]), line[-1]), color=colour,
            xytext=(3, -2 if p > 0.5 else 3), textcoords="offset points",
        )  # fmt: skip
    largest = float(derived["l1"].max())
    ax.text(1.01 * largest, 0.12, "$p$ =")
    ax.set(xlim=(0, 1.15 * largest), ylim=(-0.9, 0.2), xlabel="penalty λ")
    ax.set_ylabel("weight $w_2$ of the lesser feature")


def draw_turned(ax: Any, derived: xr.Dataset) -> None:
    """E‖h‖₁ of the best pentagon, by how far it is turned from an axis."""
    size = derived["turned_size"].values
    ax.plot(derived["angle"], size / size.min(), color=INK)
    ax.set(xlim=(0, 36), xlabel="angle of a corner to an axis, degrees")
    ax.set_ylabel("E‖h‖₁ over its least")
    plain_ticks(ax.xaxis, [0, 9, 18, 27, 36])


def draw_little(ax: Any, derived: xr.Dataset) -> None:
    """What a little λ does to the pentagon: corners differ to first order, loss to second."""
    level = derived["little"].values
    fine = np.geomspace(level.min(), level.max(), 30)
    slope = derived["pentagon_slope"].values
    norms = derived["pentagon_norm"].values - derived["pentagon_start"].values
    apart = norms.max(-1) - norms.min(-1)
    loss = float(derived["pentagon_loss"])
    ax.plot(fine, fine * (slope.max() - slope.min()), color=LONE, label="corners apart, theory")
    ax.plot(level, apart, color=LONE, ls="", marker="o", ms=3)
    paid = float(derived["pentagon_paid_slope"]) / loss
    ax.plot(fine, paid * fine**2, color=WRONG, label="loss paid, theory")
    ax.plot(level, derived["pentagon_paid"] / loss, color=WRONG, ls="", marker="o", ms=3)
    ax.set(xscale="log", yscale="log", xlabel="penalty λ", ylabel="length, relative loss")
    ax.legend(loc="upper left")


__all__ = [
    "WRONG",
    "draw_cells",
    "draw_decay",
    "draw_dense",
    "draw_little",
    "draw_residuals",
    "draw_thresholds",
    "draw_turned",
]
