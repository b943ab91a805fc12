"""How the figures show where nets of absolute values started: names, colours, marks."""

from __future__ import annotations

__all__ = ["COLOURS", "MARKS", "STARTS"]

# By the names of `figures.computation.trained_absolute`.
STARTS = {
    "xavier": "random",
    "matched": "matched output",
    "naive": "naive plus noise",
    "annealed": "annealed from naive",
}
COLOURS = {"xavier": "#000000", "matched": "#CC79A7", "naive": "#E69F00", "annealed": "#0072B2"}
MARKS = {"xavier": "x", "matched": "s", "naive": "o", "annealed": "D"}
