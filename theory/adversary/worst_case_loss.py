r"""The loss when every input meets its own worst attack: an expectation over inputs [D19].

$$ L_w(W, b; ε) = E \max_{‖δ‖ ≤ ε} Σ_i I_i (x_i − ReLU(G_i·(x + δ) + b_i))² $$

Two features in one dimension are integrated, strip by strip.  Others are sampled: each pattern of
active features has its own scrambled Sobol points, so that rare patterns count exactly as much as
they should, and several scramblings say how far the mean is off.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from ground.checks import FloatArray, as_number, check_positive_int
from ground.points import sobol
from theory.adversary.attacked_loss import as_biased, as_world
from theory.adversary.pair_kernel import pair_loss
from theory.adversary.worst_case import check_reach, is_size, worst_of

__all__ = ["WorstCaseLoss", "worst_case_loss"]

SCRAMBLINGS = 8
SEED = 20220914  # the sample is a fixed one
MOST_FEATURES = 10  # patterns double with each
ROUNDING = 1e-13


@dataclass(frozen=True)
class WorstCaseLoss:
    """Expected loss under the worst attack on each input.

    Attributes
    ----------
    loss : float
    error : float
        Integrated: a bound from the rule's last refinement, with rounding.  Sampled: the standard
        error of the mean, from independent scramblings of the points.
    upper : float
        The mean of upper bounds: equal to `loss` where the worst attacks are exact.
    sampled : bool
        Whether inputs were sampled.
    exact : bool
        Whether the worst attack on each input is exact.
    """

    loss: float
    error: float
    upper: float
    sampled: bool
    exact: bool


def worst_case_loss(
    W: Any,
    b: Any,
    *,
    size: Any,
    density: Any,
    importance: Any = None,
    points: int = 256,
    budget: float = 60.0,
) -> WorstCaseLoss:
    r"""Expected loss when each input meets its worst attack of size at most ε [D19].

    .. math:: L_w = E \max_{\|\delta\| \le \varepsilon}
              \sum_i I_i (x_i - ReLU(G_i \cdot (x + \delta) + b_i))^2

    Parameters
    ----------
    W : array_like (m, n)
        Of one model, up to 10 features.
    b : array_like (n,)
        Zeros where the model has none.
    size : float
        ε ≥ 0.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional
        Some feature must have a positive density.
    points : int
        A power of 2: inputs of each pattern of active features and each of 8 scramblings, where
        inputs are sampled.
    budget : float
        Seconds, as in :func:`theory.worst_case`; beyond, `loss` and `upper` are bounds.

    Returns
    -------
    WorstCaseLoss

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    Dedicated unit features lose ε², whatever the input:

    >>> round(worst_case_loss([[1.0, 0.0], [0.0, 1.0]], [0, 0], size=0.2, density=0.3).loss, 12)
    0.04

    A unit digon, 2ε² on every input but those with both features active:

    >>> found = worst_case_loss([[1.0, -1.0]], [0, 0], size=0.1, density=0.001)
    >>> round(found.loss, 4), found.error < 1e-12
    (0.02, True)
    """
    weights, biases = as_biased(W, b)
    if weights.ndim != 2 or biases.ndim != 1:
        raise ValueError(
            f"W and b must be those of one model, got shapes {weights.shape} and {biases.shape}"
        )
    n = weights.shape[1]
    if n > MOST_FEATURES:
        raise ValueError(
            f"W must have at most {MOST_FEATURES} features, as each of 2^n patterns is sampled, "
            f"got {n}; theory.worst_case takes inputs of your own"
        )
    radius = as_number("size", size, "a finite number ≥ 0, the ε of the attack", is_size)
    seconds = as_number("budget", budget, "a number > 0, in seconds", lambda v: v > 0)
    check_positive_int("points", points)
    if points & (points - 1) or points > 2**16:
        raise ValueError(f"points must be a power of 2 up to 2**16, got {points}")
    problem = as_world(weights, biases, density, importance)
    if problem.shape:
        raise ValueError(f"density and importance must be those of one model, got {density!r}")
    p, weight = problem.density[0], problem.importance[0]
    check_reach(weights, biases, np.ones(n), radius, weight)
    if weights.shape == (1, 2):
        theta = np.concatenate([weights[0], biases])
        out, _, error = pair_loss(theta, weight, p, np.array([radius]))
        loss = float(out[0, 0])
        return WorstCaseLoss(loss, float(error[0]) + ROUNDING * loss, loss, False, True)
    return _sampled(weights, biases, radius, p, weight, points, seconds)


def _sampled(
    W: FloatArray,
    b: FloatArray,
    size: float,
    p: FloatArray,
    importance: FloatArray,
    points: int,
    budget: float,
) -> WorstCaseLoss:
    n = len(b)
    patterns = np.array(list(product((0, 1), repeat=n)), dtype=bool)
    chance = np.prod(np.where(patterns, p, 1.0 - p), axis=1)
    patterns, chance = patterns[chance > 0], chance[chance > 0]
    inputs = []
    for k, pattern in enumerate(patterns):
        active = int(pattern.sum())
        x = np.zeros((SCRAMBLINGS, points, n))
        for scrambling in range(SCRAMBLINGS if active else 0):
            rng = np.random.default_rng([SEED, k, scrambling])
            x[scrambling][:, pattern] = sobol(active, rng).random(points)
        inputs.append(x if active else x[:, :1])
    flat = np.concatenate([x.reshape(-1, n) for x in inputs])
    _, loss, upper, exact = worst_of(W, b, flat, size, importance, budget)
    ends = np.cumsum([x.shape[0] * x.shape[1] for x in inputs])[:-1]
    means = np.array([part.reshape(SCRAMBLINGS, -1).mean(1) for part in np.split(loss, ends)])
    tops = np.array([part.mean() for part in np.split(upper, ends)])
    # Patterns are scrambled apart from each other, so their errors add in squares.
    spread = means.var(axis=1, ddof=1) / SCRAMBLINGS
    value = float(chance @ means.mean(1))
    error = float(np.sqrt(chance**2 @ spread)) + ROUNDING * value
    return WorstCaseLoss(value, error, float(chance @ tops), True, exact)
