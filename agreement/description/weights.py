"""Weights out of a file that somebody else wrote.  Nothing in the file is ever run.

NumPy arrays are read without pickle, PyTorch files with ``weights_only=True``, and safetensors,
which hold nothing but numbers, by the few lines below.
"""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray, as_model

__all__ = ["BIASES", "LAYOUTS", "WEIGHTS", "load_weights", "read_arrays"]

# Names in public notebooks and trainers, most telling first.
WEIGHTS = ("W", "w", "weight", "weights", "W1", "W_enc", "encoder.weight", "linear.weight")
BIASES = ("b", "b_final", "bias", "biases", "b_out", "decoder.bias", "linear.bias")
LAYOUTS = ("hidden-features", "features-hidden", "auto")
# Below this, weights_only did not keep a crafted file from running code (CVE-2025-32434).
SAFE_TORCH = (2, 6)


def load_weights(
    path: str | Path,
    *,
    weights: str | None = None,
    bias: str | None = None,
    layout: str = "hidden-features",
    instance: Sequence[int] | None = None,
) -> tuple[FloatArray, FloatArray | None]:
    """Read one model: W (n_hidden, n_features), and b (n_features,) where the file has one.

    Parameters
    ----------
    path : path
        .npz, .npy, .safetensors, or a PyTorch state dict (.pt, .pth, .bin; needs torch).
    weights, bias : str, optional
        Names of the arrays; left out, the usual ones are looked for.
    layout : "hidden-features", "features-hidden" or "auto"
        Order of the last two axes of W in the file; "auto" takes the shorter one as hidden.
    instance : sequence of int, optional
        Which model, where W has leading axes.

    Raises
    ------
    ValueError
        Not such a file, damaged, no such arrays, shapes that do not fit; the message names the
        file and says what to do.
    """
    path = Path(path)
    if layout not in LAYOUTS:
        raise ValueError(f"layout must be one of {', '.join(LAYOUTS)}, got {layout!r}")
    arrays = read_arrays(path)
    W = _chosen(path, arrays, weights, WEIGHTS, "weights")
    b = _chosen(path, arrays, bias, BIASES, "bias")
    if W is None:
        raise ValueError(
            f"{path} has no weights under a usual name; it has {_listing(arrays)}. "
            "Name one: --weights NAME"
        )
    if W.ndim < 2:
        raise ValueError(f"{path}: weights must have at least two axes, got shape {W.shape}")
    if layout == "features-hidden" or (layout == "auto" and W.shape[-2] > W.shape[-1]):
        W = np.swapaxes(W, -1, -2)
    W, b = _instance(path, W, b, instance)
    try:
        found_W, found_b = as_model(W, b)
    except ValueError as error:
        hint = ". Is W stored as (features, hidden)? Then: --layout features-hidden"
        raise ValueError(f"{path}: {error}{hint if W.shape[0] > W.shape[1] else ''}") from error
    return found_W, None if b is None else found_b


def read_arrays(path: str | Path) -> dict[str, NDArray[Any]]:
    """Every array in a file by its name; a lone .npy array is called W.

    Raises
    ------
    ValueError
        No such file, a kind of file that is not read, or a damaged one.
    """
    path = Path(path)
    readers: dict[str, Callable[[Path], dict[str, NDArray[Any]]]] = {
        ".npy": _read_npy,
        ".npz": _read_npz,
        ".safetensors": _read_safetensors,
        ".pt": _read_torch,
        ".pth": _read_torch,
        ".bin": _read_torch,
    }
    if path.suffix.lower() not in readers:
        raise ValueError(f"{path}: a file of weights must end in {', '.join(readers)}")
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        arrays = readers[path.suffix.lower()](path)
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, struct.error) as error:
        raise ValueError(f"{path} is damaged, or not a {path.suffix} file: {error}") from error
    bad = [name for name, array in arrays.items() if array.dtype.kind not in "biuf"]
    for name in bad:
        del arrays[name]  # names, settings: not ours to read
    if not arrays:
        raise ValueError(f"{path} holds no array of real numbers")
    return arrays


def _read_npy(path: Path) -> dict[str, NDArray[Any]]:
    with path.open("rb") as file:  # closed here even where NumPy gives up
        array = _without_pickle(path, lambda: np.load(file, allow_pickle=False))
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path} is an archive of arrays; rename it to .npz")
    return {"W": array}


