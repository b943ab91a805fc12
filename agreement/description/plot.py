"""A picture of one model: its features as arrows or as a graph, WᵀW, and norms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from agreement.description.record import Description
from ground.checks import FloatArray

__all__ = ["draw_arrangement", "draw_gram", "draw_norms", "plot"]

# Cividis reads the same for colour-blind readers and in grey.
SUPERPOSITION = "cividis"
SIGNED = "RdBu"


def plot(W: FloatArray, description: Description, path: str | Path) -> None:
    """Write arrangement, WᵀW and norms side by side; the ending of `path` decides the format.

    Raises
    ------
    ValueError
        A format that matplotlib does not write.
    """
    figure = Figure(figsize=(10, 3.4), layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    left, middle, right = figure.subplots(1, 3)
    draw_arrangement(left, W)
    image = draw_gram(middle, W.T @ W)
    figure.colorbar(image, ax=middle, shrink=0.8)
    bars = draw_norms(right, description.norms, description.superposition)
    figure.colorbar(bars, ax=right, label="superposition", shrink=0.8)
    figure.suptitle(description.summary, fontsize=10)
    kinds = figure.canvas.get_supported_filetypes()
    if Path(path).suffix.lower().lstrip(".") not in kinds:
        raise ValueError(f"{path}: a plot must end in one of {', '.join(sorted(kinds))}")
    figure.savefig(path)


def draw_arrangement(ax: Any, W: FloatArray) -> None:
    """Arrows in the plane for two hidden dimensions; else features on a ring, joined by |G_ij|."""
    m, n = W.shape
    if m == 2:
        reach = 1.15 * max(1.0, float(np.abs(W).max()))
        ax.axhline(0, color="0.85", linewidth=0.6, zorder=0)
        ax.axvline(0, color="0.85", linewidth=0.6, zorder=0)
        for i, (x, y) in enumerate(W.T):
            ax.plot([0, x], [0, y], color="#0072B2", linewidth=1.6)
            ax.plot(x, y, "o", color="#0072B2", markersize=4)
            ax.annotate(str(i + 1), 1.1 * np.array([x, y]), fontsize=8, ha="center", va="center")
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[])
        ax.set_title("feature directions", fontsize=9)
    else:
        angle = 2 * np.pi * np.arange(n) / n + np.pi / 2
        places = np.column_stack([np.cos(angle), np.sin(angle)])
        gram = W.T @ W
        pairs = [(i, j) for i in range(n) for j in range(i)]
        sizes = np.array([abs(gram[i, j]) for i, j in pairs])
        lines = LineCollection(
            [places[[i, j]] for i, j in pairs],
            colors=["#D55E00" if gram[i, j] < 0 else "#0072B2" for i, j in pairs],
            linewidths=3 * sizes,
            alpha=0.8,
        )
        ax.add_collection(lines)
        norms = np.linalg.norm(W, axis=0)
        ax.scatter(*places.T, s=40 * norms + 2, color="#222222", zorder=2)
        if n <= 40:
            for i in range(n):
                ax.annotate(str(i + 1), 1.14 * places[i], fontsize=7, ha="center", va="center")
        ax.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), xticks=[], yticks=[])
        ax.set_title("interference: negative orange, positive blue", fontsize=9)
    ax.set_aspect("equal")
    ax.set_frame_on(False)


def draw_gram(ax: Any, gram: FloatArray) -> Any:
    """WᵀW as an image, white at zero."""
    image = ax.imshow(gram, cmap=SIGNED, vmin=-1, vmax=1, interpolation="nearest")
    ax.set_title("$W^T W$", fontsize=9)
    ax.set(xticks=[], yticks=[])
    return image


def draw_norms(ax: Any, norms: FloatArray, superposition: FloatArray) -> Any:
    """‖W_i‖ as bars, coloured by how much of the direction other features use too."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable

    scale = ScalarMappable(Normalize(0, 1), colormaps[SUPERPOSITION])
    colours = scale.to_rgba(np.clip(superposition, 0, 1))
    ax.barh(np.arange(1, len(norms) + 1), norms, color=colours, height=0.85)
    ax.invert_yaxis()
    ax.set(xlabel="norm", ylabel="feature", xlim=(0, max(1.2, 1.05 * float(norms.max()))))
    ax.set_title("norms", fontsize=9)
    return scale
