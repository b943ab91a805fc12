"""basic_results_n20_m5: what falls out of a linear model, and what a ReLU output adds."""

from __future__ import annotations

from figures.basics.report import draw as draw

__all__ = ["draw"]
