"""energy_levels: D_i jumps between levels, and the loss drops when it does."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from agreement.comparison.drops import Drops, drops_of, drops_row
from figures.dynamics.energy_levels.plan import AROUND, PRESENT, RULE, Plan, Setup
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE, SIGNED, headline, plain_ticks
from figures.kit.words import markdown_table
from ground.checks import FloatArray
from numeric.measure.geometry import feature_dimensionality

CLAIM = (
    "The dimensionalities D_i of features jump between levels as a model learns, and the loss "
    "drops when they do."
)
FRAMES = 6
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
NAMES = {
    "uniform": "uniform, Adam",
    "one-hot": "one-hot, Adam",
    "falling": "falling importance, SGD",
}


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check that jumps and drops come together in every set-up, and draw them."""
    found = {setup.label: of_setup(setup, measured, derived) for setup in plan.setups}
    for label, drops in found.items():
        here = drops.found
        claim(here.excess > 2 * here.error, f"{label}: the loss drops at jumps, beyond 2 errors")
        claim(here.excess > here.others, f"{label}: more than in other runs at the same time")
        claim(here.rank <= 0.01, f"{label}: shifted times have less, rank {here.rank:g}")
        claim(drops.linear < drops.count, f"{label}: linear time shows fewer jumps")
    ends = feature_dimensionality(measured["W_uniform"].values[-1])
    claim(bool(np.abs(ends - 0.5).max() < 0.02), "the uniform model ends in digons")
    flow = derived["flow_loss"].values
    claim(bool(np.all(np.diff(flow) < 1e-9)), "the loss never rises along flow")
    row = drops_row(found, flow, descent_of(derived))
    claim(row["flow_off_max"] < 0.1, "gradient descent follows the flow")
    picture = draw_all(plan, measured, derived, found)
    return described(picture, plan, found, row)


def of_setup(setup: Setup, measured: xr.Dataset, derived: xr.Dataset) -> Drops:
    """Jumps and drops of one set-up, the start left out."""
    return drops_of(
        measured["snapshot"].values[1:],
        measured[f"W_{setup.label}"].values[1:],
        derived[f"loss_{setup.label}"].values[1:],
        rule=RULE,
        present=PRESENT,
        around=AROUND,
    )


def descent_of(derived: xr.Dataset) -> FloatArray:
    """Exact loss of the run by gradient descent."""
    return np.asarray(derived["loss_flow"].values[:, 0])


def draw_all(plan: Plan, measured: xr.Dataset, derived: xr.Dataset, found: dict[str, Drops]) -> Any:
    """A film of one run; its D_i and loss, beside those of descent and flow; excess by shift."""
    figure = plt.figure(figsize=(PAGE, 6.9))
    film, middle, low = figure.subfigures(3, 1, height_ratios=(1.1, 2.6, 1.5))
    W = measured["W_uniform"].values[1:, 0]
    order = by_digon(W[-1])
    frames = chosen_frames(found["uniform"])
    draw_film(film, W, measured["snapshot"].values[1:], frames, order)
    draw_runs(middle, plan, measured, derived, found["uniform"], frames, order)
    draw_excess(low, found)
    return figure


def chosen_frames(drops: Drops) -> list[int]:
    """Snapshots on both sides of the first run's jumps: the first, those between, the last."""
    at = np.unique([jump.time for jump in drops.jumps[0]])
    # Between events that are a window apart the middle; more frames go to the longest stretches.
    edges = [float(drops.time[0])]
    for time in at:
        if time - edges[-1] >= RULE.window:
            edges.append(float(time))
    edges.append(float(drops.time[-1]))
    while len(edges) < FRAMES + 1:
        k = int(np.argmax(np.diff(edges)))
        edges.insert(k + 1, (edges[k] + edges[k + 1]) / 2)
    middles = (np.array(edges[1:]) + np.array(edges[:-1])) / 2
    return [int(np.argmin(np.abs(drops.time - middle))) for middle in middles[-FRAMES:]]


def by_digon(W: FloatArray) -> list[int]:
    """Features with their final partners side by side."""
    gram = W.T @ W
    order: list[int] = []
    for i in range(len(gram)):
        if i not in order:
            order += [i, int(np.argmin(gram[i]))]
    return order


def draw_film(
    film: Any, W: FloatArray, steps: FloatArray, frames: list[int], order: list[int]
) -> None:
    """WᵀW at several moments, partners side by side."""
    axes = film.subplots(1, len(frames))
    for ax, k in zip(axes, frames, strict=True):
        gram = W[k][:, order].T @ W[k][:, order]
        image = ax.imshow(gram, cmap=SIGNED, vmin=-1, vmax=1)
        ax.set(xticks=[], yticks=[], title=f"step {steps[k]}")
    film.colorbar(image, ax=list(axes), shrink=0.9, pad=0.01, aspect=12, ticks=[-1, 0, 1])
    headline(film, "a  $W^T W$ of a uniform model on its way to digons, partners side by side")


