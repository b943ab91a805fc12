r"""Blocks of the privileged-basis model: j features that share s neurons, and nothing else [D30].

$$ B(j, s; p, I) = \min_{W ∈ R^{s×j}, b ∈ R^j} L(W, b; p, I) $$

over models in which every feature is represented, so that a block is not a smaller one beside
ignored features.  What is found is a minimum over finitely many starts: an upper bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from ground.checks import (
    FloatArray,
    as_importance,
    as_positive_density,
    check_at_most,
    check_positive_int,
    check_seed,
    check_sizes,
)
from theory.computation.privileged_loss import SAMPLES, part_loss

__all__ = ["PrivilegedBlock", "descend", "privileged_block"]

STARTS = 24
STEPS = 400
REPRESENTED = 0.25  # least own gain dx'_i/dx_i of a feature that is represented; a weak arm has 0.1
SHARED = 0.3  # size from which a weight binds a feature to a neuron
# Active features up to which patterns are exact, by neurons: while descending, and in the end.
EXACT = {1: 4, 2: 4, 3: 3, 4: 2, 5: 2}
FINAL = {1: 5, 2: 5, 3: 5, 4: 4, 5: 3}
MOST_FEATURES = 12
KINDS = 4  # of starts
POINTS = 256  # of each of the eight samples while searching


@dataclass(frozen=True, eq=False)
class PrivilegedBlock:
    """The best block found of j features in s neurons at one density [D30].

    Attributes
    ----------
    density : float
    importance : (j,)
    W : (s, j)
    b : (j,)
    loss : float
        Of all its features, weighted by importance.
    error : float
        Standard error of what is sampled of it; 0 where all is exact.
    """

    density: float
    importance: FloatArray
    W: FloatArray
    b: FloatArray
    loss: float
    error: float

    @property
    def n_features(self) -> int:
        """j."""
        return int(self.W.shape[1])

    @property
    def n_hidden(self) -> int:
        """s."""
        return int(self.W.shape[0])

    @property
    def gain(self) -> FloatArray:
        """Slope of x'_i by x_i when feature i is alone and large, Σ_a max(W_ai, 0)²: (j,)."""
        return np.asarray((np.maximum(self.W, 0.0) ** 2).sum(axis=0))

    @property
    def whole(self) -> bool:
        """Whether every feature is represented and none stands apart with neurons of its own."""
        return bool((self.gain >= REPRESENTED).all()) and _connected(np.abs(self.W) >= SHARED)


def privileged_block(
    n_features: int,
    n_hidden: int,
    density: float,
    importance: Any = None,
    *,
    starts: int = STARTS,
    seed: int | list[int] = 0,
) -> PrivilegedBlock | None:
    """Search for the best block of j features in s neurons [D30].

    Parameters
    ----------
    n_features, n_hidden : int
        j and s, s ≤ j ≤ 12.
    density : float
        p in (0, 1].
    importance : array_like, () or (j,), optional
        I ≥ 0; None means ones.
    starts : int
        Descents from random weights of four kinds.
    seed : int
        The same starts for the same seed.

    Returns
    -------
    PrivilegedBlock or None
        None where no descent ended in a block that is whole.

    Raises
    ------
    ValueError
        Naming the argument that is out of range.

    Examples
    --------
    Three features in two neurons: one on both, and two that silence each other's.

    >>> block = privileged_block(3, 2, 0.2, [1.0, 0.75, 0.5625], starts=4, seed=7)
    >>> sorted((block.W > 0.3).sum(axis=0).tolist())
    [1, 1, 2]
    """
    j, s = check_sizes(n_features, n_hidden)
    check_at_most("n_features", j, MOST_FEATURES, "2ⁿ patterns are listed")
    p = as_positive_density("density", density)
    value = as_importance(importance, j)
    check_positive_int("starts", starts)
    rng = np.random.default_rng(check_seed(seed))
    best = None
    for k in range(starts):
        W, b = _start(k % KINDS, j, s, p, rng)
        found = descend(W, b, p, value, points=POINTS, final=2)
        if found.whole and (best is None or found.loss < best.loss):
            best = found
    return None if best is None else descend(best.W, best.b, p, value)


def descend(
    W: FloatArray,
    b: FloatArray,
    density: float,
    importance: FloatArray,
    *,
    most_active: int | None = None,
    steps: int = STEPS,
    points: int = SAMPLES,
    final: int | None = None,
) -> PrivilegedBlock:
    """Follow the loss downhill from checked W and b to a minimum [D30].

    Parameters
    ----------
    most_active : int, optional
        Patterns of so many active features are exact and the rest a fixed sample; None takes
        what is cheap.
    steps : int
        At most so many.
    points : int
        Of each of the eight samples.
    final : int, optional
        As `most_active`, for the loss of what is found.
    """
    s, j = W.shape
    p = np.full(j, density)
    exact = EXACT.get(s, 2) if most_active is None else most_active
    unit = 3 / (density * max(float(importance.sum()), 1e-300))

    def value(theta: FloatArray) -> tuple[float, FloatArray]:
        (loss, _, _), dW, db = part_loss(
            theta[: s * j].reshape(s, j), theta[s * j :], p, importance, exact, points
        )
        return loss * unit, np.concatenate([dW.ravel(), db]) * unit

    end = minimize(
        value,
        np.concatenate([W.ravel(), b]),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "maxcor": 20, "ftol": 1e-12, "gtol": 1e-8},
    )
    W, b = end.x[: s * j].reshape(s, j), end.x[s * j :]
    most = max(exact, FINAL.get(s, 2)) if final is None else final
    (loss, error, _), _, _ = part_loss(W, b, p, importance, most)
    return PrivilegedBlock(density, importance, W, b, loss, error)


def _start(
    kind: int, j: int, s: int, p: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Random weights of one of four kinds, with silencing ones between those that share."""
    b = np.zeros(j)
    if kind == 0:
        W = rng.normal(size=(s, j)) * np.sqrt(2 / (s + j))
    elif kind == 1:
        W = 0.2 * rng.normal(size=(s, j))
        W[np.arange(s), rng.permutation(j)[:s]] += 1.0
        b += p / 4
    else:
        W = -rng.uniform(0.0, 1.0, size=(s, j))
        for i in range(j):
            most = min(s, 2 if kind == 2 else 3)
            chosen = rng.choice(s, size=rng.integers(1, most + 1), replace=False)
            W[chosen, i] = 1 / np.sqrt(len(chosen))
    return W, b


def _connected(binds: np.ndarray) -> bool:
    """Whether a bipartite graph (s, j) of neurons and features hangs together."""
    reached = np.zeros(binds.shape[1], dtype=bool)
    reached[0] = True
    for _ in range(sum(binds.shape)):
        neurons = binds[:, reached].any(axis=1)
        reached |= binds[neurons].any(axis=0)
    return bool(reached.all() and binds.any(axis=1).all())
