"""A phase diagram four times: candidates, best known model, trained, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D

from agreement.comparison.diagrams import Comparison, compare
from agreement.description.words import counted
from figures.kit.result import Drawing
from figures.kit.style import (
    INK,
    PAGE,
    diagram_axes,
    draw_phases,
    edges_of,
    headline,
    phase_legend,
    phase_of,
)
from ground.results import configuration_of

CANDIDATES = "#009E73"  # their boundary over the grey of the gaps
UNLIKE_CANDIDATES = {"ls": "", "marker": "x", "ms": 3, "mew": 0.8}
UNLIKE_OPTIMUM = {"ls": "", "marker": "s", "mfc": "none", "ms": 4, "mew": 0.9}
GAP_FLOOR = 1e-8  # gaps below are drawn as this: training noise ends far above it


def draw_diagrams(
    measured: xr.Dataset, derived: xr.Dataset, *, title: str, layers: Sequence[Line2D] = ()
) -> tuple[Any, dict[str, Any]]:
    """Draw the four panels; return the figure and its axes by name.

    Parameters
    ----------
    measured : Dataset (density, importance, …)
        Trained diagram.
    derived : Dataset (against, density, importance), with curves and points
        Derived diagrams, against the candidates and the optimum.
    layers : sequence of Line2D
        Legend entries of what else the caller draws on the panel of the optimum.
    """
    figure, grid = plt.subplots(2, 2, figsize=(PAGE, 6.9), sharex=True, sharey=True)
    axes = dict(zip(("candidates", "optimum", "trained", "gap"), grid.flat, strict=True))
    names = {
        "candidates": "a  theory: the paper's candidates",
        "optimum": "b  theory: the best known model",
        "trained": f"c  trained: best of {measured.sizes['restart']} runs a cell",
        "gap": "d  trained loss above the optimum",
    }
    sets = {
        "candidates": derived.sel(against="candidates"),
        "optimum": derived.sel(against="optimum"),
        "trained": measured,
    }
    present: list[str] = []
    for name, dataset in sets.items():
        present += [p for p in draw_phases(axes[name], dataset) if p not in present]
    draw_gap(figure, axes["gap"], measured, derived)
    for name, ax in axes.items():
        diagram_axes(ax, names[name], measured)
        ax.label_outer()
    # Each border where it belongs: the candidates' is none of the optimum's or of training's.
    draw_boundaries(axes["candidates"], derived)
    draw_boundaries(axes["gap"], derived, colour=CANDIDATES)
    draw_borders(axes["trained"], sets["optimum"])
    marks = [
        Line2D([], [], color=INK, lw=1.1, label="boundary of the candidates, exact (a)"),
        Line2D(
            [], [], ls="", marker="o", mfc="white", mec=INK, ms=4, label="where it branches (a)"
        ),
        Line2D(
            [], [], color=INK, lw=1.4, ls=(0, (1, 1)), label="border of the optimum's cells (c)"
        ),
        Line2D([], [], color=CANDIDATES, lw=1.1, label="the candidates' boundary again (d)"),
        Line2D([], [], color="#D55E00", label="phase not the candidates' (d)", **UNLIKE_CANDIDATES),
        Line2D([], [], mec="#0072B2", label="phase not the optimum's (d)", **UNLIKE_OPTIMUM),
    ]
    phase_legend(figure, present, [*marks, *layers])
    headline(figure, title)
    return figure, axes


def draw_borders(ax: Any, dataset: xr.Dataset) -> None:
    """Draw the edges between cells of different phase."""
    phase = np.vectorize(phase_of)(dataset["structure"].transpose("density", "importance").values)
    p, r = edges_of(dataset["density"].values), edges_of(dataset["importance"].values)
    across = [
        [(p[i + 1], r[j]), (p[i + 1], r[j + 1])] for i, j in np.argwhere(phase[1:] != phase[:-1])
    ]
    along = [
        [(p[i], r[j + 1]), (p[i + 1], r[j + 1])]
        for i, j in np.argwhere(phase[:, 1:] != phase[:, :-1])
    ]
    ax.add_collection(
        LineCollection([*across, *along], colors=INK, linewidths=1.4, linestyles=(0, (1, 1)))
    )


def draw_boundaries(ax: Any, derived: xr.Dataset, *, colour: str = INK) -> None:
    """Draw the candidates' exact boundaries as curves and mark their multiple points."""
    for curve in range(derived.sizes["curve"]):
        ax.plot(
            derived["curve_density"][curve],
            derived["curve_importance"][curve],
            color=colour,
            lw=1.1,
        )
    ax.plot(
        derived["multiple_density"],
        derived["multiple_importance"],
        ls="",
        marker="o",
        mfc="white",
        mec=colour,
        ms=4,
        zorder=5,
    )


