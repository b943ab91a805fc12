r"""What no decoder can do better: the mean squared error of the best decoder of h = W x [D38].

For m = n − 1 hidden dimensions the best decoder sees x up to a line along the null direction of W.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, check_at_most
from theory.loss.problem import as_problem
from theory.ways_out.chords import chord_error
from theory.ways_out.null_direction import null_direction

__all__ = ["decoder_error"]

MOST_FEATURES = 128


def decoder_error(W: Any, *, density: Any, importance: Any = None) -> FloatArray:
    r"""Least expected loss of any decoder of h = Wx, for m = n − 1 [D38].

    .. math:: \min_f E \sum_i I_i (x_i - f_i(Wx))^2 = \sum_i I_i v_i^2 \, E[Var(t \mid Wx)],
              \qquad x = x_0(Wx) + t v, \quad W v = 0

    A one-dimensional integral over the lengths of the chords that lines along v cut out of the
    cube; relative error below 1e-11.  No noise is on h: an entry of v that is tiny but not zero is
    seen by this decoder, and lowers the error by a factor p_i (see *Notes*).

    Parameters
    ----------
    W : array_like (..., n − 1, n)
        Of full row rank; n ≤ 128.  Only its null direction counts.
    density : array_like, () or (..., n)
    importance : array_like, () or (..., n), optional

    Returns
    -------
    (...)

    Raises
    ------
    ValueError
        Naming the argument; if W has not n − 1 rows, or depends on fewer dimensions.

    Notes
    -----
    Where v_i = 0, feature i is known exactly and takes no part.  The error is not continuous there:
    as v_i → 0 it tends to p_i times its value at v_i = 0, since a decoder without noise tells from
    any v_i ≠ 0 whether feature i is active, and if it is not, nothing is lost.  Entries that
    rounding cannot tell from zero (16 n 2⁻⁵² times the condition of W) are taken for zero.

    Examples
    --------
    Two dense features, one of them lost, or both of them blurred:

    >>> round(float(decoder_error([[1.0, 0.0]], density=1.0)) * 12, 12)
    1.0
    >>> round(float(decoder_error([[3.0, -1.0]], density=1.0)) * 12, 12)  # 25/27
    0.925925925926

    References
    ----------
    theory/derivations/D38_price_of_a_decoder.md
    """
    problem = as_problem(W, None, density, importance)
    check_at_most("W's number of features", problem.W.shape[-1], MOST_FEATURES, "one integral each")
    v = null_direction(problem.W)
    found = [
        chord_error(*each) for each in zip(v, problem.density, problem.importance, strict=True)
    ]
    return np.reshape(np.array(found, dtype=np.float64), problem.shape)[()]
