"""Arrays with a configuration beside them, written in each format that `describe` reads.

A file is whole or not there: an interrupted write leaves the old one.  In each format the
configuration lies where a reader of that format does not stumble over it:

- .npz: an entry `superposition`, text without pickle, beside the arrays;
- .safetensors: its metadata, under `superposition`;
- .pt, .pth, .bin: a state dict's `_metadata`, so that `load_state_dict` takes the file as it is;
- .nc: the attribute `configuration`, as results of `numeric.train` have it.
"""

from __future__ import annotations

import difflib
import json
import struct
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agreement.description.origin import CONFIGURATION, KEY
from ground.results import write_whole

__all__ = ["SUFFIXES", "as_path", "write_arrays"]

Arrays = Mapping[str, NDArray[Any]]
Axes = Mapping[str, tuple[str, ...]]

_SAFETENSORS = {"<f8": "F64", "<f4": "F32", "|b1": "BOOL"}


def as_path(name: str, value: Any, *, suffixes: tuple[str, ...] | None = None) -> Path:
    """A path that can be written: a known suffix, in a folder that is there.

    Raises
    ------
    TypeError
        Neither text nor a path.
    ValueError
        No such suffix, no such folder, a folder itself.
    """
    if not isinstance(value, str | Path):
        raise TypeError(f"{name} must be a path, got {value!r}")
    if "\0" in str(value):
        raise ValueError(f"{name} must be a path, got one with a zero byte in it")
    path, known = Path(value), suffixes or SUFFIXES
    if path.suffix.lower() not in known:
        near = difflib.get_close_matches(path.suffix.lower(), known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        why = " (.npy holds one array, without bias or configuration)"
        raise ValueError(
            f"{name} must end in {', '.join(known)}, got {str(value)!r}{hint}"
            f"{why if path.suffix.lower() == '.npy' else ''}"
        )
    if path.is_dir():
        raise ValueError(f"{name} must be a file, and {path} is a folder")
    if not path.parent.is_dir():
        raise ValueError(f"{name}: there is no folder {path.parent} to write {path.name} to")
    return path


def write_arrays(
    path: Path, arrays: Arrays, configuration: Mapping[str, Any], axes: Axes | None = None
) -> None:
    """Write arrays and their configuration, in the format that the suffix says.

    Parameters
    ----------
    path : Path
        Of `as_path`.
    arrays : mapping of arrays
        Float64, float32 or bool; their bits are kept.
    configuration : mapping
        What JSON can hold.
    axes : mapping of tuples of str, optional
        Names of each array's axes, for .nc; lengths of equal names must agree.

    Raises
    ------
    ValueError
        A PyTorch file where torch is not installed.
    """
    text = json.dumps(configuration, sort_keys=True)
    write = _WRITERS[path.suffix.lower()]
    if write is _write_torch:
        _torch(path)  # before anything is touched
    write_whole(path, lambda temporary: write(temporary, arrays, text, axes or {}))


def _write_npz(path: str, arrays: Arrays, text: str, axes: Axes) -> None:
    np.savez(path, **{**arrays, KEY: np.array(text)})  # type: ignore[arg-type]


def _write_safetensors(path: str, arrays: Arrays, text: str, axes: Axes) -> None:
    """Eight bytes that hold the length of a JSON header, the header, the numbers."""
    header: dict[str, Any] = {"__metadata__": {KEY: text}}
    blocks, end = [], 0
    # Numbers begin at multiples of eight bytes if the wider types come first.
    for name, array in sorted(arrays.items(), key=lambda item: -item[1].itemsize):
        block = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
        kind = _SAFETENSORS[array.dtype.newbyteorder("<").str]
        offsets = [end, end + len(block)]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": offsets}
        blocks.append(block)
        end += len(block)
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head + b"".join(blocks))


def _write_torch(path: str, arrays: Arrays, text: str, axes: Axes) -> None:
    torch = _torch(Path(path))
    state = OrderedDict((name, torch.from_numpy(array.copy())) for name, array in arrays.items())
    # As `Module.state_dict` has it: of each module by its path, "" being the whole.
    state._metadata = OrderedDict({"": {"version": 1}, KEY: text})  # type: ignore[attr-defined]
    torch.save(state, path)


def _torch(path: Path) -> Any:
    try:
        import torch
    except ImportError as error:
        raise ValueError(
            f"a {path.suffix} file is written by torch, which is not installed: pip install "
            "'superposition-theory[torch]', or save as .safetensors or .npz, which need nothing"
        ) from error
    return torch


def _write_netcdf(path: str, arrays: Arrays, text: str, axes: Axes) -> None:
    import xarray as xr

    named = {name: (axes[name], array) for name, array in arrays.items()}
    xr.Dataset(named, attrs={CONFIGURATION: text}).to_netcdf(path, engine="netcdf4")


_WRITERS: dict[str, Callable[[str, Arrays, str, Axes], None]] = {
    ".npz": _write_npz,
    ".safetensors": _write_safetensors,
    ".pt": _write_torch,
    ".pth": _write_torch,
    ".bin": _write_torch,
    ".nc": _write_netcdf,
}
SUFFIXES = tuple(_WRITERS)
