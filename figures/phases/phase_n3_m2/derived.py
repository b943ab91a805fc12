"""The diagram as theory has it: candidates and exact optimum."""

from __future__ import annotations

from figures.phases.boundaries import derive as derive

__all__ = ["derive"]
