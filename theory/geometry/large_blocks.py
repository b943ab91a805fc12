r"""The limit of large blocks, in which interference is Gaussian [D14].

A block of n features in m dimensions, both large, with r = n/m fixed and all features alike:
what the others add to output i is a sum of many small independent terms,

$$ z_i = b + c\,x_i + σ g,   σ² = v Σ_{j≠i} G_{ij}² ≥ c² (r − 1) v,   v = p/3 − p²/4, $$

with g standard normal, and equality for a tight frame, which gives each feature the least
interference.  (Its mean is a constant, absorbed in b.)  The loss of a feature is then one
integral over x in c, b and r.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtr, roots_legendre

from ground.checks import FloatArray, as_floats, as_number, as_positive_density
from theory.data_law import feature_variance

__all__ = ["LargeBlock", "gaussian_loss", "large_block"]

# Between these multiples of σ/c about the kink the integrand is as smooth as its scale, so that
# 24 Gauss–Legendre nodes a piece leave rounding only.
_CUTS = np.array([-8.0, -4.0, -1.5, 1.5, 4.0, 8.0])
_NODES, _WEIGHTS = roots_legendre(24)
_ROOT_TWO_PI = np.sqrt(2 * np.pi)
# (scale, bias).  Much interference wants a bias that silences it, and from weaker ones a descent
# ends where all features are ignored.
_STARTS = ((1.0, -0.05), (1.2, -0.3), (1.2, -0.6), (1.6, -0.7))


@dataclass(frozen=True)
class LargeBlock:
    """The best large block at one density [D14].

    Attributes
    ----------
    density : float
    features_per_dimension : float
        r = n/m of the block; 1/r is the dimensionality of each feature.
    loss, scale, bias : float
        Of one feature.  The bias is the effective one, interference's mean included.
    benefit : float
        Loss saved per hidden dimension against ignoring all features.
    """

    density: float
    features_per_dimension: float
    loss: float
    scale: float
    bias: float
    benefit: float


def gaussian_loss(scale: float, bias: float, ratio: float, density: float) -> FloatArray:
    r"""Loss of one feature under Gaussian interference, with its gradient [D14].

    .. math:: \ell = E[(x - (b + c x + \sigma g)_+)^2], \quad \sigma^2 = c^2 (r - 1) v

    Parameters
    ----------
    scale : float
        c > 0.
    bias : float
    ratio : float
        r ≥ 1 features per dimension.
    density : float

    Returns
    -------
    (4,)
        The loss and its derivatives by scale, bias and ratio.

    Examples
    --------
    Without company there is no interference:

    >>> float(gaussian_loss(1.0, 0.0, 1.0, 0.5)[0])
    0.0
    """
    p = density
    sigma = scale * np.sqrt((ratio - 1) * feature_variance(p))
    x, weight = _data(scale, bias, sigma, p)
    z = bias + scale * x
    with np.errstate(divide="ignore"):
        t = np.where(z == 0, 0.0, np.divide(z, sigma)) if sigma else np.inf * np.where(z > 0, 1, -1)
    above, at = ndtr(t), np.exp(-0.5 * t**2) / _ROOT_TWO_PI
    mean = np.where(above > 0, z * above, 0.0) + sigma * at
    loss = weight @ ((x - z) ** 2 * above + x**2 * ndtr(-t) + sigma**2 * above)
    loss += weight @ (sigma * at * (z - 2 * x))
    by_z = 2 * (mean - x * above)
    by_sigma = weight @ (2 * (sigma * above - x * at))
    by_ratio = by_sigma * sigma / (2 * (ratio - 1)) if sigma else 0.0
    by_scale = weight @ (x * by_z) + by_sigma * sigma / scale
    return np.array([loss, by_scale, weight @ by_z, by_ratio])


def large_block(density: float, *, most: float = np.inf, ratio: float | None = None) -> LargeBlock:
    r"""Best scale, bias and features per dimension of a large block [D14].

    .. math:: \max_{c, b, 1 \le r \le r_{max}} r (\ell_\emptyset - \ell(c, b, r))

    Parameters
    ----------
    density : float
        p in (0, 1].
    most : float
        n/m, the most features per dimension there are.
    ratio : float, optional
        r, held fixed instead of chosen.

    Returns
    -------
    LargeBlock

    Raises
    ------
    ValueError
        A density outside (0, 1], or fewer features than dimensions.

    References
    ----------
    Cowsik, Dolev and Infanger 2024, arXiv 2410.12101: the isotropic limit.

    Examples
    --------
    >>> block = large_block(0.01, most=4)
    >>> round(block.features_per_dimension, 6)
    4.0
    """
    p = as_positive_density("density", density)
    limit = as_number("most", most, "at least 1 feature per dimension", lambda v: v >= 1)
    if ratio is not None:
        ratio = as_number("ratio", ratio, "1 to 1e6", lambda v: 1 <= v <= 1e6)
    unit = feature_variance(p)
    limit = min(limit, 1e4)

    def lost(point: FloatArray) -> tuple[float, FloatArray]:
        c, r = np.exp(point[0]), np.exp(point[2])
        loss, by_c, by_b, by_r = gaussian_loss(c, point[1], r, p)
        saved = unit - loss
        return -r * saved / unit, np.array([r * c * by_c, r * by_b, r * (r * by_r - saved)]) / unit

    fixed = None if ratio is None else np.log(float(as_floats("ratio", ratio)))
    bounds = [(-7.0, 7.0), (-50.0, 1.0), (0.0, np.log(limit)) if fixed is None else (fixed, fixed)]
    guess = min(limit, 1 + 0.5 / p) - 1
    ratios = [np.log(1 + share * guess) for share in (0.1, 0.5, 1.0)] if fixed is None else [fixed]
    found = [
        minimize(
            lost,
            np.array([np.log(c), b, log_ratio]),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"ftol": 1e-15, "gtol": 1e-11, "maxiter": 500},
        )
        for c, b in _STARTS
        for log_ratio in ratios
    ]
    best = min(found, key=lambda result: result.fun)
    c, b, r = float(np.exp(best.x[0])), float(best.x[1]), float(np.exp(best.x[2]))
    return LargeBlock(p, r, float(gaussian_loss(c, b, r, p)[0]), c, b, float(-best.fun * unit))


def _data(c: float, b: float, sigma: float, p: float) -> tuple[FloatArray, FloatArray]:
    """Quadrature of the law of one feature: its value 0, and nodes on (0, 1)."""
    cuts = np.clip((_CUTS * sigma - b) / c, 0.0, 1.0)
    edges = np.concatenate([[0.0], cuts, [1.0]])
    width = np.diff(edges)
    x = (edges[:-1, None] + width[:, None] * (_NODES + 1) / 2).ravel()
    weight = (p * width[:, None] * _WEIGHTS / 2).ravel()
    return np.append(0.0, x), np.append(1 - p, weight)
