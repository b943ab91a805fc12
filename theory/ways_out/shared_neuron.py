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

from ground.checks import FloatArray, as_at_least_zero, as_number, as_positive_density
from theory.loss.two_features import SCRATCH, pair_gradient
from theory.ways_out.lone import lone_scale, lone_spinodal

__all__ = ["SharedNeuron", "pair_size", "shared_neuron", "sharing_cost"]

DEAD = 0.1  # below the least weight that a living feature was seen with, half of 1/√3 and less
FLAT = 1e-6  # a gradient of a minimum, in units of the density
TRIES = 5
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


def pair_size(w1: float, w2: float, density: float) -> tuple[float, float, float]:
    """E|w₁x₁ − w₂x₂| for w₁, w₂ ≥ 0, and its derivatives [D36].

    Examples
    --------
    >>> round(pair_size(1.0, 1.0, 0.3)[0], 12)  # p − 2p²/3
    0.24
    """
    more, less = max(w1, w2), min(w1, w2)
    share = less / more if more > 0 else 0.0
    both = density**2
    size = density * (w1 + w2) / 2 - both * (less - less * share / 3)
    by_more = density / 2 - both * share**2 / 3
    by_less = density / 2 - both * (1 - 2 * share / 3)
    return (size, by_more, by_less) if w1 >= w2 else (size, by_less, by_more)


def sharing_cost(w1: float, w2: float, l1: float, ratio: float = 1.0) -> float:
    r"""What sharing a neuron costs two features, as a multiple of p² when p → 0 [D36].

    $$ \lim_{p→0} \frac{F_{shared} − F_{apart}}{p²} $$

    for importances 1 and r, at weights w₁ ≥ w₂: negative where they had better share, although
    there may be room.

    Examples
    --------
    Equal features at w² = 17/23, with the λ at which that is their weight, do not care:

    >>> w = (17 / 23) ** 0.5
    >>> abs(sharing_cost(w, w, 8 / 3 * w * (1 - w**2))) < 1e-12
    True
    """
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
        p in (0, 1].
    ratio : float
        r = I₂/I₁ in (0, 1]; I₁ = 1.
    l1 : float
        λ ≥ 0. For an importance I₁ other than 1 take λ/I₁, and I₁ times the objective.

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
    p = as_positive_density("density", density)
    r = as_number("ratio", ratio, "in (0, 1]", lambda value: 0 < value <= 1)
    return _shared(round(p, DIGITS), round(r, DIGITS), round(as_at_least_zero("l1", l1), DIGITS))


@lru_cache(maxsize=1 << 16)
def _shared(p: float, r: float, l1: float) -> SharedNeuron | None:
    densities, importance = np.array([p, p]), np.array([1.0, r])
    gradient, scratch = np.empty(4), np.empty(SCRATCH)

    def objective(theta: FloatArray) -> tuple[float, FloatArray]:
        w1, w2, b1, b2 = theta
        signed = np.array([w1, -w2, b1, b2])
        loss = pair_gradient(signed, densities, importance, 0.0, gradient, scratch)
        size, d1, d2 = pair_size(w1, w2, p)
        slope = np.array([gradient[0] + l1 * d1, -gradient[1] + l1 * d2, gradient[2], gradient[3]])
        return loss + l1 * size, slope

    # From the weights that they would have apart, at most those of the spinodal.
    apart = [float(lone_scale(p, i, l1=min(l1, float(lone_spinodal(p, i))))) for i in (1.0, r)]
    start = [*apart, *(p * (1 - w * w) / 2 for w in apart)]
    found, slope = np.array(start), np.inf
    for _ in range(TRIES):
        result = minimize(
            objective,
            found,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, 1.5), (0.0, 1.5), (-1.0, 1.0), (-1.0, 1.0)],
            options={"ftol": 1e-16, "gtol": 1e-9, "maxiter": 500},
        )
        found, slope = result.x, float(np.abs(result.jac).max())
        if found[:2].min() < DEAD:  # on its way to 0, where the kink holds it
            return None
        if slope < FLAT * p:
            break
    else:
        return None  # sliding along a slope at the end of the branch: no minimum
    w1, w2, b1, b2 = (float(value) for value in found)
    value = float(result.fun)
    return SharedNeuron((w1, w2), (b1, b2), value, value - l1 * pair_size(w1, w2, p)[0])
