r"""Which of many features survive an L1 penalty on h, in m neurons [D36].

Models whose neurons carry at most two features, w₁x₁ − w₂x₂: the objective is a sum over
neurons, and the best of them is a matching of features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from ground.checks import (
    FloatArray,
    as_at_least_zero,
    as_importance,
    as_number,
    check_at_most,
    check_kind,
    check_positive_int,
)
from theory.data_law import feature_variance
from theory.ways_out.l1_uneven import size_of
from theory.ways_out.lone import lone_feature, lone_scale, lone_spinodal
from theory.ways_out.shared_neuron import LEAST, shared_neuron

__all__ = ["Survivors", "still_alive", "survivors"]

MOST_FEATURES = 400  # pairs of them are tried one by one
# No pair was seen to live on beyond its weaker feature's spinodal by as much as this.
BEYOND = 1.1


@dataclass(frozen=True, eq=False)
class Survivors:
    """The best model whose neurons carry at most two features.

    Attributes
    ----------
    neurons : tuple of tuples
        The features of each neuron in use, one or two, the more important first.
    W : (m, n)
    b : (n,)
    loss, objective : float
        Without the penalty, and with it.
    """

    neurons: tuple[tuple[int, ...], ...]
    W: FloatArray
    b: FloatArray
    loss: float
    objective: float

    @property
    def alive(self) -> FloatArray:
        """Which features survive, (n,) of bool."""
        return np.asarray(np.any(self.W != 0, axis=0))

    @property
    def count(self) -> int:
        """How many survive."""
        return int(self.alive.sum())


def survivors(n_hidden: int, *, density: float, importance: Any, l1: float) -> Survivors:
    r"""Features that survive an L1 penalty on h in the best model of pairs and lone features [D36].

    $$ \min \sum_{neurons} F(i) \text{ or } F(i, j) + \sum_{dropped} I_i v $$

    over all choices of at most m neurons with one or two features each; a matching, solved exactly.
    Every other model of few survivors costs more as p → 0; at larger p that is not proved.

    Parameters
    ----------
    n_hidden : int
        m, at most n.
    density : float
        p in [1e-6, 1].
    importance : array_like (n,)
        I ≥ 0.
    l1 : float
        λ > 0.

    Returns
    -------
    Survivors

    Raises
    ------
    ValueError
        Naming the argument and its value; λ = 0, where neurons are not favoured over any other
        direction.

    Examples
    --------
    >>> found = survivors(2, density=0.05, importance=[1.0, 0.8, 0.5, 0.1], l1=0.1)
    >>> found.count, found.neurons
    (3, ((0,), (1, 2)))
    """
    p, strength, size, m = _checked(n_hidden, density, importance, l1)
    n = len(strength)
    dropped = strength * feature_variance(p)
    options: list[tuple[tuple[int, ...], float, tuple[float, ...], tuple[float, ...]]] = []
    for i in range(n):
        w, value = lone_feature(p, strength[i], size)
        if w > 0:
            options.append(((i,), value - dropped[i], (w,), (p * (1 - w * w) / 2,)))
    last = BEYOND * lone_spinodal(p, strength)
    for i, j in _pairs(strength, last > size):
        pair = shared_neuron(p, float(strength[j] / strength[i]), l1=size / float(strength[i]))
        saved = np.inf if pair is None else strength[i] * pair.objective - dropped[i] - dropped[j]
        if pair is not None and saved < 0:
            options.append(((i, j), float(saved), (pair.w[0], -pair.w[1]), pair.b))
    chosen = _best(options, n, m)
    W, b = np.zeros((m, n)), np.full(n, p / 2)
    loss = objective = float(dropped.sum())
    for k, (features, saved, w, bias) in enumerate(chosen):
        W[k, list(features)], b[list(features)] = w, bias
        objective += saved
        loss += saved - size * _size(w, p)
    return Survivors(tuple(features for features, *_ in chosen), W, b, loss, objective)


def still_alive(found: Survivors, *, density: float, importance: Any, l1: float) -> FloatArray:
    """Which features of a model live on when λ is raised slowly to a larger value [D36].

    Each neuron keeps its features as long as it has a minimum with both alive; then the less
    important one drops out, and the other goes on up to the spinodal of a lone feature.

    Parameters
    ----------
    found : Survivors
        At the λ from which it is raised.
    density, importance, l1
        As in :func:`survivors`.

    Returns
    -------
    (n,) of bool

    Raises
    ------
    ValueError
        An l1 below that at which the model was found, or values out of range.
    TypeError
        Nothing that `survivors` returned.

    Examples
    --------
    >>> world = {"density": 0.1, "importance": [1.0, 0.5]}
    >>> start = survivors(2, l1=0.01, **world)
    >>> still_alive(start, l1=0.7, **world).tolist()  # the threshold of a lone one is 0.671
    [True, False]
    """
    check_kind("found", found, Survivors, "what `survivors` returned")
    m, n = found.W.shape
    p, strength, size, _ = _checked(m, density, importance, l1)
    if len(strength) != n:
        raise ValueError(
            f"importance must have {n} entries, as found has features, got {importance!r}"
        )
    alive = np.zeros(len(strength), dtype=bool)
    for features in found.neurons:
        if len(features) == 2:
            i, j = features
            pair = shared_neuron(p, float(strength[j] / strength[i]), l1=size / float(strength[i]))
            alive[[i, j]] = pair is not None
        alive[features[0]] |= bool(lone_scale(p, strength[features[0]], l1=size) > 0)
    return alive


def _checked(
    n_hidden: Any, density: Any, importance: Any, l1: Any
) -> tuple[float, FloatArray, float, int]:
    m = check_positive_int("n_hidden", n_hidden)
    p = as_number("density", density, f"in [{LEAST:g}, 1]", lambda value: LEAST <= value <= 1)
    size = as_at_least_zero("l1", l1)
    if size == 0:
        raise ValueError("l1 must be > 0 (at 0 no direction of h is favoured), got 0")
    if np.ndim(importance) != 1:
        raise ValueError(f"importance must be a list of numbers, one a feature, got {importance!r}")
    n = np.size(importance)
    check_at_most("importance", n, MOST_FEATURES, "its length: pairs are tried one by one")
    strength = as_importance(importance, n)
    if m > n:
        raise ValueError(
            f"n_hidden must not exceed the number of features, that of importance: {n}, got {m}"
        )
    return p, strength, size, m


def _pairs(strength: FloatArray, may_live: Any) -> list[tuple[int, int]]:
    """Pairs of features that may both live, the more important first."""
    falling = np.argsort(-strength, kind="stable")
    order = [int(i) for i in falling if may_live[i] and strength[i] > 0]
    pairs = [(i, j) for k, i in enumerate(order) for j in order[k + 1 :]]
    return [(i, j) for i, j in pairs if strength[j] >= LEAST * strength[i]]


def _best(options: list[Any], n: int, m: int) -> list[Any]:
    """Options, each a neuron, that save most: every feature at most once, at most m of them."""
    if not options:
        return []
    uses = np.zeros((n + 1, len(options)))
    for column, (features, *_) in enumerate(options):
        uses[list(features), column] = 1
    uses[n] = 1
    most = np.append(np.ones(n), m)
    saved = np.array([option[1] for option in options])
    found = milp(
        saved / np.abs(saved).max(),
        constraints=LinearConstraint(uses, -np.inf, most),
        integrality=np.ones(len(options), dtype=int),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 1e-12},
    )
    picked = np.flatnonzero(np.asarray(found.x) > 0.5)
    return sorted((options[k] for k in picked), key=lambda option: option[0])


def _size(w: tuple[float, ...], p: float) -> float:
    """E|h| of one neuron."""
    return p * w[0] / 2 if len(w) == 1 else size_of(w[0], -w[1], p)[0]
