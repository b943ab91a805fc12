r"""What L1 leaves of a feature that is alone, and when an affine encoder can read it [D42].

The objective is |h − Dᵀc|² + λ Σ c with atoms of length one and c ≥ 0, as sparse autoencoders and
dictionary learning have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog

from ground.checks import as_at_least_zero, as_model, as_number, check_at_most

__all__ = ["LoneCode", "encoder_threshold", "lone_code"]

MOST_FEATURES = 400  # a linear programme each


@dataclass(frozen=True)
class LoneCode:
    """The best code of a lone feature of length ℓ, its activity uniform on [0, 1] [D42].

    Attributes
    ----------
    kept : float
        E c / E ℓx: what is left of its mean activity.
    active : float
        Share of its activations that have a code at all, which is the recall.
    cost : float
        E|h − Dᵀc|² + λ E c, for one activation.
    """

    kept: float
    active: float
    cost: float


def lone_code(l1: float, length: float = 1.0) -> LoneCode:
    r"""The lasso's code of one active feature: c = (ℓx − λ/2)₊ [D42].

    .. math:: \frac{E c}{E \ell x} = \Big(1 - \frac{\lambda}{2\ell}\Big)_+^2, \qquad
              P(c > 0) = \Big(1 - \frac{\lambda}{2\ell}\Big)_+, \qquad
              \text{cost} = \frac{\lambda\ell}{2} - \frac{\lambda^2}{4} + \frac{\lambda^3}{24\ell}

    Parameters
    ----------
    l1 : float
        λ ≥ 0; from 2ℓ on there is no code at all, and the cost is ℓ²/3.
    length : float
        ℓ = |W_i| > 0.

    Returns
    -------
    LoneCode

    Raises
    ------
    ValueError
        A negative l1, or a length that is not positive.

    Examples
    --------
    >>> lone_code(0.2)
    LoneCode(kept=0.81, active=0.9, cost=0.09033333333333333)
    """
    penalty = as_at_least_zero("l1", l1)
    ell = as_number("length", length, "a positive number", lambda x: 1e-100 < x < 1e100)
    share = penalty / (2 * ell)  # of the activity that is taken away
    if share >= 1:
        return LoneCode(0.0, 0.0, ell**2 / 3)
    return LoneCode((1 - share) ** 2, 1 - share, ell**2 * (share - share**2 + share**3 / 3))


def encoder_threshold(W: Any) -> float:
    r"""The least λ at which an affine encoder gives every lone feature its best code [D42].

    .. math:: \lambda = 2 \max_i \; \min_{e \cdot \hat W_i = 1} \; \max_{j \ne i} (e \cdot W_j)_+

    The encoder is c = ReLU(E h − λ/2).  Below λ it must either answer to other features or shrink
    more than λ/2, so that an autoencoder cannot reach the lasso's objective even where features
    never meet.  It is 0 where no two features have a positive inner product.

    Parameters
    ----------
    W : array_like (m, n)
        No two columns may point the same way.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Columns of zero, or two that point the same way; more than 400 features.

    Examples
    --------
    Of a pentagon 2 cos 72°; antipodal pairs and triangles need none:

    >>> pentagon = [np.cos(2 * np.pi * np.arange(5) / 5), np.sin(2 * np.pi * np.arange(5) / 5)]
    >>> round(encoder_threshold(pentagon), 12)
    0.61803398875
    >>> encoder_threshold([[1.0, -1.0]])
    0.0
    """
    weights, _ = as_model(W)
    if weights.ndim != 2:
        raise ValueError(f"W must be one model (n_hidden, n_features), got shape {weights.shape}")
    m, n = weights.shape
    check_at_most("W", n, MOST_FEATURES, "features, a linear programme each")
    length = np.linalg.norm(weights, axis=0)
    scale = float(length.max())
    if not 1e-100 < scale < 1e100 or not (length > 1e-12 * scale).all():
        raise ValueError("W must have no column of zeros (or of no size): it has no direction")
    unit, relative = weights / length, weights / scale
    same = np.triu(unit.T @ unit, 1) > 1 - 1e-12
    if same.any():
        i, j = np.argwhere(same)[0]
        raise ValueError(f"W must have no two columns that point the same way, got {i} and {j}")
    worst = 0.0
    for i in range(n):
        others = np.delete(relative, i, axis=1)
        if not others.size:
            continue
        # Least t ≥ 0 with e·W_j ≤ t for all others, e·Ŵ_i = 1.
        result = linprog(
            np.append(np.zeros(m), 1.0),
            A_ub=np.column_stack([others.T, -np.ones(n - 1)]),
            b_ub=np.zeros(n - 1),
            A_eq=np.append(unit[:, i], 0.0)[None],
            b_eq=[1.0],
            bounds=[(None, None)] * m + [(0.0, None)],
        )
        if result.status != 0:
            raise ValueError(f"W is too ill-conditioned for the linear programme: {result.message}")
        worst = max(worst, float(result.fun or 0.0))
    return 2 * worst * scale
