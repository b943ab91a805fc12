"""packing_theory: how much each arrangement saves per hidden dimension, and which wins where."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from agreement.description.words import counted
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE, headline, plain_ticks
from figures.kit.words import markdown_table
from theory.data_law import feature_variance

CLAIM = (
    "Of the symmetric arrangements compared, the best runs through the paper's polytopes in the "
    "paper's order as features get sparser: simplices, digons, the pentagon, the square antiprism, "
    "larger polytopes."
)
FREE_MARKS = ("^", "s", "o")
PAPERS = ("tetrahedron", "triangle", "digon", "pentagon", "square antiprism")
# Colour and line of each arrangement that wins somewhere, told apart in grey as well.
STYLES = {
    "4-simplex": ("#000000", (0, (1, 1))),
    "tetrahedron": ("#E69F00", "-"),
    "triangle": ("#56B4E9", "--"),
    "digon": ("#0072B2", "-"),
    "pentagon": ("#D55E00", "-"),
    "square antiprism": ("#CC79A7", "--"),
    "5-demicube": ("#009E73", "-"),
    "2_21 polytope": ("#7A5195", "-."),
    "24-cell": ("#8C6D31", "--"),
}


def draw(derived: xr.Dataset) -> Drawing:
    """Check the order of the winners; draw benefits, and the dimensions each feature gets."""
    rows = changes(derived)
    order = [rows[0][2], *(row[3] for row in rows)]
    kept = [name for name in order if name in PAPERS]
    claim(kept == list(PAPERS), f"winners come in the paper's order, got {order}")
    return described(draw_packing(derived), derived, rows)


def changes(derived: xr.Dataset) -> list[tuple[float, float, str, str]]:
    """(density, accuracy, dense winner, sparse winner), by falling density, up to large blocks."""
    names = ("transition", "accuracy", "dense", "sparse")
    columns = [derived[name].values.tolist() for name in names]
    rows = sorted(zip(*columns, strict=True), reverse=True)
    last = next(k for k, row in enumerate(rows) if row[3] == "large block")
    return rows[: last + 1]


def table(rows: list[tuple[float, float, str, str]]) -> str:
    """Transition densities in Markdown."""
    lines = ["| density p | accuracy | winner above | winner below |", "|---|---|---|---|"]
    lines += [f"| {p:.9f} | {error:.0e} | {dense} | {sparse} |" for p, error, dense, sparse in rows]
    return "\n".join(lines) + "\n"


def free_gain(derived: xr.Dataset) -> xr.DataArray:
    """Benefit of free blocks over the best polytope's: (free_density, free_dimension)."""
    best = (
        derived["benefit"].max("arrangement").sel(density=derived["free_density"], method="nearest")
    )
    return derived["free_benefit"] / best.drop_vars("density")


def draw_packing(derived: xr.Dataset) -> Any:
    """Benefit of every arrangement over that of a dedicated feature; D* of the winner."""
    figure, (upper, lower) = plt.subplots(
        2, 1, figsize=(PAGE, 5.6), sharex=True, height_ratios=(1.35, 1)
    )
    p = derived["density"].values
    best = derived["benefit"].max("arrangement").values
    for name in derived["arrangement"].values:
        gain = derived["benefit"].sel(arrangement=name).values / best
        if name in STYLES:
            colour, dashes = STYLES[name]
            upper.plot(1 / p, gain, color=colour, ls=dashes, lw=1.3, label=name, zorder=3)
        else:
            upper.plot(1 / p, gain, color="#C8C8C8", lw=0.6)
    upper.plot([], [], color="#C8C8C8", lw=0.6, label="other polytopes")
    upper.plot(
        1 / p, derived["large_benefit"] / best, color=INK, ls=":", lw=1.6,
        label="large blocks (Gaussian limit)",
    )  # fmt: skip
    for place, d in enumerate(derived["free_dimension"].values):
        x = 1 / derived["free_density"].values
        upper.plot(
            x, free_gain(derived).isel(free_dimension=place), FREE_MARKS[place], color="#333333",
            ls="-", lw=0.6, ms=3.5, mfc="white", label=f"free block, {d} dimensions", zorder=4,
        )  # fmt: skip
    most = float(free_gain(derived).max())
    upper.set(ylim=(0.8, max(1.06, 1.02 * most)), ylabel="benefit per dimension / best polytope's")
    upper.set_title("a  loss saved per hidden dimension", loc="left")
    draw_dimensions(lower, derived)
    for density, _, _, _ in changes(derived):
        for ax in (upper, lower):
            ax.axvline(1 / density, color="#DDDDDD", lw=0.6, zorder=0)
    handles = [handle for ax in (upper, lower) for handle in ax.get_legend_handles_labels()[0]]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    headline(figure, "Packing theory: the arrangement that saves most per dimension")
    return figure


