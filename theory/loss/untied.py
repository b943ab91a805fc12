"""Expected loss of a model whose decoder is not the encoder's transpose [D03, D04].

The hidden layer is linear, so an output sees z = b + a·x with a a row of D E: what the recursion
over faces and the Fourier sum take, which nowhere ask whether D E is symmetric.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, as_floats
from theory.loss.floats import output_losses
from theory.loss.problem import as_problem


def untied_loss(
    encoder: Any,
    decoder: Any,
    b: Any = None,
    *,
    density: Any,
    importance: Any = None,
    low: float = 0.0,
    high: float = 1.0,
) -> float:
    r"""Expected loss of x' = ReLU(D E x + b), exact for few features [D03, D04].

    .. math:: L = \sum_i I_i E[(x_i - ReLU(\sum_j (DE)_{ij} x_j + b_i))^2]

    Parameters
    ----------
    encoder : array_like (m, n)
        E.
    decoder : array_like (n, m)
        D; Eᵀ gives the tied model's loss.
    b : array_like (n,), optional
        None means none.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional
    low, high : float
        Range of an active feature, low ≤ 0 < high.

    Returns
    -------
    float
        Right to rounding up to ten features (eight where low < 0), to 1e-6 and better beyond.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    Only the product counts: half the encoder and twice the decoder are the same model.

    >>> loss = untied_loss([[0.5, 0.0]], [[2.0], [0.0]], density=0.3)
    >>> round(loss, 12)  # p/3 for the other feature
    0.1
    """
    E = as_floats("encoder", encoder)
    if E.ndim != 2 or not 1 <= E.shape[0] <= E.shape[1]:
        raise ValueError(
            f"encoder must be one model (n_hidden, n_features) with n_hidden ≤ n_features, "
            f"got shape {E.shape}"
        )
    # Entries beyond are refused by their product, below.
    if not (np.abs(E) < 1e150).all():
        raise ValueError("encoder must be finite and below 1e150")
    problem = as_problem(E, b, density, importance, low, high)
    D = as_floats("decoder", decoder)
    m, n = E.shape
    if problem.shape:
        raise ValueError(f"b, density and importance must be of one model, got {problem.shape}")
    if D.shape != (n, m):
        raise ValueError(f"decoder must have shape {(n, m)} to fit the encoder, got {D.shape}")
    if not np.isfinite(D).all():
        raise ValueError("decoder must be finite, got NaN or infinity in it")
    with np.errstate(over="ignore", invalid="ignore"):
        product = D @ E
    if not (np.abs(product) < 1e150).all():
        raise ValueError("decoder and encoder must leave squared errors finite")
    return untied_loss_of(
        product, problem.b[0], problem.density[0], problem.importance[0], low, high
    )


def untied_loss_of(
    product: FloatArray,
    b: FloatArray,
    density: FloatArray,
    importance: FloatArray,
    low: float = 0.0,
    high: float = 1.0,
) -> float:
    """The same of checked arrays: D E (n, n), b, density and importance (n,) [D03, D04]."""
    return float(importance @ output_losses(product, b, density, low, high))
