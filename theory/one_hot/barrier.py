"""The pass from the 4-gon to the pentagon on one-hot data: a saddle, and how high it lies [D24].

The 4-gon with ignored features is a minimum, so that flow alone never leaves it.  The lowest way
found to a fifth used feature leads between two neighbours, which make room for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, root

from ground.checks import FloatArray, check_at_most, check_positive_int
from theory.one_hot.curvature import second_order_form
from theory.one_hot.kgons import kgon
from theory.one_hot.potential import one_hot_loss_and_gradient

RISE = np.linspace(0.04, 1.16, 29)  # norms of the new feature along the way


@dataclass(frozen=True, eq=False)
class Barrier:
    """The pass from the 4-gon to the pentagon among n features [D24].

    Attributes
    ----------
    W : (2, n)
    b : (n,)
        The saddle; feature 5 is the new one.
    loss, height : float
        Of the saddle, and above the 4-gon, as `one_hot_loss`.
    slope : float
        Largest entry of the gradient at the saddle.
    index : int
        Directions of descent at the saddle.
    curvature : float
        The negative one.
    path : (T,)
        Least loss with the new feature's weights held, at norms `norms`, from the 4-gon on.
    norms : (T,)
    """

    W: FloatArray
    b: FloatArray
    loss: float
    height: float
    slope: float
    index: int
    curvature: float
    path: FloatArray
    norms: FloatArray


def kgon_barrier(n_features: int) -> Barrier:
    r"""The saddle between the 4-gon and the pentagon, by a path and then by root finding [D24].

    .. math:: \Delta E = H(\text{saddle}) - H(4\text{-gon}),\qquad
              \partial H(\text{saddle}) = 0

    The new feature's W is held at a growing norm, everything else minimised: the least loss along
    that path rises, passes the saddle and falls to the pentagon.

    Parameters
    ----------
    n_features : int
        5 ≤ n ≤ 12.

    Returns
    -------
    Barrier

    Raises
    ------
    ValueError
        If n is out of range.

    Examples
    --------
    >>> pass_ = kgon_barrier(5)
    >>> round(pass_.height, 7), pass_.index
    (0.0032813, 1)
    """
    n = check_positive_int("n_features", n_features)
    if n < 5:
        raise ValueError(f"n_features must be at least 5, so that there is a fifth, got {n}")
    check_at_most("n_features", n, 12, "minutes beyond")
    start = kgon(4, n)
    others = np.array([i for i in range(n) if i != 4])

    def unpacked(x: FloatArray, new: FloatArray) -> tuple[FloatArray, FloatArray]:
        W = np.empty((2, n))
        W[:, others], W[:, 4] = x[: 2 * (n - 1)].reshape(2, n - 1), new
        return W, x[2 * (n - 1) :]

    def held(x: FloatArray, new: FloatArray) -> tuple[float, FloatArray]:
        loss, dW, db = one_hot_loss_and_gradient(*unpacked(x, new))
        return float(loss), np.concatenate([dW[:, others].ravel(), db])

    def slopes(theta: FloatArray) -> FloatArray:
        _, dW, db = one_hot_loss_and_gradient(theta[: 2 * n].reshape(2, n), theta[2 * n :])
        return np.concatenate([dW.ravel(), db])

    between = start.W[:, 0] + start.W[:, 1]
    between = between / np.linalg.norm(between)
    x = np.concatenate([start.W[:, others].ravel(), start.b])
    path, points = [], []
    for norm in RISE:
        found = minimize(held, x, args=(norm * between,), jac=True, method="BFGS")
        x = found.x
        path.append(float(found.fun))
        points.append(x)
    top = int(np.argmax(path))
    W, b = unpacked(points[top], RISE[top] * between)
    theta = root(slopes, np.concatenate([W.ravel(), b]), method="lm", tol=1e-14).x
    W, b = theta[: 2 * n].reshape(2, n), theta[2 * n :]
    loss = float(one_hot_loss_and_gradient(W, b)[0])
    curvatures = np.linalg.eigvalsh(second_order_form(W, b)[0])
    return Barrier(
        W,
        b,
        loss,
        loss - start.loss,
        float(np.abs(slopes(theta)).max()),
        int(np.sum(curvatures < -1e-6)),
        float(curvatures[0]),
        np.array([start.loss, *path]),
        np.array([0.0, *RISE]),
    )
