"""pressure: how clean the digons get with longer training and more features that compete."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from agreement.comparison.packing import Cleanliness, cleanliness
from agreement.description.words import counted
from figures.geometry.pressure.plan import Plan
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import PAGE, headline, plain_ticks
from figures.kit.words import markdown_table

CLAIM = (
    "Polytopes get cleaner with longer training, and with more features that compete for the "
    "dimensions."
)
STYLES = (("#000000", "o"), ("#0072B2", "s"), ("#D55E00", "^"), ("#009E73", "D"))


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check what makes the digons cleaner, and when; draw cleanliness and loss."""
    found = cleanliness(measured, derived)
    rise = found.clean[:, -1] - found.clean[:, 0]
    claim(bool(np.all(rise > 0.3)), f"longer training is cleaner, by {rise.round(2)}")
    late = found.clean[:, -2]
    claim(bool(np.all(np.diff(late[1:]) > 0)), f"more competition is cleaner, got {late.round(2)}")
    claim(bool(late[0] >= late.max()), f"two a dimension are clean soonest, got {late.round(2)}")
    return described(draw_pressure(plan, found), plan, found)


def draw_pressure(plan: Plan, found: Cleanliness) -> Any:
    """Both over the length of training, one curve a number of features per dimension."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(PAGE, 2.9))
    for k, ratio in enumerate(plan.ratios):
        colour, marker = STYLES[k]
        name = f"{ratio} features a dimension"
        left.plot(plan.steps, 100 * found.clean[k], marker=marker, ms=4, color=colour, label=name)
        right.plot(plan.steps, 100 * found.gap[k], marker=marker, ms=4, color=colour, label=name)
    left.set(ylabel="features with $|D_i - 1/2| < 0.005$, %", ylim=(-3, 103))
    right.set(ylabel="loss above the best packing, %")
    right.set_yscale("symlog", linthresh=1)
    right.axhline(0, color="#999999", lw=0.6)
    right.legend(loc="upper right")
    for ax, title in ((left, "a  clean digons"), (right, "b  loss")):
        ax.set(xscale="log", xlabel="training steps")
        plain_ticks(ax.xaxis, plan.steps)
        ax.set_title(title, loc="left")
    plain_ticks(right.yaxis)
    headline(figure, "Digons get cleaner with longer training; with more features, not always")
    return figure


def described(picture: Any, plan: Plan, found: Cleanliness) -> Drawing:
    """The picture with its row, and in words how clean the digons are."""
    rows = [
        (str(ratio), *(f"{100 * share:.0f} %" for share in found.clean[k]),
         f"{100 * found.gap[k, -1]:+.2g} %")
        for k, ratio in enumerate(plan.ratios)
    ]  # fmt: skip
    headings = [
        "features a dimension",
        *(f"clean after {steps} steps" for steps in plan.steps),
        "loss at the end, above the best packing",
    ]
    return Drawing(
        picture,
        row=found.row(),
        claim=CLAIM,
        setup=(
            f"m = {plan.runs.n_hidden}, p = {plan.density:g}, equal importance, "
            f"{counted(plan.runs.runs, 'run')} of {', '.join(map(str, plan.steps))} steps, rate "
            f"{plan.runs.learning_rate:g} falling to 0."
        ),
        theory="At this density digons fill the space best (D14), so all D_i should be 1/2.",
        training="Features with |D_i − 1/2| < 0.005, of all:" + markdown_table(headings, rows),
        alt=(
            "Left, the share of features in clean digons by training steps, a curve for each "
            "number of features a dimension: all rise, two a dimension first. Right, the loss "
            "above the best packing, which falls to about zero."
        ),
        whose="the paper's",
        verdict=(
            "corrected: longer training gives cleaner digons at every number of features; more "
            "features do so only from three a dimension on and before training has ended. With "
            "two, none is left over that must be sorted out, and the digons are clean soonest."
        ),
    )
