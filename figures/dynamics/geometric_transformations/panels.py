"""Polyhedra in three dimensions, losses over their levels, and the shares of routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from agreement.comparison.stages import Share
from figures.kit.planar import SET_COLOURS
from figures.kit.style import INK
from ground.checks import FloatArray

__all__ = ["draw_levels", "draw_polyhedron", "draw_routes", "upright"]

LEVEL = "#999999"
BESIDE = {"prism": 3.5, "octahedron": -5}  # points: two levels close to each other
SHORT = {
    "two clusters": "clusters",
    "pair and single": "pair and single",
    "prism": "prism",
    "octahedron": "octahedron",
    "one feature lost": "a feature lost",
}


def upright(end: FloatArray) -> FloatArray:
    """The turn that stands the first set of a model on the axes, (3, 3)."""
    first = end[:, :3] / np.linalg.norm(end[:, :3], axis=0)
    left, _, right = np.linalg.svd(np.eye(3) @ first.T)
    return np.asarray(left @ right)


def draw_polyhedron(ax: Any, W: FloatArray) -> None:
    """Six features from the origin, the two sets' triangles filled."""
    for number, members in enumerate((range(3), range(3, 6))):
        colour = SET_COLOURS[number]
        corners = W[:, list(members)].T
        ax.add_collection3d(
            Poly3DCollection([corners], facecolor=colour, alpha=0.2, edgecolor="none")
        )
        closed = np.vstack([corners, corners[:1]])
        ax.plot(*closed.T, color=colour, lw=0.7)
        for corner in corners:
            ax.plot(*np.stack([np.zeros(3), corner], axis=1), color=colour, lw=1.2)
            ax.plot(*corner[:, None], "o", ms=3, color=colour)
    ax.set(xlim=(-0.8, 0.8), ylim=(-0.8, 0.8), zlim=(-0.8, 0.8))
    ax.set_box_aspect((1, 1, 1), zoom=1.2)
    ax.view_init(elev=24, azim=32)
    ax.set_axis_off()


def draw_levels(
    ax: Any, levels: Mapping[str, tuple[float, int]], density: float, *, named: bool
) -> None:
    """A line for each stage's exact loss over p: a saddle dashed, with its ways of descent."""
    for name, (loss, descents) in levels.items():
        ax.axhline(loss / density, color=LEVEL, lw=0.7, ls="--" if descents else "-", zorder=0)
        if named:
            words = f"{name}, {descents}" if descents else name
            ax.annotate(
                words, (1, loss / density), xycoords=("axes fraction", "data"), fontsize=7,
                xytext=(3, BESIDE.get(name, 0)), textcoords="offset points", va="center",
                color=INK, annotation_clip=False,
            )  # fmt: skip


def draw_routes(
    ax: Any, found: Mapping[str, Mapping[tuple[str, ...], Share]], ways: Sequence[tuple[str, ...]]
) -> None:
    """Share of runs on each way with Wilson's interval, a colour a start."""
    for number, shares in enumerate(found.values()):
        for place, way in enumerate(ways):
            share = shares.get(way)
            if share is None:
                continue
            y = place + 0.22 * (2 * number - 1)
            low, high = share.interval
            ax.plot([100 * low, 100 * high], [y, y], color=SET_COLOURS[2 + number], lw=1)
            ax.plot(100 * share.value, y, "o", ms=3.5, color=SET_COLOURS[2 + number])
    ax.set_yticks(range(len(ways)), [" → ".join(SHORT[stage] for stage in way) for way in ways])
    ax.set(xlabel="runs, %", xlim=(-1, 101))
    ax.invert_yaxis()
