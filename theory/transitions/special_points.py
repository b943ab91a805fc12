"""Points of the diagram of (2, 1) where lines meet, change their order, or end.

Two triple points, two tricritical points, and on r = 1 the densities at which the symmetric pair
splits (with bias) or loses to the confused solution (without).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.interpolate import KroghInterpolator
from scipy.optimize import brentq

from ground.checks import FloatArray
from theory.data_law import feature_variance
from theory.loss.floats import hessian, loss_and_gradient
from theory.transitions.branches import partials, settled, step
from theory.transitions.first_order import first_order_line
from theory.transitions.onset import onset_importance, tricritical_densities


@dataclass(frozen=True)
class SpecialPoint:
    """A point of the diagram where lines of transitions meet or change [D09].

    Attributes
    ----------
    kind : str
    density, importance : float
    between : str
        The kinds of minima concerned.
    """

    kind: str
    density: float
    importance: float
    between: str


@lru_cache(maxsize=1)
def special_points() -> tuple[SpecialPoint, ...]:
    """Triple and tricritical points of (2, 1) with bias, r ≤ 1, and where S splits [D09].

    The first-order line of I and S ends in the first triple point, not in a critical point; the
    last entry is the spinodal of the symmetric S at r = 1, hidden behind the second one.

    Returns
    -------
    tuple of SpecialPoint
        In that order: a triple point, two tricritical ones, the other triple point, the spinodal.
    """

    def lead(density: float) -> float:
        """Loss of S less that of T at r = 1."""
        p = np.array([density])
        S = symmetric(density)
        T = _followed(begun, 0.7125, density, 10)
        return float((partials(p, one, S[0][None], S[1][None])[0] - partials(p, one, *T)[0])[0])

    one = np.ones(1)
    begun = _followed(
        settled(np.array([0.76]), one, np.array([1.0, -0.4]), bias=True), 0.76, 0.7125, 50
    )
    first, at_first = _first_triple_point()
    second = float(brentq(lead, 0.7025, 0.7125, xtol=1e-10))
    low, high = tricritical_densities()
    split = splitting_density()
    points = [
        SpecialPoint("triple", first, at_first, "I T S"),
        SpecialPoint("tricritical", low, float(onset_importance(low)), "I T"),
        SpecialPoint("tricritical", high, float(onset_importance(high)), "I T"),
        SpecialPoint("triple", second, 1.0, "T S T'"),
        SpecialPoint("spinodal", split, 1.0, "S"),
    ]
    return tuple(points)


def _first_triple_point() -> tuple[float, float]:
    """Density and importance where the lines of I and S and of I and T cross.

    Lines are followed at many densities at once, which costs little more than at one: their
    difference is interpolated between twelve, and then between five that are close.
    """
    root, reach = 0.51075, 0.00875
    for count in (12, 5):
        p = np.linspace(root - reach, root + reach, count)
        tilt = first_order_line(p, "IT").importance.values
        # Where the jump to T is too small to see it is at the onset.
        tilt = np.where(np.isnan(tilt), onset_importance(p), tilt)
        line = first_order_line(p, "IS").importance.values
        root = float(KroghInterpolator(line - tilt, p)(0.0))
        reach = 1e-4
    return root, float(KroghInterpolator(p, line)(root))


def _followed(
    minimum: tuple[FloatArray, FloatArray], start: float, end: float, steps: int
) -> tuple[FloatArray, FloatArray]:
    """A minimum at r = 1, W (1, 1, 2) and b (1, 2), followed from one density to another."""
    for density in np.linspace(start, end, steps + 1)[1:]:
        _, *moved, _ = step(np.array([density]), np.ones(1), *minimum)
        minimum = moved[0], moved[1]
    return minimum


@lru_cache(maxsize=2)
def splitting_density(bias: bool = True) -> float:
    """Density above which, at r = 1, the symmetric S gives way to w₁ ≠ −w₂; NaN if never [D09].

    Its curvature against exchange-odd displacements passes through zero.
    """

    def softness(density: float) -> float:
        W, b = symmetric(density, bias=bias)
        second = hessian(W, b, density=density)
        odd = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]]) / np.sqrt(2.0)
        odd = odd if bias else odd[:1]
        return float(np.linalg.eigvalsh(odd @ second @ odd.T)[0])

    grid = np.linspace(0.02, 0.98, 49)
    values = [softness(density) for density in grid]
    turns = [k for k in range(48) if values[k] > 0 >= values[k + 1]]
    if not turns:
        return float("nan")
    return float(brentq(softness, grid[turns[0]], grid[turns[0] + 1], xtol=1e-13))


@lru_cache(maxsize=1)
def confused_density() -> float:
    """Without bias, at r = 1: density above which w₁ = w₂ beats the digon [D09].

    The confused solution w = 1/√2 costs p/3 − p²/4, what its linear part leaves out.
    """

    def lead(density: float) -> float:
        W, b = symmetric(density, bias=False)
        loss = float(loss_and_gradient(W, b, density=density)[0])
        return loss - feature_variance(density)

    return float(brentq(lead, 0.3, 0.9, xtol=1e-14))


def symmetric(density: float, *, bias: bool = True) -> tuple[FloatArray, FloatArray]:
    """Best antipodal pair W = (w, −w), b = (c, c) at r = 1, by Newton in (w, c) [D09]."""
    theta = np.array([1.0, 0.0])
    along = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])[: 1 + bias]
    for _ in range(100):
        W, b = theta[0] * along[:1, :2], np.full(2, theta[1])
        _, dW, db = loss_and_gradient(W, b, density=density)
        slope = along @ np.concatenate([dW.ravel(), db])
        values, vectors = np.linalg.eigh(along @ hessian(W, b, density=density) @ along.T)
        move = -vectors @ ((vectors.T @ slope) / np.maximum(np.abs(values), 1e-9))
        move *= min(1.0, 0.2 / max(float(np.abs(move).max()), 1e-300))
        theta[: len(move)] += move
        if np.abs(move).max() < 1e-14:
            break
    return theta[0] * along[:1, :2], np.full(2, theta[1])