def draw_dimensions(ax: Any, derived: xr.Dataset) -> None:
    """D* of what saves most: the best polytope as far as it wins, then large blocks; free blocks.

    Free blocks are filled where they save more than both.
    """
    p, takeover = derived["density"].values, changes(derived)[-1][0]
    wins = p > takeover
    for name in np.unique(derived["winner"].values[wins]):
        here = wins & (derived["winner"].values == name)
        x, y = 1 / p[here], derived["dimensions_per_feature"].values[here]
        ax.plot(x, y, "o", ms=2.8, color=STYLES[str(name)][0])
    large = 1 / (derived["large_ratio"] * derived["large_scale"]).values
    at = np.exp(np.interp(-np.log(takeover), -np.log(p), np.log(large)))
    x, y = np.append(1 / takeover, 1 / p[~wins]), np.append(at, large[~wins])
    ax.plot(x, y, color=INK, ls=":", lw=1.6)
    last = derived.isel(free_dimension=-1)
    share = last["free_dimension"].values / (last["free_W"] ** 2).sum(("hidden", "feature")).values
    x, more = 1 / last["free_density"].values, free_wins(derived)
    style = {"marker": FREE_MARKS[-1], "color": "#333333", "ms": 3.5, "lw": 0.6}
    ax.plot(x, share, mfc="white", **style)
    d = int(last["free_dimension"])
    label = f"b: filled where {d}-dimensional free blocks save most"
    ax.plot(x[more], share[more], label=label, **style | {"ls": ""})
    for line in (1, 0.5):
        ax.axhline(line, color="#999999", lw=0.6, ls="--")
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.set(ylabel="$D^* = m/\\|W\\|_F^2$", xlabel="$1/p$", xscale="log", ylim=(0, 1.08))
    ax.set_title(
        f"b  dimensions per feature of what saves most; large blocks from $1/p$ = "
        f"{1 / takeover:.0f} on",
        loc="left",
    )
    plain_ticks(ax.xaxis)


def free_wins(derived: xr.Dataset) -> Any:
    """Where free blocks of the most dimensions save more than polytopes and large blocks."""
    most = derived["free_benefit"].isel(free_dimension=-1)
    here = derived[["benefit", "large_benefit"]].sel(
        density=derived["free_density"].values, method="nearest"
    )
    rival = np.maximum(here["benefit"].max("arrangement").values, here["large_benefit"].values)
    return most.values > rival


def described(
    picture: Any, derived: xr.Dataset, rows: list[tuple[float, float, str, str]]
) -> Drawing:
    """The picture and the table of changes, and in words which arrangement wins where."""
    steps = [(f"{p:.5f}", f"{1 / p:.2f}", dense, sparse) for p, _, dense, sparse in rows]
    most = free_gain(derived).isel(free_dimension=-1)
    d = int(derived["free_dimension"][-1])
    count = np.isfinite(derived["free_b"].isel(free_dimension=-1)).sum("feature").values
    free = [
        (f"{p:.3g}", str(k), f"{100 * (more - 1):+.2g} %", "yes" if wins else "no")
        for p, more, k, wins in zip(
            most["free_density"].values, most.values, count, free_wins(derived), strict=True
        )
    ]
    gain = float(
        (derived["benefit"].max("arrangement") / feature_variance(derived["density"])).max()
    )
    return Drawing(
        picture,
        tables={"packing_theory": table(rows)},
        claim=CLAIM,
        setup=(
            f"{derived.sizes['arrangement']} families of symmetric arrangements, each at its best "
            f"scale, bias and shape, at {derived.sizes['density']} densities from 1 to 0.01."
        ),
        theory=(
            "The winner changes where two arrangements save the same, found to "
            f"{max(row[1] for row in rows):.0e} or better (D14); the last change is to the "
            "Gaussian limit of large blocks, which is no model. Between digons and large blocks "
            "Gosset's polytopes win: 16 features in 5 dimensions, 27 in 6. The best saves up to "
            f"{gain:.2g} times what a dedicated feature does."
            + markdown_table(["p", "1/p", "winner above p", "winner below p"], steps)
            + f"\nFree blocks of {counted(d, 'dimension')}, whose weights are all searched:"
            + markdown_table(
                ["p", "features", "saves beside the best polytope", "most of all"], free
            )
        ),
        training="None: `dimensions_per_feature` and `feature_dimensionality` train.",
        alt=(
            "Above, what each arrangement saves per dimension over 1/p, relative to the best "
            "polytope: curves of simplices, digons, pentagon, antiprism and larger polytopes reach "
            "1 one after the other, then large blocks and free blocks rise above it. Below, "
            "dimensions per feature of what saves most, falling from 1 over a plateau near 1/2."
        ),
        whose="ours",
        verdict=(
            "holds for the symmetric arrangements compared: the paper's polytopes win in the "
            f"paper's order, up to 1/p = {1 / rows[-1][0]:.0f}, where large blocks begin to save "
            f"more; free blocks save up to {100 * (float(most.max()) - 1):.0f} % more than the "
            "best polytope."
        ),
    )
