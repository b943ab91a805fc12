"""Models out of what a file holds: which array is what, in which order its axes stand.

Names are guesses and shapes are facts: a bias is an array of one number a feature under the most
telling name, and a layout is what fits.  Where two readings fit, the file's owner is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agreement.description.biases import bias_of, hidden_bias_of
from agreement.description.files import MOST_BYTES, Contents, contents_of, read_contents
from agreement.description.layout import check_layout, hint, oriented
from agreement.description.names import weights_of
from agreement.description.origin import changed, said_by
from ground.checks import FloatArray, as_model

__all__ = ["LoadedModel", "load_models", "models_in", "models_of"]


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """One model of a file.

    Attributes
    ----------
    W : array (m, n)
        Weights; of an untied model, the encoder.
    b : array (n,) or None
        None where the file has no bias.
    decoder : array (n, m) or None
        None where it is Wᵀ.
    index : tuple of int
        Which one, along the leading axes of the file's arrays.
    source, weights, bias : str
        The file, and what its arrays are called; `bias` is None where there is none.
    configuration : dict, optional
        What `numeric.train`, or `agreement.save_model`, writes beside its result.
    notes : tuple of str
        What was assumed.
    """

    W: FloatArray
    b: FloatArray | None
    decoder: FloatArray | None
    index: tuple[int, ...]
    source: str
    weights: str
    bias: str | None
    configuration: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()


def load_models(
    path: str | Path,
    *,
    weights: str | None = None,
    bias: str | None = None,
    decoder: str | None = None,
    layout: str = "auto",
    instance: Sequence[int] | str | None = "all",
    most_bytes: float = MOST_BYTES,
) -> tuple[LoadedModel, ...]:
    """Read the models of a file.  Nothing in it is ever run.

    Parameters
    ----------
    path : path
        .npz, .npy, .safetensors, .nc of `numeric.train`, or a PyTorch state dict (.pt, .pth,
        .bin; needs torch).
    weights, bias, decoder : str, optional
        Names of the arrays.  Left out, the usual ones are looked for: a bias under any name if
        it has one number a feature, a decoder beside its encoder (W1 and W2, W_enc and W_dec,
        encoder.weight and decoder.weight, …).  "none" for `bias` or `decoder` says that what
        there is is to be left alone.
    layout : "auto", "hidden-features" or "features-hidden"
        Order of the last two axes of W in the file; "auto" takes what fits.
    instance : "all", sequence of int or None
        Which models, where W has leading axes; None if there are none.
    most_bytes : float
        A file that would unpack to more is refused before it is unpacked.

    Returns
    -------
    tuple of LoadedModel
        In the order of the file's leading axes, with its weights, biases and where they stood.

    Raises
    ------
    ValueError
        Not such a file, damaged, too large, no such arrays, shapes that do not fit, two readings
        that do; the message names the file and says what to do.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(f"{folder}/digon.npz", W=[[1.0, -1.0]], b=[0.0, 0.0])
    ...     [model] = load_models(f"{folder}/digon.npz")
    >>> model.W.tolist(), model.b.tolist()
    ([[1.0, -1.0]], [0.0, 0.0])
    """
    check_layout(layout)
    contents = read_contents(path, most_bytes=most_bytes)
    return models_in(contents, weights, bias, decoder, layout, instance)


def models_of(
    dataset: Any, instance: Sequence[int] | str | None = "all"
) -> tuple[LoadedModel, ...]:
    """The models of a Dataset, such as `numeric.train` returns."""
    return models_in(contents_of(dataset), None, None, None, "auto", instance)


def models_in(
    contents: Contents,
    weights: str | None,
    bias: str | None,
    decoder: str | None,
    layout: str,
    instance: Sequence[int] | str | None,
) -> tuple[LoadedModel, ...]:
    """The models in what a file holds; parameters as in `load_models`."""
    source = contents.source
    encoder_name, decoder_name = weights_of(contents, weights, decoder)
    W = contents.arrays[encoder_name]
    if W.ndim < 2:
        raise ValueError(f"{source}: weights must have at least two axes, got shape {W.shape}")
    if not W.size:
        raise ValueError(f"{source}: weights must not be empty, got shape {W.shape}")
    D = None if decoder_name is None else contents.arrays[decoder_name]
    if D is not None and (
        D.shape[:-2] != W.shape[:-2] or sorted(D.shape[-2:]) != sorted(W.shape[-2:])
    ):
        raise ValueError(f"{source}: decoder of shape {D.shape} does not fit weights {W.shape}")
    W, D = oriented(contents, encoder_name, decoder_name, W, D, layout)
    leading = W.shape[:-2]
    bias_name, b = bias_of(contents, bias, {encoder_name, decoder_name}, W)
    hidden_name, c = hidden_bias_of(contents, bias_name, W)
    notes = []
    if changed(contents.configuration, contents.arrays):
        notes.append("its weights are not those that were saved: they were changed since")
    if c is not None:
        notes.append(f"hidden bias {hidden_name!r} taken through the decoder into the bias")
    if D is not None and np.array_equal(D, np.swapaxes(W, -1, -2)):
        D = None
    models = []
    for index in _indices(source, leading, instance):
        try:
            W_k, b_k = as_model(W[index], None if b is None else _of_instance(b, index, leading))
        except ValueError as error:
            other = hint(W, layout)
            where = f"instance {','.join(map(str, index))}: " if len(leading) else ""
            raise ValueError(f"{source}: {where}{error}{other}") from error
        D_k = None if D is None else np.asarray(D[index], dtype=np.float64)
        if D_k is not None and not np.isfinite(D_k).all():
            raise ValueError(f"{source}: decoder must be finite, got NaN or infinity in it")
        if c is not None:
            through = W_k.T if D_k is None else D_k
            b_k = b_k + through @ np.asarray(_of_instance(c, index, leading), dtype=np.float64)
        models.append(
            LoadedModel(
                W_k,
                None if b is None and c is None else b_k,
                D_k,
                index,
                source,
                encoder_name if decoder_name is None else f"{encoder_name}, {decoder_name}",
                bias_name or hidden_name,
                contents.configuration,
                (*said_by(contents.configuration, index), *notes),
            )
        )
    return tuple(models)


def _of_instance(b: NDArray[Any], index: tuple[int, ...], leading: Sequence[int]) -> NDArray[Any]:
    return b[index] if len(leading) and b.ndim > 1 else b


def _indices(
    source: str, leading: tuple[int, ...], instance: Sequence[int] | str | None
) -> list[tuple[int, ...]]:
    """Which models along the leading axes."""
    if isinstance(instance, str):
        if instance != "all":
            raise ValueError(
                f"instance must be 'all' or whole numbers, one for each leading axis, got "
                f"{instance!r}"
            )
        return list(product(*map(range, leading)))
    index = tuple(instance or ())
    given = ",".join(map(str, index))
    if len(index) != len(leading):
        zeros = ",".join("0" for _ in leading)
        raise ValueError(
            f"{source} holds models along leading axes {leading}: choose one with "
            f"--instance {zeros}, or --instance all"
            if leading
            else f"{source} holds a single model, got --instance {given}"
        )
    if any(not 0 <= i < size for i, size in zip(index, leading, strict=True)):
        raise ValueError(f"{source}: --instance {given} is outside the leading axes {leading}")
    return [index]
