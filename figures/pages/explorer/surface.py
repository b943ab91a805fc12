"""What the loss surface needs besides its formulas: the phase of each structure."""

from __future__ import annotations

from typing import Any

from figures.kit.style import PHASES, phase_of

__all__ = ["panel"]

STRUCTURES = ("[1] (2)", "[2] (1)", "[1 2]", "(1 2)")


def panel() -> dict[str, Any]:
    """Phases by structure; all numbers are computed in the page."""
    names = list(PHASES)
    return {"marks": {text: names.index(phase_of(text)) for text in STRUCTURES}}
