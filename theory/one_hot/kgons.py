"""Regular polygons as critical points of the one-hot limit in two dimensions [D11].

k features lie on a circle of radius l at equal angles and share a bias β ≤ 0; any others
have zero weights and a bias of their own.  With s = −β/l² the loss of such a model is
quadratic in l², so that a k-gon is a root s of a piecewise quartic polynomial.
The equations themselves, exactly, are in `theory.one_hot.kgon_algebra`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from mpmath import mp

from ground.checks import FloatArray, check_at_most, check_flag, check_positive_int
from theory.one_hot.curvature import classify

_DIGITS = 50  # of the roots, well past a float, so that the check of each root means something


@dataclass(frozen=True)
class KGon:
    """A regular polygon among n features, in closed form up to one algebraic number.

    Attributes
    ----------
    k, n_features, dead : int
        Features on the polygon; all features; those that read nothing at all.
    radius, bias : float
        Length of each of the k columns of W, and their common bias.
    unused_bias : float or None
        1/(2n), the bias of features that are not on the polygon and not dead; None if there
        are none.
    loss : float
        As `one_hot_loss`: n times the mean over the active feature.
    kind : str
        "minimum" (strict, up to rotation), "valley" (a minimum in every direction to second
        order, flat in some besides rotation) or "saddle".
    """

    k: int
    n_features: int
    dead: int
    radius: float
    bias: float
    unused_bias: float | None
    loss: float
    kind: str

    @property
    def name(self) -> str:
        """k, then + for each ignored feature with positive bias and − for each dead one."""
        return f"{self.k}{'+' * (self.n_features - self.k - self.dead)}{'−' * self.dead}"

    @property
    def W(self) -> FloatArray:
        """Weights (2, n): the polygon first, then the ignored features."""
        return _model(self.k, self.n_features, self.dead, self.radius, self.bias)[0]

    @property
    def b(self) -> FloatArray:
        """Biases (n,), in the order of `W`."""
        return _model(self.k, self.n_features, self.dead, self.radius, self.bias)[1]


def kgon(k: int, n_features: int | None = None, *, dead: int = 0) -> KGon:
    r"""The regular k-gon among n features in two dimensions, one active at a time [D11].

    Parameters
    ----------
    k : int ≥ 0
        Features on the polygon; k = 0 is the origin, where training starts.
    n_features : int, optional
        All features; k when left out.
    dead : int
        How many of the others have a negative bias and so output nothing; the rest have
        the bias 1/(2n), half the mean value of their feature.

    Returns
    -------
    KGon

    Raises
    ------
    ValueError
        If k, n and dead do not fit together; or for k = 1 beside features with positive
        bias, where the gradient does not vanish (one column does not sum to zero).

    Notes
    -----
    There is one k-gon for each k ≥ 2: its bias is zero for k ≤ 4 and negative beyond.
    None has a positive bias.

    Examples
    --------
    >>> decagon = kgon(10)  # the golden ratio, because its neighbours lie at 36° and 72°
    >>> decagon.radius, decagon.bias, decagon.loss / 10
    (1.618033988749..., -1.618033988749..., 0.166666666666...)

    References
    ----------
    Chen, Lau, Mendel, Wei and Murfet 2023, arXiv 2310.06301.
    """
    return _kgon(*_check(k, n_features, dead))


@cache
def _kgon(k: int, n: int, dead: int) -> KGon:
    radius, bias, benefit = _polygon(k)
    unused = n - k - dead
    loss = n / 3 - k * benefit - unused / (4 * n)
    W, b = _model(k, n, dead, radius, bias)
    return KGon(
        k=k,
        n_features=n,
        dead=dead,
        radius=radius,
        bias=bias,
        unused_bias=1 / (2 * n) if unused else None,
        loss=max(loss, 0.0) if k <= 4 and unused == dead == 0 else loss,
        kind=classify(W, b),
    )


def kgon_levels(n_features: int, *, dead: bool = False) -> tuple[KGon, ...]:
    """All k-gons of n features in two dimensions, lowest loss first [D11].

    Parameters
    ----------
    n_features : int
        n ≥ 2.
    dead : bool
        Include those with features that output nothing, on which training can get stuck.

    Returns
    -------
    tuple of KGon

    Raises
    ------
    ValueError
        n_features is no whole number from 2 to 60, or dead is no flag.

    Examples
    --------
    >>> [level.name for level in kgon_levels(8)[:3]]  # seven of eight features, not all
    ['7+', '6++', '8']
    """
    n = check_positive_int("n_features", n_features)
    check_at_most("n_features", n, 60, "minutes beyond")
    check_flag("dead", dead)
    levels = (
        kgon(k, n, dead=count)
        for k in range(n + 1)
        for count in (range(n - k + 1) if dead else (0,))
        if not (k == 1 and n - k - count > 0)
    )
    return tuple(sorted(levels, key=lambda level: level.loss))


@cache
def _polygon(k: int) -> tuple[float, float, float]:
    """Radius l, bias β ≤ 0, and what one feature gains, ⅓ − h, for the regular k-gon."""
    if k == 0:
        return 0.0, 0.0, 0.0
    with mp.workdps(_DIGITS):
        # Neighbours come in pairs ±d, and those at 90° or more never fire for β ≤ 0.
        cosines = [mp.cos(2 * mp.pi * d / k) for d in range(1, (k + 3) // 4) if 4 * d < k]
        (s,) = _roots(cosines)
        A = (1 - s) ** 2 * (2 + s)
        B = (1 - s) ** 3 + mp.fsum(2 * (c - s) ** 3 / c for c in cosines if c > s)
        R = A / (2 * B)
        return float(mp.sqrt(R)), float(-R * s), float(A**2 / (12 * B))


def _roots(cosines: list[Any]) -> list[Any]:
    """Every root in [0, 1) of the stationarity condition, interval by interval.

    Between two neighbouring cosines the condition is a quartic; all its roots are found,
    and those kept that are real and lie in the interval.
    """
    if not cosines:
        return [mp.mpf(0)]  # s(1−s)³ alone; above the first neighbour it has no root either
    tiny = mp.mpf(10) ** -20
    found: list[Any] = []
    for nearest, high in enumerate(cosines):
        low = cosines[nearest + 1] if nearest + 1 < len(cosines) else mp.mpf(0)
        # s(1−s)³ from the highest power down, less each pair of active neighbours.
        quartic = np.array([-1, 3, -3, 1, 0], dtype=object) * mp.mpf(1)
        for c in cosines[: nearest + 1]:
            square = np.array([1, -2 * c, c * c], dtype=object)
            quartic -= 2 * np.convolve(square, [1, 1 - 2 * c, 2 * (1 - c)]) / c
        for root in mp.polyroots(list(quartic), maxsteps=200, extraprec=4 * _DIGITS):
            s = mp.re(root)
            new = all(abs(s - other) > tiny for other in found)
            if abs(mp.im(root)) < tiny and low <= s <= high and new:
                found.append(s)
    return found


def _model(k: int, n: int, dead: int, radius: float, bias: float) -> tuple[FloatArray, FloatArray]:
    angle = 2 * np.pi * np.arange(k) / max(k, 1)
    W = np.zeros((2, n))
    # Quarter turns exactly: cos(π/2) = 6e-17 would put a gate on the wrong side of its kink.
    W[0, :k], W[1, :k] = radius * _snap(np.cos(angle)), radius * _snap(np.sin(angle))
    b = np.full(n, 1 / (2 * n))
    b[:k] = bias
    b[n - dead :] = -1.0
    return W, b


def _snap(values: FloatArray) -> FloatArray:
    return np.where(np.abs(values) < 1e-15, 0.0, values)


def _check(k: Any, n_features: Any, dead: Any) -> tuple[int, int, int]:
    for name, value in (("k", k), ("dead", dead)):
        if not (type(value) is int and value == 0):
            check_positive_int(name, value)
    n = check_positive_int("n_features", n_features) if n_features is not None else k
    check_positive_int("k" if n_features is None else "n_features", n)
    check_at_most("n_features", n, 200, "its sums over cosines are exact")
    if k + dead > n:
        raise ValueError(f"k + dead must not exceed n_features, got {k} + {dead} > {n}")
    if k == 1 and n - k - dead > 0:
        raise ValueError(
            f"k = 1 is no critical point beside features with positive bias, got n_features={n} "
            f"and dead={dead}; take dead={n - 1}"
        )
    return int(k), n, int(dead)
