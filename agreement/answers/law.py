"""The law that an answer assumes, in a line and as an entry of JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray

__all__ = ["law_dict", "law_words"]

_LISTED = 6  # numbers that are written out


def law_words(density: FloatArray | float, low: float = 0.0, high: float = 1.0) -> str:
    """The law in words.

    Parameters
    ----------
    density : float or array (n,)
        Of all features, or of each.
    low, high : float
        Range of an active feature.

    Examples
    --------
    >>> law_words(0.1)
    'features independent, active with probability p = 0.1 and then uniform on [0, 1]'
    """
    p = np.unique(np.asarray(density, dtype=float))
    if p.size == 1:
        words = f"p = {p[0]:g}"
    elif np.size(density) <= _LISTED:
        words = "p_i = " + ", ".join(f"{value:g}" for value in np.ravel(density))
    else:
        words = f"p_i from {p[0]:g} to {p[-1]:g}"
    return (
        f"features independent, active with probability {words} and then uniform on "
        f"[{low:g}, {high:g}]"
    )


def law_dict(density: FloatArray | float, low: float = 0.0, high: float = 1.0) -> dict[str, Any]:
    """The law for JSON."""
    p = np.asarray(density, dtype=float)
    return {
        "kind": "independent",
        "density": float(p.flat[0]) if np.ptp(p) == 0 else p.tolist(),
        "low": float(low),
        "high": float(high),
    }
