"""What a file holds: arrays of real numbers by name, and why anything else in it is not read.

Nothing in a file is ever run: NumPy arrays are read without pickle, PyTorch files with
``weights_only=True``, and safetensors, which hold nothing but numbers, by the few lines below.
Nothing is unpacked before its size is known.
"""

from __future__ import annotations

import json
import math
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from agreement.description.arrays import tensor_numbers, tensor_refused, why_not_numbers
from agreement.description.origin import CONFIGURATION, KEY, axes_in, configuration_from

__all__ = ["MOST_BYTES", "Contents", "read_contents"]

MOST_BYTES = 2**30  # what a file may unpack to, unless more is asked for
# Below this, weights_only did not keep a crafted file from running code (CVE-2025-32434).
SAFE_TORCH = (2, 6)


@dataclass(frozen=True, eq=False)
class Contents:
    """What a file, or a Dataset, holds.

    Attributes
    ----------
    source : str
        Path of the file, for messages.
    arrays : dict of arrays of real numbers
    refused : dict of str
        Entries that are no such arrays, and why.
    axes : dict of tuples of str
        Names of the axes, where the file has them.
    configuration : dict, optional
        What `numeric.train`, or `agreement.save_model`, writes beside its result.
    """

    source: str
    arrays: Mapping[str, NDArray[Any]]
    refused: Mapping[str, str] = field(default_factory=dict)
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    configuration: Mapping[str, Any] | None = None

    def listing(self) -> str:
        """Such as "W (2, 5), b (5,), config (not read: text)"."""
        read = [f"{name} {array.shape}" for name, array in self.arrays.items()]
        return ", ".join(read + [f"{name} (not read: {why})" for name, why in self.refused.items()])


def read_contents(path: str | Path, *, most_bytes: float = MOST_BYTES) -> Contents:
    """Every array in a file by its name; a lone .npy array is called W.

    Parameters
    ----------
    path : path
        .npz, .npy, .safetensors, .nc, or a PyTorch state dict (.pt, .pth, .bin; needs torch).
    most_bytes : float
        A file that would unpack to more is refused before it is unpacked.

    Raises
    ------
    ValueError
        No such file, a kind of file that is not read, a damaged one, or one too large.
    """
    path = Path(path)
    readers: dict[str, Callable[[Path, float], Contents]] = {
        ".npy": _read_npy,
        ".npz": _read_npz,
        ".safetensors": _read_safetensors,
        ".nc": _read_netcdf,
        ".pt": _read_torch,
        ".pth": _read_torch,
        ".bin": _read_torch,
    }
    if path.suffix.lower() not in readers:
        raise ValueError(f"{path}: a file of weights must end in {', '.join(readers)}")
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    if not most_bytes > 0:
        raise ValueError(f"most_bytes must be positive, got {most_bytes!r}")
    try:
        _check_size(path, path.stat().st_size, most_bytes)
        contents = readers[path.suffix.lower()](path, most_bytes)
    except _Refused:
        raise
    except Exception as error:
        # Parsers of damaged files raise whatever they like; all of it means the same.
        what = _sentence(str(error)) or type(error).__name__
        raise ValueError(f"{path} is damaged, or not a {path.suffix} file: {what}") from error
    if not contents.arrays:
        found = f"; it has {contents.listing()}" if contents.refused else ""
        raise ValueError(f"{path} holds no array of real numbers{found}")
    return contents


class _Refused(ValueError):
    """A sentence that needs nothing added."""


def _check_size(path: Path, size: float, most: float) -> None:
    if size > most:
        raise _Refused(
            f"{path} unpacks to {_gigabytes(size)}, more than the limit of {_gigabytes(most)}: "
            "save the weights alone, or raise the limit with --size-limit (most_bytes=)"
        )


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.3g} GB"


def _sentence(text: str, most: int = 240) -> str:
    """The first line of somebody's message, without colour codes, not cut within a word."""
    lines = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).strip().splitlines()
    line = " ".join(lines[0].split()) if lines else ""
    if len(line) <= most:
        return line
    stop = line.rfind(". ", 0, most)
    return line[: stop + 1] if stop > 0 else line[:most].rpartition(" ")[0] + " …"


def _read_npy(path: Path, most: float) -> Contents:
    with path.open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            raise _Refused(f"{path} is an archive of arrays; rename it to .npz")
    found = _array(lambda: path.open("rb"), path.stat().st_size)
    if isinstance(found, str):
        return Contents(str(path), {}, {"W": found})
    return Contents(str(path), {"W": found})


def _read_npz(path: Path, most: float) -> Contents:
    with path.open("rb") as file:
        if file.read(6) == b"\x93NUMPY":
            raise _Refused(f"{path} is a single array; rename it to .npy")
    arrays: dict[str, NDArray[Any]] = {}
    refused: dict[str, str] = {}
    configuration = None
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        # zipfile reads no more of an entry than is declared here.
        _check_size(path, sum(entry.file_size for entry in entries), most)
        for entry in entries:
            name = entry.filename.removesuffix(".npy")
            found = _array(lambda entry=entry: archive.open(entry), entry.file_size)  # type: ignore[misc]
            if name == KEY and found == "text":
                with archive.open(entry) as file:
                    text = np.lib.format.read_array(file, allow_pickle=False)
                configuration = configuration_from(str(text))
            elif isinstance(found, str):
                refused[name] = found
            else:
                arrays[name] = found
    return Contents(str(path), arrays, refused, axes_in(configuration, arrays), configuration)


