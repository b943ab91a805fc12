r"""Many digons, or many dedicated features, under the attack on a random feature: n → ∞ [D20].

The size of an attack is measured in E‖x‖, ε = λ E‖x‖, and E‖x‖² → n p/3.  The attack on feature k
stays in the block of k, in which it is then as large as one likes, for a share 1/n of the inputs.
What that costs a block has a limit: the square of what its outputs rise by, and nothing for those
that fall, since they are only zero.  With two features a dimension, per dimension,

$$ digons: L(w, −w; c, c) + \tfrac43 λ² p w⁴,   dedicated: v + L(w; c) + κ λ² p w⁴, $$

κ = 2/3 if the dead half of the features is not drawn, 1/3 if it is drawn and does nothing.

For biases in a fixed ratio t = c/w² to the squared weight all this is a parabola in w², as outputs
are homogeneous (D07): one number is left to search, t, and it is searched on a grid and refined.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from scipy.optimize import brentq, minimize_scalar

from ground.checks import FloatArray, as_density_axis, check_choice
from theory.data_law import feature_variance
from theory.loss.floats import gradient_of
from theory.loss.problem import as_problem

__all__ = ["block_thresholds"]

SHARES = {"live": 2.0 / 3.0, "silent": 1.0 / 3.0}
RATIOS = np.geomspace(0.05, 100.0, 45)  # λ
# t: small ones of either sign, and those of faint models with biases about p/2.
BETTER = 1e-9  # of p: what is more than rounding and the search in t leave
PLACES = np.concatenate([np.linspace(-0.5, 1.0, 61), np.geomspace(1.02, 1e5, 120)])


def block_thresholds(densities: Any, *, dead: str = "live") -> xr.Dataset:
    r"""Attacks, in units of E‖x‖, at which many digons would be given up, and don't [D20].

    Parameters
    ----------
    densities : array_like (P,)
        p in (0, 1].
    dead : {"live", "silent"}
        Ignored features are not drawn for attacks, or drawn and do nothing.

    Returns
    -------
    xarray.Dataset
        By `density`: `given_up`, the least λ = ε/E‖x‖ at which dedicated features cost less than
        digons, both at their best scale and bias: NaN where they never do;
        `tie`, from which on both are linear and cost exactly the same (NaN for "live",
        where digons stay ahead); `naive`, the λ at which digons would be given up at unit scale and
        without bias: √(1/2) or √(1/3) as p → 0.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    Digons of sparse features are never given up; the naive count says otherwise:

    >>> found = block_thresholds([0.1, 0.4])
    >>> found.given_up.values.tolist(), found.naive.round(2).values.tolist()
    ([nan, nan], [0.64, 0.39])
    """
    p = as_density_axis(densities)
    check_choice("dead", dead, tuple(SHARES))
    rows = np.array([_row(float(density), SHARES[dead]) for density in p])
    names = ("given_up", "tie", "naive")
    return xr.Dataset(
        {name: ("density", rows[:, k]) for k, name in enumerate(names)}, coords={"density": p}
    )


def _row(p: float, share: float) -> tuple[float, float, float]:
    # Unit scale, no bias: p²/3 + 4/3 λ² p against v + κ λ² p.
    naive = np.sqrt(max(feature_variance(p) / p - p / 3.0, 0.0) / (4.0 / 3.0 - share))
    digon, single = (parabolas(p, PLACES, features) for features in (2, 1))

    def gap(ratio: float) -> float:
        price = ratio * ratio * p
        first = block_loss(p, 4.0 / 3.0 * price, 2, digon)
        return (first - block_loss(p, share * price, 1, single)) / p

    at = np.array([0.0, *RATIOS])
    lost = np.array([gap(ratio) for ratio in at]) > BETTER
    given = np.nan
    if lost.any():
        k = int(lost.argmax())
        given = 0.0 if k == 0 else float(brentq(gap, float(at[k - 1]), float(at[k]), xtol=1e-9))
    # A faint digon is linear from w² = p/2 down: its outputs c ± w² (x₁ − x₂), c = p/2, stay on.
    linear = np.sqrt((1.0 - 0.75 * p) * (1.0 / p - 1.0)) if share < 0.5 else np.nan
    return given, float(linear), float(naive)


def parabolas(p: float, t: FloatArray, features: int) -> tuple[FloatArray, FloatArray]:
    """Slope β and curvature α of the clean loss in s = w², at biases c = t s."""
    signs = np.array([1.0, -1.0])[:features]
    s = np.array([[1.0], [2.0]])
    W = np.broadcast_to(np.sqrt(s)[..., None, None] * signs, (2, len(t), 1, features))
    b = np.broadcast_to((s * t)[..., None], (2, len(t), features))
    loss = gradient_of(as_problem(W, b, p, None))[0].reshape(2, -1) - features * p / 3.0
    alpha = 0.5 * (loss[1] - 2.0 * loss[0])
    return loss[0] - alpha, alpha


def block_loss(
    p: float, price: float, features: int, known: tuple[FloatArray, FloatArray] | None = None
) -> float:
    """Least loss per dimension, price · w⁴ included, of 2 or 1 features in it and none beside."""

    def least(t: FloatArray, values: tuple[FloatArray, FloatArray]) -> FloatArray:
        beta, alpha = values
        return -(np.minimum(beta, 0.0) ** 2) / (4.0 * (alpha + price))

    values = parabolas(p, PLACES, features) if known is None else known
    k = int(least(PLACES, values).argmin())
    between = PLACES[max(k - 1, 0)], PLACES[min(k + 1, len(PLACES) - 1)]
    found = minimize_scalar(
        lambda t: float(least(np.array([t]), parabolas(p, np.array([t]), features))[0]),
        bounds=(float(between[0]), float(between[1])),
        method="bounded",
        options={"xatol": 1e-9 * max(1.0, float(between[1]))},
    )
    rest = feature_variance(p) if features == 1 else 0.0
    return features * p / 3.0 + float(found.fun) + rest
