"""Models out of what a file holds: which array is what, in which order its axes stand.

Names are guesses and shapes are facts: a bias is an array of one number a feature under the most
telling name, and a layout is what fits.  Where two readings fit, the file's owner is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agreement.description.files import MOST_BYTES, Contents, contents_of, read_contents
from ground.checks import FloatArray, as_model

__all__ = ["BIASES", "LAYOUTS", "WEIGHTS", "LoadedModel", "load_models", "models_in"]

# Names in public notebooks and trainers, most telling first.
WEIGHTS = ("W", "w", "weight", "weights", "W1", "W_enc", "encoder.weight", "linear.weight")
BIASES = (
    "b", "b_final", "bias", "biases", "b_out", "b_dec", "b2", "decoder.bias", "linear.bias",
)  # fmt: skip
LAYOUTS = ("hidden-features", "features-hidden", "auto")
# An encoder's name becomes its decoder's by one of these.
_DECODER = (
    ("encoder", "decoder"), ("enc", "dec"), ("Enc", "Dec"), ("embed", "unembed"), ("_in", "_out"),
    ("_E", "_U"), ("_e", "_d"), ("1", "2"), ("0", "1"), ("0", "2"),
)  # fmt: skip
# One number a feature that is no bias.
_NO_BIAS = re.compile(
    r"importance|densit|sparsity|probab|freq|norm|loss|mean|std|var|step|history|seed|dimension"
    r"|leverage|superposition|index|label|grad|mask|scale|lr$|exp_avg",
    re.IGNORECASE,
)
_BIAS = re.compile(r"bias|^b(_|\d|$)|_b$|offset|intercept", re.IGNORECASE)
_WRAPPERS = re.compile(r"^(_orig_mod|module|model|net|autoencoder|toy|state_dict)\.")


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
        What `numeric.train` writes beside its result.
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

    Raises
    ------
    ValueError
        Not such a file, damaged, too large, no such arrays, shapes that do not fit, two readings
        that do; the message names the file and says what to do.
    """
    _check_layout(layout)
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
    encoder_name, decoder_name = _weights(contents, weights, decoder)
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
    W, D = _oriented(contents, encoder_name, decoder_name, W, D, layout)
    leading = W.shape[:-2]
    bias_name, b = _bias(contents, bias, {encoder_name, decoder_name}, W)
    hidden_name, c = _hidden_bias(contents, bias_name, W)
    notes = []
    if c is not None:
        notes.append(f"hidden bias {hidden_name!r} taken through the decoder into the bias")
    if D is not None and np.array_equal(D, np.swapaxes(W, -1, -2)):
        D = None
    models = []
    for index in _indices(source, leading, instance):
        try:
            W_k, b_k = as_model(W[index], None if b is None else _of_instance(b, index, leading))
        except ValueError as error:
            hint = _hint(W, layout)
            where = f"instance {','.join(map(str, index))}: " if len(leading) else ""
            raise ValueError(f"{source}: {where}{error}{hint}") from error
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
                tuple(notes),
            )
        )
    return tuple(models)


def _check_layout(layout: str) -> None:
    if layout not in LAYOUTS:
        raise ValueError(f"layout must be one of {', '.join(LAYOUTS)}, got {layout!r}")


def _bare(name: str) -> str:
    """The name without what modules in modules put before it."""
    while _WRAPPERS.match(name):
        name = _WRAPPERS.sub("", name)
    return name


def _weights(
    contents: Contents, weights: str | None, decoder: str | None
) -> tuple[str, str | None]:
    """Names of the encoder and, where the model is untied, of its decoder."""
    for name, what in ((weights, "weights"), (decoder, "decoder")):
        if name is not None and not (what == "decoder" and name == "none"):
            _named(contents, name, what)
    matrices = {name: array for name, array in contents.arrays.items() if array.ndim >= 2}
    if weights is None:
        pair = next(
            ((name, other) for name in matrices for other in _decoders(name, matrices)), None
        )
        usual = _first_usual(matrices, WEIGHTS) or _first_usual(contents.arrays, WEIGHTS)
        if pair is not None and (usual is None or usual == pair[0] or _bare(usual) == "W1"):
            weights = pair[0]
        elif usual is not None:
            weights = usual
        elif len(matrices) == 1:
            weights = next(iter(matrices))
        else:
            for name, why in contents.refused.items():
                if _bare(name) in WEIGHTS:
                    raise ValueError(f"{contents.source}: weights {name!r} are not read: {why}")
            raise ValueError(
                f"{contents.source} has no weights under a usual name; it has "
                f"{contents.listing()}. Name one: --weights NAME"
            )
    if decoder == "none":
        return weights, None
    if decoder is None:
        decoder = next(_decoders(weights, matrices), None)
    return weights, decoder


def _named(contents: Contents, name: str, what: str) -> None:
    if name in contents.refused:
        raise ValueError(
            f"{contents.source}: {what} {name!r} cannot be read: {contents.refused[name]}"
        )
    if name not in contents.arrays:
        raise ValueError(
            f"{contents.source} has no {what} named {name!r}; it has {contents.listing()}"
        )


def _first_usual(names: Iterable[str], usual: Sequence[str]) -> str | None:
    """The most telling name, bare or as modules in modules write it."""
    ranked = [(usual.index(_bare(n)), n != _bare(n), n) for n in names if _bare(n) in usual]
    return min(ranked)[2] if ranked else None