def _array(opened: Callable[[], Any], size: int) -> NDArray[Any] | str:
    """One array in NumPy's format, or why it is not read."""
    with opened() as file:
        if file.read(6) != b"\x93NUMPY":
            return "not a NumPy array"
    with opened() as file:
        shape, dtype = _header(file)
    why = why_not_numbers(dtype)
    if why is not None:
        return why
    if math.prod(shape) * dtype.itemsize > size:
        raise ValueError(f"an array of shape {shape} does not fit into {size} bytes")
    with opened() as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))


def _header(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    else:  # 3.0 is for names of fields beyond Latin letters
        return (), np.dtype("V1")
    return shape, dtype


_SAFETENSORS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def _read_safetensors(path: Path, most: float) -> Contents:
    """Eight bytes that hold the length of a JSON header, the header, the numbers."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    try:
        header = json.loads(raw[8 : 8 + length])
    except RecursionError as error:
        raise ValueError("its header is nested too deeply") from error
    data = raw[8 + length :]
    arrays, refused = {}, {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] not in _SAFETENSORS:
            refused[name] = f"of type {entry['dtype']}"[:40]
            continue
        start, end = entry["data_offsets"]
        if not 0 <= start <= end <= len(data):
            raise ValueError(f"numbers {start} to {end} lie outside its {len(data)} bytes")
        array = np.frombuffer(data[start:end], dtype=_SAFETENSORS[entry["dtype"]])
        if entry["dtype"] == "BF16":  # the upper half of a float32
            array = (array.astype(np.uint32) << 16).view(np.float32)
        arrays[name] = array.reshape(entry["shape"])
    configuration = configuration_from((header.get("__metadata__") or {}).get(KEY))
    return Contents(str(path), arrays, refused, axes_in(configuration, arrays), configuration)


def _read_netcdf(path: Path, most: float) -> Contents:
    """What `numeric.train` saves: axes bear names, and the configuration lies beside."""
    import netCDF4

    arrays, refused, axes = {}, {}, {}
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        sizes = [v.size * np.dtype(v.dtype).itemsize for v in file.variables.values()]
        _check_size(path, float(sum(map(int, sizes))), most)
        for name, variable in file.variables.items():
            if name in file.dimensions:
                continue  # a coordinate
            why = "text" if variable.dtype is str else why_not_numbers(np.dtype(variable.dtype))
            if why is not None:
                refused[name] = why
                continue
            arrays[name] = np.asarray(variable[...])
            axes[name] = tuple(variable.dimensions)
        text = file.getncattr(CONFIGURATION) if CONFIGURATION in file.ncattrs() else None
    return Contents(str(path), arrays, refused, axes, configuration_from(text))


def contents_of(dataset: Any) -> Contents:
    """What an xarray Dataset holds."""
    arrays, refused, axes = {}, {}, {}
    for name, variable in dataset.data_vars.items():
        why = why_not_numbers(variable.dtype)
        if why is not None:
            refused[str(name)] = why
            continue
        arrays[str(name)] = np.asarray(variable.values)
        axes[str(name)] = tuple(map(str, variable.dims))
    configuration = configuration_from(dataset.attrs.get(CONFIGURATION))
    return Contents("the Dataset", arrays, refused, axes, configuration)


def _read_torch(path: Path, most: float) -> Contents:
    try:
        import torch
    except ImportError as error:
        raise _Refused(
            f"{path} is a PyTorch file and torch is not installed: pip install torch, or save "
            "the arrays with numpy.savez(path, W=W, b=b)"
        ) from error
    version = tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2])
    if version < SAFE_TORCH:
        raise _Refused(
            f"{path} is not read with torch {torch.__version__}, in which a crafted file can run "
            f"code: pip install 'torch>={SAFE_TORCH[0]}.{SAFE_TORCH[1]}'"
        )
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            _check_size(path, sum(entry.file_size for entry in archive.infolist()), most)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise _Refused(
            f"{path} is damaged, or holds more than tensors, which is not read as it can run "
            f"code; save model.state_dict() ({_sentence(str(error))})"
        ) from error
    for wrapper in ("state_dict", "model_state_dict", "model"):
        if isinstance(state, Mapping) and isinstance(state.get(wrapper), Mapping):
            state = state[wrapper]
    if isinstance(state, torch.Tensor):
        state = {"W": state}
    if not isinstance(state, Mapping):
        raise _Refused(f"{path} holds no state dict; save model.state_dict()")
    # What a module's state dict keeps beside its tensors: `load_state_dict` lets it be.
    beside = getattr(state, "_metadata", None)
    configuration = configuration_from(beside.get(KEY) if isinstance(beside, Mapping) else None)
    arrays, refused = {}, {}
    for name, tensor in state.items():
        if not isinstance(tensor, torch.Tensor):
            refused[str(name)] = f"a {type(tensor).__name__}, not a tensor"
            continue
        why = tensor_refused(tensor)
        if why is not None:
            refused[str(name)] = why
            continue
        try:
            arrays[str(name)] = tensor_numbers(tensor)
        except (RuntimeError, TypeError, NotImplementedError) as error:
            refused[str(name)] = f"torch cannot turn it into an array: {_sentence(str(error), 120)}"
    return Contents(str(path), arrays, refused, axes_in(configuration, arrays), configuration)
