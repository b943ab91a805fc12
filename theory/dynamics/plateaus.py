r"""From saddle to saddle: which feature is learnt when, and what the loss is meanwhile [D22].

From small weights each feature grows at a rate of its own, 4 c_i with c_i = I_i (p_i/3 − p_i²/4),
and is full before the next one is seen if its c is smaller.  Until then the loss is what is not
yet learnt, Σ c_i, at a saddle: the plateau.  With equal c all are full at once, and the only
plateau is that of the empty model.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.signal import find_peaks

from ground.checks import FloatArray, as_density, as_floats, as_importance, as_number, check_sizes
from theory.loss.linear import weighted_variance

DEPTH = 0.5  # decades that a slope must fall and rise again for a plateau
SMALL, LINEAR = 1e-2, 1e-3  # weights of a start; up to which a feature grows as by itself
MOST = 20  # largest ratio of rates
FULL = 1e-6  # weight from which one feature is followed to find the delay


def plateau_losses(n_hidden: int, *, density: Any, importance: Any) -> FloatArray:
    r"""Losses of the plateaus with 0, 1, … m features learnt, heaviest first [D22].

    .. math:: L_k = \sum_{i > k} c_{(i)}, \qquad c_i = I_i (p_i/3 - p_i^2/4)

    Parameters
    ----------
    n_hidden : int
    density, importance : array_like, one of them (n,)
        By which features may differ.

    Returns
    -------
    (m + 1,)

    Raises
    ------
    ValueError
        Sizes, density or importance out of range.

    Examples
    --------
    >>> plateau_losses(1, density=1.0, importance=[1.0, 0.5]).round(4).tolist()
    [0.125, 0.0417]
    """
    c = _weights(density, importance)
    _, m = check_sizes(len(c), n_hidden)
    heavy = np.sort(c)[::-1]
    return np.array([heavy[k:].sum() for k in range(m + 1)])


def dedicated_model(
    n_hidden: int, learnt: int, *, density: Any, importance: Any
) -> tuple[FloatArray, FloatArray]:
    """W and b of a plateau: the heaviest features along the axes, b = p/2 for all others [D22].

    Examples
    --------
    >>> dedicated_model(1, 1, density=0.5, importance=[0.5, 1.0])
    (array([[0., 1.]]), array([0.25, 0.  ]))
    """
    c = _weights(density, importance)
    n, m = check_sizes(len(c), n_hidden)
    learnt = int(as_number("learnt", learnt, f"a whole number from 0 to {m}", _whole_to(m)))
    order = np.argsort(-c, kind="stable")[:learnt]
    W = np.zeros((m, n))
    W[np.arange(learnt), order] = 1.0
    b = as_density(density, n) / 2
    b[order] = 0.0
    return W, b


def waiting_times(W: Any, *, density: Any, importance: Any) -> FloatArray:
    r"""Times at which flow from small W and b = 0 learns its features, one after the other [D22].

    .. math:: T_k = \frac{1}{4 c_k} \ln\frac{1}{a_k} + \frac{C(p_k)}{I_k}

    Half of what feature k costs is gone by then.  a_k is its part of the start that is orthogonal
    to the features before it, as the bias has turned it on its way to p/2; C is how long one
    feature takes by itself, beyond the exponential.

    Parameters
    ----------
    W : array_like (m, n)
        The start, small beside one.
    density, importance : array_like, one of them (n,)
        Of positive density and importance; equal c_i are learnt together, not as said here.

    Returns
    -------
    (m,)
        Of the m heaviest features, in order.

    Raises
    ------
    ValueError
        Shapes that do not fit, or a start that is zero or not small.

    Examples
    --------
    >>> times = waiting_times([[1e-4, 1e-4]], density=1.0, importance=[1.0, 0.5])
    >>> bool(20 < times[0] < 28)  # ln(1e4) / (4 / 12) = 27.6, less what the bias adds
    True
    """
    c = _weights(density, importance)
    n = len(c)
    start = as_floats("W", W)
    if start.ndim != 2 or start.shape[1] != n or not start.shape[0] <= n:
        raise ValueError(
            f"W must have shape (n_hidden, {n}), as density and importance are of {n} features, "
            f"got {start.shape}"
        )
    if not (np.isfinite(start).all() and 1e-100 < np.abs(start).max() <= SMALL):
        raise ValueError(f"W must be a start of small weights, up to {SMALL}, and not zero")
    if not (c > 1e-12).all():
        raise ValueError("density and importance must be positive for every feature to be learnt")
    heavy = np.sort(c)[::-1][: len(start)]
    if heavy[0] > MOST * heavy[-1]:
        raise ValueError(
            f"density and importance must leave the c_i of the first {len(start)} features within "
            f"a factor of {MOST}: the linear flow overflows before the last one is seen"
        )
    p, weight = as_density(density, n), as_importance(importance, n)
    order = np.argsort(-c, kind="stable")
    p, weight, c, start = p[order], weight[order], c[order], start[:, order]
    m = len(start)
    unit = np.abs(start).max()
    times, grown = _grown(start / unit, p, weight, c, m, -np.log(unit))
    found = []
    for k in range(m):
        size = unit * grown[:, k]
        at = int(np.argmax(size >= LINEAR)) if (size >= LINEAR).any() else len(times) - 1
        left = np.log(1 / max(size[at], 1e-300)) / (4 * c[k])
        found.append(times[at] + left + _delay(float(p[k])) / weight[k])
    return np.array(found)


def plateaus(slopes: Any, *, depth: float = DEPTH) -> NDArray[np.int64]:
    """Where a flow is on a plateau: a slope far below those before and after [D22].

    Parameters
    ----------
    slopes : array_like (T,)
        `Flow.slope` of one model, at times that are dense in log time.
    depth : float
        Decades by which the slope must fall before, and rise again.  A slow stretch
        that is not left faster than it was entered is no plateau.

    Returns
    -------
    (K,) indices, and last that of the end if the slope has fallen as far there.

    Raises
    ------
    ValueError
        Fewer than two slopes, a negative one, or a depth that is not positive.

    Examples
    --------
    >>> plateaus([1.0, 0.01, 0.5, 0.4, 0.5, 0.001]).tolist()
    [1, 5]
    """
    slope = as_floats("slopes", slopes)
    if slope.ndim != 1 or len(slope) < 2 or not np.all((slope >= 0) & (slope < np.inf)):
        raise ValueError(f"slopes must be a list of two or more slopes ≥ 0, got {slopes!r}")
    depth = as_number("depth", depth, "positive and finite", lambda d: 0 < d < np.inf)
    height = np.log10(np.maximum(slope, 1e-300))
    found, _ = find_peaks(-height, prominence=depth)
    last = int(found[-1]) if len(found) else 0
    if height[last:].max() - height[-1] >= depth and height[-1] == height[last + 1 :].min():
        found = np.append(found, len(slope) - 1)
    return np.asarray(found, dtype=np.int64)


def _weights(density: Any, importance: Any) -> FloatArray:
    """c_i (n,), with n from whichever of the two is a list."""
    p, weight = as_floats("density", density), as_floats("importance", importance)
    if p.ndim > 1 or weight.ndim > 1 or not p.ndim + weight.ndim or not p.size * weight.size:
        raise ValueError(
            "density and importance must be one number or a list, at least one of them a list"
        )
    n = max(p.size, weight.size)
    return weighted_variance(as_density(p, n), as_importance(weight, n), n)


def _whole_to(most: int) -> Any:
    return lambda value: value == int(value) and 0 <= value <= most


def _grown(
    start: FloatArray, p: FloatArray, weight: FloatArray, c: FloatArray, m: int, far: float
) -> tuple[FloatArray, FloatArray]:
    """Size of each feature orthogonal to those before it, by the linear flow at W = 0.

    There b_i = p_i/2 · (1 − e^(−2 I_i τ)), and W moves by the slopes of the loss that
    b ≠ p/2 leaves between features.  Times (T,), sizes (T, m).
    """
    n = len(p)

    def velocity(time: float, flat: FloatArray) -> FloatArray:
        lag = p / 2 * np.exp(-2 * weight * time)  # p/2 − b
        g = -weight[:, None] * lag[:, None] * p[None]  # ∂L/∂G_ij = 2 I_i E[(b_i − x_i) x_j]
        g[np.diag_indices(n)] -= 2 * c
        return -(flat.reshape(m, n) @ (g + g.T)).ravel()

    times = np.linspace(0.0, 1.3 * (far + 3) / (4 * c[m - 1]), 400)
    path = solve_ivp(velocity, (0, times[-1]), start.ravel(), t_eval=times, rtol=1e-9, atol=1e-12)
    rows = path.y.T.reshape(len(times), m, n)
    sizes = np.abs(np.diagonal(np.linalg.qr(rows[:, :, :m]).R, axis1=1, axis2=2))
    return times, sizes


@lru_cache(maxsize=64)
def _delay(p: float) -> float:
    """C(p): time at which half is learnt of one feature, I = 1, less ln(1/a) / 4v."""
    v = p / 3 - p * p / 4

    def velocity(_time: float, state: FloatArray) -> FloatArray:
        u, b = state
        s = u * u
        off = b - (1 - s) * p / 2
        return np.array([4 * u * ((1 - s) * v - off * p / 2), -2 * off])

    def half(_time: float, state: FloatArray) -> float:
        s, b = state[0] ** 2, state[1]
        return (1 - s) ** 2 * v + (b - (1 - s) * p / 2) ** 2 - v / 2

    half.terminal = True  # type: ignore[attr-defined]
    end = 10 * np.log(1 / FULL) / (4 * v)
    path = solve_ivp(
        velocity, (0, end), [FULL, p / 2], events=half, method="LSODA", rtol=1e-10, atol=1e-14
    )
    reached = cast(list[FloatArray], path.t_events)[0][0]
    return float(reached - np.log(1 / FULL) / (4 * v))
