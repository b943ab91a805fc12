r"""The motif with all of its 33 weights and biases free: where descent takes it [D31].

$$ \min_{W_1, W_2, b} L \quad \text{from the best member of the family} $$

The family is nowhere stationary: a negative bias of the first output lowers the loss at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from ground.checks import (
    FloatArray,
    as_number,
    as_positive_density,
    check_at_most,
    check_positive_int,
    check_seed,
)
from theory.computation.absolute_value import naive_loss
from theory.computation.asymmetric_motif import LARGEST, MotifNet, asymmetric_motif, best_motif
from theory.computation.two_layers import two_layer_loss, two_layer_loss_and_gradient

__all__ = ["RelaxedMotif", "motif_bias_slope", "relaxed_motif"]

POINTS = 64  # of the sample of three active features, in each of 8 scramblings
FRESH = 2048  # of that on which the loss is told
LEAST = 1e-3  # density
EARLY = 1.3  # asymmetry at which training meets the valley


@dataclass(frozen=True, eq=False)
class RelaxedMotif:
    """Where the motif comes down to with every weight free [D31].

    Attributes
    ----------
    W1 : (5, 3)
    W2 : (3, 5)
    b : (3,)
    loss, error : float
        Exact for up to two active features; three are sampled, afresh, with this standard error.
    naive : float
        Loss of the naive solution.
    in_ratio, out_ratio : float
        |in-weight of x_1| over that of the small feature, and small over large out-weight, of the
        first neuron: both a² in the family of share 1, and a² and 2a² at one half.
    """

    W1: FloatArray
    W2: FloatArray
    b: FloatArray
    loss: float
    error: float
    naive: float
    in_ratio: float
    out_ratio: float


def relaxed_motif(density: Any, *, points: int = POINTS, steps: int = 150) -> RelaxedMotif:
    """Let biases, amplitudes and all other weights of the best motif go downhill [D31].

    Descent (L-BFGS, begun anew once) from asymmetry 1.3 and from the best one; the lower end.  The
    valley is flat, and its floor lies on kinks where outputs of two active features begin to be
    silent, so the loss is that of the bottom within some 1e-3, and the asymmetry less certain.

    Parameters
    ----------
    density : float
        In [0.001, 1].
    points : int
        Of the sample of patterns of three, which descent sees; at most 4096.
    steps : int
        Of each descent, at most; some milliseconds each, at most 10 000.

    Returns
    -------
    RelaxedMotif

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> found = relaxed_motif(0.1, points=16, steps=50)
    >>> found.loss < best_motif(0.1).loss < found.naive
    True
    """
    p = as_positive_density("density", density)
    as_number("density", density, f"in [{LEAST}, 1]", lambda value: LEAST <= value <= 1)
    check_at_most("points", check_positive_int("points", points), 4096, "for time's sake")
    check_at_most("steps", check_positive_int("steps", steps), 10_000, "for time's sake")
    ends = []
    for a in (EARLY, best_motif(p).a):
        first = descend(asymmetric_motif(a), p, points=points, steps=steps)
        again = descend(MotifNet(first.W1, first.W2, first.b), p, points=points, steps=steps)
        ends += [first, again]
    return min(ends, key=lambda end: end.loss)


def descend(start: MotifNet, p: float, *, points: int, steps: int, seed: int = 0) -> RelaxedMotif:
    """Descent from any net of three features and five neurons, its neurons balanced first."""
    check_seed(seed)
    naive = float(naive_loss(3, 5, density=p))
    scale = np.sqrt(np.linalg.norm(start.W2, axis=0) / np.linalg.norm(start.W1, axis=1))
    W1, W2 = start.W1 * scale[:, None], start.W2 / scale

    def parts(theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        return theta[:15].reshape(5, 3), theta[15:30].reshape(3, 5), theta[30:]

    def value(theta: FloatArray) -> tuple[float, FloatArray]:
        loss, slope = two_layer_loss_and_gradient(*parts(theta), p, points=points, seed=seed)
        flat = np.concatenate([slope[name].ravel() for name in ("W1", "W2", "b")])
        return float(loss.loss) / naive, flat / naive

    found = minimize(
        value,
        np.concatenate([W1.ravel(), W2.ravel(), start.b]),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "maxfun": 3 * steps},
    )
    W1, W2, b = parts(found.x)
    told = two_layer_loss(W1, W2, b, p, points=FRESH, seed=seed + 1)
    return RelaxedMotif(
        W1, W2, b, float(told.loss), float(told.error), naive,
        float(abs(W1[0, 0] / W1[0, 1])), float(W2[1, 0] / W2[0, 0]),
    )  # fmt: skip


def motif_bias_slope(a: Any, *, density: Any) -> float:
    r"""How fast the loss falls as the bias of the first output leaves zero downwards [D31].

    .. math:: \frac{\partial L}{\partial b_1}\Big|_{b_1 = 0^-} = \frac{p (1 - p)}{2 a^2} +
       \frac{p^2}{6 a^4} + \frac{p^3}{48 a^4} > 0

    So no member of the family is stationary when all weights are free.

    Parameters
    ----------
    a : float
        Asymmetry, in [1, 1e6], at a share inside (0, 1).
    density : float
        In (0, 1].

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> round(motif_bias_slope(1.0, density=1.0), 6)
    0.1875
    """
    a = as_number("a", a, f"in [1, {LARGEST:g}]", lambda value: 1 <= value <= LARGEST)
    p = as_positive_density("density", density)
    r = a * a
    return float(p * (1 - p) / (2 * r) + p * p / (6 * r * r) + p**3 / (48 * r * r))
