"""The limit S → 1: exactly one feature is active, and the loss is a closed potential [D11].

When features are sparse enough, an input with two active ones is never seen.  What is left
of the loss, per unit of density, is the sum over the one active feature j and its value t:
a function of the Gram matrix and of the bias alone, each entry of which enters by itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from ground.checks import FloatArray, as_importance, as_model


class Moments(NamedTuple):
    """Moments over t uniform on [0, 1] of z₊ = (at + b)₊ and of the gate 1 = [z > 0]."""

    z2: FloatArray  # E[z₊²]
    tz: FloatArray  # E[t z₊] = ½ ∂E[z₊²]/∂a
    z: FloatArray  # E[z₊]   = ½ ∂E[z₊²]/∂b
    t2: FloatArray  # E[t² 1] = ∂E[t z₊]/∂a
    t: FloatArray  # E[t 1]
    one: FloatArray  # E[1]


def one_feature_moments(a: FloatArray, b: FloatArray) -> Moments:
    r"""Moments of one ReLU unit that sees one feature of uniform value [D11].

    .. math:: E[(at+b)_+^2] = \tfrac13\,(t_1-t_0)\,(z_0^2 + z_0 z_1 + z_1^2),

    where :math:`[t_0, t_1]` is the part of [0, 1] on which :math:`at+b > 0` and
    :math:`z_0, z_1 \ge 0` are the values at its ends.  Only sums of non-negative terms
    occur, so nothing cancels, however small the slope a is.

    Parameters
    ----------
    a, b : array, any shapes that broadcast
        Slope and offset.

    Examples
    --------
    >>> one_feature_moments(np.array(1.0), np.array(0.0)).z2.item() == 1 / 3
    True
    """
    a, b = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    start, end = b, a + b
    rises, falls = (start <= 0) & (end > 0), (start > 0) & (end <= 0)
    slope = np.where(a == 0, 1.0, a)
    lo = np.where(rises, -start / slope, 0.0)
    hi = np.where(falls, -start / slope, 1.0)
    # end / a, not 1 − lo: the length of a short active part keeps all its digits.
    length = np.where(rises, end / slope, np.where(falls, hi, 1.0 * (start > 0)))
    # At a crossing z is zero by definition; computing a·t + b there would only add rounding.
    z0, z1 = np.maximum(start, 0.0), np.maximum(end, 0.0)
    return Moments(
        z2=length * (z0 * z0 + z0 * z1 + z1 * z1) / 3,
        tz=length * (lo * (z0 + z1) / 2 + length * (z0 / 6 + z1 / 3)),
        z=length * (z0 + z1) / 2,
        t2=length * (lo * lo + lo * hi + hi * hi) / 3,
        t=length * (lo + hi) / 2,
        one=length,
    )


def one_hot_loss(W: Any, b: Any = None, importance: Any = None) -> Any:
    r"""Loss of any W, b on data with exactly one active feature, per unit density [D11].

    .. math::

       H(W, b) = \sum_i I_i \Big( \tfrac13 - 2\,E[t\,(G_{ii} t + b_i)_+]
                 + \sum_j E[(G_{ij} t + b_i)_+^2] \Big), \qquad G = W^\top W .

    The sum runs over both the feature that is read (i) and the one that is active (j): it is
    n times the mean over an active feature drawn at random.  For independent features of
    density p the expected loss is :math:`\sum_i I_i (b_i)_+^2 + p\,(H - n \sum_i I_i (b_i)_+^2)
    + O(p^2)`; so H is the limit of loss / p exactly where no bias is positive.

    Parameters
    ----------
    W : array_like, (..., m, n), or SymPy matrix (m, n)
        Weights.  SymPy in, exact SymPy out.
    b : array_like, (..., n), or SymPy matrix or list, optional
        Biases; zero when left out.
    importance : array_like, (n,) or (..., n), optional
        I_i ≥ 0; one when left out.

    Returns
    -------
    array of shape (...), or a SymPy expression

    Raises
    ------
    ValueError
        Shapes that do not fit, numbers that are not finite, a negative importance.

    References
    ----------
    Chen, Lau, Mendel, Wei and Murfet 2023, arXiv 2310.06301, lemma 3.1 (for I = 1, divided by n).

    Examples
    --------
    >>> one_hot_loss([[1.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0]]).item()  # two digons: no loss
    0.0
    >>> one_hot_loss(sp.Matrix([[1, 1]]), [0, 0])
    2/3
    """
    if isinstance(W, sp.MatrixBase):
        return _exact_loss(W, b, importance)
    return one_hot_loss_and_gradient(W, b, importance)[0]


def one_hot_loss_and_gradient(
    W: Any, b: Any = None, importance: Any = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Loss of the one-hot limit and its gradient, batched over leading axes [D11].

    .. math::

       \frac{\partial H}{\partial W} = W (g + g^\top), \quad
       g_{ij} = \frac{\partial H}{\partial G_{ij}}
              = 2 I_i \left( E[t z_{ij+}] - \delta_{ij} E[t^2 1_{z_{ij} > 0}] \right).

    Parameters
    ----------
    W : array_like (..., m, n)
    b : array_like (..., n), optional
    importance : array_like (..., n), optional
        As for `one_hot_loss`, floats only.

    Returns
    -------
    loss : array (...)
    dW : array (..., m, n)
    db : array (..., n)

    Raises
    ------
    ValueError
        If the shapes do not fit, or a value is not finite.

    Examples
    --------
    >>> loss, dW, db = one_hot_loss_and_gradient([[1.0, 1.0]])  # either is read for the other
    >>> round(float(loss), 12), db.tolist()
    (0.666666666667, [1.0, 1.0])
    """
    W, b = as_model(W, b)
    n = W.shape[-1]
    I = as_importance(importance, n)
    gram = np.swapaxes(W, -1, -2) @ W
    every = one_feature_moments(gram, b[..., :, None])  # axes: ..., read i, active j
    own = Moments(*(np.diagonal(moment, axis1=-2, axis2=-1) for moment in every))

    loss = np.sum(I * (1 / 3 - 2 * own.tz + every.z2.sum(axis=-1)), axis=-1)
    db = 2 * I * (every.z.sum(axis=-1) - own.t)
    g = 2 * (every.tz - own.t2[..., :, None] * np.eye(n)) * I[..., :, None]
    return loss, W @ (g + np.swapaxes(g, -1, -2)), db


