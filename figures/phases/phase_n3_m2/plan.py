"""Three features in two dimensions: the paper's second phase diagram."""

from __future__ import annotations

from figures.phases.diagram import Diagram

PLANS = {
    "paper": Diagram(3, 2, size=32, restarts=16, steps=3000),
    "quick": Diagram(3, 2, size=8, restarts=8, steps=1000),
}
