"""Plain arrays out of what other libraries hold: tensors that require grad, Datasets' variables.

Nothing here imports those libraries: who passes a tensor has already loaded them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["plain", "why_not_numbers"]

_NOT_NUMBERS = {
    "c": "complex, not real",
    "O": "Python objects, which are not read as reading them can run code",
    "S": "text",
    "U": "text",
    "T": "text",
    "M": "dates",
    "m": "durations",
    "V": "a record, not an array of numbers",
}


def why_not_numbers(dtype: np.dtype[Any]) -> str | None:
    """Why an array of that type can be neither weights nor biases; None if it can."""
    return None if dtype.kind in "biuf" else _NOT_NUMBERS.get(dtype.kind, f"of type {dtype}")


def plain(name: str, value: Any) -> Any:
    """The value as it is, or a tensor's numbers as an array, with its gradient left behind.

    Raises
    ------
    ValueError
        A tensor whose numbers aren't all there: sparse, quantised, meta, nested or complex.
    """
    if not (hasattr(value, "detach") and hasattr(value, "layout")):
        return value
    kind = _kind(value)
    if kind:
        raise ValueError(f"{name} must be a plain tensor of real numbers, got {kind}")
    return tensor_numbers(value)


def tensor_numbers(tensor: Any) -> NDArray[np.float64]:
    """Numbers of a plain PyTorch tensor."""
    return np.asarray(tensor.detach().cpu().double().numpy())


def _kind(tensor: Any) -> str | None:
    """What is wrong with a tensor, in words; None if nothing is."""
    layout = str(tensor.layout).removeprefix("torch.")
    if layout != "strided":
        return f"a sparse one ({layout}): save tensor.to_dense()"
    if getattr(tensor, "is_quantized", False):
        return "a quantised one: save tensor.dequantize()"
    if getattr(tensor, "is_meta", False):
        return "a meta tensor, which has a shape and no numbers: load the model before saving it"
    if getattr(tensor, "is_nested", False):
        return "a nested one: save its parts"
    if tensor.is_complex():
        return "a complex one: save its real part, or its modulus"
    return None


def tensor_refused(tensor: Any) -> str | None:
    """Why a tensor of a file is not read; None if it is."""
    return _kind(tensor)
