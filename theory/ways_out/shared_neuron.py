r"""Two features on one neuron under an L1 penalty on h, both of them alive [D36].

$$ F = L(w_1, −w_2; b_1, b_2) + λ E|w_1 x_1 − w_2 x_2| $$

with the loss of two features in one dimension, exact, and

$$ E|w_1 x_1 − w_2 x_2| = p \tfrac{w_1 + w_2}{2} − p² \Big( w_2 − \tfrac{w_2²}{3 w_1} \Big),
   w_1 ≥ w_2 ≥ 0 $$

Sharing lowers the penalty and raises the loss, both by O(p²).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import minimize

from ground.checks import FloatArray, as_at_least_zero, as_number
from theory.loss.two_features import SCRATCH, pair_gradient
from theory.ways_out.l1_uneven import rest, size_of, uneven_pair
from theory.ways_out.lone import lone_scale, lone_spinodal

__all__ = ["LEAST", "SharedNeuron", "shared_neuron", "sharing_cost"]

DEAD = 0.1  # below the least weight that a living feature was seen with, half of 1/√3 and less
LEAST = 1e-6  # density and ratio, above the rounding of the descent
TINY = 1e-12  # a weight to divide by
DIGITS = 12  # worlds that agree to so many are one


@dataclass(frozen=True)
class SharedNeuron:
    """Two features on one neuron, the more important one first.

    Attributes
    ----------
    w : (w₁, w₂)
        The neuron reads w₁ x₁ − w₂ x₂.
    b : (b₁, b₂)
    objective, loss : float
        With the penalty and without.
    """

    w: tuple[float, float]
    b: tuple[float, float]
    objective: float
    loss: float


def sharing_cost(w1: float, w2: float, l1: float, ratio: float = 1.0) -> float:
    r"""What sharing a neuron costs two features, as a multiple of p² when p → 0 [D36].

    $$ \lim_{p→0} \frac{F_{shared} − F_{apart}}{p²} $$

    Negative where they had better share, although there may be room.

    Parameters
    ----------
    w1, w2 : float
        1 ≥ w₁ ≥ w₂ ≥ 0, w₁ > 0.
    l1 : float
        λ ≥ 0, in units of the first feature's importance.
    ratio : float
        r = I₂/I₁ ≥ 0.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Naming the argument and its value.

    Examples
    --------
    Equal features at w² = 17/23, with the λ at which that is their weight, do not care:

    >>> w = (17 / 23) ** 0.5
    >>> abs(sharing_cost(w, w, 8 / 3 * w * (1 - w**2))) < 1e-12
    True
    """
    w1 = as_number("w1", w1, "in (0, 1]", lambda value: 0 < value <= 1)
    w2 = as_number("w2", w2, f"in [0, w1 = {w1:g}]", lambda value: 0 <= value <= w1)
    l1, ratio = as_at_least_zero("l1", l1), as_at_least_zero("ratio", ratio)
    a, c, g, t = w1**2, w2**2, w1 * w2, w2 / w1
    first = 2 * (1 - a) * g * (1 / 4 - t**2 / 8) + g**2 * (1 / 3 - t / 4)
    first += (2 * a - a**2) * t**3 / 12
    second = (1 - c) * g * t**2 / 4 + g**2 * t**3 / 12 + (2 * c - c**2) * (1 / 3 - t / 4)
    return first + ratio * second - l1 * (w2 - w2 * t / 3)


def shared_neuron(density: float, ratio: float, *, l1: float) -> SharedNeuron | None:
    """The minimum with both features alive on one neuron, found by descent; None without one [D36].

    Parameters
    ----------
    density : float
        p in [1e-6, 1].
    ratio : float
        r = I₂/I₁ in [1e-6, 1]; I₁ = 1.
    l1 : float
        λ ≥ 0. For an importance I₁ other than 1 take λ/I₁, and I₁ times the objective.

    Returns
    -------
    SharedNeuron or None

    Raises
    ------
    ValueError
        Naming the argument and its value.

    Examples
    --------
    At equal importance the pair outlives a lone feature, which is dropped at 0.671 for p = 0.1:

    >>> pair = shared_neuron(0.1, 1.0, l1=0.673)
    >>> pair.objective < 2 * (0.1 / 3 - 0.1**2 / 4)
    True
    """
    allowed = f"in [{LEAST:g}, 1]"
    p = as_number("density", density, allowed, lambda value: LEAST <= value <= 1)
    r = as_number("ratio", ratio, allowed, lambda value: LEAST <= value <= 1)
    return _shared(round(p, DIGITS), round(r, DIGITS), round(as_at_least_zero("l1", l1), DIGITS))


@lru_cache(maxsize=1 << 16)
def _shared(p: float, r: float, l1: float) -> SharedNeuron | None:
    densities, importance = np.array([p, p]), np.array([1.0, r])
    gradient, scratch = np.empty(4), np.empty(SCRATCH)

    def objective(theta: FloatArray) -> tuple[float, FloatArray]:
        w1, w2, b1, b2 = theta
        signed = np.array([w1, -w2, b1, b2])
        loss = pair_gradient(signed, densities, importance, 0.0, gradient, scratch)
        size, (d1, d2), _ = size_of(max(w1, TINY), w2, p)
        slope = np.array([gradient[0] + l1 * d1, -gradient[1] + l1 * d2, *gradient[2:]])
        return loss + l1 * size, slope

    # From the weights that they would have apart, at most those of the spinodal.
    apart = [float(lone_scale(p, i, l1=min(l1, float(lone_spinodal(p, i))))) for i in (1.0, r)]
    start = [*apart, *(p * (1 - w * w) / 2 for w in apart)]
    result = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.5), (0.0, 1.5), (-1.0, 1.0), (-1.0, 1.0)],
        options={"ftol": 1e-15, "gtol": 1e-8, "maxiter": 500},
    )
    if result.x[:2].min() < DEAD:  # on its way to 0, where the kink holds it
        return None
    # Newton steps settle whether that is a minimum, or a slope at the end of the branch.
    theta = rest(result.x, p, r, l1)
    if theta is None or theta[:2].min() < DEAD:
        return None
    w1, w2, b1, b2 = (float(value) for value in theta)
    value, _, _, size = uneven_pair(theta, p, r, l1)
    return SharedNeuron((w1, w2), (b1, b2), value, value - l1 * size)
