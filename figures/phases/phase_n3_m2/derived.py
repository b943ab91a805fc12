"""The diagram as theory has it: candidates and exact optimum."""

from __future__ import annotations

from figures.phases.grid import derive as derive

__all__ = ["derive"]
