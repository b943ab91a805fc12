"""A model with its world, saved in a form that `describe`, and other people's code, can read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agreement.description.arrays import plain
from agreement.description.origin import CONFIGURATION, digest
from agreement.interchange.configuration import (
    BESIDE,
    configuration_hash,
    configuration_of,
    law_of_data,
)
from agreement.interchange.formats import as_path, write_arrays
from ground.checks import FloatArray, as_floats, as_model
from ground.version import installed_version

__all__ = ["save_model", "write_model"]

# Features squared times models up to which the loss is computed: about a minute.
LOSS_WORK = 4e6


def save_model(
    path: str | Path,
    W: Any,
    b: Any = None,
    *,
    decoder: Any = None,
    density: Any = None,
    importance: Any = None,
    low: float = 0.0,
    high: float = 1.0,
    law: Any = None,
    model: Any = None,
    source: str | None = None,
    label: str | None = None,
) -> dict[str, Any]:
    """Save weights with the law that they are for, so that `describe` needs to be told nothing.

    Bits are kept: doubles as doubles, single precision as such.  The file is whole or not there.

    Parameters
    ----------
    path : path
        Ending in .safetensors, .npz, .nc, or .pt (.pth, .bin; needs torch), in a folder that is
        there.
    W : array_like (..., m, n), or Dataset of `numeric.train`
        Weights; leading axes are models.  A Dataset brings its biases and its whole configuration.
    b : array_like (..., n), optional
        Biases; zero when left out.
    decoder : array_like (..., n, m), optional
        Of an untied model, whose encoder is W.
    density, importance : array_like, () or (..., n), optional
        Of independent features; each density p in [0, 1], each importance ≥ 0.
    low, high : float
        Range of an active feature, with a density.
    law : theory.Sets or a law of numeric, optional
        Instead of a density.
    model : model of numeric, optional
        What is computed, where it is not ReLU(WᵀWx + b).
    source : str, optional
        What the model is, in your words: "trained for 10 000 steps".
    label : str, optional
        Of the derivation behind it, such as "D03".

    Returns
    -------
    dict
        The configuration that lies beside the weights: the law, the model, and under `origin` the
        version of this software, the hash, and for independent features the loss.

    Raises
    ------
    ValueError
        Another suffix, no such folder, torch missing, weights that are not finite or do not fit,
        both density and law, a law of other features.
    TypeError
        A path, law or model that is none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = save_model(f"{folder}/digon.npz", [[1.0, -1.0]], density=0.1)
    >>> round(saved["origin"]["loss"], 6), saved["features"]["law"]
    (0.003333, 'IndependentFeatures')
    """
    target = as_path("path", path)
    for name, words in (("source", source), ("label", label)):
        if words is not None and not isinstance(words, str):
            raise TypeError(f"{name} must be text, got {words!r}")
    if hasattr(W, "data_vars"):
        given = (b, decoder, density, importance, law, model)
        if any(value is not None for value in given) or (low, high) != (0.0, 1.0):
            raise ValueError("W is a Dataset, which brings all but source and label with it")
        arrays, configuration = _of_dataset(W)
        words = source or "trained by numeric.train"
        loss = _of_training(arrays, configuration)
        return write_model(target, arrays, configuration, loss=loss, source=words, label=label)
    weights, biases = as_model(plain("W", W), plain("b", b))
    D = None if decoder is None else _decoder(plain("decoder", decoder), weights)
    if model is not None and not (hasattr(model, "configuration") and hasattr(model, "forward")):
        raise TypeError(f"model must be one of numeric, such as ReluHidden(), got {model!r}")
    n = weights.shape[-1]
    features = law_of_data(n, density=density, importance=importance, low=low, high=high, law=law)
    if features is not None and features.instances not in ((), weights.shape[:-2]):
        raise ValueError(
            f"{'density' if law is None else 'law'} must be of one model, or of each of "
            f"{weights.shape[:-2]} as W is, got {features.instances}"
        )
    # The very bits that were given, where there are such.
    arrays = {"W" if D is None else "W_enc": _as_given(W, weights), "b": _as_given(b, biases)}
    if D is not None:
        arrays["W_dec"] = _as_given(decoder, D)
    found = (
        {"n_hidden": weights.shape[-2]}
        if features is None
        else configuration_of(features, weights.shape[-2], model=model)
    )
    loss = None
    if D is None and model is None:
        loss = _loss(weights, biases, features)
    return write_model(target, arrays, found, loss=loss, source=source, label=label)


def write_model(
    path: Path,
    arrays: Mapping[str, NDArray[Any]],
    configuration: Mapping[str, Any],
    *,
    loss: Any = None,
    source: str | None = None,
    label: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write checked arrays, with who wrote them beside; parameters as in `save_model`.

    Parameters
    ----------
    arrays : mapping
        W and b, or an encoder, a decoder and biases; hidden dimensions and features last.
    configuration : mapping
        What the model is an answer to; the hash is of this.
    loss : float or nested lists of them, optional
    more : mapping, optional
        What else the origin says.
    """
    axes = {name: _axes(name, array) for name, array in arrays.items()}
    kept = {key: value for key, value in configuration.items() if key not in BESIDE}
    origin = {
        "version": installed_version(),
        "hash": configuration_hash(kept),
        "weights": digest(arrays),
        **{
            k: v for k, v in (("loss", loss), ("source", source), ("label", label)) if v is not None
        },
        **(more or {}),
    }
    found = {**kept, "axes": {name: list(names) for name, names in axes.items()}, "origin": origin}
    write_arrays(path, arrays, found, axes)
    return found


