"""Codes of activations when the dictionary is known: the toy's ReLU, basis pursuit, matching.

Pursuits work with directions, atoms of unit length, as is usual: what an atom costs does not
depend on how long it is.  Codes are returned for the atoms as given, so that codes times
dictionary reconstruct the activations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ground.checks import (
    FloatArray,
    as_at_least_zero,
    as_floats,
    check_at_most,
    check_choice,
    check_positive_int,
)
from numeric.recovery.basis_pursuit import basis_pursuit
from numeric.recovery.denoising import denoised
from numeric.recovery.matching import matching
from numeric.recovery.rows import LARGEST, as_activations, as_atoms, unit_rows

__all__ = ["METHODS", "pursue", "threshold"]

METHODS = ("toy", "nonnegative", "signed", "matching", "nonnegative matching")
MOST = 10_000_000  # codes: some minutes of linear programmes


def pursue(
    activations: Any,
    dictionary: Any,
    method: str = "nonnegative",
    *,
    bias: Any = None,
    noise: float = 0.0,
    most: int | None = None,
) -> FloatArray:
    r"""Decode activations with a known dictionary.

    .. math::

       \min_x \sum_i \|d_i\|\, |x_i| \ \text{ with } \ \sum_i x_i d_i = h, \qquad
       \min_x \tfrac12 \|h - \sum_i x_i d_i\|^2 + \lambda \sum_i \|d_i\|\, |x_i|,

    without and with noise, :math:`\lambda = \sigma\sqrt{2 \ln n}`.

    Parameters
    ----------
    activations : array_like (..., n_hidden)
        h, leading axes are samples.
    dictionary : array_like (n_features, n_hidden)
        Atoms d_i as rows, none of zeros: Wᵀ of a model without the features that it ignores.
    method : str
        "toy", the model's own ReLU(d_i·h + b_i); "nonnegative" or "signed", basis pursuit (Chen,
        Donoho and Saunders 1998) for x ≥ 0 or for any x; "matching", orthogonal matching
        pursuit (Pati, Rezaiifar and Krishnaprasad 1993); "nonnegative matching", the same with
        codes ≥ 0 (Bruckstein, Elad and Zibulevsky 2008).
    bias : array_like (n_features,), optional
        b of "toy", zero by default.
    noise : float
        σ ≥ 0, the standard deviation of the noise in each coordinate of h.  Where it is 0, the
        atoms must reproduce h, and what several codes reproduce at equal cost is decided by the
        solver.  Where it is not, correlations with what is left of h stop counting at λ.
    most : int, optional
        Of the matchings: atoms a sample, n_hidden by default.

    Returns
    -------
    array (..., n_features)
        The codes x.

    Raises
    ------
    ValueError
        Shapes that do not fit, NaN, atoms of zeros; without noise, activations that no codes of
        the method's sign reproduce.

    Examples
    --------
    A digon: codes that may be negative cannot tell its two features apart.

    >>> digon = [[1.0], [-1.0]]
    >>> pursue([[0.5], [-0.25]], digon)
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    >>> float(abs(pursue([[0.5]], digon, "signed")).sum())  # (0.5, 0) costs what (0, -0.5) does
    0.5
    """
    atoms = as_atoms("dictionary", dictionary, zero=False)
    h = as_activations(activations, atoms.shape[1])
    n = len(atoms)
    method = check_choice("method", method, METHODS)
    noise = as_at_least_zero("noise", noise)
    most = atoms.shape[1] if most is None else check_positive_int("most", most)
    check_at_most("activations", h.size // atoms.shape[1] * n, MOST, "codes in all, for minutes")
    b = _bias(bias, n, method)
    samples = h.reshape(-1, atoms.shape[1])
    shape = (*h.shape[:-1], n)
    if method == "toy":
        return np.maximum(samples @ atoms.T + b, 0.0).reshape(shape)
    length = np.linalg.norm(atoms, axis=1)
    unit, limit = unit_rows(atoms), threshold(n, noise)
    # Every method decodes a multiple of h by the same multiple; near 1 their tolerances are
    # what they say.
    size = np.abs(samples).max(axis=1, initial=0.0)
    loud = size > 0
    scaled = samples[loud] / size[loud, None]
    limits = limit / size[loud]
    codes = np.zeros((len(samples), n))
    decode: dict[str, Callable[[], FloatArray]] = {
        "nonnegative": lambda: _pursued(scaled, unit, limits, positive=True),
        "signed": lambda: _pursued(scaled, unit, limits, positive=False),
        "matching": lambda: matching(scaled, unit, limits, positive=False, most=most),
        "nonnegative matching": lambda: matching(scaled, unit, limits, positive=True, most=most),
    }
    codes[loud] = decode[method]() * size[loud, None]
    return (codes / length).reshape(shape)


def threshold(n_features: int, noise: float) -> float:
    r"""λ = σ√(2 ln n), which the largest of n correlations with noise seldom exceeds.

    Examples
    --------
    >>> round(threshold(100, 0.1), 3)
    0.303
    """
    return float(noise * np.sqrt(2.0 * np.log(max(n_features, 2))))


def _pursued(h: FloatArray, unit: FloatArray, limits: FloatArray, *, positive: bool) -> FloatArray:
    """Basis pursuit where nothing is noise, its denoising form where something is."""
    if limits.any():
        return denoised(h, unit, limits, positive=positive)
    return basis_pursuit(h, unit, positive=positive)


def _bias(value: Any, n: int, method: str) -> FloatArray:
    if value is None:
        return np.zeros(n)
    if method != "toy":
        raise ValueError(f"bias must be left out unless method is 'toy', got it with {method!r}")
    b = as_floats("bias", value)
    if b.shape != (n,) or not (np.abs(b) <= LARGEST).all():
        raise ValueError(f"bias must be {n} finite numbers, one an atom, got shape {b.shape}")
    return b
