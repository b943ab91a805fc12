r"""The monosemantic solution of the privileged basis, and where weak arms unsettle it [D30].

h = ReLU(Wx), x' = ReLU(Wᵀh + b): the m features that weigh most have a neuron each, weight 1 and
bias 0, and cost nothing; each of the others is answered by its mean and costs I (p/3 − p²/4).
As long as no weight is negative the hidden ReLU does nothing, so that a dropped feature's small
weight w > 0 on the neuron of a kept one, a *weak arm*, is the aligned side of D09.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize

from ground.checks import (
    FloatArray,
    as_density,
    as_floats,
    as_importance,
    as_positive_density,
    check_at_most,
    check_sizes,
)
from theory.data_law import feature_variance
from theory.loss.clipped_cube import faces
from theory.loss.models import rows

__all__ = [
    "WeakArms",
    "monosemantic_loss",
    "monosemantic_model",
    "weak_arm_density",
    "weak_arm_importance",
    "weak_arms",
]

NO_ARM = 5 / 16  # relative importance up to which one arm by itself never pays
MOST_ARMS = 6  # dropped features that are looked at together, the ones that weigh most
MOST_FEATURES = 5000
LEAST = 1e-3  # density from which on an onset is looked for
STARTS = 4  # random directions, beside one arm, two, … of equal length


@dataclass(frozen=True, eq=False)
class WeakArms:
    """Where a monosemantic solution stops being a minimum, and how [D30].

    Attributes
    ----------
    density : float
        The onset: above, every small arm costs; 0 where none pays at any density from 0.001 on.
    neuron : int
        Feature whose neuron takes the arms, the kept one that weighs least, 0-based.
    arms : (n,)
        Direction in which they grow at the onset, the largest 1; zero for kept features.
    """

    density: float
    neuron: int
    arms: FloatArray


def monosemantic_loss(
    n_features: int, n_hidden: int, *, density: Any, importance: Any = None
) -> float | FloatArray:
    r"""Expected loss of the monosemantic solution, in closed form [D30].

    .. math:: L = \Big( \frac p3 - \frac{p^2}4 \Big) \sum_{i > m} I_i

    for importances in falling order.

    Parameters
    ----------
    n_features, n_hidden : int
        n and m, m ≤ n.
    density : array_like (...)
        p in [0, 1], the same for all features.
    importance : array_like (n,), optional
        I ≥ 0; None means ones.

    Returns
    -------
    float or ndarray (...)

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    The paper's ten features of importance 0.75^i in five neurons, all of them active:

    >>> round(monosemantic_loss(10, 5, density=1.0, importance=0.75 ** np.arange(10)), 12)
    0.06033039093
    """
    n, m = _checked_sizes(n_features, n_hidden)
    p = as_density(density)
    value = _importances(importance, n)
    lost = np.asarray(feature_variance(p) * np.sort(value)[: n - m].sum())
    return float(lost) if lost.ndim == 0 else lost


def monosemantic_model(
    n_features: int, n_hidden: int, *, density: float, importance: Any = None
) -> tuple[FloatArray, FloatArray]:
    """Weights W (m, n) and biases b (n,) of the monosemantic solution [D30].

    Parameters
    ----------
    n_features, n_hidden : int
        As in :func:`monosemantic_loss`.
    density : float
        p in (0, 1].
    importance : array_like (n,), optional
        As in :func:`monosemantic_loss`.

    Returns
    -------
    W, b
        Neurons in the order of importance.

    Raises
    ------
    ValueError
        Sizes out of range, a density outside (0, 1], or a negative importance.

    Examples
    --------
    >>> W, b = monosemantic_model(3, 2, density=0.5, importance=[1, 3, 2])
    >>> W.tolist(), b.tolist()
    ([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], [0.25, 0.0, 0.0])
    """
    n, m = _checked_sizes(n_features, n_hidden)
    p = as_positive_density("density", density)
    kept = np.argsort(-_importances(importance, n), kind="stable")[:m]
    W, b = np.zeros((m, n)), np.full(n, p / 2)
    W[np.arange(m), kept] = 1.0
    b[kept] = 0.0
    return W, b


def weak_arm_importance(density: Any) -> FloatArray:
    r"""Relative importance r from which one weak arm pays, against density [D30].

    .. math:: r(p) = \frac{5 + 8p - 9p^2}{4 (4 - 3p)}

    Parameters
    ----------
    density : array_like (...)
        p in [0, 1].

    Returns
    -------
    ndarray (...)
        Importance of the dropped feature over that of the neuron's; from 5/16 up to 1.

    Raises
    ------
    ValueError
        A density outside [0, 1].

    Examples
    --------
    >>> weak_arm_importance([0.0, 0.5, 1.0]).tolist()
    [0.3125, 0.675, 1.0]
    """
    p = as_density(density)
    return np.asarray((5 + 8 * p - 9 * p**2) / (4 * (4 - 3 * p)))


def weak_arm_density(ratio: Any) -> FloatArray:
    r"""Density below which one weak arm pays: the onset [D30].

    .. math:: p(r) = \frac{16 r - 5}{4 + 6r + \sqrt{36 r^2 - 96 r + 61}}

    Parameters
    ----------
    ratio : array_like (...)
        r = I_d / I_k in [0, 1], of the dropped feature and the one whose neuron it joins.

    Returns
    -------
    ndarray
        0 where r ≤ 5/16: one arm by itself never pays.

    Raises
    ------
    ValueError
        A ratio outside [0, 1].

    Examples
    --------
    Neighbours in the paper's 0.75^i; it is (17 − √37)/18:

    >>> round(float(weak_arm_density(0.75)), 6)
    0.606513
    """
    r = as_floats("ratio", ratio)
    if not ((r >= 0) & (r <= 1)).all():
        raise ValueError(f"ratio must lie in [0, 1] (dropped over kept importance), got {ratio!r}")
    root = np.sqrt(36 * r**2 - 96 * r + 61)
    return np.asarray(np.where(r > NO_ARM, (16 * r - 5) / (4 + 6 * r + root), 0.0))


def weak_arms(n_features: int, n_hidden: int, importance: Any = None) -> WeakArms:
    r"""Onset of weak arms of the monosemantic solution, several at once included [D30].

    .. math:: \max_{w ≥ 0} \frac{(p/3 - p^2/4) \sum_d I_d w_d^2}{\min_γ q(w, γ; p)} = I_k

    with k the kept feature that weighs least and q(w, γ; p) what the arms cost it, relative to I_k.

    Parameters
    ----------
    n_features, n_hidden : int
        n and m, m < n.
    importance : array_like (n,), optional
        I ≥ 0; None means ones.

    Returns
    -------
    WeakArms

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Notes
    -----
    At most six dropped features are taken together.  Weights of other kinds cost: kept ones
    never pay at the onset of one arm, and a lone arm w < 0 at no density.

    Examples
    --------
    >>> arms = weak_arms(10, 5, 0.75 ** np.arange(10))
    >>> round(arms.density, 6), arms.neuron, arms.arms.round(3).tolist()[5:]
    (0.606513, 4, [1.0, 0.0, 0.0, 0.0, 0.0])
    """
    n, m = _checked_sizes(n_features, n_hidden)
    if n == m:
        raise ValueError(f"n_features must exceed n_hidden for a feature to be dropped, got {n}")
    value = _importances(importance, n)
    order = np.argsort(-value, kind="stable")
    neuron, dropped = int(order[m - 1]), order[m : m + MOST_ARMS]
    arms = np.zeros(n)
    if value[neuron] <= 0:
        raise ValueError(f"importance must be positive for {m} features, got {importance!r}")
    ratios = value[dropped] / value[neuron]
    if ratios[0] >= 1.0:
        arms[dropped[0]] = 1.0
        return WeakArms(1.0, neuron, arms)

    def excess(density: float) -> float:
        return cost_of_arms(density, ratios)[0] - 1.0

    if excess(LEAST) >= 0:
        return WeakArms(0.0, neuron, arms)
    onset = float(brentq(excess, LEAST, 1.0, xtol=1e-13))
    direction = cost_of_arms(onset, ratios)[1]
    arms[dropped] = direction / direction.max()
    return WeakArms(onset, neuron, arms)


def cost_of_arms(density: float, ratios: FloatArray) -> tuple[float, FloatArray]:
    r"""Least cost of weak arms over what they save, and their direction w ≥ 0, (N,) [D30].

    .. math:: \min_{w, γ} \frac{p \big( v |w|^2 + \tfrac14 (γ - \tfrac p2 |w|_1)^2 \big)
       + (1 - p)\, E[(w·x - γ)_+^2]}{v \sum_d r_d w_d^2}, \qquad v = \frac p3 - \frac{p^2}4

    It is below 1 where the arms pay.
    """
    v, count = feature_variance(density), len(ratios)
    digits, out = faces(count, 3), np.empty((1, count + 2))
    densities = np.full((1, count), density)

    def quotient(theta: FloatArray) -> tuple[float, FloatArray]:
        w, shift = theta[:-1], theta[-1]
        rows(w[None], np.array([-shift]), -1, densities, 0.0, 1.0, digits, 3, out)
        ramp, by_w, by_shift = out[0, 0], out[0, 1:-1], -out[0, -1]
        mean = density * w.sum() / 2 - shift
        cost = density * (v * w @ w + mean**2 / 4) + (1 - density) * ramp
        cost_w = density * (2 * v * w + density * mean / 4) + (1 - density) * by_w
        cost_shift = -density * mean / 2 + (1 - density) * by_shift
        saved = v * ratios @ w**2
        slope = np.append(cost_w - cost * 2 * ratios * v * w / saved, cost_shift)
        return cost / saved, slope / saved

    rng = np.random.default_rng(count)
    starts = [np.arange(count) < k for k in range(1, count + 1)]
    best, direction = np.inf, np.zeros(count)
    for start in [*starts, *rng.random((STARTS if count > 1 else 0, count))]:
        w = np.maximum(np.asarray(start, dtype=float), 1e-3)
        end = minimize(
            quotient,
            np.append(w, w.sum() / 2),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, None)] * count + [(None, None)],
            options={"ftol": 1e-15, "gtol": 1e-12},
        )
        if end.fun < best:
            best, direction = float(end.fun), end.x[:-1]
    return best, direction


def _checked_sizes(n_features: Any, n_hidden: Any) -> tuple[int, int]:
    n, m = check_sizes(n_features, n_hidden)
    check_at_most("n_features", n, MOST_FEATURES, "W has as many columns")
    return n, m


def _importances(importance: Any, n: int) -> FloatArray:
    value = as_importance(importance, n)
    if value.ndim > 1:
        raise ValueError(f"importance must be one number or {n}, got shape {value.shape}")
    return value
