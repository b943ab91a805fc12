"""The panels of abs_circuit: a circuit as a graph, and what became of the runs."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.ticker import NullLocator

from agreement.comparison.circuits import Circuits
from figures.kit.style import INK, plain_ticks
from ground.checks import FloatArray
from theory.computation.leaning_pair import lean_of_loss

COLOURS = {"random": "#D55E00", "matched": "#0072B2"}
MARKS = {"random": "x", "matched": "o"}
POSITIVE, NEGATIVE = "#0072B2", "#D55E00"
SEEN = 0.02  # weights below it are not drawn
FLOOR = 1e-17  # losses below it are rounding
DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def power(value: float) -> str:
    """A small number as 3 × 10⁻⁵.

    >>> power(2.9e-5)
    '$3 \\\\times 10^{-5}$'
    """
    digit, exponent = f"{value:.0e}".split("e")
    return f"${digit} \\times 10^{{{int(exponent)}}}$"


def draw_circuit(ax: Any, W1: FloatArray, W2: FloatArray) -> None:
    """Inputs, neurons and outputs from left to right; widths are weights, colours signs."""
    m, n = W1.shape
    neuron = np.arange(m)[::-1] * (1 / (m - 1))
    feature = (neuron[::2] + neuron[1::2])[:n] / 2
    for k in range(m):
        for i in range(n):
            _edge(ax, (0.03, feature[i]), (0.5, neuron[k]), W1[k, i])
            _edge(ax, (0.5, neuron[k]), (0.97, feature[i]), W2[i, k])
        read = int(np.argmax(np.abs(W1[k])))
        sign = "" if W1[k, read] > 0 else "−"
        _node(ax, (0.5, neuron[k]), f"ReLU({sign}x{str(read + 1).translate(DIGITS)})")
    for i in range(n):
        name = f"x{str(i + 1).translate(DIGITS)}"
        _node(ax, (0.03, feature[i]), name)
        _node(ax, (0.97, feature[i]), f"|{name}|")
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.12, 1.1))
    ax.axis("off")


def _edge(ax: Any, begin: tuple[float, float], end: tuple[float, float], weight: float) -> None:
    """A line with its weight beside it, unless it is too faint to be seen."""
    if abs(weight) < SEEN:
        return
    colour = POSITIVE if weight > 0 else NEGATIVE
    ax.plot(*zip(begin, end, strict=True), color=colour, lw=2 * abs(weight), zorder=1)
    at = np.add(begin, end) / 2
    box = {"boxstyle": "square,pad=0.15", "fc": "white", "ec": "none"}
    text = f"{weight:+.3f}".replace("-", "−")
    ax.text(*at, text, ha="center", va="center", color=colour, bbox=box, zorder=2)


def _node(ax: Any, at: tuple[float, float], name: str) -> None:
    box = {"boxstyle": "round,pad=0.3", "fc": "#F2F2F2", "ec": INK, "lw": 0.6}
    ax.text(*at, name, ha="center", va="center", color=INK, bbox=box, zorder=3)


def draw_errors(ax: Any, found: Circuits, density: FloatArray, reached: float) -> None:
    """How far the weights of each run are from the circuit's, by its loss; theory of a lean."""
    for number, start in enumerate(found.starts):
        for k, p in enumerate(density):
            ax.plot(
                np.maximum(found.loss[k, number], FLOOR), found.error[k, number], MARKS[start],
                color=COLOURS[start], ms=3.5 if p == 1 else 2.5, mfc="none", mew=0.6, ls="",
            )  # fmt: skip
    line = np.geomspace(FLOOR, 1e-4, 60)
    for p, style in ((density[0], "-"), (density[-1], "--")):
        lean = [lean_of_loss(loss, density=p) for loss in line]
        ax.plot(line, lean, color=INK, lw=0.7, ls=style, label=f"a lean, p = {p:g}")
    ax.axvline(reached, color="#999999", lw=0.6, ls=":")
    ax.set(xscale="log", yscale="log", xlabel="loss", ylabel="largest error of a weight")
    ax.set_title("c  weights against theory", loc="left")
    ax.legend(loc="lower right")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_locator(NullLocator())


def draw_dead_ends(ax: Any, found: Circuits, density: FloatArray) -> None:
    """Losses in units of what a dead side costs, by density: theory's are whole numbers."""
    rng = np.random.default_rng(0)
    most = max(3, int(np.ceil(found.in_dead_sides.max())))
    for level in range(most + 1):
        ax.axhline(level, color="#999999", lw=0.5, zorder=0)
    for number, start in enumerate(found.starts):
        for k in range(len(density)):
            losses = found.in_dead_sides[k, number]
            place = k + 0.36 * (number - 0.5) + rng.uniform(-0.13, 0.13, losses.size)
            ax.plot(
                place, losses, MARKS[start], color=COLOURS[start], ms=2.5, mfc="none", mew=0.5,
                ls="",
            )  # fmt: skip
    ax.set_xticks(range(len(density)), [f"{p:g}" for p in density])
    ax.set(xlabel="density p", ylabel="loss / (p/6)", ylim=(-0.3, most + 0.3))
    ax.set_yticks(range(most + 1))
    ax.set_title("d  losses in dead sides", loc="left")


def draw_shares(ax: Any, found: Circuits, density: FloatArray) -> None:
    """Shares of runs that compute all features, and of those with a dead side at the end."""
    for number, start in enumerate(found.starts):
        for values, style in (
            (found.reached[:, number], "-"),
            (found.dead[:, number] > 0, ":"),
        ):
            ax.plot(
                density, 100 * values.mean(axis=1), color=COLOURS[start], ls=style, lw=1,
                marker=MARKS[start], ms=3.5, mfc="none",
            )  # fmt: skip
    ax.set(xscale="log", xlabel="density p", ylabel="share of runs, %", ylim=(-4, 104))
    ax.set_xlim(density.max() * 1.2, density.min() / 1.2)
    plain_ticks(ax.xaxis, density.tolist())
    ax.set_title("e  where runs end", loc="left")
