"""The linear optimum, and where the first pair forms."""

from __future__ import annotations

from figures.basics.pair import derive as derive

__all__ = ["derive"]
