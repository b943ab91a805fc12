"""Which kind a minimum of (2, 1) is: ignored, superposed, tilted or aligned [D09]."""

from __future__ import annotations

from ground.checks import FloatArray

__all__ = ["kind_of"]

_GROWN = 1e-5  # of the larger weight: a smaller one has not grown out of I


def kind_of(W: FloatArray, density: float) -> str:
    r"""Letter of a minimum of (2, 1) with bias, whichever feature is the weak one [D09].

    I, one feature ignored; A, aligned, both weights of one sign; S, superposed, and T, tilted,
    of opposite signs, T with one of them well below the other: with
    :math:`q = \min(|w_1|, |w_2|) / \max(|w_1|, |w_2|)`,

    .. math:: T:\; q < \min(\max(0.4,\; 0.4 + \tfrac32 (p - \tfrac12)),\; 0.72)

    which lies between the largest q of T and the least q of S at every density, of all
    importances: a test follows both.

    Parameters
    ----------
    W : array (1, 2)
    density : float
        p in (0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> kind_of(np.array([[1.0, -0.9]]), 0.1), kind_of(np.array([[1.0, 0.2]]), 0.1)
    ('S', 'A')
    """
    first, second = W[0]
    weak, strong = sorted((abs(float(first)), abs(float(second))))
    if weak <= _GROWN * strong:
        return "I"
    if first * second > 0:
        return "A"
    tilted_below = min(max(0.4, 0.4 + 1.5 * (density - 0.5)), 0.72)
    return "T" if weak < tilted_below * strong else "S"
