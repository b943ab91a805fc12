r"""How often a digon's support is read off right under noise, in closed form [D39].

h = w (x_1 − x_2) + σg with g standard normal.  In units of a feature, s = σ/w, the outputs are

$$ x'_1 = (c (x_1 − x_2 + s g) + b)_+,   x'_2 = (−c (x_1 − x_2 + s g) + b)_+, $$

with c = w² for the toy's ReLU, and c = 1, b = −λ/w for basis pursuit denoising.  They are the
same decoder up to scale.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr

from ground.checks import FloatArray, as_floats, as_number
from theory.ways_out.direct_sum import as_densities

__all__ = ["digon_support_probability"]

_ROOT_TWO_PI = np.sqrt(2 * np.pi)


def digon_support_probability(
    *, density: Any, noise: Any, bias: Any, scale: float = 1.0
) -> FloatArray:
    r"""Probability that just the active features of a digon are decoded as positive [D39].

    .. math::

       P = (1-p)^2 \Big( 2\Phi\big(\tfrac{\tau}{s}\big) - 1 \Big)
         + 2p(1-p)\, s \Big[ G\big(\tfrac{1-\tau}{s}\big) - G\big(-\tfrac{\tau}{s}\big) \Big],
       \quad \tau = -b/c, \quad G(t) = t\,\Phi(t) + \varphi(t)

    Two active features are never both seen: their outputs are never both positive.

    Parameters
    ----------
    density : array_like (...)
        p in [0, 1], common to both features.
    noise : array_like (...)
        s ≥ 0, the deviation of the noise over the length of W_i.
    bias : array_like (...)
        b ≤ 0.  Above 0 outputs that should be 0 are positive.
    scale : float
        c > 0.

    Returns
    -------
    array (...)

    Raises
    ------
    ValueError
        Arguments out of range, or shapes that do not fit.

    Examples
    --------
    >>> P = digon_support_probability
    >>> P(density=0.1, noise=0.0, bias=0.0).round(12).item()  # 1 − p²
    0.99
    >>> P(density=0.1, noise=0.01, bias=0.0).round(6).item()  # silence is never read as such
    0.179282
    """
    p = as_densities(density)
    s = as_floats("noise", noise)
    if not s.size or not ((s >= 0) & (s < 1e100)).all():
        raise ValueError(f"noise must be finite and ≥ 0, got {noise!r}")
    b = as_floats("bias", bias)
    if not b.size or not ((b <= 0) & (b > -1e100)).all():
        raise ValueError(f"bias must be finite and ≤ 0, got {bias!r}")
    c = as_number("scale", scale, "in [1e-100, 1e100]", lambda v: 1e-100 <= v <= 1e100)
    for name, value in (("noise", s), ("bias", b)):
        try:
            np.broadcast_shapes(p.shape, s.shape, value.shape)
        except ValueError:
            raise ValueError(
                f"{name} must fit density {p.shape}, got shape {value.shape}"
            ) from None
    limit = np.minimum(-b / c, 1e100)
    tiny = np.maximum(s, 1e-200)  # below, the limit without noise
    silent = np.where(s > 0, 2 * ndtr(limit / tiny) - 1, 1.0)
    clean = np.maximum(1 - limit, 0.0)
    seen = np.where(s > 0, tiny * (_G((1 - limit) / tiny) - _G(-limit / tiny)), clean)
    return np.asarray((1 - p) ** 2 * silent + 2 * p * (1 - p) * np.clip(seen, 0.0, 1.0))


def _G(t: FloatArray) -> FloatArray:
    """∫ Φ from −∞ to t."""
    near = np.clip(t, -40.0, 40.0)
    return np.where(np.abs(t) > 38, np.maximum(t, 0.0), near * ndtr(near) + _phi(near))


def _phi(t: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * t**2) / _ROOT_TWO_PI)
