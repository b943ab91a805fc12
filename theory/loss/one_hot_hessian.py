"""Second derivatives of the one-hot potential, many models at once [D11]."""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from theory.loss.chain import carried
from theory.one_hot.potential import Moments, one_feature_moments


def one_hot_hessian_of(
    W: FloatArray, b: FloatArray, importance: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Loss, gradient and Hessian of the one-hot limit by θ = (W by rows, b) [D11].

    .. math::

       \frac{\partial^2 H}{\partial (G_{ij}, b_i)^2} = 2 I_i E\Big[
       \begin{pmatrix} t^2 & t \\ t & 1 \end{pmatrix} 1_{z_{ij} > 0}\Big]

    and for j = i less what the target adds, 2 I_i t_0 (t_0, 1)(t_0, 1)ᵀ / |G_ii| where the gate
    closes at t_0 = −b_i / G_ii inside (0, 1).

    Parameters
    ----------
    W : (..., m, n)
    b : (..., n)
    importance : (..., n)
        Checked.

    Returns
    -------
    (...), (..., mn + n), (..., mn + n, mn + n)
        Of the branch z ≤ 0 where z_ij vanishes for every t.

    Examples
    --------
    A feature that is represented, alone: H = (1 − w²)²/3 for b = 0, so H'' = 8/3 at w = 1.

    >>> W, b, I = np.ones((1, 1)), np.zeros(1), np.ones(1)
    >>> one_hot_hessian_of(W, b, I)[2].round(6).tolist()
    [[2.666667, 2.0], [2.0, 2.0]]
    """
    n = W.shape[-1]
    gram = np.swapaxes(W, -1, -2) @ W
    each = np.arange(n)
    every = one_feature_moments(gram, b[..., :, None])
    own = Moments(*(np.diagonal(moment, axis1=-2, axis2=-1) for moment in every))
    loss = np.sum(importance * (1 / 3 - 2 * own.tz + every.z2.sum(axis=-1)), axis=-1)
    first = np.concatenate([every.tz, (every.z.sum(axis=-1) - own.t)[..., None]], axis=-1)
    first[..., each, each] -= own.t2
    second = np.zeros((*first.shape, n + 1))
    second[..., each, each] = every.t2
    second[..., n] = second[..., n, :] = np.concatenate(
        [every.t, every.one.sum(axis=-1)[..., None]], axis=-1
    )
    slope = np.diagonal(gram, axis1=-2, axis2=-1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        closes = np.where(slope > 0, -b / slope, 0.0)
        closes = np.where((closes > 0) & (closes < 1), closes, 0.0)
        density = np.where(closes > 0, closes / slope, 0.0)  # t₀ times that of z at 0
    second[..., each, each, each] -= density * closes**2
    second[..., each, each, n] -= density * closes
    second[..., each, n, each] -= density * closes
    second[..., each, n, n] -= density
    weight = 2 * importance[..., None]
    gradient, hessian = carried(W, weight * first, weight[..., None] * second)
    return loss, gradient, hessian
