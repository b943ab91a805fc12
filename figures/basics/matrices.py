"""The basic results, drawn: WᵀW, biases and norms at each density, and where pairs form."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator

from figures.kit.style import ABSENT, INK, PAGE, SHARED, SHARES, SIGNED, headline
from ground.checks import FloatArray
from ground.structure import IGNORED_BELOW
from numeric.measure.geometry import norms, superposition

HEIGHTS = (8, 0.9, 3)  # of matrix, bias and norms


def draw_basics(measured: xr.Dataset, best: xr.Dataset, derived: xr.Dataset, title: str) -> Any:
    """Draw the matrices of both models by density, and below them the transition."""
    shown = [p for p in measured["linear_density"].values if p in best["density"].values]
    figure = plt.figure(figsize=(PAGE, 5.9))
    matrices, lower = figure.subfigures(2, 1, height_ratios=(3.5, 2.4))
    rows = matrices.subplots(
        6,
        len(shown),
        squeeze=False,
        height_ratios=(*HEIGHTS, *HEIGHTS),
        gridspec_kw={"hspace": 0.02, "wspace": 0.03},
    )
    for k, p in enumerate(shown):
        linear = measured.sel(linear_density=p).isel(linear_restart=0)
        _column(rows[:3, k], linear["linear_W"].values, linear["linear_b"].values / p)
        relu = best.sel(density=p)
        _column(rows[3:, k], relu["W"].values, relu["b"].values / p)
        rows[0, k].set_title(f"$p$ = {p:g}")
    for row, name in ((0, "a  linear"), (3, "b  ReLU output")):
        rows[row, 0].set_ylabel(f"{name}\n$W^T W$")
        rows[row + 1, 0].set_ylabel("$b/p$", rotation=0, ha="right", va="center")
        rows[row + 2, 0].set_ylabel("norm")
        rows[row + 2, 0].set_yticks([0, 1])
    headline(matrices, title)
    signed = matrices.colorbar(
        ScalarMappable(Normalize(-1, 1), SIGNED), ax=rows[:3, :], shrink=0.8, pad=0.01, aspect=12,
        extend="both",
    )  # fmt: skip
    signed.set_label("$W^T W$ and $b/p$")
    shared = matrices.colorbar(
        ScalarMappable(SHARES, SHARED), ax=rows[3:, :], shrink=0.8, pad=0.01, aspect=12,
        extend="max",
    )  # fmt: skip
    shared.set_label("superposition (bars)")
    left, right = lower.subplots(1, 2, width_ratios=(1.35, 1))
    _features_by_density(left, best)
    _arms(right, best, derived)
    return figure


def _column(axes: Any, W: FloatArray, b: FloatArray) -> None:
    n = W.shape[1]
    image, strip, bars = axes
    style = {"cmap": SIGNED, "vmin": -1, "vmax": 1, "interpolation": "nearest"}
    image.imshow(W.T @ W, aspect="auto", **style)
    strip.imshow(b[None], aspect="auto", **style)
    sizes = norms(W)
    colours = plt.get_cmap(SHARED)(SHARES(np.clip(superposition(W), 0, 1)))
    bars.bar(np.arange(n), sizes, width=0.9 if n < 40 else 1.0, color=colours)
    bars.set(xlim=(-0.5, n - 0.5), ylim=(0, 1.3), yticks=[])
    for ax, height in zip(axes, HEIGHTS, strict=True):
        ax.set_box_aspect(height / HEIGHTS[0])  # the matrix is a square, the others as wide
        ax.set_xticks([])
        ax.spines[:].set_visible(ax is not bars)
        ax.spines["bottom"].set_visible(True)
    for ax in (image, strip):
        ax.set_yticks([])
        for spine in ax.spines.values():
            spine.set(linewidth=0.4, color="0.6")


def _features_by_density(ax: Any, best: xr.Dataset) -> None:
    """One column a density: which features are there, and how much they share."""
    W = best["W"].transpose("density", "hidden", "feature").values
    shares = np.clip(superposition(W), 0, 1)
    present = norms(W) >= IGNORED_BELOW
    n = W.shape[-1]
    last = max(int(np.flatnonzero(present.any(axis=0))[-1]) + 2, W.shape[1] + 2)
    last = min(n, last)
    ax.set_facecolor(ABSENT)
    image = np.where(present, shares, np.nan).T[:last]
    ax.imshow(
        image,
        cmap=SHARED,
        norm=SHARES,
        aspect="auto",
        interpolation="nearest",
        extent=(-0.5, len(W) - 0.5, last + 0.5, 0.5),
    )
    ax.axhline(W.shape[1] + 0.5, color="#D55E00", lw=1)
    ax.annotate(
        f"$m$ = {W.shape[1]}", (0, W.shape[1] + 0.5), xytext=(2, -2), textcoords="offset points",
        color="#D55E00", va="top", fontsize=7,
    )  # fmt: skip
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xticks(range(len(W)), [f"{p:g}" for p in best["density"].values], rotation=90)
    ax.set(xlabel="density $p = 1 - S$", ylabel="feature, by importance")
    ax.set_title("c  features represented (grey: none), ReLU output; colour as in b", loc="left")


def _arms(ax: Any, best: xr.Dataset, derived: xr.Dataset) -> None:
    """Norm of the first feature that the linear model drops, beside the best pair."""
    m = best.sizes["hidden"]
    theory = derived["arms"].isel(arm=1).values
    ax.plot(derived["pair_density"], theory, color="#0072B2", label="theory: best pair")
    window = best.sel(density=slice(1.0, 0.3))
    ax.plot(
        window["density"],
        norms(window["W"].transpose("density", "hidden", "feature").values)[:, m],
        "o",
        color="#D55E00",
        ms=4,
        label="trained, best run",
    )
    lines = (
        (derived["first_pair_candidates"], ":", "candidates tie"),
        (derived["full_pair"], "--", "full pair, exact"),
    )
    for value, dash, name in lines:
        ax.axvline(float(value), color=INK, ls=dash, lw=0.9, label=f"{name}: {float(value):.3f}")
    ax.set(xlim=(1.0, 0.3), ylim=(-0.03, 1.15), xlabel="density $p = 1 - S$")
    ax.set_ylabel(f"norm of feature {m + 1}")
    ax.set_title("d  where the first pair forms", loc="left")
    ax.legend(loc="upper left")


__all__ = ["draw_basics"]
