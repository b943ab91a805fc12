"""Activations with their ground truth: samples h = Wx + noise, the codes x and the dictionary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import (
    FloatArray,
    as_at_least_zero,
    check_at_most,
    check_kind,
    check_positive_int,
    check_seed,
)
from numeric.features.law import Features
from numeric.measure.coherence import closest
from numeric.recovery.rows import as_atoms

__all__ = ["ActivationSamples", "sample_activations"]

MOST = 2**29  # numbers in all: 4 GB
BATCH = 2**14


@dataclass(frozen=True, eq=False)
class ActivationSamples:
    """What a sparse autoencoder is to be tried on, and what it should find.

    Attributes
    ----------
    activations : ndarray (samples, n_hidden)
        h, with the noise in it.
    codes : ndarray (samples, n_features)
        x.
    dictionary : ndarray (n_features, n_hidden)
        True directions as rows, with their lengths: codes @ dictionary is h without the noise.
    density : ndarray (n_features,)
        P(x_i ≠ 0).
    noise : float
        Its standard deviation in each dimension.
    coherence : float
        Largest cosine between two true directions.
    seed : int or list of int
    """

    activations: FloatArray
    codes: FloatArray
    dictionary: FloatArray
    density: FloatArray
    noise: float
    coherence: float
    seed: int | list[int]

    def arrays(self) -> dict[str, FloatArray]:
        """The arrays by name, `noise` among them, as files hold them."""
        return {
            "activations": self.activations,
            "codes": self.codes,
            "dictionary": self.dictionary,
            "density": self.density,
            "noise": np.array(self.noise),
        }


def sample_activations(
    dictionary: Any, law: Features, samples: int, *, noise: float = 0.0, seed: int | list[int] = 0
) -> ActivationSamples:
    r"""Draw samples of a law of features and write them into the hidden space.

    .. math:: h = \sum_i x_i u_i + σ ε, \qquad ε \sim N(0, 1)

    The same seed gives the same bits on any machine and with any number of threads, but for the
    noise, whose tails go through the machine's logarithm.

    Parameters
    ----------
    dictionary : array_like (n_features, n_hidden)
        Directions u_i as rows, Wᵀ of a model.
    law : law of numeric
        Of as many features, one world.
    samples : int
    noise : float
        σ ≥ 0.
    seed : int or list of int

    Returns
    -------
    ActivationSamples

    Raises
    ------
    ValueError
        A law of other features or of several worlds, negative noise, more samples than fit.
    TypeError
        Something that is no law.

    Examples
    --------
    >>> from numeric.features.independent import OneHot
    >>> drawn = sample_activations([[1.0], [-1.0]], OneHot(2), 4, seed=1)
    >>> bool((drawn.activations == drawn.codes @ drawn.dictionary).all())
    True
    """
    atoms = as_atoms("dictionary", dictionary)
    n, m = atoms.shape
    check_kind("law", law, Features, "a law of numeric, such as IndependentFeatures(0.1)")
    if law.n_features != n:
        raise ValueError(
            f"law must be of {n} features, as the dictionary is, got one of {law.n_features}"
        )
    if law.instances:
        raise ValueError(f"law must be that of one model, got instances {law.instances}")
    count = check_positive_int("samples", samples)
    check_at_most("samples", count, max(1, MOST // (n + m)), "more do not fit into memory")
    sigma = as_at_least_zero("noise", noise)
    words = check_seed(seed)
    codes_stream, noise_stream = map(np.random.default_rng, _two(words))
    x, h = np.empty((count, n)), np.zeros((count, m))
    for at in range(0, count, BATCH):
        some = slice(at, min(at + BATCH, count))
        x[some] = law.sample(codes_stream, some.stop - at)
        # One feature after the other: a product of matrices adds in an order of its own choice.
        for i in np.flatnonzero(atoms.any(axis=1)):
            h[some] += x[some, i, None] * atoms[i]
        if sigma:
            h[some] += sigma * noise_stream.standard_normal((some.stop - at, m))
    return ActivationSamples(
        h, x, atoms, np.array(law.density), sigma, closest(atoms, signed=True), words
    )


def _two(seed: int | list[int]) -> list[np.random.SeedSequence]:
    """Streams of the codes and of the noise: without noise the codes are the same."""
    return np.random.SeedSequence(seed).spawn(2)
