r"""Approximate message passing: decoding many features at once where directions are random.

$$ r = x̂ + Wᵀ z,   x̂ ← E[x | r],   z ← h − W x̂ + (n/m) ⟨Var[x | r]/τ²⟩ z,   τ² = ‖z‖²/m, $$

the mean and variance of one feature of density p seen at r through Gaussian noise τ.  The last
term is what makes that noise Gaussian.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr

from ground.checks import FloatArray, as_positive_density, check_at_most, check_positive_int
from numeric.recovery.rows import as_activations, as_atoms, unit_rows

__all__ = ["message_passing"]

MOST = 1_000_000_000  # products: some seconds
_QUIET = 1e-12  # of the noise that is left, over the largest activation: all is recovered


def message_passing(
    activations: Any, dictionary: Any, *, density: float, steps: int = 100
) -> FloatArray:
    r"""Decode activations of sparse features on [0, 1] by approximate message passing.

    Made for large systems with independent random directions, where no fast decoder is known to
    err less; for others, digons among them, it need not converge.

    Parameters
    ----------
    activations : array_like (..., n_hidden)
        h = Σ x_i d_i, leading axes are samples.
    dictionary : array_like (n_features, n_hidden)
        Atoms d_i as rows, none of zeros.  Lengths should be alike: values are taken to lie in
        [0, 1] after division by their mean.
    density : float
        p in (0, 1].
    steps : int

    Returns
    -------
    array (..., n_features)
        Estimates in [0, 1].

    Raises
    ------
    ValueError
        Shapes that do not fit, a row of zeros in the dictionary, a density outside (0, 1], or more
        steps than end in minutes.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> W = rng.normal(size=(600, 300)) / np.sqrt(300)
    >>> x = np.where(rng.random(600) < 0.1, rng.random(600), 0.0)
    >>> W /= np.linalg.norm(W, axis=1, keepdims=True)
    >>> bool(np.abs(message_passing(x @ W, W, density=0.1) - x).max() < 1e-6)
    True

    References
    ----------
    Donoho, Maleki and Montanari 2009, *Message-passing algorithms for compressed sensing*.
    """
    atoms = as_atoms("dictionary", dictionary, zero=False)
    n, m = atoms.shape
    h = as_activations(activations, m)
    p = as_positive_density("density", density)
    steps = check_positive_int("steps", steps)
    check_at_most("steps", steps, max(MOST // max(h.size * n, 1), 1), "for so many activations")
    length = float(np.linalg.norm(atoms / np.abs(atoms).max(), axis=1).mean() * np.abs(atoms).max())
    unit = unit_rows(atoms)
    samples = h.reshape(-1, m) / length
    x = np.full((len(samples), n), p / 2)
    z = samples - x @ unit
    floor = _QUIET * np.maximum(np.abs(samples).max(axis=1, keepdims=True, initial=0.0), 1e-300)
    for _ in range(steps):
        tau = np.maximum(np.sqrt((z**2).mean(axis=1, keepdims=True)), floor)
        x, variance = _posterior(x + z @ unit.T, tau, p)
        z = samples - x @ unit + n / m * (variance / tau**2).mean(axis=1, keepdims=True) * z
    return x.reshape(*h.shape[:-1], n)


def _posterior(r: FloatArray, tau: FloatArray, p: float) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of a sparse feature seen at r through noise τ."""
    # Far outside of [0, 1] the answer no longer changes, and ratios of tails lose their digits.
    up = np.clip(r / tau, -30.0, 1 / tau + 30.0)
    down = 1 / tau - up
    mass = np.where(
        up < 0,
        ndtr(up) - ndtr(-down),
        np.where(down < 0, ndtr(down) - ndtr(-up), 1 - ndtr(-up) - ndtr(-down)),
    )
    bell_up, bell_down = _normal(up), _normal(down)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        first, second = bell_up / mass, bell_down / mass
        mean = np.clip(tau * (up + first - second), 0.0, 1.0)
        own = tau**2 * (1 - up * first - down * second - (first - second) ** 2)
        active = 1 / (1 + (1 - p) * first / (p * tau))
    own = np.clip(np.nan_to_num(own), 0.0, tau**2)
    mean = np.nan_to_num(mean)
    active = np.nan_to_num(active)
    return active * mean, active * own + active * (1 - active) * mean**2


def _normal(u: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi))
