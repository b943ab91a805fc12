"""feature_dimensionality: lines among the D_i of trained models, beside predicted fractions."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.ticker import FuncFormatter, NullFormatter
from scipy.sparse.csgraph import connected_components

from figures.geometry.dimensions_per_feature import plan as source
from figures.geometry.feature_dimensionality.plan import NAME, REPORTED, configuration
from figures.kit.claims import claim
from figures.kit.profile import Profile
from figures.kit.result import Result
from figures.kit.style import INK, save_figure
from ground.checks import FloatArray
from ground.results import load, write_text
from numeric.measure.geometry import feature_dimensionality, norms
from numeric.measure.lines import Line, lines

CLAIM = (
    "The dimensionalities D_i of features in trained models gather at 1/2, the digon's, as a "
    "local excess and not as a majority; which other fractions of polytopes do is said below."
)
# needs: dimensions_per_feature.measured
LABEL = "200_20"
REPRESENTED = 0.3  # ‖W_i‖ from which a feature counts as represented
NEAR = 0.012  # a line is explained by a fraction this close
GRAPHS = 5
FREE = "#009E73"


def draw(profile: Profile) -> None:
    """Find the lines; check that the digons' is among them; draw D_i, lines, and graphs."""
    measured = load(
        profile.data(source.NAME, "measured"), configuration=source.configuration(profile)
    )
    derived = load(profile.data(NAME, "derived"))
    fine = load(profile.data(NAME, "measured"), configuration=configuration(profile))
    W, p = models(measured, fine)
    D = feature_dimensionality(W)
    present = norms(W) > REPRESENTED
    found = found_lines(D, present)
    digons = [line for line in found if abs(line.dimensionality - 0.5) < NEAR]
    claim(bool(digons), f"a line at 1/2, got lines at {[line.dimensionality for line in found]}")
    reasons = [explained(line, derived, D, present, W.shape[2]) for line in found]
    lines_found = list(zip(found, reasons, strict=True))
    save_figure(draw_all(D, present, p, lines_found, derived, W), profile.figure(NAME))
    write_text(profile.table(NAME, ".md"), table(lines_found, derived))
    result(lines_found, derived, D, present).write(profile)


def models(measured: xr.Dataset, fine: xr.Dataset) -> tuple[FloatArray, FloatArray]:
    """W (density, run, hidden, feature) and p (density,) of the notebook's size, by falling p."""
    names = ("density", "run", "hidden", "feature")
    axes = [f"{axis}_{LABEL}" for axis in names]
    W = [measured[f"W_{LABEL}"].transpose(*axes).values, fine["W"].transpose(*names).values]
    p = np.concatenate([measured[axes[0]].values, fine["density"].values])
    order = np.argsort(-p)
    return np.concatenate(W)[order], p[order]


def found_lines(D: FloatArray, present: FloatArray) -> list[Line]:
    """Lines among all D_i of represented features, over all densities together."""
    return lines(D[present])


def explained(
    line: Line, derived: xr.Dataset, D: FloatArray, present: FloatArray, n_hidden: int
) -> str:
    """What a line lies at: a polytope's fraction, a free block's, an even share, or nothing known.

    ΣD_i = m where W has a tight frame's spectrum.  The k features that a model represents then
    have m/k each if they share alike: of most features in the line that must be true.
    """
    for name, share in zip(derived["fraction"].values, derived["share"].values, strict=True):
        if abs(line.dimensionality - share) < NEAR:
            return str(name)
    inside = present & (np.abs(D - line.dimensionality) < NEAR)
    shares = n_hidden / np.maximum(present.sum(axis=-1), 1)
    even = np.abs(shares - line.dimensionality) < NEAR
    if inside[even].sum() > 0.5 * inside.sum():
        counts = present.sum(axis=-1)[even]
        return f"{n_hidden} over {counts.min()} to {counts.max()}: an even share"
    for p, k, free in free_shares(derived):
        if np.mean(np.abs(free - line.dimensionality) < NEAR) > 0.5:
            return f"{k} in {int(derived['free_dimension'])}, free, p = {p:.2g}"
    return "unexplained"


def free_shares(derived: xr.Dataset) -> list[tuple[float, int, FloatArray]]:
    """(density, number of features, their D_i) of each free block."""
    rows = zip(derived["free_density"].values, derived["free_D"].values, strict=True)
    return [(float(p), int(np.isfinite(row).sum()), row[np.isfinite(row)]) for p, row in rows]


