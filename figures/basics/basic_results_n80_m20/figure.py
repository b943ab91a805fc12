"""basic_results_n80_m20: the same picture, rescaled."""

from __future__ import annotations

from figures.basics.report import draw as draw

__all__ = ["draw"]
