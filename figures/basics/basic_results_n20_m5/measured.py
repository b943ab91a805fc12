"""Trained: the models that the figure shows."""

from __future__ import annotations

from figures.basics.training import measure as measure

__all__ = ["measure"]