def table(found: list[tuple[Line, str]], derived: xr.Dataset) -> str:
    """Lines found, then fractions known, each with its counts."""
    rows = ["| line at D | features | expected from neighbours | significance | explained by |",
            "|---|---|---|---|---|"]  # fmt: skip
    rows += [
        f"| {line.dimensionality:.2f} | {line.count} | {line.expected:.1f} | {_sigmas(line.z)} | "
        f"{reason} |"
        for line, reason in found
    ]
    rows += [
        "",
        "| fraction | polytope | predicted to win for p in | line found |",
        "|---|---|---|---|",
    ]
    for name, share, low, high in _known(derived):
        here = [line for line, _ in found if abs(line.dimensionality - share) < NEAR]
        reign = f"{low:.3f} to {high:.3f}" if np.isfinite(low) else "nowhere"
        seen = _sigmas(max(line.z for line in here)) if here else "no"
        rows.append(f"| {share:.3f} | {name} | {reign} | {seen} |")
    rows += ["", "| density | best free block found | its D_i |", "|---|---|---|"]
    rows += [
        f"| {p:.4f} | {k} features in {int(derived['free_dimension'])} dimensions | "
        f"{shares.min():.3f} to {shares.max():.3f}, median {np.median(shares):.3f} |"
        for p, k, shares in free_shares(derived)
    ]
    return "\n".join(rows) + "\n"


def _sigmas(z: float) -> str:
    """Significance in words; beyond 37 the chance underflows."""
    return f"{z:.1f} σ" if z < 37 else "> 37 σ"


def _known(derived: xr.Dataset) -> list[tuple[str, float, float, float]]:
    columns = [derived[name].values.tolist() for name in ("fraction", "share", "from", "to")]
    return sorted(zip(*columns, strict=True), key=lambda row: -row[1])


def draw_all(
    D: FloatArray, present: FloatArray, p: FloatArray, found: list[tuple[Line, str]],
    derived: xr.Dataset, W: FloatArray,
) -> Any:  # fmt: skip
    """D_i over density, their histogram with lines, and graphs of chosen models."""
    figure = plt.figure(figsize=(8.4, 7))
    top, bottom = figure.subfigures(2, 1, height_ratios=(2.1, 1))
    left, right = top.subplots(1, 2, sharey=True, width_ratios=(2.4, 1))
    rng = np.random.default_rng(0)  # of the jitter that keeps points apart
    for k, density in enumerate(p):
        kept = D[k][present[k]]
        jitter = np.exp(rng.uniform(-0.02, 0.02, kept.size))
        left.plot(1 / density * jitter, kept, ".", ms=1.4, color="#0072B2", alpha=0.5)
    for name, share, low, high in _known(derived):
        if np.isfinite(low):
            left.plot([1 / high, 1 / low], [share, share], color="#D55E00", lw=2.2, alpha=0.75)
        else:
            left.axhline(share, color="#BBBBBB", lw=0.5, zorder=0)
        if name in REPORTED:
            left.text(0.93, share, REPORTED[name], fontsize=6.5, ha="right", va="center")
    for density, _, shares in free_shares(derived):
        left.plot(
            np.full(2, 1 / density), [shares.min(), shares.max()], color=FREE, lw=3.5, alpha=0.6
        )
    left.plot([], [], ".", color="#0072B2", label="a feature of a trained model")
    left.plot([], [], color="#D55E00", lw=2.2, label="polytope predicted to win here")
    left.plot(
        [], [], color=FREE, lw=3.5, alpha=0.6,
        label=f"best free block of {int(derived['free_dimension'])} dimensions",
    )  # fmt: skip
    left.legend(loc="upper right")
    left.set(xscale="log", xlabel="$1/p$", ylim=(0, 1.04), xlim=(0.8, 120))
    left.set_ylabel("feature dimensionality $D_i$", labelpad=16)
    left.tick_params(axis="y", pad=16)
    left.set_title("a  every represented feature", loc="left")
    left.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    left.xaxis.set_minor_formatter(NullFormatter())
    right.hist(D[present], np.arange(-0.005, 1.01, 0.01), orientation="horizontal", color="#9DB8D0")
    right.set(xscale="log", xlabel="features in a bin of 0.01")
    right.set_title("b  lines: excess over neighbours", loc="left")
    last = 2.0
    for line, name in sorted(found, key=lambda one: one[0].dimensionality):
        height = max(line.dimensionality, last + 0.035 if last < 1.5 else 0)
        last = height
        right.annotate(
            f"{line.dimensionality:.2f} {name} ({_sigmas(line.z)})",
            (line.count, line.dimensionality),
            xytext=(1.02, height),
            textcoords=right.get_yaxis_transform(),
            fontsize=6,
            va="center",
            color="#D55E00" if name == "unexplained" else INK,
            arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "#999999"},
        )
    axes = bottom.subplots(1, GRAPHS)
    chosen = [
        int(np.argmin(np.abs(np.log(p / target)))) for target in (0.56, 0.35, 0.215, 0.1, 0.05)
    ]
    for ax, k in zip(axes, chosen, strict=True):
        draw_graph(ax, W[k, 0])
        ax.set_title(f"$p$ = {p[k]:.3g}", fontsize=8)
    bottom.suptitle(
        "c  feature geometry: edges are $\\hat W_i\\cdot\\hat W_j$ beyond 0.25 in size, "
        "colour is $D_i$",
        x=0.01, ha="left", fontsize=9,
    )  # fmt: skip
    return figure