def _read_npz(path: Path) -> dict[str, NDArray[Any]]:
    with path.open("rb") as file:
        archive = _without_pickle(path, lambda: np.load(file, allow_pickle=False))
        if isinstance(archive, np.ndarray):
            raise ValueError(f"{path} is a single array; rename it to .npy")
        return {name: _without_pickle(path, partial(archive.get, name)) for name in archive.files}


def _without_pickle(path: Path, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except ValueError as error:
        raise ValueError(
            f"{path} is not a plain file of numbers ({error}). Python objects in it are not "
            "read, as reading them can run code; save the arrays with numpy.savez(path, W=W, b=b)"
        ) from error


_SAFETENSORS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def _read_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """Eight bytes that hold the length of a JSON header, the header, the numbers."""
    raw = path.read_bytes()
    try:
        (length,) = struct.unpack("<Q", raw[:8])
        header = json.loads(raw[8 : 8 + length])
        data = raw[8 + length :]
        arrays = {}
        for name, entry in header.items():
            if name == "__metadata__" or entry["dtype"] not in _SAFETENSORS:
                continue
            start, end = entry["data_offsets"]
            array = np.frombuffer(data[start:end], dtype=_SAFETENSORS[entry["dtype"]])
            if entry["dtype"] == "BF16":  # the upper half of a float32
                array = (array.astype(np.uint32) << 16).view(np.float32)
            arrays[name] = array.reshape(entry["shape"])
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"{path} is damaged, or not a .safetensors file: {error}") from error
    return arrays


def _read_torch(path: Path) -> dict[str, NDArray[Any]]:
    try:
        import torch
    except ImportError as error:
        raise ValueError(
            f"{path} is a PyTorch file and torch is not installed: pip install torch, or save "
            "the arrays with numpy.savez(path, W=W, b=b)"
        ) from error
    version = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    if version < SAFE_TORCH:
        raise ValueError(
            f"{path} is not read with torch {torch.__version__}, in which a crafted file can run "
            f"code: pip install 'torch>={SAFE_TORCH[0]}.{SAFE_TORCH[1]}'"
        )
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, ValueError) as error:
        raise ValueError(
            f"{path} is damaged, or holds more than tensors, which is not read as it can run "
            f"code; save model.state_dict() ({str(error).splitlines()[0]})"
        ) from error
    for wrapper in ("state_dict", "model_state_dict", "model"):
        if isinstance(state, Mapping) and isinstance(state.get(wrapper), Mapping):
            state = state[wrapper]
    if isinstance(state, torch.Tensor):
        state = {"W": state}
    if not isinstance(state, Mapping):
        raise ValueError(f"{path} holds no state dict; save model.state_dict()")
    return {
        str(name): tensor.detach().double().numpy()
        for name, tensor in state.items()
        if isinstance(tensor, torch.Tensor) and not tensor.is_complex()
    }


def _chosen(
    path: Path,
    arrays: Mapping[str, NDArray[Any]],
    name: str | None,
    usual: Sequence[str],
    what: str,
) -> NDArray[Any] | None:
    if name is not None:
        if name not in arrays:
            raise ValueError(f"{path} has no {what} named {name!r}; it has {_listing(arrays)}")
        return arrays[name]
    found = next((arrays[key] for key in usual if key in arrays), None)
    if found is None and what == "weights":
        matrices = [array for array in arrays.values() if array.ndim >= 2]
        return matrices[0] if len(matrices) == 1 else None
    return found


def _instance(
    path: Path, W: NDArray[Any], b: NDArray[Any] | None, instance: Sequence[int] | None
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    leading = W.shape[:-2]
    index = tuple(instance or ())
    if len(index) != len(leading):
        raise ValueError(
            f"{path} holds models along leading axes {leading}: choose one with "
            f"--instance {','.join('0' for _ in leading)}"
            if leading
            else f"{path} holds a single model, got --instance {','.join(map(str, index))}"
        )
    if any(not 0 <= i < size for i, size in zip(index, leading, strict=True)):
        raise ValueError(
            f"{path}: --instance {','.join(map(str, index))} is outside the leading axes {leading}"
        )
    if b is not None and b.ndim > 1:
        if b.shape[:-1] != leading:
            raise ValueError(f"{path}: bias of shape {b.shape} does not fit weights {W.shape}")
        b = b[index]
    return W[index], b


def _listing(arrays: Mapping[str, NDArray[Any]]) -> str:
    return ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
