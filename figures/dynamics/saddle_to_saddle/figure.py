"""saddle_to_saddle: with falling importance, learning waits at one saddle after the other."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from agreement.comparison.plateaus import Followed, crossing, follow
from figures.dynamics.saddle_to_saddle.plan import Plan
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE
from ground.checks import FloatArray

FLOW, SGD, ADAM, LEVEL = "#000000", "#0072B2", "#D55E00", "#999999"
CLAIM = (
    "From small weights with falling importance the noise-free flow goes from saddle to saddle: "
    "each plateau is a critical point whose loss is the cost of what is not yet learnt, left when "
    "the next feature has grown at its own rate. With equal importance there is one plateau only, "
    "the empty model. Stochastic gradient descent follows the flow, Adam does not."
)


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check plateaus, indices and waiting times, and draw the losses over the levels."""
    del measured
    gap = max(check_plateaus(plan, derived, number) for number in range(len(plan.cases)))
    waits = [waits_off(derived, n) for n, case in enumerate(plan.cases) if case.ratio < 1]
    claim(max(waits) < 0.01, f"waiting times are predicted to a hundredth, off by {max(waits)}")
    sgd = [followed(derived, n, "sgd") for n in range(len(plan.cases))]
    adam = followed(derived, plan.adam, "adam")
    largest = max(way.apart_mean[0] for way in sgd)
    claim(
        adam.apart_mean[0] > 5 * sgd[plan.adam].apart_mean[0],
        "stochastic gradient descent stays nearer to the flow than Adam",
    )
    picture = picture_of(plan, derived)
    falling = [n for n, case in enumerate(plan.cases) if case.ratio < 1]
    late = [abs(mean) for n in falling for mean, _ in sgd[n].late_means]
    row = {
        "plateaus": sum(derived.sizes[f"plateau_{n}"] for n in range(len(plan.cases))),
        "plateau_gap_max": gap,
        "wait_off_max": max(waits),
        "sgd_apart": largest,
        "sgd_late_max": max(late),
        "adam_apart": adam.apart_mean[0],
        "runs": plan.runs,
    }
    return Drawing(
        picture,
        claim=CLAIM,
        setup=f"p = {plan.density:g}; W normal of deviation {plan.scale:g} and b = 0, one start a "
        f"set-up; {plan.runs} runs of stochastic gradient descent (rate {plan.rate:g}, batch "
        f"{plan.batch}) and of Adam ({plan.adam_rate:g}), time = steps × rate; exact losses.",
        theory=f"{index_words(plan, derived)} Losses of the critical points are the closed form "
        f"to {gap:.0e}; waiting times are predicted to {max(waits):.1e} of themselves.",
        training=training_words(plan, sgd, adam),
        whose="ours",
        verdict="holds, with one correction: where a kink lets only one end of a direction lead "
        "down, one Hessian's index is a branch's, not the saddle's",
        alt="Exact loss against logarithmic time, a panel a set-up: the flow falls in steps from "
        "one dashed level to the next, with an index at each plateau; stochastic gradient descent "
        "lies on it, Adam does not.",
        row=row,
        tables={"saddle_to_saddle_saddles": table(plan, derived)},
    )


def check_plateaus(plan: Plan, derived: xr.Dataset, number: int) -> float:
    """Claim what each plateau is; the largest relative distance to the closed form."""
    case = plan.cases[number]
    found = saddles(derived, number)
    levels = derived[f"level_{number}"].values
    claim(len(found) > 0 and bool(np.all(found["slope"] <= 1e-10)), "plateaus are critical points")
    if case.ratio == 1:
        found = found[:1]
        claim(
            found["index"][0] == case.n_features * case.n_hidden,
            "with equal importance the first plateau is the empty model, of index mn",
        )
        levels = levels[:1]
    distance = np.abs(found["loss"][:, None] - levels)
    learnt = distance.argmin(axis=1)
    claim(bool(np.all(np.diff(learnt) > 0)), "plateaus come in the order of importance")
    counted = found["counted"] >= 0
    same = (found["counted"] == found["index"]) & (found["counted one-sided"] == found["one-sided"])
    claim(bool(np.all(same[counted])), "directions of descent counted by the loss are the index")
    return float((distance.min(axis=1) / levels[learnt]).max())


def saddles(derived: xr.Dataset, number: int) -> Any:
    """The saddles of a case, a column a name."""
    rows = derived[f"saddle_{number}"].transpose(..., "what").values
    names = [(str(name), float) for name in derived["what"].values]
    return np.array([tuple(row) for row in rows], dtype=names)


def waits_off(derived: xr.Dataset, number: int) -> float:
    """Largest relative distance of a predicted waiting time from the flow's."""
    crossed = crossings(derived, number)
    return float(np.abs(derived[f"waiting_{number}"].values / crossed - 1).max())


def crossings(derived: xr.Dataset, number: int) -> FloatArray:
    """Times at which the flow is half way between two levels."""
    levels = derived[f"level_{number}"].values
    times, losses = derived[f"time_{number}"].values, derived[f"flow_{number}"].values
    halves = (levels[:-1] + levels[1:]) / 2
    return np.array([crossing(times, losses, half) for half in halves])


def followed(derived: xr.Dataset, number: int, way: str) -> Followed:
    """Runs of a case beside its flow."""
    return follow(
        derived[f"at_{number}_{way}"].values,
        derived[f"{way}_{number}"].values,
        derived[f"beside_{number}_{way}"].values,
        derived[f"level_{number}"].values,
        crossings(derived, number) if way == "adam" else None,
    )


