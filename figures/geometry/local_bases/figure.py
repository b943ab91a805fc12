"""local_bases: each set of correlated features gets a basis of its own, shared with the other."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.ticker import MaxNLocator

from figures.geometry.local_bases.plan import DENSITY, NAME, configuration
from figures.kit.claims import claim
from figures.kit.profile import Profile
from figures.kit.result import Result
from figures.kit.style import SIGNED, save_figure
from ground.checks import FloatArray
from ground.results import load

CLAIM = (
    "Two sets of ten correlated features share ten dimensions: each set is stored as a nearly "
    "orthogonal basis, and interference runs across the sets only."
)


def draw(profile: Profile) -> None:
    """Check that blocks of WᵀW within a set are near the identity; draw all and the best."""
    measured = load(profile.data(NAME, "measured"), configuration=configuration(profile))
    W = measured["W"].transpose("run", "hidden", "feature").values
    loss = measured["loss"].values
    best = int(loss.argmin())
    within, across, diagonal = spread(W)
    claim(
        bool(within[best] < across[best] / 3),
        f"interference runs across sets: {within[best]:.3f} within, {across[best]:.3f} across",
    )
    off = np.abs(diagonal[best] - 1).max()
    claim(off < 0.2, f"features have nearly unit length, got ‖W_i‖² up to {off:.2f} from 1")
    save_figure(draw_bases(W[best], within, across, loss), profile.figure(NAME))
    result(measured, within, across, diagonal, best).write(profile)


def spread(W: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Root mean square of the off-diagonal within sets, and across; the diagonal (run, …)."""
    G = np.swapaxes(W, -1, -2) @ W
    n = G.shape[-1]
    member = np.arange(n) * 2 // n
    same = (member[:, None] == member) & ~np.eye(n, dtype=bool)
    other = member[:, None] != member
    within, across = (
        np.sqrt(np.mean(np.where(mask, G, 0) ** 2, axis=(1, 2)) * n * n / mask.sum())
        for mask in (same, other)
    )
    return within, across, np.diagonal(G, axis1=1, axis2=2)


def draw_bases(W: FloatArray, within: FloatArray, across: FloatArray, loss: FloatArray) -> Any:
    """WᵀW of the best run; interference within and across sets of all runs."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.5), width_ratios=(1.25, 1))
    G = W.T @ W
    image = left.imshow(G, cmap=SIGNED, vmin=-1, vmax=1)
    half = len(G) / 2 - 0.5
    for line in (left.axhline, left.axvline):
        line(half, color="#222222", lw=0.8)
    left.set(xlabel="feature", ylabel="feature", xticks=[0, 9, 19], yticks=[0, 9, 19])
    left.set_xticklabels([1, 10, 20])
    left.set_yticklabels([1, 10, 20])
    left.set_title("a  $W^\\top W$ of the best run", loc="left")
    figure.colorbar(image, ax=left, shrink=0.85, pad=0.02)
    order = np.argsort(loss)
    right.plot(across[order], "o", ms=4, color="#D55E00", label="across the two sets")
    right.plot(within[order], "s", ms=4, mfc="none", color="#0072B2", label="within a set")
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    right.set(xlabel="runs, best loss first", ylabel="rms of $(W^\\top W)_{ij}$, $i \\ne j$")
    right.set(ylim=(0, None))
    right.legend(loc="center right")
    right.set_title("b  interference", loc="left")
    return figure


def result(
    measured: xr.Dataset, within: FloatArray, across: FloatArray, diagonal: FloatArray, best: int
) -> Result:
    """The figure's entry among the results."""
    lengths = diagonal[best]
    return Result(
        target=NAME,
        claim=CLAIM,
        setup=(
            f"n = 20 in two correlated sets of ten, m = 10, p = {DENSITY:g}, "
            f"{measured.sizes['run']} runs."
        ),
        theory="None: 3²⁰ patterns of a set have no closed form here (D16 covers small sets).",
        training=(
            f"Best run: rms interference {within[best]:.3f} within a set against "
            f"{across[best]:.3f} across, ‖W_i‖² from {lengths.min():.2f} to {lengths.max():.2f}. "
            f"Over all runs the ratio is {np.median(within / across):.2f} in the median."
        ),
    )
