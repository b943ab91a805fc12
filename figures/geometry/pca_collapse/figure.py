"""pca_collapse: correlated pairs give in to their principal components, one after the other."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter, NullFormatter

from figures.geometry.correlated_features.figure import orders
from figures.geometry.pca_collapse.plan import NAME, PAIRS, configuration
from figures.kit.claims import claim
from figures.kit.planar import SET_COLOURS, arrows, matched
from figures.kit.profile import Profile
from figures.kit.result import Result
from figures.kit.style import INK, save_figure
from ground.checks import FloatArray
from ground.results import load
from theory.geometry.collapse import collapsed_pairs
from theory.loss.sets import Sets, set_loss

CLAIM = (
    "Three correlated pairs in the plane form a hexagon with partners adjacent while they are "
    "sparse; as density grows the pairs collapse one after the other to their principal component."
)
PICTURES = 6
ROUNDING = 1e-9


def draw(profile: Profile) -> None:
    """Check the order of the collapses and their thresholds; draw."""
    measured = load(profile.data(NAME, "measured"), configuration=configuration(profile))
    derived = load(profile.data(NAME, "derived"))
    best = best_of(measured)
    p = measured["density"].values
    counts = best["collapsed"]
    claim(bool(np.all(np.diff(counts) >= 0)), f"pairs collapse and stay so, got {counts}")
    claim({0, PAIRS} <= set(counts.tolist()), f"from no pair to all, got {counts}")
    gap = best["loss"] / derived["loss"].values - 1
    claim(float(gap.min()) > -ROUNDING, "no trained model beats the exact best found")
    brackets = trained_thresholds(p, counts)
    for threshold, above in zip(derived["threshold"].values, derived["above"].values, strict=True):
        low, high = brackets[int(above)]
        # One grid step of grace: near an exchange both minima are within 1e-3 of each other.
        step = p[1] / p[0]
        claim(low / step < threshold < high * step, f"threshold {threshold:.3f} as trained")
    save_figure(draw_collapse(best, derived, p), profile.figure(NAME))
    result(derived, brackets, gap, measured).write(profile)


def best_of(measured: xr.Dataset) -> dict[str, FloatArray]:
    """The run of each density with the least exact loss."""
    W = measured["W"].transpose("density", "run", "hidden", "feature").values
    b = measured["b"].transpose("density", "run", "feature").values
    kept = []
    for k, p in enumerate(measured["density"].values):
        law = Sets("correlated", (2,) * PAIRS, float(p))
        losses = [set_loss(one, bias, law=law)[0] for one, bias in zip(W[k], b[k], strict=True)]
        run = int(np.argmin(losses))
        kept.append((W[k, run], losses[run], collapsed_pairs(W[k, run])))
    return {
        "W": np.array([one[0] for one in kept]),
        "loss": np.array([one[1] for one in kept]),
        "collapsed": np.array([one[2] for one in kept]),
    }


def trained_thresholds(p: FloatArray, counts: FloatArray) -> dict[int, tuple[float, float]]:
    """For each number of collapsed pairs, the densities between which training reaches it."""
    return {
        above: (float(p[counts < above].max()), float(p[counts >= above].min()))
        for above in range(1, PAIRS + 1)
    }


def draw_collapse(best: dict[str, FloatArray], derived: xr.Dataset, p: FloatArray) -> Any:
    """Pictures by density; the number of collapsed pairs and the angles between partners."""
    figure = plt.figure(figsize=(8.2, 5.4))
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.9))
    chosen = np.linspace(0, len(p) - 1, PICTURES).round().astype(int)
    colours = [SET_COLOURS[k // 2] for k in range(2 * PAIRS)]
    exact = derived["W"].transpose("density", "hidden", "feature").values
    for ax, k in zip(top.subplots(1, PICTURES), chosen, strict=True):
        turned, _ = matched(best["W"][k], exact[k], orders(PAIRS))
        arrows(ax, turned, colours, reference=exact[k])
        ax.set_title(f"$p$ = {p[k]:.2g}", fontsize=8)
    top.suptitle(
        "Best trained model (arrows, one colour a pair) on the exact best (circles)",
        x=0.01, ha="left", fontsize=9.5,
    )  # fmt: skip
    upper, lower = bottom.subplots(2, 1, sharex=True)
    upper.step(p, derived["collapsed"], where="mid", color="#BBBBBB", lw=2, label="exact best")
    upper.plot(p, best["collapsed"], "o", ms=4, color="#0072B2", label="best trained")
    upper.set(ylabel="collapsed pairs", yticks=range(PAIRS + 1))
    upper.legend(loc="upper left")
    for W, style in ((exact, {"marker": "o", "mfc": "none", "ms": 7, "color": "#999999"}),
                     (best["W"], {"marker": ".", "ms": 6, "color": "#0072B2"})):  # fmt: skip
        lower.plot(p, angles(W), ls="", **style)
    lower.set(xscale="log", xlabel="density of a pair", ylabel="angle between\npartners, degrees")
    for ax in (upper, lower):
        for threshold in derived["threshold"].values:
            ax.axvline(threshold, color=INK, lw=0.7, ls=":")
    for threshold in derived["threshold"].values:
        upper.text(threshold, PAIRS + 0.25, f"{threshold:.3f}", fontsize=7, ha="center")
    lower.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    lower.xaxis.set_minor_formatter(NullFormatter())
    return figure


def angles(W: FloatArray) -> FloatArray:
    """Angle between the partners of each pair in degrees, (..., pairs)."""
    unit = W / np.linalg.norm(W, axis=-2, keepdims=True)
    cosine = np.clip(np.sum(unit[..., ::2] * unit[..., 1::2], axis=-2), -1, 1)
    return np.asarray(np.degrees(np.arccos(cosine)))


def result(
    derived: xr.Dataset, brackets: dict[int, tuple[float, float]], gap: FloatArray,
    measured: xr.Dataset,
) -> Result:  # fmt: skip
    """The figure's entry among the results."""
    exact = ", ".join(f"{value:.4f}" for value in derived["threshold"].values)
    seen = ", ".join(f"{low:.3f}–{high:.3f}" for low, high in brackets.values())
    p = derived["density"].values
    two = int(np.argmax(derived["collapsed"].values == PAIRS - 1))
    exact_W = derived["W"].transpose("density", "hidden", "feature").values
    opening = ", ".join(f"{angle:.0f}°" for angle in np.sort(angles(exact_W[two])))
    return Result(
        target=NAME,
        claim=CLAIM,
        setup=(
            f"n = 6 in three correlated pairs, m = 2, {measured.sizes['density']} densities from "
            f"0.02 to 0.8, best of {measured.sizes['run']} runs each."
        ),
        theory=(
            f"The exact best model has one, two and three collapsed pairs from p = {exact} on "
            "(D16), each exchange of first order; with two pairs collapsed at "
            f"p = {p[two]:.3f}, the partners are {opening} apart."
        ),
        training=(
            f"The best trained model gains its first, second and third collapsed pair between "
            f"p = {seen}; its exact loss is {100 * np.median(gap):.2g} % above the exact best in "
            f"the median and at most {100 * gap.max():.2g} %."
        ),
    )
