"""Activations out of a file: .csv, or any kind of file of arrays; rows are samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agreement.description.files import MOST_BYTES, read_contents
from ground.checks import FloatArray

__all__ = ["Activations", "as_samples", "read_activations"]

# In this order; whatever has another name is taken if it is the only matrix.
NAMES = ("activations", "h", "hidden", "acts", "resid", "X", "x")


@dataclass(frozen=True, eq=False)
class Activations:
    """Samples as rows.

    Attributes
    ----------
    values : ndarray (samples, dimensions)
    name : str
        Of the array, and of the file it is in.
    notes : tuple of str
        What was done to make rows of it.
    """

    values: FloatArray
    name: str
    notes: tuple[str, ...] = ()


def read_activations(
    path: str | Path, *, name: str | None = None, most_bytes: float = MOST_BYTES
) -> Activations:
    """Read activations, (…, dimensions); leading axes are samples.

    Parameters
    ----------
    path : path
        .csv (numbers with commas between, perhaps under one line of headings), or what
        :func:`agreement.description.files.read_contents` reads.
    name : str, optional
        Of the array; by default `activations`, `h`, … or the only one with two axes or more.
    most_bytes : float
        A file that unpacks to more is refused.

    Raises
    ------
    ValueError
        No such file or array, several that could be meant, one axis only, NaN or infinity.
    """
    path = Path(path)
    if path.suffix.lower() == ".csv":
        if name is not None:
            raise ValueError(f"name must be left out for a .csv file, got {name!r}")
        return as_samples(_read_csv(path, most_bytes), str(path))
    contents = read_contents(path, most_bytes=most_bytes)
    arrays = {key: array for key, array in contents.arrays.items() if array.ndim >= 2}
    if name is not None:
        if name not in contents.arrays:
            raise ValueError(f"name must be an array in {path}, which has {contents.listing()}")
        return as_samples(contents.arrays[name], f"{name} of {path}")
    if len(contents.arrays) == 1:  # of whatever shape: what is wrong with it is said below
        ((only, array),) = contents.arrays.items()
        return as_samples(array, str(path) if only == "W" else f"{only} of {path}")
    found = next((key for key in NAMES if key in arrays), None)
    if found is None and len(arrays) == 1:
        (found,) = arrays
    if found is None:
        raise ValueError(
            f"{path}: which array holds activations? It has {contents.listing()}; say it by name"
        )
    return as_samples(arrays[found], f"{found} of {path}")


def as_samples(array: np.ndarray, name: str) -> Activations:
    """Rows of finite numbers, or what is wrong."""
    if array.ndim < 2:
        raise ValueError(
            f"activations must have shape (samples, dimensions), got {array.shape} in {name}"
        )
    notes = []
    if array.ndim > 2:
        notes.append(f"axes {array.shape[:-1]} were taken as samples, one after the other")
    if not array.size:
        raise ValueError(f"activations must not be empty, got shape {array.shape} in {name}")
    values = np.asarray(array, dtype=np.float64).reshape(-1, array.shape[-1])
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        raise ValueError(
            f"activations must be finite, got NaN or infinity in {int(bad.sum())} of {len(values)} "
            f"samples of {name}, first in sample {int(np.argmax(bad))}: leave those out"
        )
    if len(values) < values.shape[1]:
        notes.append(
            f"there are fewer samples ({len(values)}) than dimensions ({values.shape[1]}): are "
            "rows samples?"
        )
    return Activations(values, name, tuple(notes))


def _read_csv(path: Path, most_bytes: float) -> np.ndarray:
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    # A number takes at least two characters with its comma, and eight bytes once read.
    if 4 * path.stat().st_size > most_bytes:
        raise ValueError(
            f"{path} unpacks to as much as {4 * path.stat().st_size / 1e9:.3g} GB, more than the "
            f"limit of {most_bytes / 1e9:.3g} GB: save it as .npy, or raise the limit with "
            "--size-limit"
        )
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = file.readline()
        try:
            headed = not [float(word) for word in first.split(",")]
        except ValueError:
            headed = True
        return np.loadtxt(path, delimiter=",", skiprows=int(headed), ndmin=2, encoding="utf-8-sig")
    except (ValueError, UnicodeDecodeError) as error:
        what = " ".join(str(error).split())[:160]
        raise ValueError(f"{path} is not numbers with commas between: {what}") from error
