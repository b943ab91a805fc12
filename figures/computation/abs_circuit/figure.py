"""abs_circuit: three absolute values in six neurons, the trained circuit beside the exact one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.lines import Line2D

from agreement.comparison.circuits import Circuits, compared_circuits
from agreement.description.words import counted
from figures.computation.abs_circuit.panels import (
    COLOURS,
    MARKS,
    draw_circuit,
    draw_dead_ends,
    draw_errors,
    draw_shares,
    power,
)
from figures.computation.abs_circuit.plan import Plan
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import PAGE, headline
from figures.kit.words import markdown_table

CLAIM = (
    "With two neurons a feature, ReLU(x) and ReLU(−x), a network computes the absolute value of "
    "every feature at no loss."
)


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check the best run's loss and neurons, and that random starts have dead ends; draw."""
    found = compared_circuits(measured, derived, reached=plan.reached)
    best = float(found.loss[(0, *found.best)])
    claim(float(derived["loss"]) == 0.0, "the circuit in closed form loses nothing")
    claim(best < plan.reached, f"a run has a loss below {plan.reached:g}, got {best:.2g}")
    error = found.circuit.error
    claim(error < 0.01, f"its neurons are ReLU(±x_i) to 0.01, got {error:.2g}")
    ends = (found.dead > 0).mean(axis=(0, 2))
    random, matched = (found.starts.index(name) for name in ("random", "matched"))
    claim(
        bool(ends[random] > ends[matched]),
        f"more runs end with dead sides from random starts, got {ends[random]} and {ends[matched]}",
    )
    return described(draw_all(plan, measured, derived, found), plan, measured, found)


def draw_all(plan: Plan, measured: xr.Dataset, derived: xr.Dataset, found: Circuits) -> Any:
    """Both circuits above; below, errors, dead ends and shares."""
    figure = plt.figure(figsize=(PAGE, 4.7))
    upper, lower = figure.subfigures(2, 1, height_ratios=(1.15, 1))
    exact, trained = upper.subplots(1, 2)
    draw_circuit(exact, derived["W1"].values, derived["W2"].values)
    exact.set_title("a  theory: two neurons a feature, loss 0", loc="left")
    draw_circuit(trained, found.circuit.W1, found.circuit.W2)
    best = found.loss[(0, *found.best)]
    trained.set_title(
        f"b  trained, p = {plan.densities[0]:g}: loss {power(best)}, "
        f"errors up to {power(found.circuit.error)}",
        loc="left",
    )
    errors, ends, shares = lower.subplots(1, 3, width_ratios=(1, 1.15, 1))
    density = measured["density"].values
    draw_errors(errors, found, density, plan.reached)
    draw_dead_ends(ends, found, density)
    draw_shares(shares, found, density)
    lower.legend(
        handles=[
            Line2D(
                [],
                [],
                color=COLOURS[name],
                marker=MARKS[name],
                mfc="none",
                ls="",
                label=f"{name} start",
            )
            for name in found.starts
        ]
        + [
            Line2D([], [], color="#444444", lw=1, label="computes all features"),
            Line2D([], [], color="#444444", lw=1, ls=":", label="ends with a dead side"),
        ],
        loc="outside lower center",
        ncols=4,
    )
    headline(
        figure, f"Absolute values: n = {plan.n_features} features, m = {plan.n_hidden} neurons"
    )
    return figure


def dead_words(row: Mapping[str, Any]) -> str:
    """How near losses of runs with dead sides are to what theory says they cost."""
    return f"dead sides lose p/6 for each, to {row['dead_side_distance']:.0e} of it in the median"


def described(picture: Any, plan: Plan, measured: xr.Dataset, found: Circuits) -> Drawing:
    """The picture with its row, and the shares in a table."""
    row = found.row()
    n_sides = 2 * plan.n_features
    lines = [
        (
            f"{p:g}",
            start,
            f"{100 * found.dead_at_start[k, s].mean() / n_sides:.0f} %",
            f"{100 * (found.dead[k, s] > 0).mean():.0f} %",
            f"{100 * found.reached[k, s].mean():.0f} %",
        )
        for k, p in enumerate(measured["density"].values)
        for s, start in enumerate(found.starts)
    ]
    headings = (
        "p",
        "start",
        "sides dead at the start",
        "runs that end with a dead side",
        f"runs below {plan.reached:g}",
    )
    reached = int(found.reached.sum())
    return Drawing(
        picture,
        row=row,
        claim=CLAIM,
        setup=(
            f"n = {plan.n_features}, m = {plan.n_hidden}, y = |x|, x uniform on [−1, 1] when "
            f"active, no hidden bias; {counted(plan.runs, 'run')} a density and start, "
            f"{plan.steps} steps of Adam, rate falling to 0 by a cosine. Random start: W1 and W2 "
            "by Xavier; matched start: W1 so, W2 in proportion to |W1|ᵀ. A side, a feature and "
            "its sign, is dead where its own output stays 0 when it is active alone."
        ),
        theory=(
            "Two neurons a feature are exact, and the only nets of six neurons that are, up to "
            "order and scale of neurons (D29, 6). A dead side costs p/6: its half of E[x²]. A pair "
            "that leans by e towards another feature costs p(1 − p)e²/3 + p²e³/12, so that dense "
            "circuits are soft: panel c has its line at the first and the last density."
        ),
        training=(
            f"The best run at p = {plan.densities[0]:g} has a loss of {row['circuit_loss']:.1e}; "
            "its neurons, matched automatically and rescaled to a largest input weight of 1, are "
            f"ReLU(±x_i) with all weights within {row['circuit_error']:.1e} of theory's. So are "
            f"those of all {counted(reached, 'run')} below {plan.reached:g}, within "
            f"{row['circuit_error_max']:.1e}; at p = {plan.densities[0]:g} an error is, in "
            f"the median, {row['circuit_lean']:.2f} times the lean that costs the same. Runs with "
            f"{dead_words(row)}. Starts differ in their dead ends:"
            f"{markdown_table(headings, lines)}"
        ),
        alt="Two circuits side by side, three inputs, six neurons and three outputs, with the "
        "same six paths: each input feeds one neuron with weight 1 and one with −1, both feed its "
        "output. Below, weights' errors against losses; losses in units of a dead side's cost, on "
        "whole numbers; and shares of runs by density for both starts.",
        whose="the paper's",
        verdict=(
            f"holds: the best run's loss is {row['circuit_loss']:.0e}, and its six neurons are "
            "ReLU(x) and ReLU(−x) of each feature."
        ),
    )
