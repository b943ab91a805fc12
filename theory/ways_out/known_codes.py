r"""What noise leaves of directions even when every code is known [D42].

Who knows x of each sample estimates W from h = Wx + σz by least squares, and no unbiased estimate
is nearer.  What learns without codes can do no better on average, so that where it fails and this
does not, noise alone is not to blame.
"""

from __future__ import annotations

from ground.checks import as_at_least_zero, as_number, as_positive_density, check_positive_int

__all__ = ["known_codes_density", "known_codes_error"]


def known_codes_error(
    n_hidden: int, *, samples: int, density: float, noise: float, length: float = 1.0
) -> float:
    r"""The least mean squared tangent between W_i and an unbiased estimate, all codes known [D42].

    .. math:: E \tan^2 \ge \frac{3 (m - 1)\, \sigma^2}{N p\, \ell^2}

    The tangent is the error across W_i over the length ℓ of W_i.  Least squares comes as near as a
    factor between 1 and 1/(1 − 3p/4) when samples are many.

    Parameters
    ----------
    n_hidden : int
        m ≥ 1.
    samples : int
        N.
    density : float
        p in (0, 1], of independent features that are uniform on [0, 1] when active.
    noise : float
        σ ≥ 0, in each coordinate of h.
    length : float
        ℓ = |W_i| > 0.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Arguments out of range.

    Examples
    --------
    >>> round(known_codes_error(8, samples=1280, density=0.02, noise=0.2), 6)
    0.032813
    """
    m, N = check_positive_int("n_hidden", n_hidden), check_positive_int("samples", samples)
    p, sigma = as_positive_density("density", density), as_at_least_zero("noise", noise)
    ell = as_number("length", length, "a positive number", lambda x: 1e-100 < x < 1e100)
    return float(3 * (m - 1) * (sigma / ell) ** 2 / (N * p))


def known_codes_density(
    n_hidden: int, *, samples: int, noise: float, cosine: float, length: float = 1.0
) -> float:
    r"""The density below which noise alone keeps directions from being known so well [D42].

    .. math:: p_\sigma = \frac{3 (m - 1)\, \sigma^2}{N \ell^2}\, \frac{c^2}{1 - c^2}

    Below it the mean squared tangent of any unbiased estimate is above that of the angle whose
    cosine is c, even where all codes are known.

    Parameters
    ----------
    n_hidden, samples, noise
        As of `known_codes_error`.
    cosine : float
        c in (0, 1), at which a direction counts as found.
    length
        As of `known_codes_error`.

    Returns
    -------
    float
        Above 1 where no density suffices; 0 without noise.

    Raises
    ------
    ValueError
        Arguments out of range.

    Examples
    --------
    >>> round(known_codes_density(8, samples=1280, noise=0.2, cosine=0.95), 5)
    0.00607
    """
    c = as_number("cosine", cosine, "between 0 and 1", lambda x: 0 < x < 1)
    whole = known_codes_error(n_hidden, samples=samples, density=1.0, noise=noise, length=length)
    return float(whole * c**2 / (1 - c**2))
