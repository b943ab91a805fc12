r"""What an attack raises: the gain of linear theory, and the vulnerability that it is not [D17].

A unit attack along u_k = G_k/‖G_k‖ moves the input of output i by (G u_k)_i: its own by ‖G_k‖, and
all of them by ‖G u_k‖.  A linear model whose outputs are right on average loses just that,

$$ V_{own} = ‖G_k‖² = (G²)_{kk},   V_{all} = ‖G u_k‖² = (G⁴)_{kk} / (G²)_{kk}, $$

c²/D and (c/D)² for a tight frame of norms ‖W_i‖² = c and dimensionality D.  The model's
vulnerability is what its loss grows by,

$$ V = (L' − L) / ε², $$

1 for dedicated unit features whatever ε and p; elsewhere bias and ReLU hide most of the gain.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse.csgraph import connected_components

from ground.checks import FloatArray, as_model
from theory.adversary.attacked_loss import attacked_gradient_of
from theory.adversary.directions import as_threshold, directions_of
from theory.adversary.random_feature import as_sized
from theory.loss.clipped_cube import NO_SLOPE
from theory.loss.fourier import RTOL
from theory.loss.problem import Problem

__all__ = ["gain", "linear_vulnerability", "vulnerabilities_of", "vulnerability"]


def gain(W: Any) -> FloatArray:
    r"""How far a unit attack on feature k moves the input of its output [D17].

    .. math:: (G u_k)_k = \|G_k\| = \sqrt{c^2 / D} \text{ for tight frames}

    Parameters
    ----------
    W : array_like (..., m, n)

    Returns
    -------
    (..., n)

    Raises
    ------
    ValueError
        W is not of such a shape or not finite, or products of its columns overflow.

    Examples
    --------
    >>> gain([[1.0, -1.0]]).round(12).tolist()
    [1.414213562373, 1.414213562373]
    """
    weights, _ = as_model(W)
    _check_size(weights, 2)
    G = weights.swapaxes(-1, -2) @ weights
    return np.linalg.norm(G, axis=-1)


def linear_vulnerability(W: Any, *, live_above: float | None = None) -> FloatArray:
    r"""Mean vulnerability of the linear model that is right on average, by all its outputs [D17].

    .. math:: \frac{1}{|K|} \sum_{k \in K} \frac{(G^4)_{kk}}{(G^2)_{kk}}
              = (c / D)^2 \text{ for tight frames}

    Parameters
    ----------
    W : array_like (..., m, n)
    live_above : float, optional
        As in :func:`theory.attack_directions`.

    Returns
    -------
    (...)
        What its own output alone adds is the square of :func:`theory.gain`.

    Raises
    ------
    ValueError
        W is not of such a shape or not finite, products of its columns overflow, live_above is not
        positive, or no feature is live.

    Examples
    --------
    Two dedicated features, and a digon:

    >>> float(linear_vulnerability([[1.0, 0.0], [0.0, 1.0]]))
    1.0
    >>> round(float(linear_vulnerability([[1.0, -1.0]])), 12)
    4.0
    """
    weights, _ = as_model(W)
    _check_size(weights, 4)
    flat = np.ascontiguousarray(weights.reshape(-1, *weights.shape[-2:]))
    known = directions_of(flat, as_threshold(live_above))
    moved = (known.u @ flat.swapaxes(-1, -2)) @ flat
    each = np.sum(moved**2, axis=2)
    return np.asarray((each.sum(axis=1) / known.live.sum(axis=1)).reshape(weights.shape[:-2]))


def vulnerability(
    W: Any,
    b: Any,
    *,
    size: Any,
    density: Any,
    importance: Any = None,
    live_above: float | None = None,
) -> FloatArray:
    r"""Growth of the loss under the attack on a random live feature, over ε² [D17].

    .. math:: V = \frac{1}{|K|} \sum_{k \in K}
              \frac{L(W, b + \varepsilon\, G u_k) - L(W, b)}{\varepsilon^2}

    Parameters
    ----------
    W : array_like (..., m, n)
    b : array_like (..., n)
    size : array_like, () or (...)
        ε > 0.
    density : array_like, () or (..., n)
    importance : array_like, () or (..., n), optional
    live_above : float, optional
        As in :func:`theory.attack_directions`.

    Returns
    -------
    (...)
        The attacks are fixed before the input is seen;
        :func:`theory.best_attack_vulnerability` is that of the best of them for each input.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    Dedicated unit features have exactly 1, ignored ones or not:

    >>> W, b = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [0.0, 0.0, 0.1]
    >>> round(float(vulnerability(W, b, size=0.3, density=0.2, live_above=0.1)), 12)
    1.0
    """
    problem, sizes = as_sized(W, b, size, density, importance, least="positive")
    each, live = vulnerabilities_of(problem, sizes, as_threshold(live_above))
    return np.asarray((each.sum(axis=1) / live.sum(axis=1)).reshape(problem.shape))


def vulnerabilities_of(
    problem: Problem,
    size: FloatArray,
    live_above: float | None = None,
    rtol: float = RTOL,
    attacked: int | None = None,
) -> tuple[FloatArray, np.ndarray[Any, np.dtype[np.bool_]]]:
    """V of each feature's fixed attack (B, n), zero for the dead, and who is live [D17].

    An attack moves only the outputs of its own orthogonal factor, so that each is computed in
    its own: packed models of hundreds of features cost what their blocks do.

    Parameters
    ----------
    attacked : int, optional
        The one feature whose attack is asked for, where others' are known from it; zero elsewhere.
    """
    live = directions_of(problem.W, live_above).live
    each = np.zeros(problem.b.shape)
    for model in range(len(problem.W)):
        W = problem.W[model]
        linked = np.abs(W.T @ W) > NO_SLOPE
        for members in factors(linked, live[model]):
            factor = Problem(
                np.ascontiguousarray(W[:, members])[None],
                problem.b[model][None, members],
                problem.density[model][None, members],
                problem.importance[model][None, members],
                problem.low,
                problem.high,
                (),
            )
            at = live[model, members]
            if attacked is not None:
                at = at & (np.asarray(members) == attacked)
                if not at.any():
                    continue
            u = directions_of(factor.W, live_above).u[0, at]
            shifts = size[model] * np.concatenate([np.zeros((1, len(members))), u])
            many = factor.at(
                np.repeat(factor.W, len(shifts), axis=0),
                np.repeat(factor.b, len(shifts), axis=0),
                np.zeros(len(shifts), dtype=int),
            )
            loss = attacked_gradient_of(many, shifts, rtol)[0]
            each[model, members[at]] = (loss[1:] - loss[0]) / size[model] ** 2
    return each, live


def _check_size(W: FloatArray, power: int) -> None:
    """Refuse weights of which a power in the result would overflow."""
    largest = float(np.abs(W).max(initial=0.0))
    if not (W.shape[-1] ** 2 * largest * largest) < 1e300 ** (1 / power):
        raise ValueError(f"W must leave its gain finite, got weights up to {largest:g}")


def factors(linked: Any, live: Any) -> list[Any]:
    """Members of each connected component that holds a live feature."""
    count, label = connected_components(linked, directed=False)
    parts = [np.flatnonzero(label == part) for part in range(count)]
    return [members for members in parts if live[members].any()]
