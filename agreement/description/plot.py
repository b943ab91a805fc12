"""A picture of one model: WᵀW in the order of its factors, spectrum, dimensionality, overlaps."""

from __future__ import annotations

import textwrap
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from agreement.description.record import Description
from agreement.description.words import counted
from ground.checks import FloatArray
from theory.polytopes.shapes import named_shapes

__all__ = [
    "draw_arrows",
    "draw_dimensionality",
    "draw_gram",
    "draw_overlaps",
    "draw_spectrum",
    "plot",
]

# A digon's −1 and a pentagon's −.81 differ by eye only where dark colours are far apart: each
# sign runs through two hues, grey says nothing.
SIGNED = ("#2b0a3d", "#7b1fa2", "#d81b60", "#f48fb1", "#f7f7f7", "#90caf9", "#1976d2", "#0d2b66")
SIGNED_AT = (-1.0, -0.8, -0.5, -0.2, 0.0, 0.3, 0.75, 1.0)
INK, ACCENT = "#37474f", "#d81b60"
LABELS_UP_TO = 30  # features that get a number at the Gram matrix
WIDE = 84  # characters of the title in a line
LINES = 2
MARKED = (
    *("digon", "triangle", "tetrahedron", "pentagon", "hexagon", "cube"),
    *("icosahedron", "24-cell"),
)


def plot(W: FloatArray, description: Description, path: str | Path) -> None:
    """Write four panels; the ending of `path` decides the format.

    Raises
    ------
    ValueError
        A format that matplotlib does not write.
    """
    figure = Figure(figsize=(7.1, 6.6), layout="constrained", dpi=200)
    FigureCanvasAgg(figure)
    kinds = figure.canvas.get_supported_filetypes()
    if Path(path).suffix.lower().lstrip(".") not in kinds:
        raise ValueError(f"{path}: a plot must end in one of {', '.join(sorted(kinds))}")
    (gram, shares), (spectrum, overlaps) = figure.subplots(2, 2)
    order = _order(description)
    image = draw_gram(gram, W.T @ W, order, _ends(description))
    bar = figure.colorbar(
        image, ax=gram, shrink=0.9, ticks=[-1, -0.8, -0.5, 0, 0.5, 1], extend="both"
    )
    bar.ax.tick_params(labelsize=7)
    draw_dimensionality(shares, description, order)
    (draw_arrows if len(W) == 2 else draw_spectrum)(spectrum, W)
    draw_overlaps(overlaps, W, description)
    for axes in (gram, shares, spectrum, overlaps):
        axes.title.set_fontsize(8)
        axes.tick_params(labelsize=7)
        axes.xaxis.label.set_fontsize(7)
        axes.yaxis.label.set_fontsize(7)
    figure.suptitle(_title(description), fontsize=9)
    figure.savefig(path)


def draw_gram(ax: Any, gram: FloatArray, order: tuple[int, ...], ends: list[int]) -> Any:
    """WᵀW with factors side by side, white at zero; a frame around each factor."""
    from matplotlib.colors import LinearSegmentedColormap

    places = [(place + 1) / 2 for place in SIGNED_AT]
    colours = LinearSegmentedColormap.from_list("signed", list(zip(places, SIGNED, strict=True)))
    n = len(order)
    image = ax.imshow(
        gram[np.ix_(order, order)], cmap=colours, vmin=-1, vmax=1, interpolation="nearest"
    )
    starts = [0, *ends[:-1]]
    for start, end in zip(starts, ends, strict=True):
        side = end - start
        ax.add_patch(
            Rectangle((start - 0.5, start - 0.5), side, side, fill=False, color=INK, linewidth=0.7)
        )
    ax.set_title("$W^T W$, factor by factor")
    if n <= LABELS_UP_TO:
        names = [str(i + 1) for i in order]
        ax.set_xticks(range(n), names, rotation=90 if n > 12 else 0)
        ax.set_yticks(range(n), names)
    else:
        ax.set(xticks=[], yticks=[], xlabel=f"{n} features")
    return image


def draw_dimensionality(ax: Any, description: Description, order: tuple[int, ...]) -> None:
    """D_i of each feature, in the order of the Gram matrix, and what named shapes have."""
    shares, ignored = description.dimensionality, set(description.structure.ignored)
    kept = [(place, shares[i]) for place, i in enumerate(order) if i not in ignored]
    n = len(order)
    lowest = min([value for _, value in kept], default=0.5)
    highest = max([value for _, value in kept], default=0.5)
    low, high = max(0.0, lowest - 0.12), min(1.06, highest + 0.12)
    for fraction, names in _fractions(description, low, high):
        ax.axhline(float(fraction), color="0.8", linewidth=0.6, zorder=0)
        label = f"{fraction}  {names}"
        ax.annotate(
            label,
            (1.01, float(fraction)),
            xycoords=("axes fraction", "data"),
            fontsize=6,
            va="center",
            annotation_clip=False,
        )
    size = 26 if n <= LABELS_UP_TO else 5
    places = [place for place, _ in kept]
    ax.scatter(places, [value for _, value in kept], s=size, color=INK, linewidth=0)
    for end in _ends(description)[:-1] if len(description.factors) <= LABELS_UP_TO else ():
        ax.axvline(end - 0.5, color="0.9", linewidth=0.6, zorder=0)
    ax.set(xlim=(-0.7, n - 0.3), ylim=(low, high), xlabel="feature", ylabel="$D_i$")
    if n <= LABELS_UP_TO:
        ax.set_xticks(range(n), [str(i + 1) for i in order], rotation=90 if n > 12 else 0)
    else:
        ax.set_xticks([])
    ax.set_title("dimensionality and known fractions")


