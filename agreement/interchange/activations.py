"""Activations with their ground truth in a file: what sparse autoencoders can be tried on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from agreement.interchange.configuration import configuration_hash, configuration_of
from agreement.interchange.formats import as_path, write_arrays
from ground.checks import as_floats
from ground.version import installed_version
from numeric.recovery.samples import ActivationSamples, sample_activations

__all__ = ["SUFFIXES", "save_activations"]

SUFFIXES = (".npz", ".safetensors")


def save_activations(
    path: str | Path,
    dictionary: Any,
    law: Any,
    samples: int,
    *,
    noise: float = 0.0,
    seed: int = 0,
    single: bool = False,
    source: str | None = None,
    more: dict[str, Any] | None = None,
) -> ActivationSamples:
    """Draw activations h = Wx + noise and save them with codes, dictionary, density and noise.

    Parameters
    ----------
    path : path
        Ending in .npz or .safetensors, in a folder that is there.
    dictionary : array_like (n_features, n_hidden)
        True directions as rows, Wᵀ of a model.
    law : law of numeric
    samples : int
    noise : float
        Standard deviation in each dimension, ≥ 0.
    seed : int
    single : bool
        Activations and codes in single precision, which is what most autoencoders take.
    source : str, optional
        Where the dictionary is from, in your words.
    more : dict, optional
        Further entries of the configuration, such as the hash of a model.

    Returns
    -------
    ActivationSamples
        What was written, in double precision.

    Raises
    ------
    ValueError, TypeError
        As `numeric.sample_activations`, and for the path.

    Examples
    --------
    >>> import tempfile
    >>> from numeric.features.independent import OneHot
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     drawn = save_activations(f"{folder}/h.npz", [[1.0], [-1.0]], OneHot(2), 4)
    >>> drawn.activations.shape
    (4, 1)
    """
    target = as_path("path", path, suffixes=SUFFIXES)
    if not isinstance(single, bool | np.bool_):
        raise ValueError(f"single must be True or False, got {single!r}")
    if source is not None and not isinstance(source, str):
        raise TypeError(f"source must be text, got {source!r}")
    drawn = sample_activations(
        as_floats("dictionary", dictionary), law, samples, noise=noise, seed=seed
    )
    configuration = {
        **configuration_of(law, drawn.dictionary.shape[1]),
        "samples": int(samples),
        "noise": drawn.noise,
        "seed": drawn.seed,
        "coherence": drawn.coherence,
        **(more or {}),
    }
    arrays = drawn.arrays()
    if single:
        for name in ("activations", "codes"):
            arrays[name] = arrays[name].astype(np.float32)
    origin = {"version": installed_version(), "hash": configuration_hash(configuration)}
    if source is not None:
        origin["source"] = source
    # One number is an array of one: not every reader of safetensors takes one without axes.
    arrays["noise"] = arrays["noise"].reshape(1)
    write_arrays(target, arrays, {**configuration, "origin": origin})
    return drawn
