r"""The asymmetric superposition motif: two neurons for three sides, each repairing the other [D31].

Three features and five neurons, to compute |x|: one fewer than whole features need.  Two
of them share the side x_1 > 0, large, and carry x_2 < 0 and x_3 < 0, small; three sides are alone:

$$ h_1 = (a x_1 - x_2/a)_+, \quad h_2 = (a x_1 - x_3/a)_+, \quad (-x_1)_+, (x_2)_+, (x_3)_+ $$

$$ y_1 = σ h_1/a + (1 - σ) h_2/a + …, \;\; y_2 = a (h_1 - h_2) + …, \;\; y_3 = a (h_2 - h_1) + … $$

Alone, x_1 > 0 would put a²x_1 on y_2 and y_3; the other neuron takes it off again.  The small
interference, of x_2 and x_3 on y_1, falls as 1/a².  The loss is a polynomial in 1/a² and p.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from ground.checks import (
    FloatArray,
    as_density,
    as_floats,
    as_number,
    as_positive_density,
    check_flag,
)
from theory.computation.absolute_value import naive_loss
from theory.numbers.arguments import exact_density, exact_number

__all__ = [
    "BestMotif",
    "MotifNet",
    "asymmetric_motif",
    "best_motif",
    "expected_motif_loss",
    "motif_density",
    "motif_loss",
    "motif_loss_and_gradient",
]

POWERS = (2, 1, 0, -1, -2, -3)  # of a²
LARGEST = 1e6  # a
HALF = sp.Rational(1, 2)


@dataclass(frozen=True, eq=False)
class MotifNet:
    """A net of three features and five neurons, y' = ReLU(W2 ReLU(W1 x) + b) [D31].

    Attributes
    ----------
    W1 : (5, 3)
    W2 : (3, 5)
    b : (3,)
    """

    W1: FloatArray
    W2: FloatArray
    b: FloatArray


@dataclass(frozen=True)
class BestMotif:
    """The motif with the best asymmetry at one density [D31].

    Attributes
    ----------
    a : float
        In-weights a and −1/a.
    loss : float
    naive : float
        Loss of the naive solution with as many neurons, which has half a feature.
    """

    a: float
    loss: float
    naive: float


def asymmetric_motif(a: Any, *, share: Any = 0.5, inhibition: bool = True) -> MotifNet:
    r"""Weights of the motif; rows of W1 in the order of the equations above [D31].

    .. math:: W_1 = \begin{pmatrix} a & -1/a & 0 \\ a & 0 & -1/a \\ -1 & 0 & 0 \\ 0 & 1 & 0 \\
       0 & 0 & 1 \end{pmatrix}, \qquad
       W_2 = \begin{pmatrix} σ/a & (1-σ)/a & 1 & 0 & 0 \\ a & -a & 0 & 1 & 0 \\
       -a & a & 0 & 0 & 1 \end{pmatrix}

    Parameters
    ----------
    a : float
        Asymmetry, in [1, 1e6]; 1 is the symmetric pair.
    share : float
        σ in [0, 1], what of |x_1| the first neuron carries.  At 1 its in-weights are (a, −1/a) and
        its out-weights (1/a, a), and the second one only inhibits and carries x_3.
    inhibition : bool
        False sets the two out-weights −a to zero.

    Returns
    -------
    MotifNet

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> net = asymmetric_motif(2.0, share=1.0)
    >>> net.W1[0].tolist(), net.W2[:2, 0].tolist()
    ([2.0, -0.5, 0.0], [0.5, 2.0])
    """
    a = as_number("a", a, f"in [1, {LARGEST:g}]", lambda value: 1 <= value <= LARGEST)
    s = as_number("share", share, "in [0, 1]", lambda value: 0 <= value <= 1)
    off = -a if check_flag("inhibition", inhibition) else 0.0
    W1 = [[a, -1 / a, 0], [a, 0, -1 / a], [-1, 0, 0], [0, 1, 0], [0, 0, 1]]
    W2 = [[s / a, (1 - s) / a, 1, 0, 0], [a, off, 0, 1, 0], [off, a, 0, 0, 1]]
    return MotifNet(np.array(W1, dtype=float), np.array(W2, dtype=float), np.zeros(3))


def motif_loss(
    a: Any, *, density: Any, share: Any = 0.5, inhibition: bool = True
) -> float | FloatArray:
    r"""Expected loss of the motif over all patterns, in closed form [D31].

    .. math:: L = \frac{p^2 (8 - 3p)}{12} - \frac{p^2 (15 - 7p)}{60\, a^2}
       + \frac{1 - 2σ\bar σ}{a^4} \Big(\frac p6 - \frac{p^2}{48 a^2}\Big)
       + \frac{2σ\bar σ}{a^4} \Big(\frac{p^2 (1 - p)}{16} + \frac{p^3}{80 a^2}\Big)

    with σ̄ = 1 − σ.  Without inhibition the first two terms are
    p a⁴/3 − p² a²/4 + p²/3 − p²/(8a²).

    Parameters
    ----------
    a : array_like
        As in :func:`asymmetric_motif`.
    density : array_like (...)
        p of all three features, uniform on [−1, 1] when active.
    share : array_like
        As in :func:`asymmetric_motif`.
    inhibition : bool

    Returns
    -------
    float or ndarray, all three broadcast

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> round(motif_loss(2.0, density=0.1), 8), round(motif_loss(2.0, density=1.0), 8)
    (0.00635771, 0.38847656)
    """
    a, p, s = _broadcast(a, density, share)
    check_flag("inhibition", inhibition)
    loss = _polynomial(_coefficients(p, s, inhibition), a * a)
    return float(loss) if loss.ndim == 0 else loss


def motif_loss_and_gradient(
    a: Any, *, density: Any, share: Any = 0.5, inhibition: bool = True
) -> tuple[Any, Any, Any]:
    r"""The loss and its derivatives by a and by the share [D31].

    .. math:: \frac{\partial L}{\partial a} = 2 \sum_j j\, c_j\, a^{2j - 1}, \qquad
       \frac{\partial L}{\partial σ} = \frac{2 (1 - 2σ)}{a^4} \Big(\frac{p^2 (1 - p)}{16} +
       \frac{p^3}{80 a^2} - \frac p6 + \frac{p^2}{48 a^2}\Big)

    with c_j the coefficient of a^{2j} in the loss.

    Parameters
    ----------
    a, density, share, inhibition
        As in :func:`motif_loss`.

    Returns
    -------
    loss, by_a, by_share : float or ndarray (...)

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> _, by_a, by_share = motif_loss_and_gradient(2.0, density=motif_density(2.0))
    >>> abs(by_a) < 1e-15, by_share == 0
    (True, True)
    """
    a, p, s = _broadcast(a, density, share)
    check_flag("inhibition", inhibition)
    coefficients, r = _coefficients(p, s, inhibition), a * a
    loss = _polynomial(coefficients, r)
    rising = [power * c for power, c in zip(POWERS, coefficients, strict=True)]
    by_a = 2 * _polynomial(rising, r) / a
    own, cross = _interference(p)
    by_share = (
        2
        * (1 - 2 * s)
        * sum((c - o) / r**k for k, (o, c) in enumerate(zip(own, cross, strict=True), 2))
    )
    values = (loss, by_a, by_share)
    return tuple(float(v) for v in values) if loss.ndim == 0 else values  # type: ignore[return-value]


def expected_motif_loss(
    a: Any, *, density: Any, share: Any = HALF, inhibition: bool = True
) -> sp.Expr:
    """The loss, exact: of numbers or symbols [D31].

    Parameters
    ----------
    a, density, share : exact number or symbol
        As in :func:`motif_loss`.
    inhibition : bool

    Returns
    -------
    sympy.Expr

    Raises
    ------
    ValueError
        Floats (use theory.motif_loss), or numbers out of range.

    Examples
    --------
    >>> p = sp.Symbol("p", positive=True)
    >>> sp.factor(expected_motif_loss(2, density=p))
    -p*(6841*p**2 - 18615*p - 160)/30720
    """
    a, s = exact_number("a", a), exact_number("share", share)
    (p,) = exact_density(density, 1)
    if a.is_number and not bool(a >= 1):
        raise ValueError(f"a must be at least 1, got {a}")
    if s.is_number and not bool(sp.And(s >= 0, s <= 1)):
        raise ValueError(f"share must lie in [0, 1], got {s}")
    coefficients = _coefficients(p, s, check_flag("inhibition", inhibition))
    return sp.expand(
        sum(c * a ** (2 * power) for power, c in zip(POWERS, coefficients, strict=True))
    )


def best_motif(density: Any, *, share: Any = 0.5) -> BestMotif:
    r"""The asymmetry that is best at a density, by a quadratic equation [D31].

    .. math:: a^2 = \frac{c_2 + \sqrt{c_2^2 - 3 c_1 c_3}}{-c_1}, \qquad L = c_0 + \frac{c_1}{a^2}
       + \frac{c_2}{a^4} + \frac{c_3}{a^6}

    It is √(2/(3p)) for small p, and the only minimum in [1, ∞).

    Parameters
    ----------
    density : float
        In (0, 1].
    share : float
        σ in [0, 1]; one half is best at every density.

    Returns
    -------
    BestMotif

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> best = best_motif(0.1)
    >>> round(best.a, 6), round(best.loss / best.naive, 6)
    (2.685504, 0.3903)
    """
    p = as_positive_density("density", density)
    s = as_number("share", share, "in [0, 1]", lambda value: 0 <= value <= 1)
    _, _, _, c1, c2, c3 = (c / p for c in _coefficients(p, s, True))
    a = float(np.sqrt((c2 + np.sqrt(c2 * c2 - 3 * c1 * c3)) / -c1))
    loss = float(_polynomial(_coefficients(p, s, True), a * a))
    return BestMotif(a, loss, float(naive_loss(3, 5, density=p)))


def motif_density(a: Any = 2.0, *, share: Any = 0.5) -> float:
    r"""The density at which an asymmetry is the best [D31].

    .. math:: \Big(\frac{7 r^2}{60} - \frac{T r}8 + \frac{3 T}{80}\Big) p^2
       - \Big(\frac{r^2}4 - \frac{T r}8 + \frac S{16}\Big) p + \frac{S r}3 = 0

    with r = a², T = 2σ(1 − σ), S = 1 − T: the smaller root.

    Parameters
    ----------
    a : float
        Asymmetry; 2 is the paper's.
    share : float
        σ in [0, 1].

    Returns
    -------
    float

    Raises
    ------
    ValueError
        An a that is best at no density, too small even for p = 1, or out of range.

    Examples
    --------
    >>> round(motif_density(2.0), 6), round(motif_density(2.0, share=1.0), 6)
    (0.192303, 0.40273)
    """
    a = as_number("a", a, f"in [1, {LARGEST:g}]", lambda value: 1 <= value <= LARGEST)
    s = as_number("share", share, "in [0, 1]", lambda value: 0 <= value <= 1)
    r, T = a * a, 2 * s * (1 - s)
    S = 1 - T
    square, linear, constant = (
        7 * r * r / 60 - T * r / 8 + 3 * T / 80, r * r / 4 - T * r / 8 + S / 16, S * r / 3,
    )  # fmt: skip
    least = best_motif(1.0, share=s).a
    if a < least:
        raise ValueError(
            f"a must be at least {least:.4f}, the best one of dense features here, got {a}"
        )
    root = 2 * constant / (linear + np.sqrt(max(linear * linear - 4 * square * constant, 0.0)))
    return float(min(root, 1.0))


def _interference(p: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """E[f_1²] = E[f_2²] and E[f_1 f_2], each as its constant and its coefficient of 1/a².

    f_1/a² and f_2/a² are what the shared neurons say too much of x_1.
    """
    return (p / 6, -p * p / 48), (p * p * (1 - p) / 16, p * p * p / 80)


def _coefficients(p: Any, s: Any, inhibition: bool) -> tuple[Any, ...]:
    """Coefficients of the loss by POWERS of a², of floats or of exact numbers."""
    own, cross = _interference(p)
    both = 2 * s * (1 - s)
    last = [(1 - both) * o + both * c for o, c in zip(own, cross, strict=True)]
    if inhibition:
        return 0 * p, 0 * p, p * p * (8 - 3 * p) / 12, -p * p * (15 - 7 * p) / 60, *last
    return p / 3, -p * p / 4, p * p / 3, -p * p / 8, *last


def _polynomial(coefficients: Any, r: Any) -> FloatArray:
    return np.asarray(sum(c * r ** float(k) for k, c in zip(POWERS, coefficients, strict=True)))


def _broadcast(a: Any, density: Any, share: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
    a, p, s = as_floats("a", a), as_density(density), as_floats("share", share)
    if not ((a >= 1) & (a <= LARGEST)).all():
        raise ValueError(f"a must lie in [1, {LARGEST:g}], got {a}")
    if not ((s >= 0) & (s <= 1)).all():
        raise ValueError(f"share must lie in [0, 1], got {s}")
    try:
        a, p, s = np.broadcast_arrays(a, p, s)
    except ValueError as error:
        raise ValueError(
            f"a, density and share must have shapes that fit, got {a.shape}, {p.shape}, {s.shape}"
        ) from error
    return a, p, s
