"""How much more one loss is than another, in words that survive a loss of nothing."""

from __future__ import annotations

__all__ = ["above"]

_NOTHING = 1e-12  # of what is at stake: a loss below is rounding


def above(loss: float, best: float, stake: float) -> str:
    """By how many per cent a loss is above the best; nothing where the best is none.

    >>> above(1.5, 1.0, 1.0), above(1.5, 1e-20, 1.0), above(1e-25, 1e-30, 1.0)
    ('50 %', '', '0 %')
    """
    if best > _NOTHING * stake:
        return f"{max(100 * (loss / best - 1), 0.0):.3g} %"
    return "0 %" if loss <= _NOTHING * stake else ""
