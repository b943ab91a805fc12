"""correlated_features: features that come together lie at right angles, excluding ones opposite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from agreement.comparison.sets import Arrangement, arrangement_of, arrangements_row, partner_angles
from agreement.description.words import counted
from figures.geometry.correlated_features.plan import Case, Plan
from figures.geometry.pairs import orders, pair_colours
from figures.kit.claims import claim
from figures.kit.planar import arrows, matched
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE, headline
from figures.kit.words import markdown_table
from theory.loss.sets import Sets

CLAIM = (
    "Correlated features lie at right angles, or side by side where they are denser; "
    "anticorrelated features lie opposite each other."
)
TITLES = {
    "correlated": "2 correlated pairs",
    "correlated, dense": "2 correlated pairs, denser",
    "anticorrelated": "2 anticorrelated pairs",
    "three correlated": "3 correlated pairs",
}
PARTNERS = {"correlated": 90.0, "correlated, dense": 0.0, "anticorrelated": 180.0}
ROUNDING = 1e-9
FLOOR = 1e-8  # what lies below is drawn here


def draw(
    plan: Plan, measured: xr.Dataset, derived: xr.Dataset, pca_collapse_derived: xr.Dataset
) -> Drawing:
    """Check the angles between partners and that nothing beats the best known; draw."""
    found = {
        case: arrangement_of(
            numbered(measured, at),
            numbered(derived, at),
            Sets(case.kind, case.sizes, case.density),
        )
        for at, case in enumerate(plan.cases)
    }
    for case, runs in found.items():
        label = case.label
        claim(runs.gap > -ROUNDING, f"no run of {label} beats the best known")
        claim(runs.fraction > 0, f"some run of {label} ends in the best arrangement")
        if label in PARTNERS:
            off = np.abs(runs.angles - PARTNERS[label]).max()
            claim(off < 6, f"partners of {label} at {PARTNERS[label]:g}°, got {off:.1f}° off")
    last, runs = list(found.items())[-1]
    claim(
        bool(np.all(runs.angles < 90)) and last.label == "three correlated",
        "partners of three pairs are adjacent in a hexagon",
    )
    return described(draw_cases(found), plan, found, derived, pca_collapse_derived)


def numbered(dataset: xr.Dataset, at: int) -> xr.Dataset:
    """The variables of one case, without its number."""
    names = {name: str(name).removesuffix(f"_{at}") for name in dataset.data_vars}
    mine = {name: short for name, short in names.items() if name != short}
    return dataset[list(mine)].rename({**mine, f"feature_{at}": "feature"})


def draw_cases(found: Mapping[Case, Arrangement]) -> Any:
    """Best run of each case on the best known; below, how far all runs are from it."""
    figure, grid = plt.subplots(
        2, len(found), figsize=(PAGE, 3.9), height_ratios=(1.35, 1), sharey="row"
    )
    panels = zip("abcd", grid[0], grid[1], found.items(), strict=True)
    for letter, ax, below, (case, runs) in panels:
        turned, _ = matched(runs.W, runs.reference, orders(case.pairs))
        arrows(ax, turned, pair_colours(case.pairs), reference=runs.reference)
        ax.set_title(f"{letter}  {TITLES[case.label]}\n$p$ = {case.density:g}")
        excess = np.sort(np.maximum(runs.excess, FLOOR))
        below.axhspan(FLOOR / 5, FLOOR * 2, color="#EEEEEE", lw=0, zorder=0)
        below.plot(np.linspace(0, 100, len(excess)), excess, ".", ms=3, color=INK)
        if np.isfinite(runs.rival):
            below.axhline(runs.rival, color="#D55E00", lw=0.8, ls="--")
        below.set(yscale="log", ylim=(FLOOR / 5, 1), xlabel="runs, %", xticks=(0, 50, 100))
    first = grid[1, 0]
    first.set_ylabel("loss above the best known\n/ loss of an empty model")
    first.set_yticks(
        [1, 1e-2, 1e-4, 1e-6, FLOOR], ["1", "$10^{-2}$", "$10^{-4}$", "$10^{-6}$", "less"]
    )
    figure.legend(
        handles=[
            Line2D([], [], color=INK, ls="", marker=".", label="a run, best first"),
            Line2D([], [], color="#D55E00", lw=0.8, ls="--", label="next minimum, exact"),
            Patch(color="#EEEEEE", label="$10^{-8}$ or less"),
        ],
        loc="outside lower center",
        ncols=3,
    )
    headline(figure, "Best trained model (arrows, one colour a set) on the best known (circles)")
    return figure


def described(
    picture: Any,
    plan: Plan,
    found: Mapping[Case, Arrangement],
    derived: xr.Dataset,
    three: xr.Dataset,
) -> Drawing:
    """The picture with its row, and what became of each case."""
    rows = [
        (
            TITLES[case.label],
            f"{case.density:g}",
            f"{100 * runs.fraction:.0f} %",
            f"{max(runs.gap, 0):.1e}",
            ", ".join(f"{angle:.0f}°" for angle in runs.angles),
        )
        for case, runs in found.items()
    ]
    headings = ["case", "p", "runs in the best arrangement", "best run above the best known",
                "partners at"]  # fmt: skip
    first = float(three["threshold"].values[three["above"].values == 1][0])
    edge = float(partner_angles(derived["threshold_W"].values).max())
    return Drawing(
        picture,
        claim=CLAIM,
        setup=f"m = 2, pairs of features, {counted(plan.runs, 'run')} a case. Gaps are in units "
        "of the loss of a model that represents nothing.",
        theory=(
            "Exact loss under each law (D16). Two anticorrelated pairs cost nothing as two digons; "
            "two correlated pairs are near right angles below "
            f"p = {float(derived['threshold']):.4f} ({edge:.0f}° there) and collapsed above; three "
            f"form a hexagon with partners adjacent below p = {first:.4f}."
        ),
        training="Of all runs of a case:" + markdown_table(headings, rows),
        alt=(
            "Four pictures of feature vectors in the plane: two correlated pairs at right angles, "
            "the same pairs collapsed where denser, two anticorrelated pairs as digons, three "
            "correlated pairs as a hexagon with partners adjacent. Below each, the excess loss of "
            "all runs, which rests on the best known or on the next minimum."
        ),
        whose="the paper's",
        verdict=(
            "holds, with right angles only nearly right: the best known is reached in every case, "
            f"and has correlated pairs up to {edge:.0f}° apart until they collapse at p = "
            f"{float(derived['threshold']):.4f}."
        ),
        row=arrangements_row(list(found.values())),
    )
