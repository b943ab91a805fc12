"""activation_phases: two features in one dimension behind seven output activations."""

from __future__ import annotations

import itertools
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.lines import Line2D

from agreement.comparison.activations import activation_row, trained_best
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import (
    INK,
    PAGE,
    diagram_axes,
    draw_phases,
    headline,
    phase_legend,
    plain_ticks,
)
from figures.kit.words import markdown_table
from figures.ways_out.activation_phases.plan import Plan

TITLES = {
    "linear": "linear",
    "relu": "ReLU",
    "leaky": "leaky, slope 0.1",
    "gelu": "GELU",
    "jump": "jump at 0.25",
    "clipped": "clipped to [0, 1]",
    "absolute": "absolute value",
}
LINES = {
    "linear": ("#999999", "-"),
    "relu": (INK, "-"),
    "leaky": ("#0072B2", "-"),
    "gelu": ("#D55E00", "-"),
    "jump": ("#CC79A7", "-"),
    "clipped": ("#009E73", "--"),
    "absolute": ("#E69F00", "-"),
}
ORDERED = ("clipped", "relu", "leaky", "linear")
SEARCHED = 1e-7  # relative: what a search leaves, with room
CLAIM = (
    "Whatever bends below zero shares a dimension when features count the same, at every density; "
    "a linear output never does, and an absolute value gains a few per cent at most."
)


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check the order of losses, then draw a diagram each and the gains."""
    trained = trained_best(measured)
    row = activation_row(trained, derived)
    gain = 1 - (derived["loss"] / derived["alone"]).sel(importance=1.0, method="nearest")
    checked(derived, gain, row)
    return Drawing(
        panels(plan, trained, derived, gain),
        row=row,
        claim=CLAIM,
        whose="ours",
        verdict=(
            "holds: proved for linear, leaky, ReLU, clipped and absolute; seen for GELU and a jump"
        ),
        setup=(
            "n = 2, m = 1, importance (1, r), x' = f(WᵀWx + b); r > 1 is the mirror image. "
            f"Trained: {len(plan.trained_densities)} × {len(plan.trained_importances)} cells "
            f"each, the best of {plan.restarts} runs of {plan.steps} steps of Adam, batch "
            f"{plan.batch}, by the exact loss; the jump with a straight-through gradient."
        ),
        theory=(
            "Losses are exact; optima are found by a search of them. Clipped ≤ ReLU ≤ leaky ≤ "
            "linear for every W and b. Gain is what sharing saves of the best loss with one weight "
            "zero. For sparse features that count the same the absolute value's gain is 0.601 p; "
            "for r < 1 it shares from r = 9/17 on as p → 0, with a faint weight −3p/2, drawn as "
            "ignored below 0.1. A jump at θ shares at every r > 0 for p < 2θ: a faint weight "
            "switches a bias that waits at θ (D37)."
        ),
        training=(
            f"The phase agrees in {100 * row['agree_without_jump']:.0f} % of the cells without the "
            f"jump's, {100 * row['agree_optimum']:.0f} % of all {row['cells']}; median relative "
            f"gap {row['gap_median']:.1e}, of the jump {row['gap_median_jump']:.1e}, since its "
            f"gradients do not see it; {row['below_optimum']} models lie below the optimum."
        ),
        tables={
            "activation_gains": gains_table(derived, gain),
            "activation_thresholds": thresholds_table(derived),
        },
        alt=(
            "Seven phase diagrams over density and importance. All but the linear one show digons "
            "of sparse features; the absolute value's near equal importance only. A last panel "
            "shows the gain of sharing over density."
        ),
    )


def checked(derived: xr.Dataset, gain: xr.DataArray, row: dict[str, Any]) -> None:
    """What the figure is about to show."""
    losses = [derived["loss"].sel(activation=name).values for name in ORDERED]
    for one, other in itertools.pairwise(losses):
        claim(bool((one <= other * (1 + SEARCHED)).all()), "clipped ≤ ReLU ≤ leaky ≤ linear")
    linear = derived["loss"].sel(activation="linear") / derived["alone"].sel(activation="linear")
    claim(bool((abs(linear - 1) < SEARCHED).all()), "a linear output gains nothing")
    bent = gain.sel(activation=["relu", "leaky", "clipped", "absolute"])
    claim(bool((bent > SEARCHED).all()), "what bends below zero gains at r = 1")
    claim(float(gain.sel(activation="absolute").max()) < 0.1, "an absolute value gains little")
    claim(row["below_optimum"] == 0, "no trained model lies below the optimum")


def panels(plan: Plan, trained: xr.Dataset, derived: xr.Dataset, gain: xr.DataArray) -> Any:
    """Diagrams with trained cells, and the gains."""
    figure, axes = plt.subplots(2, 4, figsize=(PAGE, 4.7))
    present: list[str] = []
    for letter, ax, (name, title) in zip("abcdefg", axes.flat, TITLES.items(), strict=False):
        here = derived[["structure"]].sel(activation=name)
        present += [phase for phase in draw_phases(ax, here) if phase not in present]
        diagram_axes(ax, f"{letter}  {title}", here)
        plain_ticks(ax.xaxis, (1, 0.1, 0.01))
        plain_ticks(ax.yaxis, (0.1, 0.3, 1))
        ax.set_ylabel("relative importance $r$" if ax in axes[:, 0] else "")
        exact = derived["cell_structure"].sel(activation=name)
        for p in plan.trained_densities:
            for r in plan.trained_importances:
                found = trained["structure"].sel(activation=name, density=p, importance=r)
                same = str(found.item()) == str(exact.sel(cell_density=p, cell_importance=r).item())
                ax.plot(p, r, "o" if same else "x", mec=INK, mfc="none", ms=4, mew=0.9)
    last = axes.flat[-1]
    for name in TITLES:
        colour, style = LINES[name]
        line = gain.sel(activation=name)
        last.plot(derived["density"], line, color=colour, ls=style, lw=1)
    last.set(xscale="log", xlim=(1, 0.01), ylim=(-0.03, 1.03), xlabel="density $p = 1 - S$")
    plain_ticks(last.xaxis, (1, 0.1, 0.01))
    last.set_title("h  gain of sharing, r = 1", loc="left")
    phase_legend(
        figure,
        present,
        [
            Line2D([], [], ls="", marker="o", mec=INK, mfc="none", ms=4, label="trained, the same"),
            Line2D([], [], ls="", marker="x", mec=INK, ms=4, label="trained, another phase"),
            *(
                Line2D([], [], color=colour, ls=style, lw=1, label=f"{TITLES[name]} (h)")
                for name, (colour, style) in LINES.items()
            ),
        ],
    )
    headline(figure, "Two features, one dimension, seven output activations")
    return figure


def gains_table(derived: xr.Dataset, gain: xr.DataArray) -> str:
    """The gain at r = 1, and the loss over ReLU's, by density and activation."""
    loss = derived["loss"].sel(importance=1.0, method="nearest")
    rows = []
    for p in derived["density"].values:
        relu = float(loss.sel(density=p, activation="relu"))
        cells = [
            f"{max(float(gain.sel(density=p, activation=name)), 0.0):.4f} "
            f"({float(loss.sel(density=p, activation=name)) / relu:.3g})"
            for name in TITLES
        ]
        rows.append([f"{p:.4g}", *cells])
    return (
        "# What two features that count the same gain by sharing a dimension\n\n"
        "1 − L / (best loss with one weight zero); in brackets the best loss over ReLU's. "
        "Below 10⁻⁷ a gain is what the search leaves." + markdown_table(["p", *TITLES], rows)
    )


def thresholds_table(derived: xr.Dataset) -> str:
    """The least importance at which sharing is best."""
    rows = []
    for p in derived["table_density"].values:
        least = derived["threshold"].sel(table_density=p)
        values = [float(least.sel(activation=name)) for name in TITLES if name != "jump"]
        rows.append([f"{p:g}", *("—" if np.isinf(value) else f"{value:.4f}" for value in values)])
    headings = ["p", *(name for name in TITLES if name != "jump")]
    return (
        "# The least relative importance at which superposition is best\n\n"
        "By search, so that each is an upper bound; a dash: at none. The jump at 0.25 is left "
        "out: below p = 0.5 it shares at every r > 0 (D37)." + markdown_table(headings, rows)
    )
