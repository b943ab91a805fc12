"""The diagram as theory has it: candidates and best known model."""

from __future__ import annotations

from figures.phases.boundaries import derive as derive

__all__ = ["derive"]