def draw_gap(figure: Any, ax: Any, measured: xr.Dataset, derived: xr.Dataset) -> None:
    """Colour each cell by its relative gap and mark the cells whose phases differ."""
    optimum = compare(derived.sel(against="optimum"), measured)
    candidates = compare(derived.sel(against="candidates"), measured)
    p, r = measured["density"].values, measured["importance"].values
    mesh = ax.pcolormesh(
        edges_of(p),
        edges_of(r),
        np.maximum(optimum.gap, GAP_FLOOR).T,
        norm=LogNorm(GAP_FLOOR, 1e-2),
        cmap="Greys",
        rasterized=True,
    )
    bar = figure.colorbar(mesh, ax=ax, pad=0.02)
    bar.set_label("relative gap")
    _mark(ax, p, r, candidates, color="#D55E00", **UNLIKE_CANDIDATES)
    _mark(ax, p, r, optimum, mec="#0072B2", **UNLIKE_OPTIMUM)


def _mark(ax: Any, p: Any, r: Any, comparison: Comparison, **style: Any) -> None:
    at = np.argwhere(~comparison.agree)
    ax.plot(p[at[:, 0]], r[at[:, 1]], zorder=4, **style)


def found(diagram: xr.Dataset) -> list[str]:
    """Return the structures that a diagram shows."""
    return sorted(set(diagram["structure"].values.ravel().tolist()))


def described(
    picture: Any,
    claim: str,
    verdict: str,
    measured: xr.Dataset,
    derived: xr.Dataset,
    row: dict[str, Any],
) -> Drawing:
    """A diagram with its row, and in words what it shows; the claim is the paper's."""
    n, m = measured.sizes["feature"], measured.sizes["hidden"]
    setup = configuration_of(measured)
    points = zip(
        derived["multiple_density"].values, derived["multiple_importance"].values, strict=True
    )
    return Drawing(
        picture,
        row=row,
        claim=claim,
        alt=(
            "Four phase diagrams over density and relative importance: the paper's candidates, "
            "the best known model, the best trained model of each cell, and the gap between "
            "training and optimum with the cells marked where phases differ."
        ),
        whose="the paper's",
        verdict=verdict,
        setup=(
            f"n = {n}, m = {m}, importance (1, …, 1, r); {setup['size']} × {setup['size']} cells, "
            f"r = 0.1…10 and p = 1…0.01, both logarithmic; {counted(setup['restarts'], 'run')} of "
            f"{setup['steps']} steps a cell, batch {setup['batch']}, plain Adam with a "
            "cosine schedule, best by held-out loss kept."
        ),
        theory=(
            "Exact boundaries of the candidates meet at (p, r) = "
            + ", ".join(f"({p:.4g}, {r:.4g})" for p, r in points)
            + f"; the best known model's boundary lies {row['optimum_from_candidates']:.2g} "
            "decades from theirs."
        ),
        training=(
            f"The phase agrees with the best known model in {100 * row['agree_optimum']:.1f} % of "
            f"{row['cells']} cells and with the candidates in "
            f"{100 * row['agree_candidates']:.1f} %; median relative gap {row['gap_median']:.1e}, "
            f"largest {row['gap_max']:.1e}; {counted(row['below_optimum'], 'model')} below the "
            "optimum; "
            f"a single run succeeds in {100 * row['success_rate_mean']:.0f} % of cases."
        ),
    )
