"""correlated_features: features that come together lie at right angles, excluding ones opposite."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from figures.geometry.correlated_features.plan import CASES, NAME, configuration
from figures.kit.claims import claim
from figures.kit.planar import SET_COLOURS, arrows, matched
from figures.kit.profile import Profile
from figures.kit.result import Result
from figures.kit.style import INK, save_figure
from ground.checks import FloatArray
from ground.results import load
from theory.data_law import feature_variance
from theory.loss.sets import Sets, set_loss

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
SAME_LOSS = 0.02  # a run ends in the best arrangement where its loss is this close to the best
PARTNERS = {"correlated": 90.0, "correlated, dense": 0.0, "anticorrelated": 180.0}
ROUNDING = 1e-9


def draw(profile: Profile) -> None:
    """Check the angles between partners and that nothing beats the exact best; draw."""
    measured = load(profile.data(NAME, "measured"), configuration=configuration(profile))
    derived = load(profile.data(NAME, "derived"))
    found = [case_of(measured, derived, at) for at in range(len(CASES))]
    for case in found:
        label = case["label"]
        claim(case["lowest"] > -ROUNDING, f"no run of {label} beats the exact best")
        claim(case["fraction"] > 0, f"some run of {label} ends in the best arrangement")
        if label in PARTNERS:
            off = np.abs(case["angles"] - PARTNERS[label]).max()
            claim(off < 6, f"partners of {label} at {PARTNERS[label]:g}°, got {off:.1f}° off")
    last = found[-1]
    claim(
        bool(np.all(last["angles"] < 90)) and last["label"] == "three correlated",
        "partners of three pairs are adjacent in a hexagon",
    )
    save_figure(draw_cases(found), profile.figure(NAME))
    result(found).write(profile)


def case_of(measured: xr.Dataset, derived: xr.Dataset, at: int) -> dict[str, Any]:
    """Exact losses of all runs of a case, beside the exact best."""
    label, kind, pairs, p = CASES[at]
    law = Sets(kind, (2,) * pairs, p)  # type: ignore[arg-type]
    W = measured[f"W_{at}"].transpose("run", "hidden", f"feature_{at}").values
    b = measured[f"b_{at}"].transpose("run", f"feature_{at}").values
    loss = np.array([set_loss(one, bias, law=law)[0] for one, bias in zip(W, b, strict=True)])
    best = float(derived[f"loss_{at}"])
    # The scale of a loss that may vanish: that of a model that represents nothing.
    empty = 2 * pairs * feature_variance(p)
    excess = (loss - best) / empty
    k = int(loss.argmin())
    return {
        "label": label,
        "density": p,
        "W": W[k],
        "excess": excess,
        "lowest": float(excess.min()),
        "fraction": float(np.mean(excess < SAME_LOSS * np.nanmin([1, _rival(derived, at, empty)]))),
        "rival": _rival(derived, at, empty),
        "reference": derived[f"W_{at}"].transpose("hidden", f"feature_{at}").values,
        "angles": partner_angles(W[k]),
        "gap": excess[k],
    }


def _rival(derived: xr.Dataset, at: int, empty: float) -> float:
    """Excess of the next best minimum."""
    return float((derived[f"next_{at}"] - derived[f"loss_{at}"]) / empty)


def partner_angles(W: FloatArray) -> FloatArray:
    """Angle between the two features of each pair, in degrees."""
    unit = W / np.linalg.norm(W, axis=0)
    return np.degrees(np.arccos(np.clip(np.sum(unit[:, ::2] * unit[:, 1::2], axis=0), -1, 1)))


def orders(pairs: int) -> list[list[int]]:
    """Reorderings that the law does not notice: of the pairs, and within each."""
    found = []
    for order in permutations(range(pairs)):
        for flips in product((0, 1), repeat=pairs):
            found.append([i for k in order for i in (2 * k + flips[k], 2 * k + 1 - flips[k])])
    return found


def draw_cases(found: list[dict[str, Any]]) -> Any:
    """Best run of each case on the exact best; below, how far all runs are from it."""
    figure, grid = plt.subplots(2, len(found), figsize=(8.4, 4.3), height_ratios=(1.5, 1))
    for ax, below, case in zip(grid[0], grid[1], found, strict=True):
        pairs = case["W"].shape[1] // 2
        colours = [SET_COLOURS[k // 2] for k in range(2 * pairs)]
        turned, _ = matched(case["W"], case["reference"], orders(pairs))
        arrows(ax, turned, colours, reference=case["reference"])
        ax.set_title(f"{TITLES[case['label']]}\n$p$ = {case['density']:g}", fontsize=8)
        excess = np.sort(np.maximum(case["excess"], 1e-8))
        below.plot(np.linspace(0, 100, len(excess)), excess, ".", ms=4, color=INK)
        if np.isfinite(case["rival"]):
            below.axhline(case["rival"], color="#D55E00", lw=0.8, ls="--")
            below.text(0, case["rival"] * 1.25, "next minimum", fontsize=6, color="#D55E00")
        below.set(yscale="log", ylim=(5e-9, 1), xlabel="runs, %")
    grid[1, 0].set_ylabel("loss above the exact best\n/ loss of an empty model")
    figure.suptitle(
        "Best trained model (arrows, one colour a set) on the exact best (circles)",
        x=0.01, ha="left", fontsize=10,
    )  # fmt: skip
    return figure


def result(found: list[dict[str, Any]]) -> Result:
    """The figure's entry among the results."""
    rows = [
        f"{TITLES[case['label']]} at p = {case['density']:g}: "
        f"{100 * case['fraction']:.0f} % of runs in the best arrangement, best run "
        f"{case['gap']:.1e} above the exact best, partners at "
        + ", ".join(f"{angle:.0f}°" for angle in case["angles"])
        for case in found
    ]
    return Result(
        target=NAME,
        claim=CLAIM,
        setup=f"m = 2, pairs of features, {len(found[0]['excess'])} runs a case. Gaps are in units "
        "of the loss of a model that represents nothing.",
        theory=(
            "Exact loss under each law (D16). Two anticorrelated pairs cost nothing as two digons; "
            "two correlated pairs are orthogonal below p = 0.2579 and collapsed above; three form "
            "a hexagon with partners adjacent below p = 0.0713."
        ),
        training="; ".join(rows) + ".",
    )