def draw_graph(ax: Any, W: FloatArray) -> None:
    """Features as points, a component at a time, on circles side by side."""
    kept = norms(W) > REPRESENTED
    inner = W[:, kept] / norms(W)[kept]
    inner = inner.T @ inner
    D = feature_dimensionality(W)[kept]
    linked = np.abs(inner) > 0.25
    count, label = connected_components(linked & ~np.eye(len(inner), dtype=bool))
    sizes = np.bincount(label, minlength=count)
    side = int(np.ceil(np.sqrt(count)))
    place = np.zeros((len(inner), 2))
    for rank, component in enumerate(np.argsort(-sizes)):
        members = np.flatnonzero(label == component)
        turn = 2 * np.pi * np.arange(len(members)) / len(members)
        radius = 0.0 if len(members) == 1 else 0.36
        centre = np.array([rank % side, -(rank // side)])
        place[members] = centre + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    first, second = np.nonzero(np.triu(linked, 1))
    thin = 0.7 if len(first) < 300 else 0.12
    for i, j in zip(first, second, strict=True):
        colour = "#D55E00" if inner[i, j] > 0 else "#777777"
        ax.plot(*place[[i, j]].T, color=colour, lw=thin, zorder=1)
    ax.scatter(*place.T, c=D, s=7, vmin=0, vmax=1, cmap="viridis", zorder=2, linewidths=0)
    ax.set(aspect="equal", xticks=[], yticks=[])
    ax.axis("off")


def result(
    found: list[tuple[Line, str]], derived: xr.Dataset, D: FloatArray, present: FloatArray
) -> Result:
    """The figure's entry among the results."""
    seen = ", ".join(
        f"{line.dimensionality:.2f} ({reason}, {_sigmas(line.z)})" for line, reason in found
    )
    missing = [
        f"{name} ({share:.3f})"
        for name, share, low, _ in _known(derived)
        if np.isfinite(low)
        and not any(abs(line.dimensionality - share) < NEAR for line, _ in found)
    ]
    near = derived["share"].values
    close = np.abs(D[present][:, None] - near).min(axis=1) < 0.02
    duoprism = [line for line, _ in found if abs(line.dimensionality - 4 / 9) < NEAR]
    at_four_ninths = int(np.sum(np.abs(D[present] - 4 / 9) < 0.005))
    return Result(
        target=NAME,
        claim=CLAIM,
        setup=(
            f"The {D.shape[2]}-feature models of dimensions_per_feature and more between "
            "p = 0.27 and 0.17; a line is a bin of 0.01 "
            "that neither side of it can explain at 3 σ, all bins searched allowed for."
        ),
        theory=(
            "Fractions of the winners of packing theory (D14), each over its densities: "
            + ", ".join(f"{s:.3f} {n}" for n, s, low, _ in _known(derived) if np.isfinite(low))
            + ". 4/9 is the triangle × triangle duoprism's, which wins nowhere. Free blocks of "
            f"{int(derived['free_dimension'])} dimensions: "
            + ", ".join(
                f"{np.median(shares):.3f} ({k} features, p = {density:.3g})"
                for density, k, shares in free_shares(derived)
            )
            + "."
        ),
        training=(
            f"Lines at {seen or 'none'}; predicted and not found: {', '.join(missing) or 'none'}. "
            f"{'A' if duoprism else 'No'} line at 4/9 ({at_four_ninths} features within 0.005). "
            f"{100 * close.mean():.0f} % of features lie within 0.02 of a known fraction."
        ),
    )
