"""Features wired to one neuron each: a column of W has one entry, and neurons share nothing.

The loss then adds over neurons, and the best wiring is a matter of how many features each holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import (
    FloatArray,
    as_positive_density,
    check_at_most,
    check_positive_int,
    check_sizes,
)
from theory.data_law import feature_variance
from theory.minima.optimum import optimum

__all__ = ["OneNeuronWiring", "one_neuron_wiring"]

MOST_SHARED = 6


@dataclass(frozen=True, eq=False)
class OneNeuronWiring:
    """The best W whose columns have one entry at most [D45].

    Attributes
    ----------
    loss : float
    sizes : tuple of int
        Features on each neuron, falling; what is on none is answered by its bias.
    saved : array (most_shared + 1,)
        What k features on one neuron save of k features that are ignored.
    W : array (n_hidden, n_features)
    b : array (n_features,)
    conjectured : float
        min{(n − m) v, m p²/3 + (n − 2m) v}, of unit digons without bias, v = p/3 − p²/4.
    """

    loss: float
    sizes: tuple[int, ...]
    saved: FloatArray
    W: FloatArray
    b: FloatArray
    conjectured: float


def one_neuron_wiring(
    n_features: int, n_hidden: int, *, density: Any, most_shared: int = 4
) -> OneNeuronWiring:
    r"""Least loss over W with one entry a column, equal importance [D45].

    .. math:: Q = n\,v - \max_{\sum k_a \le n} \sum_{a=1}^{m} S_k(p)\big|_{k = k_a}, \qquad
              S_k = k\,v - \min_{W, b} L_{(k, 1)}, \qquad v = p/3 - p^2/4 .

    Numerical: S_k is found by `optimum`, for up to `most_shared` features on a neuron.

    Parameters
    ----------
    n_features, n_hidden : int
        n and m.
    density : float in (0, 1]
        p.
    most_shared : int from 1 to 6
        Features that a neuron may hold.  Beyond 4 a dense call takes minutes.

    Returns
    -------
    OneNeuronWiring

    Raises
    ------
    ValueError
        For sizes or densities out of range.

    Examples
    --------
    Three features share a neuron, where a digon beside one that is ignored was conjectured.

    >>> found = one_neuron_wiring(3, 1, density=0.1)
    >>> found.sizes, round(found.loss, 5), round(found.conjectured, 5)
    ((3,), 0.03392, 0.03417)
    """
    n, m = check_sizes(n_features, n_hidden)
    p = as_positive_density("density", density)
    check_positive_int("most_shared", most_shared)
    check_at_most("most_shared", most_shared, MOST_SHARED, "more on a neuron are not searched")
    most = min(most_shared, n)
    v = float(feature_variance(p))
    models = [optimum(k, 1, density=p) for k in range(1, most + 1)]
    saved = np.array([0.0] + [k * v - model.loss for k, model in enumerate(models, 1)])
    sizes = _shared_out(saved, n, m)
    W, b = np.zeros((m, n)), np.full(n, p / 2)
    place = 0
    for neuron, k in enumerate(sizes):
        if k:
            W[neuron, place : place + k] = models[k - 1].W[0]
            b[place : place + k] = models[k - 1].b
            place += k
    conjectured = min(max(n - m, 0) * v, m * p * p / 3 + (n - 2 * m) * v if n >= 2 * m else np.inf)
    loss = n * v - float(sum(saved[k] for k in sizes))
    return OneNeuronWiring(loss, sizes, saved, W, b, float(conjectured))


def _shared_out(saved: FloatArray, n: int, m: int) -> tuple[int, ...]:
    """How many features each of m neurons holds, so that most is saved: a knapsack."""
    best = np.zeros(n + 1)
    choice = np.zeros((m, n + 1), dtype=int)
    for neuron in range(m):
        options = np.full((len(saved), n + 1), -np.inf)
        for k, gain in enumerate(saved):
            options[k, k:] = best[: n + 1 - k] + gain
        # Ties within rounding go to fewer features: what saves nothing is not wired.
        close = options >= options.max(axis=0) - 1e-13
        choice[neuron] = close.argmax(axis=0)
        best = options.max(axis=0)
    sizes, left = [], n
    for neuron in reversed(range(m)):
        sizes.append(int(choice[neuron, left]))
        left -= sizes[-1]
    return tuple(sorted(sizes, reverse=True))
