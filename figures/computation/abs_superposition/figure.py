"""abs_superposition: what the neurons of nets that compute many absolute values read."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from agreement.comparison.absolute import Absolute, of_starts
from agreement.description.words import counted
from figures.computation.abs_superposition.plan import Plan
from figures.computation.starts import COLOURS, MARKS, STARTS
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import PAGE, headline, plain_ticks
from figures.kit.words import markdown_table

CLAIM = (
    "Nets that compute |x| are monosemantic when data are dense; as they become sparser a few "
    "highly polysemantic neurons come first, and very sparse data make all neurons polysemantic, "
    "with a primary and small secondary weights."
)
# Features that a neuron reads: from one to many.
SERVED = {"1": "#BBBBBB", "2": "#56B4E9", "3 or 4": "#0072B2", "5 or more": "#D55E00"}
ERRORS = 3.0
THIN = 0.04  # of a neuron's largest weight


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check what holds of the paper's claim, and draw neurons, losses and dead sides."""
    found = of_starts(measured, derived, kept=plan.kept)
    p, onset = found.density, float(derived["onset"])
    mono = found.found.monosemantic[found.best].sum(axis=-1)
    live = found.found.live[found.best].sum(axis=-1)
    claim(p[0] == 1 and bool(mono[0] == live[0]), f"at p = 1 all are monosemantic, got {mono[0]}")
    ratio, error = found.ratio[found.best], found.ratio_error[found.best]
    below = p < onset
    claim(
        bool(np.all(ratio[below] + ERRORS * error[below] < 1)),
        f"below the onset of arms the best net beats the naive one, got {ratio[below]}",
    )
    claim(
        bool(np.all(ratio[~below] > 1 - ERRORS * error[~below])),
        f"above it no net does, got {ratio[~below]}",
    )
    claim(bool(np.all(mono[below] < live[below])), "below it the best net has shared neurons")
    annealed = found.found.monosemantic[found.best_from("annealed")].sum(axis=-1)
    claim(bool(np.all(annealed > 0)), "annealed nets keep some monosemantic ones")
    of_random = found.ratio[found.starts.index("xavier")]
    claim(bool((of_random > 1).all()), f"random starts lose to naive, got {of_random.min():.2f}")
    sparse = found.found.served[found.best_from("matched")][-1]
    claim(bool(sparse.min() > 1), "from matched outputs, sparse data: all polysemantic")
    away = (derived["loss"] - derived["held_out"]).values / np.hypot(
        derived["error"].values, derived["held_error"].values
    )
    claim(bool(np.abs(away).max() < 5), f"theory and held-out samples agree, got {away}")
    return described(draw_all(plan, found, derived), plan, found, derived, away)


def draw_all(plan: Plan, found: Absolute, derived: xr.Dataset) -> Any:
    """Stacks of the best nets and of those from matched outputs; counts, losses, dead sides."""
    count = found.density.size
    figure = plt.figure(figsize=(PAGE, 5.6))
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.5, 1))
    axes = top.subplots(2, count, sharey="row", sharex=True)
    rows = {
        "best found": found.best,
        f"from {STARTS['matched']}": found.best_from("matched"),
    }
    for (name, index), line in zip(rows.items(), axes, strict=True):
        W1, served = found.found.W1[index], found.found.served[index]
        for ax, weights, number, p in zip(line, W1, served, found.density, strict=True):
            draw_stack(ax, weights, number)
            ax.set_title(f"p = {p:g}", loc="right")
        line[0].set_ylabel(f"{name}\n$|w|$, largest 1")
    tallest = {
        letter: np.abs(found.found.W1[index]).sum(axis=-1).max()
        for letter, index in zip("ab", rows.values(), strict=True)
    }
    for letter, ax in zip("ab", axes[:, 0], strict=True):
        ax.set_title(letter, loc="left")
        ax.set_ylim(0, 1.03 * tallest[letter])
    for ax in axes[1]:
        ax.set_xlabel("neuron")
    top.legend(
        handles=[Patch(facecolor=colour, label=name) for name, colour in SERVED.items()],
        title="features that the neuron reads, at least a tenth of its largest weight",
        loc="outside lower center",
        ncols=4,
    )
    left, middle, right = bottom.subplots(1, 3)
    draw_counts(left, found)
    draw_ratios(middle, found, derived)
    draw_dead(right, found)
    bottom.legend(
        handles=[
            Line2D(
                [],
                [],
                color=COLOURS[name],
                marker=MARKS[name],
                mfc="none",
                ls="",
                label=STARTS[name],
            )
            for name in found.starts
        ],
        loc="outside lower right",
        ncols=4,
    )
    runs = plan.runs
    headline(
        figure,
        f"|x| of n = {runs.n_features} features by m = {runs.n_hidden} neurons, "
        f"importance {runs.falloff:g}$^i$: neurons, losses and dead sides",
    )
    return figure


