r"""Nested scales: three features in five neurons, whose weights grow without bound [D31].

x_1 is written at scale 1, x_2 at ε, x_3 at ε²; outputs are differences of nearly parallel neurons:

$$ h = \big((x_1 + 3ε²x_3)_+,\; (x_1 + ε x_2 + 2ε²x_3)_+,\; (-x_1 - ε²x_3)_+,\;
      (-x_1 - ε x_2 - 2ε²x_3)_+,\; (-x_2)_+\big) $$

$$ y_1 = h_1 + h_3, \quad y_2 = (h_2 - h_1 + h_3 - h_4)/ε + 2 h_5, \quad
   y_3 = (h_1 - h_2 - h_3 + h_4)/ε² - h_5/ε $$

As ε → 0 the first two features are exact together, and x_3 where it is alone and in some company.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from ground.checks import FloatArray, as_density, as_number
from theory.computation.absolute_value import naive_loss
from theory.computation.asymmetric_motif import MotifNet, best_motif

__all__ = ["MotifExchanges", "motif_exchanges", "nested_loss", "nested_net"]

LARGEST = 1e4  # 1/ε; out-weights are its square


@dataclass(frozen=True)
class MotifExchanges:
    """Densities below which nets of three features and five neurons beat the naive one [D31].

    Attributes
    ----------
    motif : float
        The motif with the best asymmetry.
    literal : float
        The same with share 1, the paper's out-weights (1/a, a).
    nested : float
        Nested scales, in the limit.
    """

    motif: float
    literal: float
    nested: float


def nested_net(scale: Any) -> MotifNet:
    r"""Weights with scales nested: the farther apart, the nearer to the limit [D31].

    Parameters
    ----------
    scale : float
        1/ε, in [2, 1e4].  Rows of W1 are as in the equations above, so W2 holds up to 1/ε².

    Returns
    -------
    MotifNet

    Raises
    ------
    ValueError
        A scale out of range.

    Examples
    --------
    >>> nested_net(10.0).W1[1].tolist()
    [1.0, 0.1, 0.02]
    """
    K = as_number("scale", scale, f"in [2, {LARGEST:g}]", lambda value: 2 <= value <= LARGEST)
    x2, x3 = 1 / K, 1 / K**2
    W1 = [[1, 0, 3 * x3], [1, x2, 2 * x3], [-1, 0, -x3], [-1, -x2, -2 * x3], [0, -1, 0]]
    W2 = [[1, 0, 1, 0, 0], [-K, K, K, -K, 2], [K * K, -K * K, -K * K, K * K, -K]]
    return MotifNet(np.array(W1, dtype=float), np.array(W2, dtype=float), np.zeros(3))


def nested_loss(density: Any) -> float | FloatArray:
    r"""Loss that nets of nested scales tend to as their weights grow [D31].

    .. math:: \lim_{ε \to 0} L = \frac{p^2 (4 - p)}{12}

    below that of every motif at every density.  It is no infimum: finite scales cost a little
    less, by terms of order p² ε.

    Parameters
    ----------
    density : array_like (...)

    Returns
    -------
    float or ndarray

    Raises
    ------
    ValueError
        A density out of [0, 1].

    Examples
    --------
    >>> nested_loss(1.0)
    0.25
    """
    p = as_density(density)
    loss = p * p * (4 - p) / 12
    return float(loss) if loss.ndim == 0 else loss


def motif_exchanges() -> MotifExchanges:
    r"""Where the motif, and nested scales, begin to beat the naive solution [D31].

    .. math:: \min_a L(a, p) = \frac{p (4 - 3p)}{3 (8 - 3p)}, \qquad
       3 p^3 - 20 p^2 + 44 p - 16 = 0

    Returns
    -------
    MotifExchanges

    Examples
    --------
    >>> found = motif_exchanges()
    >>> [round(p, 6) for p in (found.motif, found.literal, found.nested)]
    [0.262589, 0.255099, 0.44916]
    """

    def ahead(share: float) -> float:
        def gain(p: float) -> float:
            best = best_motif(p, share=share)
            return best.loss / best.naive - 1

        return float(brentq(gain, 0.01, 0.9, xtol=1e-13))

    def gain(p: float) -> float:
        return float(nested_loss(p) / naive_loss(3, 5, density=p) - 1)

    return MotifExchanges(ahead(0.5), ahead(1.0), float(brentq(gain, 0.01, 0.9, xtol=1e-13)))
