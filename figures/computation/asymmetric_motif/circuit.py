"""A small net as a circuit: inputs, neurons, outputs, and lines as wide as weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures.kit.style import INK
from ground.checks import FloatArray

POSITIVE, NEGATIVE = "#2166AC", "#B2182B"
FAINT = 0.04  # weights below are left out
COLUMNS = (0.0, 1.0, 2.0)
WIDEST = 5.0  # weights beyond are drawn no wider


def draw_circuit(ax: Any, W1: FloatArray, W2: FloatArray, b: FloatArray) -> None:
    """Lines between features, neurons and outputs; weights of the two shared neurons as numbers."""
    m, n = W1.shape
    places = [np.linspace(0.9, 0.1, n), np.linspace(1.0, 0.0, m), np.linspace(0.9, 0.1, n)]
    for k in range(m):
        for i in range(n):
            _line(ax, (COLUMNS[0], places[0][i]), (COLUMNS[1], places[1][k]), W1[k, i])
            _line(ax, (COLUMNS[1], places[1][k]), (COLUMNS[2], places[2][i]), W2[i, k])
    for column, heights in zip(COLUMNS, places, strict=True):
        ax.plot([column] * len(heights), heights, ls="", marker="o", ms=6, mfc="white", mec=INK,
                zorder=3)  # fmt: skip
    for i in range(n):
        ax.annotate(f"$x_{i + 1}$", (COLUMNS[0], places[0][i]), xytext=(-7, 0),
                    textcoords="offset points", ha="right", va="center")  # fmt: skip
        bias = f"  {b[i]:+.2f}".replace("-", "−") if abs(b[i]) >= 0.005 else ""
        ax.annotate(f"$y_{i + 1}${bias}", (COLUMNS[2], places[2][i]), xytext=(7, 0),
                    textcoords="offset points", ha="left", va="center")  # fmt: skip
    for k in range(2):
        ax.annotate(f"{k + 1}", (COLUMNS[1], places[1][k]), xytext=(6, 5), ha="center",
                    va="center", textcoords="offset points")  # fmt: skip
        into = ", ".join(_number(v) for v in W1[k])
        out = ", ".join(_number(v) for v in W2[:, k])
        ax.annotate(f"{k + 1}:  ({into}) → ({out})", (0.5, -0.06 - 0.12 * k), ha="center",
                    va="center", xycoords="axes fraction", annotation_clip=False)  # fmt: skip
    ax.set(xlim=(-0.3, 2.6), ylim=(-0.08, 1.08))
    ax.axis("off")


def _line(ax: Any, start: tuple[float, float], end: tuple[float, float], weight: float) -> None:
    if abs(weight) >= FAINT:
        ax.plot(*zip(start, end, strict=True), lw=1.3 * min(abs(weight), WIDEST) ** 0.7, alpha=0.8,
                color=POSITIVE if weight > 0 else NEGATIVE, solid_capstyle="round")  # fmt: skip


def _number(weight: float) -> str:
    return f"{weight:.2g}".replace("-", "−") if abs(weight) >= FAINT else "0"