def _exact_loss(W: sp.MatrixBase, b: Any, importance: Any) -> sp.Expr:
    n = W.shape[1]
    biases = [sp.S.Zero] * n if b is None else [sp.sympify(value) for value in b]
    weights = [sp.S.One] * n if importance is None else [sp.sympify(I) for I in importance]
    if len(biases) != n or len(weights) != n:
        raise ValueError(
            f"b and importance must have one entry for each of {n} features, "
            f"got {len(biases)} and {len(weights)}"
        )
    gram = W.T * W
    return sp.Add(
        *(
            weights[i]
            * (
                sp.Rational(1, 3)
                - 2 * _exact_moment(gram[i, i], biases[i], times_t=True)
                + sum(_exact_moment(gram[i, j], biases[i], times_t=False) for j in range(n))
            )
            for i in range(n)
        )
    )


def _exact_moment(a: sp.Expr, b: sp.Expr, *, times_t: bool) -> sp.Expr:
    """E[t z₊] or E[z₊²] as an antiderivative in z between z = b and z = a + b."""
    start, end = sp.Max(b, 0), sp.Max(a + b, 0)
    if times_t:
        flat = start / 2
        sloped = ((end**3 - start**3) / 3 - b * (end**2 - start**2) / 2) / a**2 if a != 0 else flat
    else:
        flat = start**2
        sloped = (end**3 - start**3) / (3 * a) if a != 0 else flat
    zero = sp.Eq(a, 0)
    if zero in (True, False):
        return flat if zero else sloped
    return sp.Piecewise((flat, zero), (sloped, True))