def draw_runs(
    middle: Any,
    plan: Plan,
    measured: xr.Dataset,
    derived: xr.Dataset,
    drops: Drops,
    frames: list[int],
    order: list[int],
) -> None:
    """D_i and loss of the run of the film, and of descent and flow from the same start."""
    axes = middle.subplots(2, 2, sharex="col", sharey="row", height_ratios=(1.25, 1))
    steps = np.exp(drops.time)
    for place, i in enumerate(order):
        style = {"color": COLOURS[place // 2], "lw": 1.0, "ls": ("-", "--")[place % 2]}
        axes[0, 0].plot(steps, drops.dimensionality[:, 0, i], **style)
    axes[1, 0].plot(steps, drops.loss[:, 0], color=INK)
    for jump in drops.jumps[0]:
        for ax in axes[:, 0]:
            ax.axvspan(
                *np.exp([jump.time - RULE.window / 2, jump.time + RULE.window / 2]),
                color="#E69F00", alpha=0.12, lw=0,
            )  # fmt: skip
    axes[1, 0].plot(steps[frames], drops.loss[frames, 0], "o", ms=3, mfc="white", color=INK)
    descent, flow = (
        feature_dimensionality(W[1:])
        for W in (measured["W_flow"].values[:, 0], derived["flow_W"].values)
    )
    partners = by_digon(measured["W_flow"].values[-1, 0])
    for place, i in enumerate(partners):
        axes[0, 1].plot(steps, descent[:, i], color=COLOURS[place // 2], lw=1.0)
        axes[0, 1].plot(steps, flow[:, i], color=INK, lw=0.7, ls=":")
    axes[1, 1].plot(steps, descent_of(derived)[1:], color="#0072B2", label="gradient descent")
    axes[1, 1].plot(steps, derived["flow_loss"].values[1:], color=INK, ls=":", label="flow")
    axes[1, 1].legend(loc="lower left")
    for ax in axes[0]:
        ax.axhline(0.5, color="#999999", lw=0.5, zorder=0)
        ax.set(ylim=(0, 1.05))
    axes[0, 0].set(ylabel="dimensionality $D_i$")
    axes[1, 0].set(ylabel="exact loss", yscale="log")
    for ax in axes[1]:
        ax.set(xscale="log", xlim=(steps[0], steps[-1]), xlabel="step")
    plain_ticks(axes[1, 0].yaxis, [0.01, 0.02, 0.05, 0.1])
    axes[0, 0].set_title("b  Adam; jumps of the rule shaded, frames of a as circles", loc="left")
    flow_setup = plan.flow
    axes[0, 1].set_title(
        f"c  the same start, gradient descent at rate {flow_setup.learning_rate:g}, and flow",
        loc="left",
    )


def draw_excess(low: Any, found: dict[str, Drops]) -> None:
    """Mean excess drop at jumps, and at the same times shifted."""
    axes = low.subplots(1, len(found), sharey=True)
    for ax, (label, drops), colour in zip(axes, found.items(), COLOURS, strict=False):
        here = drops.found
        ax.axhline(0, color="#999999", lw=0.5)
        ax.axvline(0, color="#999999", lw=0.5)
        ax.fill_between(
            here.shifts,
            here.profile - here.profile_error,
            here.profile + here.profile_error,
            color=colour, alpha=0.3, lw=0,
        )  # fmt: skip
        ax.plot(here.shifts, here.profile, color=colour)
        ax.axhline(here.others, color=INK, lw=0.8, ls="--")
        ax.set(xlabel="shift of the times, in ln t", xlim=(-AROUND.reach, AROUND.reach))
        ax.set_title(
            f"{NAMES[label]}: {here.excess:.2f} ± {here.error:.2f}", loc="left", fontsize=7
        )
    axes[0].set(ylabel="excess drop of ln loss")
    headline(
        low,
        "d  drop of ln loss at jumps beyond what is usual around them, mean ± standard error; "
        "dashed: in other runs",
    )


def described(picture: Any, plan: Plan, found: dict[str, Drops], row: dict[str, Any]) -> Drawing:
    """The picture with its row, and the numbers of each set-up."""
    headings = [
        "set-up", "jumps", "in linear time", "events", "excess drop of ln L",
        "other runs at the same times", "rank",
    ]  # fmt: skip
    lines = [
        [
            NAMES[label],
            str(drops.count),
            str(drops.linear),
            str(drops.found.events),
            f"{drops.found.excess:.3f} ± {drops.found.error:.3f}",
            f"{drops.found.others:.3f}",
            f"{drops.found.rank:g}",
        ]
        for label, drops in found.items()
    ]
    uniform, flow = plan.setups[0], plan.flow
    shapes = "; ".join(
        f"{NAMES[setup.label]} (n = {setup.n_features}, m = {setup.n_hidden}"
        + (f", p = {setup.density:g}" if setup.density else "")
        + (f", I = {setup.falloff:g}^i" if setup.falloff != 1 else "")
        + ")"
        for setup in plan.setups
    )
    return Drawing(
        picture,
        claim=CLAIM,
        setup=f"{plan.runs} runs of each of three set-ups from small weights: {shapes}. Rule, "
        f"fixed before the runs: D_i changes by {RULE.least:g} or more within {RULE.window:g} of "
        f"ln t, and by at most {RULE.plateau:g} of it in each window beside it. Drops of the exact "
        f"loss (n ≤ 10: the Fourier sum is slow near digons) less the mean of windows within "
        f"{AROUND.trend:g}; times of each run shifted by {AROUND.window:g} to {AROUND.reach:g} of "
        "ln t, not circularly.",
        theory="Along the noise-free flow of the exact loss from the same start, equal features "
        f"leave one plateau only, that of nothing learnt; gradient descent at rate "
        f"{flow.learning_rate:g} stays within {100 * row['flow_off_max']:.1f} % of the initial "
        "loss of it.",
        training="An event is what a run's jumps within one window make together; the rank is "
        f"that of the excess among {AROUND.draws} sets of shifted times."
        + markdown_table(headings, lines),
        whose="the paper's",
        verdict=(
            "holds: at jumps the loss drops beyond what is usual around them, in all three set-ups "
            f"by {row['jump_errors_min']:.0f} standard errors or more; in linear time "
            f"{row['jumps_linear']} of {row['jumps']} jumps show."
        ),
        alt=f"WᵀW of a model of {uniform.n_features} features at {FRAMES} moments; D_i and loss "
        "over the step; excess drop of the loss by the shift of the times, highest at none.",
        row=row,
    )
