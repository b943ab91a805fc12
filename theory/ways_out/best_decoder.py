r"""The least error over W as well: what any linear encoder and any decoder lose, m = n − 1 [D38].

For given sizes |v_i| the error is least when all v_i have one sign, which is proved; the sizes are
searched for: a smooth function on a box, descended from several starts for each feature that may be
the one that is blurred most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from ground.checks import (
    FloatArray,
    as_density,
    as_importance,
    check_at_most,
    check_positive_int,
)
from theory.ways_out.chords import log_error_of_one_sign

__all__ = ["BestDecoder", "best_decoder", "best_decoder_error"]

MOST_FEATURES = 32
STARTS = (1.0, 0.7, 0.35, 0.02)  # sizes of the other entries of v
LEAST = 1e-6  # entries of v below are the limit v_i → 0


@dataclass(frozen=True, eq=False)
class BestDecoder:
    """The best linear encoder for the best decoder, as far as found.

    Attributes
    ----------
    error : float
        Expected loss; a limit if not attained.
    null_direction : array (n,)
        v, all of one sign, the largest 1: what the encoder does not see.
    W : array (n − 1, n)
        An encoder with that null direction, of orthonormal rows.
    attained : bool
        False if the error only falls towards `error` as some v_i → 0; with v_i = 0 itself, as in
        W, it is larger by a factor 1/p_i.
    """

    error: float
    null_direction: FloatArray
    W: FloatArray
    attained: bool


def best_decoder_error(n_features: int, *, density: Any, importance: Any = None) -> float:
    r"""Least expected loss over all W of n − 1 hidden dimensions and all decoders of Wx [D38].

    .. math:: \inf_W \min_f E \sum_i I_i (x_i - f_i(Wx))^2

    The error alone of :func:`theory.best_decoder`, which says what is proved of it.

    Parameters
    ----------
    n_features : int
        n, from 2 to 32.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional

    Returns
    -------
    float
        Where no W attains it, the infimum.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    Two features in one dimension, dense: 25/27 of what losing one of them costs.

    >>> round(best_decoder_error(2, density=1.0) * 12 * 27, 9)
    25.0

    References
    ----------
    theory/derivations/D38_price_of_a_decoder.md
    """
    return best_decoder(n_features, density=density, importance=importance).error


def best_decoder(n_features: int, *, density: Any, importance: Any = None) -> BestDecoder:
    r"""Best W of n − 1 hidden dimensions for the best decoder of Wx, without noise [D38].

    .. math:: E = \prod p \cdot \sum_k I_k v_k^2 \cdot \sum_i v_i \int_0^1 \frac{s^2}{4}
        \left( 1 + \frac{1 - p_i}{1 - p_i + p_i v_i s} \right)^2 \prod_{k \ne i} (1 - v_k s)\, ds
        \to \min_{0 \le v \le 1,\ \max v = 1}

    Proved: one sign of all v_i is best.  Searched: their sizes.  For equal densities and
    importances p → 0 and p → 1 have the same best v, which is proved: (1, 1/3) for two features,
    (1, a, a) with a = (9 − √21)/12 for three, (1, a, a, a) with a = (8 − √14)/10 for four, and the
    regular simplex, v = (1, …, 1), from five to 16.

    Parameters
    ----------
    n_features : int
        n, from 2 to 32.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional

    Returns
    -------
    BestDecoder

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> best_decoder(2, density=1.0).null_direction.round(6).tolist()
    [0.333333, 1.0]

    References
    ----------
    theory/derivations/D38_price_of_a_decoder.md
    """
    n = check_positive_int("n_features", n_features)
    if n < 2:
        raise ValueError(f"n_features must be at least 2, so that n - 1 can be hidden, got {n}")
    check_at_most("n_features", n, MOST_FEATURES, "a search over as many sizes")
    p, weight = as_density(density, n), as_importance(importance, n)
    if p.shape != (n,) or weight.shape != (n,):
        raise ValueError(
            f"density and importance must be one value a feature, got {p.shape} and {weight.shape}"
        )
    free = np.flatnonzero((p == 0) | (weight == 0))
    if free.size:  # a feature that costs nothing is given up
        return _encoder(0.0, np.eye(n)[free[0]], attained=True)
    world = p, weight / weight.max()
    found = [
        descended(world, start, last)
        for last in _different(np.column_stack(world))
        for start in STARTS
    ]
    value, v = min(found, key=lambda each: each[0])
    v = np.where(v < LEAST, 0.0, v)
    error = float(np.prod(p) * weight.max() * np.exp(value))
    return _encoder(error, v, attained=bool(np.all((v > 0) | (p == 1))))


def descended(
    world: tuple[FloatArray, FloatArray], start: float, last: int
) -> tuple[float, FloatArray]:
    """The best v reached from (start, …, start) with v_last = 1: ln(E/∏p) and v."""
    others = np.arange(len(world[0])) != last

    def cost(sizes: FloatArray) -> tuple[float, FloatArray]:
        v = np.insert(sizes, last, 1.0)
        value, slope = log_error_of_one_sign(v, *world)
        return value, slope[others]

    # Equal features: pairs of them end equal wherever random starts were tried as well.
    begin = np.full(others.sum(), start)
    settings: Any = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 1000}
    run = minimize(
        cost, begin, jac=True, method="L-BFGS-B", bounds=[(0.0, 1.0)] * len(begin), options=settings
    )
    return float(run.fun), np.insert(run.x, last, 1.0)


def _different(rows: FloatArray) -> FloatArray:
    """The last index of each kind of feature."""
    _, first = np.unique(rows[::-1], axis=0, return_index=True)
    return np.asarray(len(rows) - 1 - first)


def _encoder(error: float, v: FloatArray, attained: bool) -> BestDecoder:
    W = np.linalg.svd(v[None])[2][1:]
    return BestDecoder(error, v, W, attained)
