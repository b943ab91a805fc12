"""Eighty features in twenty dimensions, importance 0.9^i: linear and ReLU output."""

from __future__ import annotations

from figures.basics.setup import BasicSetup

PAPER = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
# Where the first pair forms, and between the paper's densities.
BETWEEN = (0.8, 0.7, 0.66, 0.64, 0.62, 0.6, 0.58, 0.5, 0.4)

PLANS = {
    "paper": BasicSetup(
        80, 20, 0.9, tuple(sorted(PAPER + BETWEEN, reverse=True)), 3, 6000, PAPER, 1
    ),
    "quick": BasicSetup(80, 20, 0.9, (1.0, 0.6, 0.5, 0.1, 0.03, 0.001), 1, 4000, PAPER[::3], 1),
}