def draw_stack(ax: Any, weights: Any, served: Any) -> None:
    """A column a neuron: its |weights| from the largest up, coloured by how many it reads."""
    sizes = -np.sort(-np.abs(weights), axis=1)
    order = np.lexsort((-sizes.sum(axis=1), -served))
    kinds = list(SERVED.values())
    boxes, colours = [], []
    for column, k in enumerate(order):
        seen = sizes[k][sizes[k] >= THIN]
        # What is too thin to be told apart stands on top in one piece.
        edges = np.cumsum([0.0, *seen, sizes[k].sum() - seen.sum()])
        for low, high in pairwise(edges):
            left, right = column - 0.5, column + 0.5
            boxes.append([(left, low), (right, low), (right, high), (left, high)])
            colours.append(kinds[np.searchsorted([1, 2, 4], served[k])])
    ax.add_collection(
        PolyCollection(boxes, facecolors=colours, edgecolors="white", lw=0.15, rasterized=True)
    )
    ax.set(xlim=(-0.5, len(sizes) - 0.5), xticks=[])


def draw_counts(ax: Any, found: Absolute) -> None:
    """How many neurons of the best net are monosemantic and polysemantic, by both measures."""
    p = found.density
    kinds = {
        "monosemantic": ("monosemantic", "effectively_monosemantic", "#777777"),
        "polysemantic": ("polysemantic", "effectively_polysemantic", "#D55E00"),
    }
    for label, (counted_by, effective, colour) in kinds.items():
        ax.plot(p, getattr(found.found, counted_by)[found.best].sum(-1), "o-", color=colour,
                label=label)  # fmt: skip
        ax.plot(p, getattr(found.found, effective)[found.best].sum(-1), "v--", color=colour,
                mfc="none", lw=0.8)  # fmt: skip
    ax.plot([], [], "v--", color="#444444", mfc="none", lw=0.8, label="by participation ratio")
    ax.set(ylabel="neurons of the best net", ylim=(0, 1.65 * found.found.W1.shape[-2]))
    ax.set_title("c  shared neurons", loc="left")
    ax.legend(loc="upper left")
    density_axis(ax, p)


def draw_ratios(ax: Any, found: Absolute, derived: xr.Dataset) -> None:
    """The loss of every net over the naive solution's."""
    for k, name in enumerate(found.starts):
        for run in range(found.ratio.shape[2]):
            ax.plot(found.density, found.ratio[k, :, run], MARKS[name], ms=3, mew=0.7,
                    color=COLOURS[name], mfc="none")  # fmt: skip
    ax.axhline(1, color="#777777", lw=0.7)
    onset = float(derived["onset"])
    ax.axvline(onset, color="#009E73", lw=0.8, ls="--")
    ax.annotate("arms\npay →", (onset, 0.02), xycoords=("data", "axes fraction"), ha="right",
                color="#009E73", xytext=(-3, 0), textcoords="offset points")  # fmt: skip
    ax.set(yscale="log", ylabel="loss over the naive solution's")
    plain_ticks(ax.yaxis, [0.5, 1, 2, 5, 10, 20, 50, 100])
    ax.set_title("d  loss, every net", loc="left")
    density_axis(ax, found.density)


def draw_dead(ax: Any, found: Absolute) -> None:
    """The share of dead sides among features that the naive solution keeps."""
    for k, name in enumerate(found.starts):
        ax.plot(found.density, found.dead[k].mean(axis=-1), MARKS[name], ls="-", lw=0.8, ms=3,
                mew=0.7, color=COLOURS[name], mfc="none")  # fmt: skip
    ax.set(ylabel="dead sides, share", ylim=(-0.02, 1))
    ax.set_title("e  dead sides of important features", loc="left")
    density_axis(ax, found.density)


def density_axis(ax: Any, p: Any) -> None:
    """Density falling to the right, as in the stacks."""
    ax.set(xscale="log", xlim=(1.4 * p.max(), p.min() / 1.4), xlabel="density $p$")
    plain_ticks(ax.xaxis, [1, 0.1, 0.01, 0.001])


