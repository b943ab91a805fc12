r"""Attacks on a large block, in the limit in which its interference is Gaussian [D18].

A tight frame of n features, r a dimension, of squared length c: G² = c r G, and the attack on k
moves its own output by d = ε c √r and every other output i by a_i = ε √r G_ik, with Σ a_i² =
ε² r (r − 1) c².  Given x_k and its own interference σ g, what the attack adds is Gaussian,

$$ Δ_k = own(x_k, g) + (n − 1) E ψ − 2 ε √r \, q_k + fresh noise,
   ψ = f(z + a) − f(z),   f(t) = (x − t_+)², $$

where q_k = Σ_{i≠k} G_ik ũ_i, the errors ũ = E_a[(x − z − a) 1(z + a > 0)] seen from k, is what
the frame makes of what it has made already: its mean given x_k and g follows from regressing ũ on
x and g.  The n attacks are taken for independent.  All this is the limit of many features, and as
good as the Gaussian is: of few active ones, where p n is small, it says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, roots_legendre

from ground.checks import FloatArray
from theory.data_law import feature_variance
from theory.geometry.large_blocks import LargeBlock, gaussian_loss

__all__ = ["LargeAttack", "large_attack"]

_NODES, _WEIGHTS = roots_legendre(24)
_G = np.linspace(-8.0, 8.0, 161)  # the standard normal, by the trapezoidal rule
_CHANCES = np.exp(-0.5 * _G**2) / np.exp(-0.5 * _G**2).sum()
_LEAST = 1e-9  # of r − 1, below which there is no interference


@dataclass(frozen=True, eq=False)
class LargeAttack:
    """What attacks on one large block add to its loss, in the limit [D18].

    Attributes
    ----------
    n_features : float
        n, so many attacks there are.
    fixed : float
        Mean increase under an attack that is fixed before the input is seen.
    mean : array (K,)
    chance : array (K,)
        Mean increase given x_k and g, and the chances of these.
    deviation : float
        Of the fresh noise.
    """

    n_features: float
    fixed: float
    mean: FloatArray
    chance: FloatArray
    deviation: float

    @cached_property
    def table(self) -> tuple[FloatArray, FloatArray]:
        """Increases, and the chance that one attack adds no more."""
        reach = 8.0 * self.deviation
        grid = np.linspace(self.mean.min() - reach, self.mean.max() + reach, 801)
        rise = ndtr((grid[:, None] - self.mean) / self.deviation) @ self.chance
        return grid, np.clip(rise, 0.0, 1.0)

    def below(self, t: FloatArray) -> FloatArray:
        """Chance that none of the n attacks adds more than t (S,)."""
        once = np.interp(t, *self.table, left=0.0, right=1.0)
        return np.asarray(once**self.n_features)


def large_attack(block: LargeBlock, n_features: float, size: float) -> LargeAttack:
    """The law of what each of n attacks of size ε adds to a large block of n features [D18].

    Parameters
    ----------
    block : LargeBlock
    n_features : float
        n ≥ 2; its hidden dimensions are n / r.
    size : float
        ε > 0.

    Examples
    --------
    Without company only its own output moves, by ε where the feature is dedicated:

    >>> alone = LargeBlock(0.3, 1.0, 0.0, 1.0, 0.0, 0.0)
    >>> round(large_attack(alone, 10, 0.5).fixed, 9)
    0.25
    """
    p, r, c, b = block.density, block.features_per_dimension, block.scale, block.bias
    r = max(r, 1.0 + _LEAST)
    variance, others = feature_variance(p), n_features - 1.0
    x = np.append(0.0, (_NODES + 1) / 2)[:, None]
    chance = np.append(1 - p, p * _WEIGHTS / 2)[:, None] * _CHANCES
    z = b + c * x + c * np.sqrt((r - 1) * variance) * _G
    clean = (x - np.maximum(z, 0.0)) ** 2
    own = (x - np.maximum(z + size * c * np.sqrt(r), 0.0)) ** 2 - clean

    # The other outputs: moments over a, in closed form.
    tau = size * c * np.sqrt(r * (r - 1) / others)
    ramp = _ramp_moments(z, tau)
    square = x**2 - 2 * x * ramp[1] + ramp[2]
    fourth = x**4 - 4 * x**3 * ramp[1] + 6 * x**2 * ramp[2] - 4 * x * ramp[3] + ramp[4]
    error = x * ramp[0] - ramp[1]
    spread = _mean(chance, fourth - square**2) - 4 * tau**2 * _mean(chance, error**2)
    # What they add on average is as if interference had that much more variance.
    more = r + tau**2 / (c**2 * variance)
    loss, raised, blurred = (
        float(gaussian_loss(c, bias, ratio, p)[0])
        for bias, ratio in ((b, r), (b + size * c * np.sqrt(r), r), (b, more))
    )
    growth = others * (blurred - loss)

    # What feature k sees of the others' errors, ũ = ū + A (x − x̄) + B g + w.
    level = _mean(chance, error)
    on_x = _mean(chance, error * (x - p / 2)) / variance
    on_g = _mean(chance, error * _G)
    rest = _mean(chance, (error - level) ** 2) - on_x**2 * variance - on_g**2
    root = c * np.sqrt(r - 1)
    seen = root * (np.sqrt(variance) * on_x + on_g * (1 - 2 / r) / np.sqrt((r - 1) / r**2)) * _G
    seen = seen + root * on_g / np.sqrt(variance) * (x - p / 2)
    mean = own + growth - 2 * size * np.sqrt(r) * seen
    fresh = 4 * size**2 * r * root**2 * (max(rest, 0.0) + level**2) + others * max(spread, 0.0)
    # Without interference nothing is smooth; so little noise moves no mean.
    deviation = max(float(np.sqrt(fresh)), 1e-4 * float(np.ptp(mean)), 1e-12 * size**2)
    return LargeAttack(n_features, raised - loss + growth, mean.ravel(), chance.ravel(), deviation)


def _mean(chance: FloatArray, value: FloatArray) -> float:
    return float(np.sum(chance * value))


def _ramp_moments(z: FloatArray, tau: float) -> list[FloatArray]:
    """E[(z + τ g)_+^q] for q = 0 … 4, by parts: M_q = z M_{q−1} + (q − 1) τ² M_{q−2}."""
    t = np.clip(z / tau, -40.0, 40.0)
    found = [ndtr(t), z * ndtr(t) + tau * np.exp(-0.5 * t**2) / np.sqrt(2 * np.pi)]
    for q in range(2, 5):
        found.append(z * found[-1] + (q - 1) * tau**2 * found[-2])
    return found
