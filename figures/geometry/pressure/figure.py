"""pressure: with more features that compete and longer training the digons get cleaner."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter, NullFormatter

from figures.geometry.pressure.plan import NAME, SETUPS, configuration
from figures.kit.claims import claim
from figures.kit.profile import Profile
from figures.kit.result import Result
from figures.kit.style import save_figure
from ground.checks import FloatArray
from ground.results import load
from numeric.measure.geometry import feature_dimensionality, norms

CLAIM = (
    "Longer training gives cleaner polytopes, and so do more features that compete for the "
    "dimensions."
)
CLEAN = 0.005  # a feature is clean where D_i is this close to 1/2
REPRESENTED = 0.3
STYLES = (("#000000", "o"), ("#0072B2", "s"), ("#D55E00", "^"), ("#009E73", "D"))


def draw(profile: Profile) -> None:
    """Check that both make the digons cleaner; draw cleanliness and loss."""
    measured = load(profile.data(NAME, "measured"), configuration=configuration(profile))
    derived = load(profile.data(NAME, "derived"))
    setup = SETUPS[profile.name]
    clean, gap = table(measured, derived, setup.ratios)
    rise = clean[:, -1] - clean[:, 0]
    claim(bool(np.all(rise > 0.3)), f"longer training is cleaner, by {rise.round(2)}")
    if profile.name == "paper":
        # With two features a dimension no feature is left over, and there is nothing to sort out.
        late = clean[1:, -2]
        claim(bool(np.all(np.diff(late) > 0)), f"more competition is cleaner, got {late.round(2)}")
    save_figure(draw_pressure(clean, gap, setup.ratios, setup.steps), profile.figure(NAME))
    result(clean, gap, profile).write(profile)


def table(
    measured: xr.Dataset, derived: xr.Dataset, ratios: tuple[int, ...]
) -> tuple[FloatArray, FloatArray]:
    """Fraction of clean features, and median loss above the best packing's: (ratio, steps)."""
    clean, gap = [], []
    for k, ratio in enumerate(ratios):
        axes = ("steps", "run", "hidden", f"feature_{ratio}")
        W = measured[f"W_{ratio}"].transpose(*axes).values
        present = norms(W) > REPRESENTED
        good = (np.abs(feature_dimensionality(W) - 0.5) < CLEAN) & present
        clean.append(good.sum((1, 2)) / present.sum((1, 2)))
        loss = measured[f"loss_{ratio}"].transpose("steps", "run").values
        gap.append(np.median(loss / float(derived["loss"][k]) - 1, axis=1))
    return np.array(clean), np.array(gap)


def draw_pressure(
    clean: FloatArray, gap: FloatArray, ratios: tuple[int, ...], steps: tuple[int, ...]
) -> Any:
    """Both over the length of training, one curve a number of features per dimension."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.1))
    for k, ratio in enumerate(ratios):
        colour, marker = STYLES[k]
        name = f"{ratio} features a dimension"
        left.plot(steps, 100 * clean[k], marker=marker, ms=4, color=colour, label=name)
        right.plot(steps, 100 * gap[k], marker=marker, ms=4, color=colour, label=name)
    left.set(ylabel="features with $|D_i - 1/2| < 0.005$, %", ylim=(-3, 103))
    right.set(ylabel="loss above the best packing, %")
    right.set_yscale("symlog", linthresh=1)
    right.axhline(0, color="#999999", lw=0.6)
    right.legend(loc="upper right", fontsize=7)
    for ax, title in ((left, "a  clean digons"), (right, "b  loss")):
        ax.set(xscale="log", xlabel="training steps", xticks=steps)
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_title(title, loc="left")
    right.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    return figure


def result(clean: FloatArray, gap: FloatArray, profile: Profile) -> Result:
    """The figure's entry among the results."""
    setup = SETUPS[profile.name]
    rows = [
        f"{ratio} features a dimension: "
        + ", ".join(f"{100 * share:.0f} %" for share in clean[k])
        + f" clean, loss at the end {100 * gap[k, -1]:+.2g} %"
        for k, ratio in enumerate(setup.ratios)
    ]
    return Result(
        target=NAME,
        claim=CLAIM,
        setup=(
            f"m = {setup.runs.n_hidden}, p = {setup.density:g}, equal importance, "
            f"{setup.runs.runs} runs of {', '.join(map(str, setup.steps))} steps, rate 0.003 "
            "falling to 0."
        ),
        theory="At this density digons fill the space best (D14), so all D_i should be 1/2.",
        training="; ".join(rows) + ".",
    )
