"""One model out of a file that somebody else wrote: W and b.  Nothing in the file is ever run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from agreement.description.biases import BIASES
from agreement.description.files import read_contents
from agreement.description.layout import LAYOUTS
from agreement.description.models import load_models
from agreement.description.names import WEIGHTS
from ground.checks import FloatArray

__all__ = ["BIASES", "LAYOUTS", "WEIGHTS", "load_weights", "read_arrays"]


def load_weights(
    path: str | Path,
    *,
    weights: str | None = None,
    bias: str | None = None,
    layout: str = "auto",
    instance: Sequence[int] | None = None,
) -> tuple[FloatArray, FloatArray | None]:
    """Read one tied model: W (n_hidden, n_features), and b (n_features,) where the file has one.

    Parameters
    ----------
    path, weights, bias, layout
        As in :func:`agreement.description.models.load_models`.
    instance : sequence of int, optional
        Which model, where W has leading axes.

    Raises
    ------
    ValueError
        As there; and for an untied model, which has two matrices.
    """
    (model,) = load_models(path, weights=weights, bias=bias, layout=layout, instance=instance)
    if model.decoder is not None:
        raise ValueError(f"{path} holds an untied model ({model.weights}): read it by load_models")
    return model.W, model.b


def read_arrays(path: str | Path) -> dict[str, NDArray[Any]]:
    """Every array of real numbers in a file by its name; a lone .npy array is called W.

    Raises
    ------
    ValueError
        No such file, a kind of file that is not read, or a damaged one.
    """
    return dict(read_contents(path).arrays)
