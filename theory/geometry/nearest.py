"""The takeovers between polytopes that are nearest to one density [D14].

Which grid points of the shipped table a change of winner lies between, the table says; where
exactly, the families that are close there.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray, as_positive_density
from theory.data_law import feature_variance
from theory.geometry.library import DENSITIES, relative_loss
from theory.geometry.takeovers import Transition, packing_transitions
from theory.polytopes.arrangements import arrangements

__all__ = ["nearest_takeovers"]

_CLOSE = 0.985  # of the winner's benefit, at either end of an interval of the table


def nearest_takeovers(
    density: float, *, up_to: int | None = None
) -> tuple[Transition | None, Transition | None]:
    """The nearest changes of the best polytope at sparser and at denser features [D14].

    Parameters
    ----------
    density : float
        p in (0, 1].
    up_to : int, optional
        Only polytopes of at most so many dimensions.

    Returns
    -------
    sparser, denser : Transition or None
        None where the table, p from 0.0032 to 1, holds no change on that side.

    Raises
    ------
    ValueError
        A density outside (0, 1].

    Examples
    --------
    >>> sparser, denser = nearest_takeovers(0.2, up_to=2)
    >>> denser.dense, denser.sparse, round(denser.density, 3)
    ('digon', 'pentagon', 0.225)
    """
    p = as_positive_density("density", density)
    names = [a.name for a in arrangements() if up_to is None or a.dimension <= up_to]
    benefit = _benefits(names)
    winners = benefit.argmax(axis=0)
    changes = np.flatnonzero(winners[1:] != winners[:-1]).tolist()  # densities fall
    # The interval around p itself may hold a change on either side.
    sparser = [k for k in changes if DENSITIES[k + 1] < p]
    denser = [k for k in changes[::-1] if DENSITIES[k] > p]
    return (
        next((t for k in sparser for t in _between(k, names, benefit) if t.density < p), None),
        next((t for k in denser for t in _between(k, names, benefit)[::-1] if t.density > p), None),
    )


def _benefits(names: list[str]) -> FloatArray:
    """Loss saved per dimension, (families, densities of the table)."""
    family = {a.name: a for a in arrangements()}
    rows = [
        family[name].n_features / family[name].dimension * (1 - relative_loss(name, DENSITIES))
        for name in names
    ]
    return np.array(rows) * feature_variance(DENSITIES)


def _between(k: int, names: list[str], benefit: FloatArray) -> list[Transition]:
    """The changes between two densities of the table, by falling density."""
    ends = benefit[:, [k, k + 1]]
    close = (ends >= _CLOSE * ends.max(axis=0)).any(axis=1)
    rivals = [name for name, near in zip(names, close, strict=True) if near]
    return packing_transitions([float(DENSITIES[k]), float(DENSITIES[k + 1])], names=rivals)
