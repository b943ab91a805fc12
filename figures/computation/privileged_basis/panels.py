"""The panels: stacks of weights by neuron, matrices, losses, alignment, and blocks by density."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullFormatter

from agreement.comparison.lifted import Lifted
from agreement.comparison.privileged import BOUND, Privileged, blocks, represented
from figures.computation.privileged_basis.plan import Plan
from figures.kit.style import ABSENT, INK, PAGE, SIGNED, headline, plain_ticks
from ground.checks import FloatArray

RELU, LINEAR, BIASED, THEORY = "#0072B2", "#D55E00", "#009E73", INK
# By the number of neurons that a feature is on.
SHARES = ("#0072B2", "#56B4E9", "#F0E442", "#E69F00", "#D55E00")
ALONE = "#D9D9D9"
# By the number of features of a block of several neurons.
BLOCKS = {2: "#F0E442", 3: "#E69F00", 4: "#F7B6D2", 5: "#CC79A7", 6: "#56B4E9", 7: "#009E73",
          8: "#0072B2", 9: "#7A5195", 10: "#222222"}  # fmt: skip


def draw_all(
    plan: Plan, measured: xr.Dataset, derived: xr.Dataset, found: Privileged, bias: Lifted
) -> Any:
    """Stacks and matrices above, curves in the middle, blocks of all densities below."""
    figure = plt.figure(figsize=(PAGE, 8.2))
    above, middle, below = figure.subfigures(3, 1, height_ratios=(4.2, 2.2, 1.8))
    draw_weights(above, plan, measured, derived, found)
    draw_curves(middle, derived, found, bias)
    draw_blocks(below, derived, found)
    return figure


def draw_weights(
    above: Any, plan: Plan, measured: xr.Dataset, derived: xr.Dataset, found: Privileged
) -> None:
    """One column a density: stack and matrix behind the ReLU, stack without it."""
    axes = above.subplots(3, len(plan.shown), height_ratios=(1.25, 1, 1.25), squeeze=False)
    m = found.W.shape[1]
    steps = BoundaryNorm(np.arange(0.5, m + 1), m)
    shares = ListedColormap(SHARES[:m])
    for column, p in zip(axes.T, plan.shown, strict=True):
        k = int(np.flatnonzero(found.density == p)[0])
        draw_stack(column[0], found.W[k], relu=True)
        column[0].set_title(f"$p$ = {p:g}")
        image = column[1].imshow(
            found.W[k], cmap=SIGNED, vmin=-1, vmax=1, aspect="auto", interpolation="nearest"
        )
        best = int(derived["linear_exact"].values[k].argmin())
        draw_stack(column[2], measured["linear_W"].values[k, best], relu=False)
        for ax in column:
            ax.set(xticks=[], yticks=[])
        column[1].spines[:].set_visible(True)
        column[2].set_xlabel("neuron", labelpad=1)
    axes[0, 0].set_ylabel("a  ReLU hidden:\nweights, stacked")
    axes[1, 0].set_ylabel("b  the same $W$:\nneurons × features")
    axes[2, 0].set_ylabel("c  linear hidden:\nweights, stacked")
    for row in (0, 2):
        heights = [ax.dataLim for ax in axes[row]]
        low, high = min(box.y0 for box in heights), max(box.y1 for box in heights)
        for ax in axes[row]:
            ax.set_ylim(1.05 * low, 1.05 * high)
        axes[row, 0].set_yticks(np.arange(np.ceil(low / 2) * 2, high, 2))
        bar = above.colorbar(
            ScalarMappable(steps, shares), ax=axes[row], pad=0.01, aspect=9, ticks=range(1, m + 1)
        )
        bar.set_label("neurons a\nfeature is on")
    signed = above.colorbar(image, ax=axes[1], pad=0.01, aspect=9, extend="both", ticks=[-1, 0, 1])
    signed.set_label("weight")
    headline(
        above,
        f"n = {plan.n_features}, m = {plan.n_hidden}, I = {plan.falloff:g}$^i$: the best of "
        f"{plan.relu[0].runs} runs with $h = \\mathrm{{ReLU}}(Wx)$, of {plan.linear[0].runs} with "
        "$h = Wx$",
    )


def draw_stack(ax: Any, W: FloatArray, *, relu: bool) -> None:
    """Weights of each neuron, positive ones up and negative ones down, important features first."""
    there = represented(W, relu=relu)
    sizes = np.abs(W) if not relu else W
    on = np.maximum(np.sum(sizes >= BOUND, axis=0), 1)
    for sign in (1, -1):
        heights = np.maximum(sign * W, 0.0)
        base = np.cumsum(heights, axis=1) - heights
        for i in range(W.shape[1]):
            colour = SHARES[int(on[i]) - 1] if there[i] else ABSENT
            ax.bar(
                np.arange(len(W)), sign * heights[:, i], bottom=sign * base[:, i], width=0.78,
                color=colour, edgecolor="white", linewidth=0.3,
            )  # fmt: skip
    ax.axhline(0, color=INK, lw=0.5)
    ax.set_xlim(-0.6, len(W) - 0.4)
    ax.spines["bottom"].set_visible(False)


def draw_curves(middle: Any, derived: xr.Dataset, found: Privileged, bias: Lifted) -> None:
    """Loss over the monosemantic one, over the predicted one, and alignment."""
    left, centre, right = middle.subplots(1, 3)
    p = found.density
    mono = derived["monosemantic"].values
    onset = float(derived["onset"])
    left.plot(p, found.predicted / mono, color=THEORY, lw=1, label="theory")
    left.plot(p, found.loss / mono, "o", ms=3.5, color=RELU, label="ReLU")
    left.plot(p, found.linear / mono, "s-", ms=2.5, lw=0.8, color=LINEAR, label="linear")
    at = [int(np.flatnonzero(p == q)[0]) for q in bias.density]
    left.plot(
        bias.density, bias.loss / mono[at], "D", ms=4.5, mfc="none", color=BIASED,
        label="ReLU, biased",
    )  # fmt: skip
    left.set_title("d  loss over the monosemantic", loc="left")
    left.legend(loc="lower left")
    left.set_ylim(0, 1.08)

    same = found.same
    off = 100 * found.gap
    error = 100 * found.error / found.predicted
    centre.axhline(0, color=THEORY, lw=1)
    centre.fill_between(p, -error, error, color="#BBBBBB", alpha=0.5, lw=0)
    centre.plot(p[same], off[same], "o", ms=3.5, color=RELU, label="blocks as predicted")
    centre.plot(p[~same], off[~same], "o", ms=3.5, mfc="none", color=RELU, label="other blocks")
    centre.set_title("e  trained over predicted loss, %", loc="left")
    centre.set_yscale("symlog", linthresh=0.1)
    plain_ticks(centre.yaxis, [-10, -3, -1, -0.3, -0.1, 0, 0.1, 0.3, 1, 3])
    centre.set_ylim(min(-2.0, 1.6 * off.min()), max(2.0, 1.6 * off.max()))
    centre.legend(loc="upper right")

    for values, linear, random, dash in (
        (found.aligned, found.linear_aligned, found.random, "-"),
        (found.set_aligned, found.linear_set_aligned, found.random_set, "--"),
    ):
        right.plot(p, values, dash, marker="o", ms=2.5, lw=0.9, color=RELU)
        right.errorbar(
            p, linear.mean(axis=1), linear.std(axis=1) / np.sqrt(linear.shape[1]),
            color=LINEAR, ls=dash, lw=0.9, elinewidth=0.5,
        )  # fmt: skip
        right.axhline(random, color=THEORY, ls=dash, lw=0.5)
    blind = found.blind_aligned
    right.errorbar(
        found.beside, blind.mean(axis=1), blind.std(axis=1) / np.sqrt(blind.shape[1]),
        fmt="D", ms=3, mfc="white", color=LINEAR, elinewidth=0.8, lw=0,
    )  # fmt: skip
    right.set(ylim=(0.4, 1.02))
    right.set_title("f  squared cosine with the nearest…", loc="left")
    right.legend(
        handles=[
            Line2D([], [], color=INK, lw=0.9, label="neuron"),
            Line2D([], [], color=INK, lw=0.9, ls="--", label="neuron set"),
            Line2D([], [], color=LINEAR, marker="D", mfc="white", ms=3, lw=0, label="linear, SGD"),
            Line2D([], [], color=THEORY, lw=0.5, label="random turn"),
        ],
        loc="center left", bbox_to_anchor=(0.0, 0.53),
    )  # fmt: skip
    for ax in (left, centre, right):
        ax.axvline(onset, color="#999999", lw=0.6, ls=":")
        ax.set(xscale="log", xlim=(1.05, 0.95 * p.min()), xlabel="density $p = 1 - S$")
        plain_ticks(ax.xaxis, [q for q in (1, 0.5, 0.2, 0.1, 0.05, 0.02) if q >= p.min()])
        ax.xaxis.set_minor_formatter(NullFormatter())


def draw_blocks(below: Any, derived: xr.Dataset, found: Privileged) -> None:
    """Neurons by density, coloured by the block that they are in; found above, predicted below."""
    axes = below.subplots(2, 1, sharex=True)
    onset = float(derived["onset"])
    # Between the two densities about it, where its logarithm lies.
    logs = np.log(found.density)
    place = float(np.interp(-np.log(onset), -logs, np.arange(len(logs))))
    for ax, models, title in zip(
        axes,
        (found.W, found.predicted_W),
        (
            "g  blocks found: a grey neuron has one feature, others as many together as written",
            f"h  blocks predicted; dotted: a weak arm pays to the right, p < {onset:.6f}",
        ),
        strict=True,
    ):
        m = models.shape[1]
        for k, W in enumerate(models):
            bottom = 0
            for features, neurons in blocks(W):
                several = features > 1 or neurons > 1
                colour = BLOCKS.get(features, INK) if several else ALONE
                ax.add_patch(
                    Rectangle(
                        (k - 0.46, bottom + 0.04), 0.92, neurons - 0.08, facecolor=colour, lw=0
                    )
                )
                if several:
                    dark = features in {5, 7, 8, 9, 10}
                    ax.annotate(
                        f"{features}", (k, bottom + neurons / 2), ha="center", va="center",
                        color="white" if dark else INK,
                    )  # fmt: skip
                bottom += neurons
        ax.axvline(place, color="#666666", lw=0.8, ls=":")
        ax.set(ylim=(0, m), yticks=[0, m], ylabel="neurons", xlim=(-0.6, len(models) - 0.4))
        ax.set_title(title, loc="left")
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
    axes[1].set_xticks(range(len(found.density)), [f"{q:g}" for q in found.density])
    axes[1].set_xlabel("density $p = 1 - S$")
    axes[0].tick_params(bottom=False)


__all__ = ["draw_all"]
