"""loss_surface_n2_m1: the exact loss of two features in one dimension, its minima and basins."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import INK, PAGE, PHASES, headline
from figures.kit.words import markdown_table

ALONE = 0.05  # a smaller weight counts as zero when a minimum is named
KINDS = {
    "feature 1 alone": PHASES["extra feature ignored"],
    "antipodal pair": PHASES["extra feature in a digon"],
    "same sign (confused)": "#0072B2",
}


def kind_of(W: np.ndarray) -> str:
    """Name a minimum by the signs of its two weights."""
    if np.abs(W).min() < ALONE:
        return "feature 1 alone"
    return "antipodal pair" if W[0] * W[1] < 0 else "same sign (confused)"


def draw(derived: xr.Dataset) -> Drawing:
    """Check which minima exist where, and draw surfaces, minima and basins."""
    kinds = {
        (point, bias): [kind_of(W) for W in _minima(derived.isel(point=point, bias=bias))[0]]
        for point in range(derived.sizes["point"])
        for bias in (0, 1)
    }
    claim(
        kinds[0, 0] == ["same sign (confused)", "antipodal pair"],
        f"dense and without bias the confused minimum is best, got {kinds[0, 0]}",
    )
    claim(kinds[0, 1][0] == "antipodal pair", "with bias an uneven antipodal pair is best there")
    claim(
        {"feature 1 alone", "antipodal pair"} <= set(kinds[2, 1]),
        f"sparser, one feature alone and the pair coexist, got {kinds[2, 1]}",
    )
    return described(draw_surfaces(derived), derived, kinds)


def draw_surfaces(derived: xr.Dataset) -> Any:
    """A column a point of the diagram; above without bias, below with the best."""
    figure, grid = plt.subplots(2, 3, figsize=(PAGE, 5.3), sharex=True, sharey=True)
    for (bias, point), ax in np.ndenumerate(grid):
        draw_surface(ax, derived.isel(point=point, bias=bias))
    for point, ax in enumerate(grid[0]):
        p, r = float(derived["density"][point]), float(derived["ratio"][point])
        ax.set_title(f"{'abc'[point]}  $p$ = {p:g}, $r$ = {r:g}", loc="left")
        grid[1, point].set_title("def"[point], loc="left")
        grid[1, point].set_xlabel("$w_1$")
    grid[0, 0].set_ylabel("without bias\n\n$w_2$")
    grid[1, 0].set_ylabel("best bias at each point\n\n$w_2$")
    figure.legend(
        handles=[
            Patch(facecolor=colour, alpha=0.6, label=f"flows to: {kind}")
            for kind, colour in KINDS.items()
        ]
        + [
            Line2D([], [], ls="", marker="*", color=INK, ms=7, label="global minimum"),
            Line2D([], [], ls="", marker="o", mfc="white", mec=INK, ms=4, label="other minimum"),
            Line2D([], [], color=INK, lw=0.6, label="level of the exact loss"),
        ],
        loc="outside lower center",
        ncols=3,
    )
    headline(figure, "Two features, one dimension: the exact loss, its minima and their basins")
    return figure


def draw_surface(ax: Any, case: xr.Dataset) -> None:
    """Level lines over tinted basins, with all minima and their mirror images."""
    weights, _ = _minima(case)
    colours = list(KINDS.values())
    tint = np.array([list(KINDS).index(kind_of(W)) for W in weights])[case["basin"].values]
    ax.pcolormesh(
        case["start1"],
        case["start2"],
        tint.T,
        cmap=ListedColormap(colours),
        vmin=-0.5,
        vmax=len(colours) - 0.5,
        alpha=0.6,
        rasterized=True,
        linewidth=0,
    )
    loss = case["loss"].values
    least = min(loss.min(), float(np.nanmin(case["minimum_loss"])))
    levels = least * np.array([1.02, 1.1, 1.25, 1.5, 2, 3, 5, 9, 16])
    ax.contour(case["w1"], case["w2"], loss.T, levels=levels, colors=INK, linewidths=0.6)
    equal = float(case["ratio"]) == 1
    for rank, W in reversed(list(enumerate(weights))):
        images = [W, -W, *([W[::-1], -W[::-1]] if equal else [])]
        style = (
            {"marker": "*", "color": INK, "ms": 7}
            if rank == 0
            else {"marker": "o", "mfc": "white", "mec": INK, "ms": 4}
        )
        ax.plot(*np.array(images).T, ls="", zorder=4, **style)
    ax.set_aspect("equal")
    ax.spines[["top", "right"]].set_visible(True)


def _minima(case: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Weights (k, 2) and losses (k,) of the minima of one case, best first."""
    loss = case["minimum_loss"].values
    return case["minimum_W"].values[np.isfinite(loss)], loss[np.isfinite(loss)]


def described(
    picture: Any, derived: xr.Dataset, kinds: dict[tuple[int, int], list[str]]
) -> Drawing:
    """The picture, and in words which minima there are at each point."""
    rows = []
    for (point, bias), names in kinds.items():
        case = derived.isel(point=point, bias=bias)
        where = (f"{float(case['density']):g}", f"{float(case['ratio']):g}")
        rows += [
            (*where, "best" if bias else "0", name, f"{W[0]:.3f}", f"{W[1]:.3f}", f"{loss:.5f}")
            for name, W, loss in zip(names, *_minima(case), strict=True)
        ]
    return Drawing(
        picture,
        claim="Minima move smoothly near the corner of the diagram, two of them coexist further "
        "out, and a confused minimum w1 ≈ w2 ≈ 1/√2 is best when features are dense and equally "
        "important.",
        setup="n = 2, m = 1; exact loss over (w1, w2) at three points of the diagram, with b = 0 "
        "and with the best b at each (w1, w2); basins of gradient flow started at b = 0.",
        theory="All minima at the three points, best first:"
        + markdown_table(["p", "r", "bias", "minimum", "w1", "w2", "loss"], rows),
        alt="Six maps of the loss over both weights, above without bias and below with the best "
        "one, at three points of the phase diagram. Level lines, tinted basins of the gradient "
        "flow, a star at each best minimum and a circle at each other one.",
        training="None needed: the surface is exact. Training meets the same minima in "
        "`phase_n2_m1`.",
        whose="the paper's",
        verdict="holds without bias, as the paper's comment by McGrath has it; with the best bias "
        "an uneven antipodal pair lies below the confused minimum.",
    )
