"""Basins of attraction: which of the known minima gradient flow from a model ends in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray, as_density, as_importance, as_model
from theory.dynamics.flow import at_rest
from theory.dynamics.many_flows import flow_ends
from theory.loss.floats import hessian
from theory.minima.orbits import Minimum, groups

NEAR = 1e-4  # slope, relative to the scale of the loss, of a model that need not flow on
CAUGHT = 1e-3  # distance from a minimum within which a flow of (2, 1) is left: it ends there
FLAT = 1e-7  # least curvature over the largest that counts as negative
MOST_EQUAL = 7  # features that may be exchanged: their orders are tried one by one


def basins(
    W: Any,
    b: Any = None,
    *,
    minima: Sequence[Minimum],
    density: Any,
    importance: Any = None,
    bias: bool = True,
) -> NDArray[np.int64]:
    """Index of the minimum that gradient flow from W and b ends in, (...).

    Parameters
    ----------
    W : array_like (..., m, n)
        Starts.
    b : array_like (..., n), optional
        None means zero.
    minima : sequence of Minimum
        All of them, as `theory.optimum` finds them.
    density, importance : array_like, () or (n,)
    bias : bool
        False holds b as it is.

    Examples
    --------
    >>> from theory.minima.optimum import optimum
    >>> found = optimum(2, 1, density=0.3, importance=[1.0, 0.2])
    >>> starts = [[[1.0, 0.1]], [[1.0, -0.7]]]
    >>> ends = basins(starts, minima=found.minima, density=0.3, importance=[1.0, 0.2])
    >>> [str(found.minima[k].structure) for k in ends]
    ['[1] (2)', '[1 2]']
    """
    if np.shape(W)[-2:] == (1, 2):
        weights, biases = _pair_ends(W, b, minima, density, importance, bias)
    else:
        ended = at_rest(W, b, density=density, importance=importance, bias=bias, rest=NEAR)
        weights, biases = ended.W, ended.b
    # Slow and bent upwards is near a minimum; slow and bent downwards only passes by a saddle.
    passing = _bent_downwards(weights, biases, density, importance, bias)
    if passing.any():
        further = at_rest(
            weights[passing], biases[passing], density=density, importance=importance, bias=bias
        )
        weights[passing], biases[passing] = further.W, further.b
    return nearest_minimum(weights, biases, minima, density=density, importance=importance)


def _pair_ends(
    W: Any, b: Any, minima: Sequence[Minimum], density: Any, importance: Any, bias: bool
) -> tuple[FloatArray, FloatArray]:
    """Where flows of two features in one dimension end, each by its own steps: W and b."""
    weights, biases = as_model(W, b)
    p, weight = as_density(density, 2), as_importance(importance, 2)
    targets = [
        np.concatenate([sign * minimum.W[0, order], minimum.b[order]])
        for minimum in minima
        for order in orders_of_equals(p, weight)
        for sign in (1.0, -1.0)
    ]
    starts = np.concatenate([weights.reshape(-1, 2), biases.reshape(-1, 2)], axis=1)
    ends, _, _ = flow_ends(
        starts, (1, 2), p, weight, targets=np.array(targets), near=CAUGHT, bias=bias
    )
    return ends[:, :2].reshape(weights.shape), ends[:, 2:].reshape(biases.shape)


def nearest_minimum(
    W: Any, b: Any, minima: Sequence[Minimum], *, density: Any, importance: Any = None
) -> NDArray[np.int64]:
    """Index of the minimum nearest to W and b up to rotation and exchange of equal features, (...).

    Raises
    ------
    ValueError
        No minimum to choose from, or more equal features than can be tried in every order.
    """
    if not minima:
        raise ValueError("minima must hold at least one minimum, got none")
    weights, biases = as_model(W, b)
    points = [(each.W, each.b) for each in minima]
    distance = squared_distances(weights, biases, points, density=density, importance=importance)
    return np.asarray(distance.argmin(axis=0))


def squared_distances(
    W: FloatArray,
    b: FloatArray,
    points: Sequence[tuple[FloatArray, FloatArray]],
    *,
    density: Any,
    importance: Any = None,
) -> FloatArray:
    """Squared distance of W and b from each point up to rotation and exchange of equal features.

    Returns
    -------
    (K, ...)
        For K points.
    """
    n = W.shape[-1]
    orders = orders_of_equals(as_density(density, n), as_importance(importance, n))
    return np.stack(
        [np.min([_squared(W, b, V[:, o], c[o]) for o in orders], axis=0) for V, c in points]
    )


def _bent_downwards(
    W: FloatArray, b: FloatArray, density: Any, importance: Any, bias: bool
) -> NDArray[np.bool_]:
    """Whether a curvature is negative, by more than what rounding makes of a flat rotation."""
    second = hessian(W, b, density=density, importance=importance)
    free = second.shape[-1] if bias else second.shape[-1] - b.shape[-1]
    curvatures = np.linalg.eigvalsh(second[..., :free, :free])
    return np.asarray(curvatures[..., 0] < -FLAT * np.abs(curvatures).max(axis=-1))


def _squared(W: FloatArray, b: FloatArray, V: FloatArray, c: FloatArray) -> FloatArray:
    """Squared distance of W, b from V, c with V turned towards W as far as it goes.

    min over rotations R of |W − R V|² is |W|² + |V|² − 2 Σ σ(W Vᵀ) (Procrustes).
    """
    overlap = np.linalg.svd(W @ V.T, compute_uv=False).sum(axis=-1)
    turned = np.sum(W**2, axis=(-2, -1)) + np.sum(V**2) - 2 * overlap
    return np.asarray(turned + np.sum((b - c) ** 2, axis=-1))


def orders_of_equals(density: FloatArray, importance: FloatArray) -> list[NDArray[np.int64]]:
    """Every exchange of equal features, as an order of all."""
    label = groups(density, importance)
    members = [np.flatnonzero(label == g) for g in range(label.max() + 1)]
    if max(map(len, members)) > MOST_EQUAL:
        raise ValueError(
            f"density and importance must leave at most {MOST_EQUAL} features equal, "
            f"got {max(map(len, members))}"
        )
    orders = []
    for choice in product(*(permutations(group) for group in members)):
        order = np.empty(len(label), dtype=np.int64)
        for group, shuffled in zip(members, choice, strict=True):
            order[group] = shuffled
        orders.append(order)
    return orders
