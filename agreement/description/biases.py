"""Which array is the bias: one number a feature, under the most telling name, or none."""

from __future__ import annotations

import re
from typing import Any

from numpy.typing import NDArray

from agreement.description.files import Contents
from agreement.description.names import bare, check_there, first_usual

__all__ = ["BIASES", "bias_of", "hidden_bias_of"]

BIASES = (
    "b", "b_final", "bias", "biases", "b_out", "b_dec", "b2", "decoder.bias", "linear.bias",
)  # fmt: skip
# One number a feature that is no bias.
_NO_BIAS = re.compile(
    r"importance|densit|sparsity|probab|freq|norm|loss|mean|std|var|step|history|seed|dimension"
    r"|leverage|superposition|index|label|grad|mask|scale|lr$|exp_avg",
    re.IGNORECASE,
)
_BIAS = re.compile(r"bias|^b(_|\d|$)|_b$|offset|intercept", re.IGNORECASE)


def fits(array: NDArray[Any], W: NDArray[Any], size: int) -> bool:
    """Whether an array has one number a feature (or hidden dimension) of W (..., m, n)."""
    leading = W.shape[:-2]
    return array.shape in {(size,), (*leading, size), (*leading, 1, size)}


def bias_of(
    contents: Contents, name: str | None, taken: set[str | None], W: NDArray[Any]
) -> tuple[str | None, NDArray[Any] | None]:
    """Name and numbers of the bias; None where the file has none."""
    configured = (contents.configuration or {}).get("model")
    if name == "none" or (isinstance(configured, dict) and configured.get("bias") is False):
        return None, None
    n = W.shape[-1]
    if name is not None:
        check_there(contents, name, "bias")
    else:
        fitting = [
            key
            for key, array in contents.arrays.items()
            if key not in taken and fits(array, W, n) and not _NO_BIAS.search(bare(key))
        ]
        name = first_usual(fitting, BIASES)
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
            if first_usual([key], BIASES) or _BIAS.search(_last(key)):
                raise ValueError(
                    f"{contents.source}: bias {key!r} cannot be read: it is {why}. "
                    "If it is no bias: --bias none"
                )
        # A usual name of the wrong shape is no reason to go on without a bias.
        other = [key for key in contents.arrays if key not in taken and _is_bias(key)]
        wrong = [key for key in other if not fits(contents.arrays[key], W, W.shape[-2])]
        name = first_usual(wrong, BIASES)
        if name is None:
            return None, None
    b = contents.arrays[name]
    leading = W.shape[:-2]
    if not fits(b, W, n):
        raise ValueError(
            f"{contents.source}: b must have shape {(*leading, n)} to fit W {W.shape}, got "
            f"{b.shape} under the name {name!r}"
        )
    return name, b.reshape(*leading, n) if b.ndim > 1 else b


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _is_bias(name: str) -> bool:
    return first_usual([name], BIASES) is not None


def hidden_bias_of(
    contents: Contents, bias: str | None, W: NDArray[Any]
) -> tuple[str | None, NDArray[Any] | None]:
    """A bias of the hidden layer: with a linear layer it is one of the output, seen through D."""
    m = W.shape[-2]
    for name, array in contents.arrays.items():
        named = re.search(r"enc.*bias|bias.*enc|^b_?(1|enc|in|hidden)$", bare(name), re.IGNORECASE)
        if name != bias and named and fits(array, W, m):
            return name, array.reshape(*W.shape[:-2], m) if array.ndim > 1 else array
    return None, None
