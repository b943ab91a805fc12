r"""The loss of the privileged-basis model, pattern by pattern [D30].

The model has a ReLU on its hidden layer, so that neurons are directions apart from others:

$$ h = ReLU(Wx),   x' = ReLU(Wᵀh + b). $$

Features that share no neuron, directly or by others, do not know of each other: the loss is a sum
over the connected parts of W.  In each, patterns of few active features are integrated exactly by
:mod:`theory.computation.cut_simplices`; what is left is a fixed stratified sample with its error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ground.checks import FloatArray, check_whole
from ground.points import sobol
from theory.computation.cut_simplices import patterns_loss
from theory.loss.problem import as_problem

__all__ = ["PrivilegedLoss", "parts_of", "privileged_loss", "privileged_loss_and_gradient"]

LIMIT = 60.0  # seconds that an exact loss may take
MOST_FEATURES = 12  # of a part: 2ⁿ patterns are listed
SAMPLES, REPLICATES = 1024, 8
# Seconds for one pattern of k active features where two neurons are cut, and the factor that each
# further neuron brings: measured on random weights.
SECONDS = (1e-6, 1e-6, 2e-6, 1e-5, 2e-4, 3e-3, 0.1, 5.0)
EACH_NEURON = 4.0


@dataclass(frozen=True)
class PrivilegedLoss:
    """Expected loss of the privileged-basis model [D30].

    Attributes
    ----------
    loss : float
        What is exact and the sampled rest together.
    error : float
        Standard error of the rest; 0 where all is exact.
    rest : float
        What is sampled of `loss`.
    """

    loss: float
    error: float
    rest: float


def privileged_loss(
    W: Any,
    b: Any = None,
    *,
    density: Any,
    importance: Any = None,
    most_active: int | None = None,
) -> PrivilegedLoss:
    r"""Expected loss of h = ReLU(Wx), x' = ReLU(Wᵀh + b), x in [0, 1] [D30].

    .. math:: L = \sum_S \prod_{i \in S} p_i \prod_{i \notin S} (1 - p_i)
       \sum_i I_i\, E[(x_i - x'_i)^2 \mid S]

    Parameters
    ----------
    W : array_like (m, n)
        Weights, hidden × features.
    b : array_like (n,), optional
        Output biases; None means zero.
    density : array_like, () or (n,)
        p in [0, 1].
    importance : array_like, () or (n,), optional
        I ≥ 0; None means ones.
    most_active : int, optional
        In each part of W that shares neurons, patterns of more active features are sampled, 8192
        points that are always the same.  None means that all are exact.

    Returns
    -------
    PrivilegedLoss

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed; where exact patterns would take more
        than a minute, with their cost.

    Examples
    --------
    Two features that silence each other: one alone is exact, of two the smaller is lost.

    >>> privileged_loss([[1, -1], [-1, 1]], density=0.1).loss > 0
    True
    >>> round(privileged_loss([[1, -1e6], [-1e6, 1]], density=0.1).loss, 6)  # two thirds of p²
    0.006667
    """
    return privileged_loss_and_gradient(
        W, b, density=density, importance=importance, most_active=most_active
    )[0]


def privileged_loss_and_gradient(
    W: Any,
    b: Any = None,
    *,
    density: Any,
    importance: Any = None,
    most_active: int | None = None,
) -> tuple[PrivilegedLoss, FloatArray, FloatArray]:
    """Expected loss of the privileged-basis model with its gradient, dW (m, n) and db (n,) [D30].

    Parameters
    ----------
    W, b, density, importance, most_active
        As in :func:`privileged_loss`.

    Returns
    -------
    loss : PrivilegedLoss
    dW : (m, n)
    db : (n,)
        Where zeros part W, the gradient by these zeros is left out, as zero.

    Raises
    ------
    ValueError
        What `privileged_loss` refuses, and the cost of a gradient that takes more than a minute.

    Examples
    --------
    >>> loss, dW, db = privileged_loss_and_gradient([[1.0, 0.0]], [0.0, 0.25], density=0.5)
    >>> round(loss.loss, 6), db.round(12).tolist()
    (0.104167, [0.0, 0.0])
    """
    problem = as_problem(W, b, density, importance)
    if problem.shape:
        raise ValueError(f"W must be one model (m, n), got leading axes {problem.shape}")
    weights, biases, p, value = (part[0] for part in problem[:4])
    exact = len(biases) if most_active is None else check_whole("most_active", most_active)
    found = parts_of(weights)
    seconds = 0.0
    for neurons, features in found:
        if len(features) > MOST_FEATURES:
            raise ValueError(
                f"W must have at most {MOST_FEATURES} features that share neurons (2ⁿ patterns "
                f"are listed), got {len(features)}"
            )
        seconds += _seconds(len(neurons), len(features), exact)
    if seconds > LIMIT:
        raise ValueError(
            f"most_active must be less than {min(exact, len(biases))} here: exact patterns of so "
            f"many features would take about {seconds:.0f} s; what is left out is sampled"
        )
    dW, db = np.zeros(weights.shape), np.zeros(len(biases))
    losses = np.zeros((len(found), 3))
    for k, (neurons, features) in enumerate(found):
        where = np.ix_(neurons, features)
        losses[k], dW[where], db[features] = part_loss(
            weights[where], biases[features], p[features], value[features], exact
        )
    total = losses.sum(axis=0)
    error = float(np.sqrt((losses[:, 1] ** 2).sum()))
    return PrivilegedLoss(float(total[0]), error, float(total[2])), dW, db


def parts_of(W: FloatArray) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Neurons and features of each connected part of W, by their first feature.

    >>> [features.tolist() for _, features in parts_of(np.array([[1.0, 0.0, -1.0]]))]
    [[0, 2], [1]]
    """
    m, n = W.shape
    neuron, feature = np.nonzero(W)
    graph = coo_array((np.ones(len(neuron)), (feature, n + neuron)), shape=(n + m, n + m))
    label = connected_components(graph, directed=False)[1]
    firsts = dict.fromkeys(label[:n].tolist())
    return [(np.flatnonzero(label[n:] == k), np.flatnonzero(label[:n] == k)) for k in firsts]


def part_loss(
    W: FloatArray,
    b: FloatArray,
    density: FloatArray,
    importance: FloatArray,
    most_active: int,
    points: int = SAMPLES,
) -> tuple[tuple[float, float, float], FloatArray, FloatArray]:
    """Loss, error and rest, dW and db of one part of checked arrays [D30].

    `points`, a power of two, is the size of each of the `REPLICATES` samples.
    """
    n = len(b)
    by_count, dW, db = np.zeros(n + 1), np.zeros(W.shape), np.zeros(n)
    patterns_loss(W, b, density, importance, 0, most_active, by_count, dW, db)
    if most_active >= n:
        return (float(by_count.sum()), 0.0, 0.0), dW, db
    X, weight = sample(tuple(density), most_active, points)
    values, sW, sb = sampled(W, b, importance, X, weight)
    rest = float(values.sum())
    each = values.reshape(REPLICATES, -1).sum(axis=1) * REPLICATES
    error = float(each.std(ddof=1) / np.sqrt(REPLICATES))
    return (float(by_count.sum()) + rest, error, rest), dW + sW, db + sb


@lru_cache(maxsize=32)
def sample(
    density: tuple[float, ...], most_active: int, size: int = SAMPLES
) -> tuple[FloatArray, float]:
    """Inputs (N, n) of more than `most_active` active features, and the weight of each.

    Patterns are taken systematically in proportion to their probability; values are scrambled
    Sobol points.  Rows are in `REPLICATES` groups that are independent of each other.
    """
    p = np.array(density)
    n = len(p)
    digits = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1
    chance = np.where(digits, p, 1 - p).prod(axis=1)
    chance[digits.sum(axis=1) <= most_active] = 0.0
    order = np.argsort(digits.sum(axis=1), kind="stable")
    heights = np.cumsum(chance[order])
    if heights[-1] == 0.0:
        return np.zeros((REPLICATES, n)), 0.0
    rows = []
    for replicate in range(REPLICATES):
        generator = np.random.default_rng([replicate, most_active, n])
        points = sobol(n + 1, generator).random(size)
        chosen = np.searchsorted(heights, points[:, n] * heights[-1], side="right")
        rows.append(points[:, :n] * digits[order[np.minimum(chosen, len(order) - 1)]])
    X = np.concatenate(rows)
    X.setflags(write=False)
    return X, float(heights[-1] / len(X))


def sampled(
    W: FloatArray, b: FloatArray, importance: FloatArray, X: FloatArray, weight: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weighted loss of each input (N,), and the gradient of their sum, dW and db."""
    inputs = X @ W.T
    hidden = np.maximum(inputs, 0.0)
    output = hidden @ W + b
    error = np.maximum(output, 0.0) - X
    back = error * (2 * weight * importance) * (output > 0)
    dW = hidden.T @ back + ((back @ W.T) * (inputs > 0)).T @ X
    return weight * (error**2 @ importance), dW, back.sum(axis=0)


def _seconds(m: int, n: int, most_active: int) -> float:
    """What exact patterns of one part may take."""
    total, patterns = 0.0, 1.0
    for k in range(min(n, most_active) + 1):
        each = SECONDS[k] if k < len(SECONDS) else np.inf
        total += patterns * each * (EACH_NEURON ** max(min(m, 6) - 2, 0) if k > 2 else 1)
        patterns *= (n - k) / (k + 1)
    return total
