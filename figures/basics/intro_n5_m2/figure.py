"""intro_n5_m2: five features in the plane, from the two most important ones to a pentagon."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.lines import Line2D

from agreement.comparison.along import FIRST_ORDER, PAPER, compared, phase, structures
from agreement.description.words import counted
from figures.basics.intro_n5_m2.plan import Plan
from figures.basics.training import best_of
from figures.kit.claims import claim
from figures.kit.planar import upright
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE, headline, plain_ticks
from figures.kit.words import markdown_table
from ground.checks import FloatArray
from numeric.measure.geometry import norms

CLAIM = (
    "Dense features: the two most important ones are orthogonal and three are dropped. Sparser: "
    "four features form two antipodal pairs. Sparser still: all five form a pentagon."
)
PICTURES = 10
NARROW = 1.22  # a phase over a smaller ratio of densities has its name written upwards
THRESHOLD = 0.1  # of norms and cosines, by which `structure_of` names a structure
# By importance, distinct for colour-blind readers and in grey.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7")
BANDS = {
    "[1] [2] (3 4 5)": ("two dedicated", "#FFFFFF"),
    "[1] [2 3] (4 5)": ("3 leans on 2", "#F2F2F2"),
    "[1 2 3] (4 5)": ("triangle", "#DDE9D8"),
    "[1 4] [2 3] (5)": ("two digons", "#FBE9CF"),
    "[1 2 3 4 5]": ("pentagon", "#D9E8F5"),
}


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check the paper's three phases, in theory and in training; draw."""
    best = best_of(measured)
    row = compared(best, derived)
    trained = [phase(text) for text in structures(best)]
    for text in PAPER:
        claim(text in derived["structure"].values, f"the optimum passes through {text}")
        claim(phase(text) in trained, f"training passes through {text}, got {trained}")
    ends = (PAPER[0], PAPER[-1])
    claim(
        (trained[0], trained[-1]) == tuple(map(phase, ends)),
        f"training goes from {ends[0]} to {ends[1]}",
    )
    claim(row["below_optimum"] == 0, "no trained model lies below the best known")
    return described(draw_intro(best, derived), plan, derived, row)


def draw_intro(best: xr.Dataset, derived: xr.Dataset) -> Any:
    """Pictures of the features by density; below, their norms over the phases of the optimum."""
    figure = plt.figure(figsize=(PAGE, 4.4))
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 2.9))
    chosen = np.linspace(0, best.sizes["density"] - 1, PICTURES).round().astype(int)
    for ax, k in zip(upper.subplots(1, PICTURES), chosen, strict=True):
        _vectors(ax, best["W"].transpose("density", "hidden", "feature").values[k], trained=True)
        _vectors(
            ax, derived["W"].transpose("density", "hidden", "feature").values[k], trained=False
        )
        ax.set_title(f"$p$ = {float(best['density'][k]):.2f}", fontsize=7)
    headline(
        upper,
        "a  five features in two dimensions, importance 0.9$^i$: "
        "arrows trained, circles the best known model",
    )
    _norms(lower.subplots(), best, derived)
    return figure


def _vectors(ax: Any, W: FloatArray, *, trained: bool) -> None:
    for i, (x, y) in reversed(list(enumerate(upright(W, mirrored=True).T))):
        if trained:
            ax.plot([0, x], [0, y], color=COLOURS[i], lw=1.5)
        else:
            ax.plot(x, y, "o", mfc="none", mec=COLOURS[i], ms=4.5, mew=0.8)
    ax.set(xlim=(-1.35, 1.35), ylim=(-1.35, 1.35), xticks=[], yticks=[], aspect="equal")
    ax.spines[:].set_visible(True)
    ax.spines[:].set(color="0.85")


