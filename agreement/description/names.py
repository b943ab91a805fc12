"""Which array is the weights, and which the decoder: names are guesses, and shapes are facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from agreement.description.files import Contents

__all__ = ["WEIGHTS", "bare", "check_there", "first_usual", "weights_of"]

# Names in public notebooks and trainers, most telling first.
WEIGHTS = ("W", "w", "weight", "weights", "W1", "W_enc", "encoder.weight", "linear.weight")
# An encoder's name becomes its decoder's by one of these.
_DECODER = (
    ("encoder", "decoder"), ("enc", "dec"), ("Enc", "Dec"), ("embed", "unembed"), ("_in", "_out"),
    ("_E", "_U"), ("_e", "_d"), ("1", "2"), ("0", "1"), ("0", "2"),
)  # fmt: skip
_WRAPPERS = re.compile(r"^(_orig_mod|module|model|net|autoencoder|toy|state_dict)\.")


def bare(name: str) -> str:
    """The name without what modules in modules put before it."""
    while _WRAPPERS.match(name):
        name = _WRAPPERS.sub("", name)
    return name


def weights_of(
    contents: Contents, weights: str | None, decoder: str | None
) -> tuple[str, str | None]:
    """Names of the encoder and, where the model is untied, of its decoder."""
    for name, what in ((weights, "weights"), (decoder, "decoder")):
        if name is not None and not (what == "decoder" and name == "none"):
            check_there(contents, name, what)
    matrices = {name: array for name, array in contents.arrays.items() if array.ndim >= 2}
    if weights is None:
        pair = next(
            ((name, other) for name in matrices for other in decoders_of(name, matrices)), None
        )
        usual = first_usual(matrices, WEIGHTS) or first_usual(contents.arrays, WEIGHTS)
        if pair is not None and (usual is None or usual == pair[0] or bare(usual) == "W1"):
            weights = pair[0]
        elif usual is not None:
            weights = usual
        elif len(matrices) == 1:
            weights = next(iter(matrices))
        else:
            for name, why in contents.refused.items():
                if bare(name) in WEIGHTS:
                    raise ValueError(f"{contents.source}: weights {name!r} are not read: {why}")
            raise ValueError(
                f"{contents.source} has no weights under a usual name; it has "
                f"{contents.listing()}. Name one: --weights NAME"
            )
    if decoder == "none":
        return weights, None
    if decoder is None:
        decoder = next(decoders_of(weights, matrices), None)
    return weights, decoder


def check_there(contents: Contents, name: str, what: str) -> None:
    if name in contents.refused:
        raise ValueError(
            f"{contents.source}: {what} {name!r} cannot be read: {contents.refused[name]}"
        )
    if name not in contents.arrays:
        raise ValueError(
            f"{contents.source} has no {what} named {name!r}; it has {contents.listing()}"
        )


def first_usual(names: Iterable[str], usual: Sequence[str]) -> str | None:
    """The most telling name, bare or as modules in modules write it."""
    ranked = [(usual.index(bare(n)), n != bare(n), n) for n in names if bare(n) in usual]
    return min(ranked)[2] if ranked else None


def decoders_of(name: str, matrices: Mapping[str, NDArray[Any]]) -> Iterator[str]:
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
