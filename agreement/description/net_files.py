"""Two-layer nets out of what a file holds: W1, W2 and b, or one W that is both layers.

Shapes are facts here too, but a net may have more neurons than features, so that W1 alone does not
say which axis is which: the bias does, which has one number a feature.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agreement.description.biases import BIASES, bias_of, fits
from agreement.description.files import Contents
from agreement.description.layout import check_layout
from agreement.description.models import indices_of
from agreement.description.names import bare, first_usual, weights_of
from ground.checks import FloatArray

__all__ = ["LoadedNet", "computes", "nets_in"]

Array = NDArray[Any]
_LIKE_A_BIAS = re.compile(r"bias|^b(_|\d|$)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class LoadedNet:
    """One two-layer net of a file.

    Attributes
    ----------
    W1 : array (m, n)
    W2 : array (n, m) or None
        None where it is W1ᵀ.
    b : array (n,) or None
        None where the file has no bias.
    index : tuple of int
        Which one, along the leading axes of the file's arrays.
    source : str
        The file.
    target, output : str or None
        As the file's configuration names them.
    notes : tuple of str
        What was assumed.
    configuration : dict, optional
        What `numeric.train` writes beside its result.
    """

    W1: FloatArray
    W2: FloatArray | None
    b: FloatArray | None
    index: tuple[int, ...]
    source: str
    target: str | None
    output: str | None
    notes: tuple[str, ...]
    configuration: Mapping[str, Any] | None = None


def computes(contents: Contents, weights: str | None, decoder: str | None) -> str | None:
    """Why a file is taken to hold nets whose hidden layer is a ReLU; None if it is not."""
    settings = _model(contents)
    if settings:
        relu = settings.get("hidden_activation") == "relu"
        return f"as {contents.source} says: {settings.get('model')}" if relu else None
    name, other = weights_of(contents, weights, decoder)
    if other is None or contents.arrays[name].ndim < 2:
        return None
    bias, _ = _bias(contents, None, {name, other}, contents.arrays[name])
    if bias is None:
        return None
    n = contents.arrays[bias].shape[-1]
    rows, columns = contents.arrays[name].shape[-2:]
    m = rows if columns == n else columns
    return f"as there are more neurons ({m}) than features ({n})" if m > n else None


def nets_in(
    contents: Contents,
    weights: str | None = None,
    bias: str | None = None,
    decoder: str | None = None,
    layout: str = "auto",
    instance: Sequence[int] | str | None = "all",
) -> tuple[LoadedNet, ...]:
    """The nets in what a file holds; parameters as in `load_models`.

    Raises
    ------
    ValueError
        As there; and a bias of the hidden layer, with which no exact loss is known.
    """
    check_layout(layout)
    source = contents.source
    name, other = weights_of(contents, weights, decoder)
    W1 = contents.arrays[name]
    W2 = None if other is None else contents.arrays[other]
    lost = next((key for key in contents.arrays if bare(key) == "W2" and decoder is None), None)
    if W2 is None and lost is not None and bare(name) == "W1":
        raise ValueError(
            f"{source}: {lost} of shape {contents.arrays[lost].shape} does not fit {name} of "
            f"shape {W1.shape}; if it is no second layer: --decoder none"
        )
    if W1.ndim < 2 or not W1.size:
        raise ValueError(f"{source}: weights must have at least two axes, got shape {W1.shape}")
    if W2 is not None and (
        W2.shape[:-2] != W1.shape[:-2] or sorted(W2.shape[-2:]) != sorted(W1.shape[-2:])
    ):
        raise ValueError(f"{source}: W2 of shape {W2.shape} does not fit W1 of shape {W1.shape}")
    W1, W2 = _oriented(contents, (name, other), W1, W2, bias, layout)
    taken = {name, other}
    bias_name, b = bias_of(contents, bias, taken, W1)
    if W2 is not None and W2.shape[-2:] == W1.shape[-2:]:
        W2 = np.swapaxes(W2, -1, -2)
    if bias != "none":
        _check_biases(contents, {*taken, bias_name}, W1)
    settings = _model(contents)
    leading = W1.shape[:-2]
    notes = []
    if bias_name is None:
        notes.append("no bias in the file: taken as 0")
    elif bias_name != "b":
        notes.append(f"bias: {bias_name!r} of the file")
    nets = []
    for index in indices_of(source, leading, instance):
        nets.append(
            LoadedNet(
                np.asarray(W1[index], dtype=np.float64),
                None if W2 is None else np.asarray(W2[index], dtype=np.float64),
                None if b is None else np.asarray(b[index] if b.ndim > 1 else b, dtype=np.float64),
                index,
                source,
                _target(settings),
                _output(source, settings),
                tuple(notes),
                contents.configuration,
            )
        )
    return tuple(nets)


def _model(contents: Contents) -> Mapping[str, Any]:
    settings = (contents.configuration or {}).get("model")
    return settings if isinstance(settings, Mapping) else {}


def _target(settings: Mapping[str, Any]) -> str | None:
    if not settings:
        return None
    return "absolute" if settings.get("model") == "AbsoluteValue" else str(
        settings.get("target", "identity")
    )  # fmt: skip


def _output(source: str, settings: Mapping[str, Any]) -> str | None:
    if not settings:
        return None
    name = settings.get("activation")
    if name not in ("relu", "identity"):
        raise ValueError(
            f"{source}: its output activation is {name!r}; exact losses are known for relu and "
            "for linear outputs"
        )
    return "linear" if name == "identity" else "relu"


def _bias(
    contents: Contents, bias: str | None, taken: set[str | None], W: Array
) -> tuple[str | None, int | None]:
    """The bias, and on which of the last two axes of W its numbers stand, where one fits alone."""
    if bias == "none":
        return None, None
    fitting = {}
    for axis, turned in ((-1, W), (-2, np.swapaxes(W, -1, -2))):
        try:
            name, _ = bias_of(contents, bias, taken, turned)
        except ValueError:
            continue
        if name is not None and contents.arrays[name].shape[-1] == W.shape[axis]:
            fitting[axis] = name
    # A net has a bias of its outputs and, it may be, one of its neurons: the telling name decides.
    telling = first_usual(fitting.values(), BIASES)
    chosen = [axis for axis, name in fitting.items() if len(fitting) == 1 or name == telling]
    return (fitting[chosen[0]], chosen[0]) if len(chosen) == 1 else (None, None)


def _check_biases(contents: Contents, taken: set[str | None], W1: Array) -> None:
    """No array that looks like a bias is passed over: of the neurons, or of another number."""
    for name, array in contents.arrays.items():
        last = name.rpartition(".")[2]
        if name in taken or not (_LIKE_A_BIAS.search(last) or first_usual([name], BIASES)):
            continue
        of_outputs = first_usual([name], BIASES) is not None
        if fits(array, W1, W1.shape[-2]) and np.any(array) and not of_outputs:
            raise ValueError(
                f"{contents.source}: {name!r} is a bias of the hidden layer, and nets with one "
                "have no exact loss here: describe them with --hidden linear, or train without"
            )
        if of_outputs and not fits(array, W1, W1.shape[-1]):
            raise ValueError(
                f"{contents.source}: {name!r} of shape {array.shape} must have one number for "
                f"each of {W1.shape[-1]} features to fit W1 {W1.shape}, or --bias none"
            )


def _oriented(
    contents: Contents,
    names: tuple[str, str | None],
    W1: Array,
    W2: Array | None,
    bias: str | None,
    layout: str,
) -> tuple[Array, Array | None]:
    """W1 (..., m, n) and W2 (..., n, m), by the file's axes, the layout given, or the bias."""
    axes = contents.axes.get(names[0], ())
    if {"hidden", "feature"} <= set(axes):
        W1 = np.moveaxis(W1, [axes.index("hidden"), axes.index("feature")], [-2, -1])
        if W2 is not None:
            axes = contents.axes[names[1] or ""]
            W2 = np.moveaxis(W2, [axes.index("feature"), axes.index("hidden")], [-2, -1])
        return W1, W2
    rows, columns = W1.shape[-2:]
    if layout == "auto":
        by_bias = _bias(contents, bias, set(names), W1)[1]
        if rows == columns or (by_bias is None and W2 is not None):
            raise ValueError(
                f"{contents.source}: {names[0]} of shape {W1.shape} may be read either way: say "
                "--layout hidden-features or --layout features-hidden"
            )
        swap = by_bias == -2 if by_bias is not None else rows > columns
    else:
        swap = layout == "features-hidden"
    if W2 is not None and rows == columns:
        # Each is stored as it multiplies, or both are turned.
        W2 = np.swapaxes(W2, -1, -2) if swap else W2
    W1 = np.swapaxes(W1, -1, -2) if swap else W1
    if W2 is not None and rows != columns and W2.shape[-2:] != W1.shape[:-3:-1]:
        W2 = np.swapaxes(W2, -1, -2)
    return W1, W2
