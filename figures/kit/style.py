"""How figures look: one style sheet, one colour a phase everywhere, PNG and SVG beside."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from ground.results import write_whole
from ground.structure import Structure

mpl.use("agg")
plt.style.use(Path(__file__).with_name("paper.mplstyle"))

COLUMN, PAGE = 3.4, 7.0  # widths in inches

# Okabe and Ito's palette, which stays distinct for colour-blind readers.  A phase is told by
# what becomes of the extra feature, whose importance the diagrams vary.
PHASES = {
    "extra feature ignored": "#D9D9D9",
    "extra feature dedicated, another ignored": "#56B4E9",
    "extra feature in a digon": "#E69F00",
    "extra feature dedicated, others in a digon": "#CC79A7",
    "triangle": "#009E73",
    "other": "#F0E442",
    "no feature represented": "#5A5A5A",
}
INK = "#222222"

# Weights and WᵀW by sign; how much a feature shares, from 0 to 1; a feature that is not there.
SIGNED, SHARED = "RdBu", "cividis"
SHARES = Normalize(0, 1)
ABSENT = "#E6E6E6"


def headline(figure: Any, text: str) -> None:
    """What the whole figure shows, in one line above it."""
    figure.suptitle(text, x=0.01, ha="left")


def plain_ticks(axis: Any, ticks: Sequence[float] | None = None) -> None:
    """Label an axis with plain numbers, logarithmic or not: at these ticks, or at its own."""
    if ticks is not None:
        axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def phase_of(text: str) -> str:
    """Name the phase of a structure by the role of its last feature, the extra one."""
    structure = Structure.parse(text)
    if not structure.factors:
        return "no feature represented"
    extra = structure.n_features - 1
    if extra in structure.ignored:
        return "extra feature ignored"
    size = next(len(factor) for factor in structure.factors if extra in factor)
    if size == 1:
        return (
            "extra feature dedicated, another ignored"
            if structure.ignored
            else "extra feature dedicated, others in a digon"
        )
    if structure.ignored:
        return "other"
    return {2: "extra feature in a digon", 3: "triangle"}.get(size, "other")


def draw_phases(ax: Any, dataset: Any) -> list[str]:
    """Colour each cell of a (density, importance) diagram by its phase; return those present."""
    names = np.vectorize(phase_of)(dataset["structure"].transpose("importance", "density").values)
    order = list(PHASES)
    index = np.vectorize(order.index)(names)
    ax.pcolormesh(
        _edges(dataset["density"].values),
        _edges(dataset["importance"].values),
        index,
        cmap=ListedColormap(list(PHASES.values())),
        vmin=-0.5,
        vmax=len(order) - 0.5,
        rasterized=True,
    )
    return [name for name in order if name in names]


def diagram_axes(ax: Any, title: str, dataset: Any) -> None:
    """Axes of a phase diagram: density falling to the right as in the paper, both logarithmic."""
    p, r = _edges(dataset["density"].values), _edges(dataset["importance"].values)
    ax.set(xscale="log", yscale="log", xlim=(p.max(), p.min()), ylim=(r.min(), r.max()))
    ax.set_title(title, loc="left")
    ax.set_xlabel("density $p = 1 - S$")
    ax.set_ylabel("relative importance $r$ of the extra feature")
    for axis in (ax.xaxis, ax.yaxis):
        plain_ticks(axis)


def phase_legend(figure: Any, phases: Iterable[str], extra: Iterable[Any] = ()) -> None:
    """One legend below all panels."""
    handles = [Patch(facecolor=PHASES[name], label=name) for name in phases]
    figure.legend(handles=[*handles, *extra], loc="outside lower center", ncols=3)


def edges_of(values: np.ndarray) -> np.ndarray:
    """Cell edges of a log-spaced axis (geometric means, end cells extended)."""
    return _edges(values)


def _edges(values: np.ndarray) -> np.ndarray:
    logs = np.log(values)
    middle = (logs[1:] + logs[:-1]) / 2
    return np.exp(np.concatenate([[2 * logs[0] - middle[0]], middle, [2 * logs[-1] - middle[-1]]]))


def save_figure(figure: Any, path: Path) -> None:
    """Write PATH as PNG and, beside it, as SVG; each whole or not at all.

    It is laid out once, for the PNG, which is written last: where it is, both are.
    """
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    figure.set_layout_engine("none")
    write_whole(
        path.with_suffix(".svg"), lambda file: figure.savefig(file, metadata={"Date": None})
    )
    write_whole(path, lambda file: Path(file).write_bytes(drawn.getvalue()))
    plt.close(figure)