def _axes(name: str, array: NDArray[Any]) -> tuple[str, ...]:
    """Names of the axes, as `numeric.train` has them."""
    own = _own_axes(name)
    leading = array.ndim - len(own)
    return (*("instance" if k == 0 else f"instance_{k + 1}" for k in range(leading)), *own)


def _own_axes(name: str) -> tuple[str, ...]:
    """Those of one model."""
    if name in ("b", "c"):
        return ("feature",) if name == "b" else ("hidden",)
    return ("feature", "hidden") if name in ("W2", "W_dec") else ("hidden", "feature")


def _as_given(given: Any, checked: FloatArray) -> NDArray[Any]:
    """Single precision where that is what was given, else doubles."""
    dtype = str(getattr(given, "dtype", "")).removeprefix("torch.")
    if dtype in ("float32", "float16", "bfloat16"):
        return checked.astype(np.float32)
    return checked


def _decoder(decoder: Any, W: FloatArray) -> FloatArray:
    D = as_floats("decoder", decoder)
    wanted = (*W.shape[:-2], W.shape[-1], W.shape[-2])
    if D.shape != wanted:
        raise ValueError(f"decoder must have shape {wanted} to fit W, got {D.shape}")
    if not np.isfinite(D).all():
        raise ValueError("decoder must be finite, got NaN or infinity in it")
    return D


def _loss(W: FloatArray, b: FloatArray, law: Any) -> Any:
    """Expected loss of each model, as JSON has it; None where it is not known at once."""
    from numeric.features.independent import IndependentFeatures

    if type(law) is not IndependentFeatures or not law.low <= 0 < law.high:
        return None
    if max(W.shape[-2:]) ** 2 * max(1, W[..., 0, 0].size) > LOSS_WORK or not W.size:
        return None
    from theory.loss.floats import loss_and_gradient

    with np.errstate(all="ignore"):  # of weights that only a test would save
        loss = loss_and_gradient(
            W, b, density=law.density, importance=law.importance, low=law.low, high=law.high
        )[0]
    return np.asarray(loss).tolist() if np.isfinite(loss).all() else None


def _of_dataset(dataset: Any) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Weights of a result of `numeric.train`, its last two axes in order, and its configuration."""
    from ground.results import configuration_of as configuration_in

    if CONFIGURATION not in dataset.attrs:
        raise ValueError("W must be a Dataset of numeric.train, got one without a configuration")
    names = [name for name in ("W", "W1", "W2", "c", "b") if name in dataset.data_vars]
    if not {"W", "W1"} & set(names):
        raise ValueError(
            f"W must be a Dataset of numeric.train, got one that holds {sorted(dataset.data_vars)}"
        )
    arrays: dict[str, NDArray[Any]] = {}
    for name in names:
        values = dataset[name].transpose(..., *_own_axes(name)).values
        if not np.isfinite(values).all():
            raise ValueError(f"W must be finite, got NaN or infinity in {name!r} of the Dataset")
        arrays[name] = np.asarray(values)
    return arrays, configuration_in(dataset)


def _of_training(arrays: Mapping[str, NDArray[Any]], configuration: Mapping[str, Any]) -> Any:
    """Expected loss of trained models, where they are those of the theory."""
    from numeric.features.independent import IndependentFeatures
    from numeric.models.two_layers import ReluOutput

    settings = dict(configuration.get("features") or {})
    usual = configuration.get("model") in [
        ReluOutput(bias=b).configuration() for b in (True, False)
    ]
    if settings.pop("law", None) != "IndependentFeatures" or not usual:
        return None
    law = IndependentFeatures(**settings)
    if law.instances not in ((), arrays["W"].shape[:-2]):
        return None
    return _loss(arrays["W"], arrays["b"], law)
