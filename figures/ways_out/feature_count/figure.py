"""feature_count: how many features there are, from activations alone, with noise."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

from agreement.comparison.counted import Counted, counted_features
from figures.kit.claims import claim
from figures.kit.result import Drawing
from figures.kit.style import PAGE, headline
from figures.kit.words import markdown_table
from figures.ways_out.feature_count.panels import draw_counts, draw_cumulants, draw_spectrum
from figures.ways_out.feature_count.plan import Plan, Subject
from ground.binomial import quantile

CLAIM = (
    "The number of features can be read off activations alone: lone features lie on rays, and the "
    "fourth cumulant, which Gaussian noise does not change, has the rank of their lines."
)
SILENT = 0.05  # of all counts: wrong, with nothing said against them
CHANCE = 0.01  # that an eigenvalue is counted in error
SURE = 1 - 1e-6
METHODS = ("rays", "cumulants")


def draw(plan: Plan, measured: xr.Dataset, derived: xr.Dataset) -> Drawing:
    """Check counts and cumulants; draw."""
    found = counted_features(measured, [subject.density for subject in plan.subjects])
    row = found.row()
    off = np.abs(measured["cumulant"] - derived["at"]) / measured["cumulant_error"]
    off_max = float(off.max())
    claim(off_max < 5, f"sampled cumulants are the exact ones, off by {off_max:.1f} errors")
    claim(
        bool(found.right[:, 0].any(axis=-1).all()), "without noise one method is right everywhere"
    )
    tests = found.over.size
    over = row["counted_rank_over"]
    allowed = quantile(SURE, tests, CHANCE)
    claim(over <= allowed, f"samples have no more rank than there is, {over} of {tests} do")
    silent = int(found.silent.sum())
    claim(silent <= SILENT * found.silent.size, f"errors are announced, {silent} are not")
    figure = plt.figure(figsize=(PAGE, 5.3))
    grid = figure.add_gridspec(2, 2, width_ratios=[1.75, 1.0])
    draw_counts(figure.add_subplot(grid[:, 0]), plan, measured, found)
    draw_cumulants(figure.add_subplot(grid[0, 1]), measured, derived)
    shown = _shown(plan)
    draw_spectrum(figure.add_subplot(grid[1, 1]), plan, measured, found, shown)
    headline(figure, "Counting features without knowing them")
    return Drawing(
        figure,
        claim=CLAIM,
        setup=(
            f"{len(plan.subjects)} models: blocks at their best, random directions, "
            f"trained ones; {plan.samples} samples of h = Wx + noise each, standard deviations "
            f"{', '.join(f'{noise:g}' for noise in plan.noises)} in each dimension, which rays are "
            "told and cumulants not; features are of lengths near 1."
        ),
        theory=_theory(derived, found),
        training=_counts(plan, found, row),
        whose="ours",
        verdict=_verdict(plan, found, row),
        row=row,
        tables={"feature_count": _table(plan, measured, found)},
        alt=(
            "A table of models by noise and method, coloured by whether the count is right; "
            "cumulants of one feature along density; eigenvalues of a fourth cumulant."
        ),
    )


def _shown(plan: Plan) -> int:
    """The model whose eigenvalues are drawn: random directions, sparse."""
    random = [k for k, subject in enumerate(plan.subjects) if subject.kind == "random"]
    return random[min(1, len(random) - 1)]


def _theory(derived: xr.Dataset, found: Counted) -> str:
    return (
        f"κ₄ vanishes at p = {float(derived['vanishing']):.4f}; the rank of the fourth cumulant is "
        "that of (w_i·w_j)², at most m(m + 1)/2: with third cumulants, which are zero on an equal "
        f"pair, it gives the number of features in {int(found.countable.sum())} of "
        f"{len(found.features)} models, if samples were without end. Lines in a plane count three "
        "at most. A feature is alone with chance p(1 − p)ⁿ⁻¹, from "
        f"{found.lone.min():.4f} to {found.lone.max():.3f} here."
    )


def _counts(plan: Plan, found: Counted, row: dict[str, Any]) -> str:
    total = len(found.features)
    words = []
    for method in METHODS:
        right = [str(row[f"counted_{method}_{j}"]) for j in range(len(plan.noises))]
        words.append(f"{method} {', '.join(right)}")
    either = found.right.any(axis=-1).sum(axis=0)
    return (
        f"Right of {total}, by noise {', '.join(f'{noise:g}' for noise in plan.noises)}: "
        f"{'; '.join(words)}; one of the two {', '.join(map(str, either))}. "
        f"Of {found.right.size} counts {int((~found.right).sum())} are wrong, "
        f"{int(found.silent.sum())} of them with nothing said against them. The rank of samples "
        f"exceeds the exact one in {row['counted_rank_over']} of {found.over.size}."
    )


def _verdict(plan: Plan, found: Counted, row: dict[str, Any]) -> str:
    last = len(plan.noises) - 1
    return (
        "corrected: without noise one of the two counts every model, but each has its limit: "
        f"rays need lone features and little noise ({row['counted_rays_0']} models right without, "
        f"{row[f'counted_rays_{last}']} at σ = {plan.noises[-1]:g}), cumulants lines with "
        f"independent squares (right in {row['counted_cumulants_0']} and "
        f"{row[f'counted_cumulants_{last}']}), and nearly all that fails says so."
    )


def name_of(subject: Subject) -> str:
    """A model in a few words."""
    return f"{subject.kind}, m = {subject.n_hidden}, p = {subject.density:g}"


def _table(plan: Plan, measured: xr.Dataset, found: Counted) -> str:
    headings = ["model", "n", "lines", "rank", "alone"]
    for method in METHODS:
        headings += [f"{method}, σ = {noise:g}" for noise in plan.noises]
    rows = []
    for i, subject in enumerate(plan.subjects):
        row = [name_of(subject), str(found.features[i]), str(found.lines[i]), str(found.rank[i])]
        row.append(f"{found.lone[i]:.4f}")
        for k in range(len(METHODS)):
            for j in range(len(plan.noises)):
                count = str(int(measured["count"].values[i, j, k]))
                doubted = measured["doubts"].values[i, j, k] > 0
                row.append(
                    f"{count}{'' if found.right[i, j, k] else ' ✗'}{' ?' if doubted else ''}"
                )
        rows.append(row)
    return (
        "# Features counted from activations\n\n✗ wrong; ? the method itself says that it may be. "
        "`rank` is the exact rank of the fourth cumulant, `alone` the chance that a sample holds "
        "one given feature alone.\n" + markdown_table(headings, rows)
    )
