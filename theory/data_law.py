"""The data law in floats: what :mod:`theory.conventions` says of one feature exactly."""

from __future__ import annotations

from typing import Any


def feature_variance(density: Any) -> Any:
    """Variance of one feature, p/3 − p²/4: what ignoring it costs at the best bias p/2 [D01].

    Parameters
    ----------
    density : float or array (...)
        p, not checked.

    Examples
    --------
    >>> round(feature_variance(1.0) * 12, 12)  # that of a uniform number
    1.0
    """
    return density / 3 - density**2 / 4