def picture_of(plan: Plan, derived: xr.Dataset) -> Any:
    """A panel a case, and Adam's beside."""
    panels = [(n, "sgd") for n in range(len(plan.cases))] + [(plan.adam, "adam")]
    columns = 3 if len(panels) > 4 else 2
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(PAGE, 2.35 * rows + 0.4), squeeze=False)
    for ax in axes.flat[len(panels) :]:
        ax.axis("off")
    for letter, ax, (number, way) in zip("abcdef", axes.flat, panels, strict=False):
        draw_panel(ax, plan, derived, number, way)
        name = plan.cases[number].name
        ax.set_title(f"{letter}  {'Adam: ' if way == 'adam' else ''}{name}", loc="left", fontsize=7)
    handles = [
        plt.Line2D([], [], color=FLOW, lw=1.2, label="gradient flow, exact"),
        plt.Line2D([], [], color=SGD, lw=1.2, label=f"{plan.runs} runs, SGD"),
        plt.Line2D([], [], color=ADAM, lw=1.2, label=f"{plan.runs} runs, Adam"),
        plt.Line2D([], [], color=LEVEL, lw=0.8, ls="--", label="what is not yet learnt"),
        plt.Line2D([], [], color=INK, marker="v", ls="", ms=4, label="predicted waiting time"),
        plt.Line2D([], [], color=FLOW, marker="o", ls="", ms=4, label="plateau, its index"),
    ]
    if len(panels) < axes.size:
        axes.flat[-1].legend(handles=handles, loc="center", fontsize=7)
    else:
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def draw_panel(ax: Any, plan: Plan, derived: xr.Dataset, number: int, way: str) -> None:
    """Losses against log time over the levels."""
    case = plan.cases[number]
    levels = derived[f"level_{number}"].values
    for level in levels if case.ratio < 1 else levels[:1]:
        ax.axhline(level, color=LEVEL, lw=0.8, ls="--", zorder=0)
    colour = SGD if way == "sgd" else ADAM
    width = 2.5 if way == "sgd" else 0.6  # under the flow, else it is not seen
    at = derived[f"at_{number}_{way}"].values
    ax.plot(at, derived[f"{way}_{number}"].values.T, color=colour, lw=width, alpha=0.3, zorder=1)
    times, losses = derived[f"time_{number}"].values, derived[f"flow_{number}"].values
    ax.plot(times, losses, color=FLOW, lw=0.8, zorder=2)
    top = 1.15 * float(levels[0] if way == "sgd" else losses.max())
    if way == "sgd":
        if case.ratio < 1:
            waits = derived[f"waiting_{number}"].values
            ax.plot(waits, np.full(len(waits), top * 0.97), "v", color=INK, ms=3.5, clip_on=False)
        stops = derived[f"stop_{number}"].values
        for stop, at_saddle in zip(stops, saddles(derived, number), strict=True):
            ax.plot(stop, at_saddle["loss"], "o", color=FLOW, ms=3, zorder=3)
            two, one = int(at_saddle["index"]), int(at_saddle["one-sided"])
            text = f"{two}" if one == two else f"{two} (+{one - two})"
            ax.annotate(
                text,
                (stop, at_saddle["loss"]),
                xytext=(-3, -9),
                textcoords="offset points",
                ha="right",
                fontsize=7,
            )
    ax.set(
        xscale="log",
        xlim=(5 if way == "sgd" else 1e-2, case.end),
        ylim=(0, top),
        xlabel="time, steps × rate",
        ylabel="exact loss",
    )
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")


def index_words(plan: Plan, derived: xr.Dataset) -> str:
    """Indices along the way, a case a clause."""
    parts = []
    for number, case in enumerate(plan.cases):
        found = saddles(derived, number)
        words = [
            f"{int(row['index'])}"
            + (
                f" (+{int(row['one-sided'] - row['index'])})"
                if row["one-sided"] > row["index"]
                else ""
            )
            for row in found
        ]
        parts.append(
            f"({case.n_features}, {case.n_hidden}), ratio {case.ratio:g}: {', '.join(words)}"
        )
    return (
        f"Index at each plateau, with what leads down at one end only in brackets: "
        f"{'; '.join(parts)}."
    )


def training_words(plan: Plan, sgd: list[Followed], adam: Followed) -> str:
    """How far from the flow, and how late."""
    parts = []
    for case, way in zip(plan.cases, sgd, strict=True):
        mean, error = way.apart_mean
        late = ""
        if case.ratio < 1:
            late = ", crossings late by " + ", ".join(
                f"{100 * m:.2f} ± {100 * e:.2f} %" for m, e in way.late_means
            )
        parts.append(
            f"({case.n_features}, {case.n_hidden}), ratio {case.ratio:g}: "
            f"{100 * mean:.2f} ± {100 * error:.2f} % of the first loss{late}"
        )
    mean, error = adam.apart_mean
    early = ", ".join(f"{100 * (1 + m):.1f} %" for m, _ in adam.late_means)
    return (
        f"Largest distance of a run from the flow, means and standard errors. {'; '.join(parts)}. "
        f"Adam: {100 * mean:.0f} ± {100 * error:.1f} %, crossing at {early} of the flow's times."
    )


def table(plan: Plan, derived: xr.Dataset) -> str:
    """Every saddle with its loss, slope and counts, in Markdown."""
    names = [str(name) for name in derived["what"].values]
    lines = ["| set-up | time | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    for number, case in enumerate(plan.cases):
        stops = derived[f"stop_{number}"].values
        for stop, row in zip(stops, saddles(derived, number), strict=True):
            cells = [f"{row['loss']:.8f}", f"{row['slope']:.0e}"]
            cells += ["" if row[name] < 0 else f"{int(row[name])}" for name in names[2:]]
            setup = f"({case.n_features}, {case.n_hidden}), {case.ratio:g}"
            lines.append(f"| {setup} | {stop:.1f} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
