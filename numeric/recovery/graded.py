"""Dictionaries of any coherence in between: from given directions towards random ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, as_number, check_at_most, check_flag, check_seed
from numeric.measure.coherence import closest
from numeric.recovery.rows import as_atoms, unit_rows

__all__ = ["graded_dictionary"]

MOST = 4096  # directions: their cosines are computed some hundred times
STEPS = 64  # of the way, in which the first crossing is looked for
_HALVINGS = 60


def graded_dictionary(
    dictionary: Any, coherence: float, *, seed: int = 0, signed: bool = True
) -> FloatArray:
    r"""Directions moved towards random ones until the two nearest have a given cosine.

    .. math::

       u_i(t) = \frac{(1 - t)\, \hat u_i + t\, g_i}{\|(1 - t)\, \hat u_i + t\, g_i\|}\, \|u_i\|,
       \qquad μ(t) = \max_{i \ne j} \hat u_i(t) \cdot \hat u_j(t)

    with g_i random unit vectors and the first t in [0, 1] at which μ(t) is as wanted.  Begun at an
    optimum this leads from the geometry that a loss prefers to one that nothing prefers; begun at
    orthogonal directions, from no interference at all.

    Parameters
    ----------
    dictionary : array_like (n_features, n_hidden)
        Directions as rows, Wᵀ of a model; lengths are kept, rows of zeros stay.
    coherence : float
        μ, in [−1, 1].
    seed : int
        Of the g_i.
    signed : bool
        As in `coherence`.

    Returns
    -------
    ndarray (n_features, n_hidden)

    Raises
    ------
    ValueError
        A coherence that is nowhere on the way; the message says what is.

    Examples
    --------
    >>> from numeric.measure.coherence import coherence
    >>> moved = graded_dictionary([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], 0.5)
    >>> round(coherence(moved), 12)
    0.5
    """
    rows = as_atoms("dictionary", dictionary)
    check_at_most("dictionary", len(rows), MOST, "rows; their cosines take the square")
    wanted = as_number("coherence", coherence, "a number in [-1, 1]", lambda mu: -1 <= mu <= 1)
    signed = check_flag("signed", signed)
    towards = np.random.default_rng(check_seed(seed)).standard_normal(rows.shape)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    start, end = unit_rows(rows), unit_rows(towards)

    def at(t: float) -> FloatArray:
        return lengths * unit_rows((1.0 - t) * start + t * end)

    way = np.linspace(0.0, 1.0, STEPS + 1)
    met = np.array([closest(at(t), signed=signed) for t in way])
    side = np.sign(met - wanted)
    if side[0] == 0:
        return rows
    crossed = np.flatnonzero(side[1:] != side[0])
    if not crossed.size:
        raise ValueError(
            f"coherence must be between {met.min():.4g} and {met.max():.4g}, which the way to "
            f"the random directions of seed {seed} passes, got {coherence!r}"
        )
    low, high = way[crossed[0]], way[crossed[0] + 1]
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if np.sign(closest(at(middle), signed=signed) - wanted) == side[0]:
            low = middle
        else:
            high = middle
    return at(float(high))
