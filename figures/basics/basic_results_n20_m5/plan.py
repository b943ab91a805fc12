"""Twenty features in five dimensions, importance 0.7^i: linear and ReLU output."""

from __future__ import annotations

from figures.basics.setup import BasicSetup

PAPER = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
# Where the first pair forms, and between the paper's densities.
BETWEEN = (0.9, 0.8, 0.7, 0.66, 0.62, 0.6, 0.58, 0.57, 0.56, 0.55, 0.54, 0.5, 0.45, 0.4, 0.2, 0.06)

PLANS = {
    "paper": BasicSetup(20, 5, 0.7, tuple(sorted(PAPER + BETWEEN, reverse=True)), 6, 8000, PAPER),
    "quick": BasicSetup(20, 5, 0.7, (*PAPER[:1], 0.6, 0.5, *PAPER[1:]), 2, 4000, PAPER[::3]),
}
