"""The diagram as training finds it."""

from __future__ import annotations

from figures.phases.cells import measure as measure

__all__ = ["measure"]