def draw_spectrum(ax: Any, W: FloatArray) -> None:
    """Squared singular values of W, falling: a tight frame has one height."""
    sizes = np.maximum(np.linalg.eigvalsh(W @ W.T)[::-1], 0)
    place = np.arange(1, len(sizes) + 1)
    if len(sizes) <= LABELS_UP_TO:
        ax.vlines(place, 0, sizes, color=INK, linewidth=1.2)
        ax.plot(place, sizes, "o", color=INK, markersize=3.5)
        ax.set_xticks(place if len(sizes) <= 12 else place[::5])
    else:
        ax.plot(place, sizes, color=INK, linewidth=1.2)
    mean = float(sizes.mean())
    ax.axhline(mean, color=ACCENT, linewidth=0.8, linestyle="--")
    ax.annotate(
        r"$\|W\|_F^2 / m$",
        (0.98, mean),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=7,
        color=ACCENT,
    )
    ax.set(
        xlim=(0.3, len(sizes) + 0.7),
        ylim=(0, 1.15 * float(sizes.max()) or 1.0),
        xlabel="direction",
        ylabel="squared singular value",
    )
    ax.set_title("spectrum of $W W^T$")


def draw_arrows(ax: Any, W: FloatArray) -> None:
    """In the plane the features themselves say more than two singular values."""
    reach = 1.2 * float(np.abs(W).max()) or 1.0
    for x, y in W.T:
        ax.plot([0, x], [0, y], "o-", color=INK, linewidth=1.2, markersize=3.5, markevery=[1])
    if W.shape[1] <= LABELS_UP_TO:
        for i, (x, y) in enumerate(W.T):
            place = 1.12 * np.array([x, y])
            ax.annotate(str(i + 1), place, fontsize=7, ha="center", va="center")
    sizes = np.linalg.svd(W, compute_uv=False) ** 2
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    ax.set_title(f"directions; spectrum of $W W^T$: {sizes[0]:.3g}, {sizes[1]:.3g}")


def draw_overlaps(ax: Any, W: FloatArray, description: Description) -> None:
    """Cosines over all pairs of features, those of one factor on top of those of two."""
    factors, dims = description.structure.factors, description.n_hidden
    kept = [i for factor in factors for i in factor]
    owner = np.concatenate([[k] * len(factor) for k, factor in enumerate(factors)] or [[]])
    directions = W[:, kept] / np.linalg.norm(W[:, kept], axis=0)
    pairs = np.triu_indices(len(kept), 1)
    cosines = np.clip(directions.T @ directions, -1, 1)[pairs]
    same = owner[pairs[0]] == owner[pairs[1]]
    bins = np.linspace(-1.025, 1.025, 42)
    kinds = [(cosines[same], INK, "one factor"), (cosines[~same], "#b0bec5", "two factors")]
    kinds = [kind for kind in kinds if len(kind[0])]
    if kinds:
        values, colours, labels = zip(*kinds, strict=True)
        ax.hist(values, bins=bins, stacked=True, color=colours, label=labels)
    if len(kept) > LABELS_UP_TO and dims > 2:
        place = np.linspace(-1, 1, 201)[1:-1]
        law = (1 - place**2) ** ((dims - 3) / 2)
        law *= len(cosines) * (bins[1] - bins[0]) / (law.sum() * (place[1] - place[0]))
        ax.plot(place, law, color=ACCENT, linewidth=1, label="random")
        ax.set_yscale("symlog", linthresh=1)
        ax.set_ylim(0, 20 * ax.get_ylim()[1])
    elif kinds:
        ax.set_ylim(0, 1.25 * ax.get_ylim()[1])
    if kinds:
        ax.legend(
            fontsize=6,
            frameon=False,
            loc="upper center",
            ncols=3,
            columnspacing=1,
            handlelength=1.2,
        )
    ax.set(xlim=(-1.05, 1.05), xlabel="cosine of two features", ylabel="pairs")
    if not len(cosines) or ax.get_ylim()[1] <= 10:
        ax.yaxis.get_major_locator().set_params(integer=True)
    ax.set_title("overlaps")


def _order(description: Description) -> tuple[int, ...]:
    if description.hierarchy is not None:
        return description.hierarchy.order
    listed = tuple(i for factor in description.factors for i in factor.features)
    return listed + description.structure.ignored


def _ends(description: Description) -> list[int]:
    """Where each factor ends in the order."""
    return [int(end) for end in np.cumsum([len(f.features) for f in description.factors])]


def _title(description: Description) -> str:
    n, m = description.n_features, description.n_hidden
    # What belongs together stays on a line.
    kinds = description.summary.replace(" ", "\N{NO-BREAK SPACE}").replace(
        ",\N{NO-BREAK SPACE}", ", "
    )
    text = f"{counted(n, 'feature')} in {counted(m, 'dimension')}: {kinds}"
    lines = textwrap.wrap(text, WIDE, max_lines=LINES, placeholder=" …", break_long_words=False)
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def _fractions(description: Description, low: float, high: float) -> list[tuple[Fraction, str]]:
    """What named shapes have in this range: those that are there, then the most familiar."""
    present = [factor.name for factor in description.factors if factor.name]
    known = {
        shape.name: Fraction(shape.dimension, k)
        for k in range(1, LABELS_UP_TO)
        for shape in named_shapes(k)
        if shape.tight is None
    }
    found: list[tuple[Fraction, str]] = []
    for name in (*present, "point", *MARKED):
        place = float(known.get(name, -1))
        if max(low, 0) <= place <= high and all(
            abs(place - float(other)) > 0.045 * (high - low) for other, _ in found
        ):
            found.append((known[name], name))
    return found