def _decoders(name: str, matrices: Mapping[str, NDArray[Any]]) -> Iterator[str]:
    """Names that are to a decoder what `name` is to an encoder, with a shape that fits."""
    return (
        other
        for old, new in _DECODER
        if (other := name.replace(old, new)) != name
        and other in matrices
        and name in matrices
        and matrices[other].shape[:-2] == matrices[name].shape[:-2]
        and sorted(matrices[other].shape[-2:]) == sorted(matrices[name].shape[-2:])
    )


def _oriented(
    contents: Contents,
    name: str,
    decoder: str | None,
    W: NDArray[Any],
    D: NDArray[Any] | None,
    layout: str,
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """W (..., m, n) and D (..., n, m)."""
    axes = contents.axes.get(name, ())
    if {"hidden", "feature"} <= set(axes):  # the file itself says
        W = np.moveaxis(W, [axes.index("hidden"), axes.index("feature")], [-2, -1])
        if D is not None:
            axes = contents.axes[decoder or ""]
            D = np.moveaxis(D, [axes.index("feature"), axes.index("hidden")], [-2, -1])
        return W, D
    rows, columns = W.shape[-2:]
    turned = np.swapaxes(W, -1, -2)
    if layout == "auto":
        if rows == columns and not _same_either_way(W, D):
            raise ValueError(
                f"{contents.source}: {name} is square, {W.shape}, and may be read either way: "
                "say --layout hidden-features or --layout features-hidden"
            )
        swap = rows > columns
    else:
        swap = layout == "features-hidden"
    if D is not None:
        # Both may be stored in the same order of axes, or each as it multiplies.
        as_stored = D.shape[-2:] == W.shape[-2:] and rows != columns
        D = np.swapaxes(D, -1, -2) if as_stored != swap else D
    return (turned if swap else W), D


def _same_either_way(W: NDArray[Any], D: NDArray[Any] | None) -> bool:
    """Whether a square W is the same model read by rows and by columns."""
    if D is not None:
        return False
    with np.errstate(all="ignore"):
        turned = np.swapaxes(W, -1, -2)
        return bool(np.allclose(W @ turned, turned @ W, rtol=1e-12, atol=1e-12))


def _hint(W: NDArray[Any], layout: str) -> str:
    """Another layout, where it would fit: never the one just given."""
    if layout == "hidden-features" and W.shape[-2] > W.shape[-1]:
        return ". Is W stored as (features, hidden)? Then: --layout features-hidden"
    if layout == "features-hidden" and W.shape[-2] > W.shape[-1]:
        return ". Is W stored as (hidden, features)? Then: --layout hidden-features"
    return ""


def _fits(array: NDArray[Any], W: NDArray[Any], size: int) -> bool:
    """Whether an array has one number a feature (or hidden dimension) of W (..., m, n)."""
    leading = W.shape[:-2]
    return array.shape in {(size,), (*leading, size), (*leading, 1, size)}


def _bias(
    contents: Contents, name: str | None, taken: set[str | None], W: NDArray[Any]
) -> tuple[str | None, NDArray[Any] | None]:
    """Name and numbers of the bias; None where the file has none."""
    configured = (contents.configuration or {}).get("model")
    if name == "none" or (isinstance(configured, dict) and configured.get("bias") is False):
        return None, None
    n = W.shape[-1]
    if name is not None:
        _named(contents, name, "bias")
    else:
        fitting = [
            key
            for key, array in contents.arrays.items()
            if key not in taken and _fits(array, W, n) and not _NO_BIAS.search(_bare(key))
        ]
        name = _first_usual(fitting, BIASES)
        if name is None:
            likely = [key for key in fitting if _BIAS.search(_last(key))] or fitting
            if len(likely) > 1:
                raise ValueError(
                    f"{contents.source} has {len(likely)} arrays that may be the bias: "
                    f"{', '.join(likely)}. Name one: --bias NAME, or --bias none"
                )
            name = likely[0] if likely else None
    if name is None:
        for key, why in contents.refused.items():
            if _first_usual([key], BIASES) or _BIAS.search(_last(key)):
                raise ValueError(
                    f"{contents.source}: bias {key!r} cannot be read: it is {why}. "
                    "If it is no bias: --bias none"
                )
        # A usual name of the wrong shape is no reason to go on without a bias.
        other = [key for key in contents.arrays if key not in taken and _is_bias(key)]
        wrong = [key for key in other if not _fits(contents.arrays[key], W, W.shape[-2])]
        name = _first_usual(wrong, BIASES)
        if name is None:
            return None, None
    b = contents.arrays[name]
    leading = W.shape[:-2]
    if not _fits(b, W, n):
        raise ValueError(
            f"{contents.source}: b must have shape {(*leading, n)} to fit W {W.shape}, got "
            f"{b.shape} under the name {name!r}"
        )
    return name, b.reshape(*leading, n) if b.ndim > 1 else b


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _is_bias(name: str) -> bool:
    return _first_usual([name], BIASES) is not None


def _hidden_bias(
    contents: Contents, bias: str | None, W: NDArray[Any]
) -> tuple[str | None, NDArray[Any] | None]:
    """A bias of the hidden layer: with a linear layer it is one of the output, seen through D."""
    m = W.shape[-2]
    for name, array in contents.arrays.items():
        named = re.search(r"enc.*bias|bias.*enc|^b_?(1|enc|in|hidden)$", _bare(name), re.IGNORECASE)
        if name != bias and named and _fits(array, W, m):
            return name, array.reshape(*W.shape[:-2], m) if array.ndim > 1 else array
    return None, None


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