def _norms(ax: Any, best: xr.Dataset, derived: xr.Dataset) -> None:
    p = best["density"].values
    edges = [p[0], *derived["crossing"].values, p[-1]]
    names = [str(derived["structure"].values[0]), *derived["after"].values]
    for (dense, sparse), text in zip(pairwise(edges), names, strict=True):
        name, colour = BANDS.get(text, (text, "#FFFFFF"))
        ax.axvspan(sparse, dense, color=colour, lw=0, zorder=0)
        middle, narrow = np.sqrt(dense * sparse), dense / sparse < NARROW
        ax.text(
            middle, 0.62 if narrow else 1.28, name, ha="center", fontsize=7,
            va="center" if narrow else "top", rotation=90 if narrow else 0,
        )  # fmt: skip
    for crossing, jump in zip(derived["crossing"].values, derived["jump"].values, strict=True):
        ax.axvline(crossing, color=INK, lw=0.9, ls="-" if jump > FIRST_ORDER else ":")
        ax.annotate(
            f"{crossing:.3f}", (crossing, 1.05), rotation=90, fontsize=7, ha="right", va="bottom"
        )
    curve = derived["curve_W"].transpose("curve_density", "hidden", "feature").values
    theory, along = norms(curve), derived["curve_density"].values
    trained = norms(best["W"].transpose("density", "hidden", "feature").values)
    first_order = derived["crossing"].values[derived["jump"].values > FIRST_ORDER]
    # One line a phase: a single one would hide the jumps between phases.
    pieces = np.split(np.arange(len(along)), [int(np.sum(along > x)) for x in first_order])
    for i, colour in enumerate(COLOURS):
        for piece in pieces:
            ax.plot(along[piece], theory[piece, i], color=colour, lw=1.1)
        ax.plot(p, trained[:, i], "o", color=colour, ms=3)
    ax.set(xscale="log", xlim=(p[0], p[-1]), ylim=(-0.03, 1.32))
    plain_ticks(ax.xaxis, [1, 0.7, 0.5, 0.3, 0.2, 0.1, 0.07, 0.05])
    ax.minorticks_off()
    ax.set(xlabel="density $p = 1 - S$", ylabel=r"norm $\|W_i\|$")
    ax.set_title("b  their norms, over the phases of the best known model", loc="left")
    handles = [
        Line2D([], [], color=colour, marker="o", ms=3, label=f"feature {i + 1}")
        for i, colour in enumerate(COLOURS)
    ]
    handles += [
        Line2D([], [], color="0.5", label="line: best known model"),
        Line2D([], [], color="0.5", marker="o", ls="", ms=3, label="dot: trained"),
        Line2D([], [], color=INK, lw=0.9, label="first-order change"),
        Line2D([], [], color=INK, lw=0.9, ls=":", label=f"norm or angle passes {THRESHOLD:g}"),
    ]
    ax.figure.legend(handles=handles, loc="outside lower center", ncols=5)


def described(picture: Any, plan: Plan, derived: xr.Dataset, row: dict[str, Any]) -> Drawing:
    """The picture with its row, and in words what it shows."""
    columns = (derived[name].values for name in ("crossing", "before", "after", "jump"))
    changes = [
        (f"{p:.4f}", before, after,
         "first order" if jump > FIRST_ORDER else f"gradual: passes the threshold {THRESHOLD:g}")
        for p, before, after, jump in zip(*columns, strict=True)
    ]  # fmt: skip
    return Drawing(
        picture,
        row=row,
        claim=CLAIM,
        setup=(
            f"n = {plan.n_features}, m = {plan.n_hidden}, importance {plan.base:g}^i, "
            f"{len(plan.densities)} densities from 1 to 1/{1 / min(plan.densities):.0f}, best of "
            f"{counted(plan.restarts, 'run')} on common held-out samples."
        ),
        theory=(
            "Between the paper's first two pictures a third feature joins gradually, and the best "
            "model is a triangle. The best known model (D03) changes at these densities:"
            + markdown_table(["p", "above", "below", "kind"], changes)
        ),
        training=(
            f"The phase is the best known model's at {100 * row['agree_optimum']:.0f} % of "
            f"{row['cells']} densities, the partners too at {100 * row['agree_partners']:.0f} % "
            f"of them; median relative gap {row['gap_median']:.1e}, largest "
            f"{row['gap_max']:.1e}; {row['below_optimum']} models below the optimum."
        ),
        alt=(
            "Ten pictures of five feature vectors in the plane, from two at right angles over two "
            "antipodal pairs to a pentagon as density falls. Below, the norms of the five features "
            "by density, over bands that name the best known model's phase."
        ),
        whose="the paper's",
        verdict=(
            "holds: training is in the best known model's phase at "
            f"{100 * row['agree_optimum']:.0f} % of densities; between the first two "
            "pictures there is a triangle, which the paper doesn't show."
        ),
    )