def described(picture: Any, plan: Plan, found: Absolute, derived: xr.Dataset, away: Any) -> Drawing:
    """The picture with its row; what holds of the claim and what does not."""
    row = found.row() | {"theory_off_max": float(np.abs(away).max())}
    runs, p = plan.runs, found.density
    read = found.found
    lines = []
    for k, density in enumerate(p):
        at = tuple(np.broadcast_to(index, p.shape)[k] for index in found.best)
        starts = [
            f"{np.median(found.ratio[s, k]):.3g} ({found.ratio[s, k].min():.3g}…"
            f"{found.ratio[s, k].max():.3g})"
            for s in range(len(found.starts))
        ]
        lines.append(
            (
                f"{density:g}",
                f"{derived['naive'].values[k]:.4g}",
                *starts,
                f"{float(derived['loss'][k] / derived['naive'][k]):.3f} ± "
                f"{float(derived['error'][k] / derived['naive'][k]):.3f}",
                f"{read.monosemantic[at].sum()}, {read.effectively_monosemantic[at].sum()}",
                str(read.served[at].max()),
            )
        )
    headings = (
        "p",
        "naive loss",
        *(f"{STARTS[name]}: loss over naive, median (range)" for name in found.starts),
        "best, by theory",
        "its monosemantic neurons, by threshold and participation",
        "most features of a neuron",
    )
    table = markdown_table(headings, lines)
    second = found.secondary()
    below = p < float(derived["onset"])
    first = int(np.flatnonzero(below)[0])
    mono = read.monosemantic[found.best].sum(axis=-1)
    served = read.served[found.best]
    most = served[first].max()
    dead = found.dead.mean(axis=(1, 2))
    all_mono = read.monosemantic[found.best_from("matched")].sum(axis=-1)
    return Drawing(
        picture,
        row=row,
        claim=CLAIM,
        setup=(
            f"n = {runs.n_features}, m = {runs.n_hidden}, I = {runs.falloff:g}^i, x uniform on "
            f"[−1, 1]; {counted(runs.runs, 'run')} from each start at each density, "
            f"{min(s.steps for s in runs.stages)} to {max(s.steps for s in runs.stages)} steps of "
            "Adam, rate falling to 0 by a cosine, batches growing as features become rare. Starts: "
            "Xavier's random one; W2 ∝ |W1|ᵀ; the naive solution with noise of "
            f"{runs.noise:g}; annealed from there, each density from the net of the denser one. "
            "Rows of W1 rescaled to a largest weight of 1. A neuron reads a feature with at least "
            "a tenth of that; by participation ratio it is monosemantic below 1.5."
        ),
        theory=(
            "The naive loss in closed form (D29). Arms of the first dropped feature on the pair of "
            "the last kept one pay, in second order, below p = "
            f"{float(derived['onset']):.4f} (D33); above it no net found beats the naive one. The "
            "best nets' losses with one active feature exact and the rest sampled (D26); "
            "held-out samples lie within "
            f"{np.abs(away).max():.1f} standard errors of them."
        ),
        training=(
            f"Secondary weights of the best nets' shared neurons are {np.median(second):.2f} in "
            f"the median ({np.quantile(second, 0.9):.2f} at the ninth decile). Dead sides of the "
            f"{plan.kept} features that the naive solution keeps, over all densities: "
            + ", ".join(
                f"{100 * share:.0f} % ({STARTS[name]})"
                for name, share in zip(found.starts, dead, strict=True)
            )
            + f".{table}"
        ),
        alt=(
            "Above, stacks of the weights of each neuron, a panel a density: grey single bars at "
            "p = 1, more and more coloured stacks to the right; from matched outputs nearly all "
            "are coloured at sparse densities. Below, counts of both kinds of neurons, "
            "losses over the naive one, and shares of dead sides by density."
        ),
        whose="the paper's",
        verdict=(
            "corrected: monosemantic when dense, and first few neurons are shared "
            f"({runs.n_hidden - int(mono[first])} of {runs.n_hidden} at p = {p[first]:g}), but "
            f"with {most} features at most; in the best nets {int(mono[below].min())} or more stay "
            "monosemantic at every density. Nets in which all are polysemantic "
            f"({int(all_mono[-1])} monosemantic at p = {p[-1]:g}) come from other starts, and lose "
            "to the naive solution."
        ),
    )
