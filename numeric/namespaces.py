"""Arrays from one library to another: the only place that knows NumPy, PyTorch and CuPy by name.

array_api_strict holds just what the standard of arrays names: a model or a law of one's own that
trains on it trains on any library that keeps the standard.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

__all__ = ["NAMESPACES", "PRECISIONS", "in_namespace", "like", "to_numpy"]

NAMESPACES = ("numpy", "torch", "cupy", "array_api_strict")
PRECISIONS = ("float32", "float64")


def like(constant: Any, array: Any) -> Any:
    """A constant in the library, precision and place of an array; itself if it is there already."""
    xp = array_namespace(array)
    if isinstance(constant, np.ndarray) and not isinstance(array, np.ndarray):
        constant = np.array(constant)  # PyTorch shares memory, and warns if that is read-only
    return xp.asarray(constant, dtype=array.dtype, device=device_of(array))


def in_namespace(
    parameters: Mapping[str, Any],
    namespace: str = "numpy",
    *,
    precision: str = "float64",
    device: Any = None,
) -> dict[str, Any]:
    """Copy parameters into a library, precision and device.

    Parameters
    ----------
    namespace : {"numpy", "torch", "cupy", "array_api_strict"}
    precision : {"float32", "float64"}
    device : optional
        As the library names it, such as "cuda"; its default where None.

    Raises
    ------
    ValueError
        An unknown namespace or precision.
    ImportError
        The library is not installed; the message says how to get it.
    """
    if namespace not in NAMESPACES:
        raise ValueError(f"namespace must be one of {', '.join(NAMESPACES)}, got {namespace!r}")
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, got {precision!r}")
    try:
        wrapped = "" if namespace == "array_api_strict" else "array_api_compat."
        xp = importlib.import_module(wrapped + namespace)
    except ImportError as error:
        raise ImportError(
            f"namespace {namespace!r} needs the library {namespace}: install it, or use 'numpy'"
        ) from error
    dtype = getattr(xp, precision)
    return {
        name: xp.asarray(np.array(to_numpy(a), dtype=precision), dtype=dtype, device=device)
        for name, a in parameters.items()
    }


def to_numpy(array: Any) -> np.ndarray:
    """The array as NumPy's, copied from its device if need be."""
    if isinstance(array, np.ndarray):
        return array
    if hasattr(array, "detach"):  # PyTorch
        return np.asarray(array.detach().cpu().numpy())
    if hasattr(array, "get"):  # CuPy
        return np.asarray(array.get())
    return np.asarray(array)
