"""Results on disk: netCDF files that are whole or absent, and know what made them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

CONFIGURATION = "configuration"


def configured(dataset: xr.Dataset, configuration: Mapping[str, Any]) -> xr.Dataset:
    """Attach the complete configuration, as JSON with sorted keys; NumPy's numbers are numbers."""
    text = json.dumps(configuration, sort_keys=True, default=_plain)
    return dataset.assign_attrs({CONFIGURATION: text})


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"configuration must hold numbers and words, got {value!r}")


def configuration_of(dataset: xr.Dataset) -> dict[str, Any]:
    """Return the configuration that a result carries."""
    if CONFIGURATION not in dataset.attrs:
        raise ValueError("dataset carries no configuration; it was not written by this project")
    return dict(json.loads(dataset.attrs[CONFIGURATION]))


def write_whole(path: str | os.PathLike[str], write: Any) -> None:
    """Call ``write(temporary path)`` and move the file to `path` only once it is complete.

    A reader, or a run killed at any moment, sees the old file or the new one, never half.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix
    )
    os.close(handle)
    try:
        write(temporary)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    write_whole(path, lambda temporary: Path(temporary).write_text(text, encoding="utf-8"))


def save(dataset: xr.Dataset, path: str | os.PathLike[str]) -> None:
    """Write a result as netCDF, whole or not at all; it must carry its configuration."""
    configuration_of(dataset)
    write_whole(path, lambda temporary: dataset.to_netcdf(temporary, engine="netcdf4"))


def load(
    path: str | os.PathLike[str], *, configuration: Mapping[str, Any] | None = None
) -> xr.Dataset:
    """Read a result back, refusing a damaged file or another configuration's.

    Parameters
    ----------
    configuration : mapping, optional
        What the result must have been made with; None accepts any.

    Raises
    ------
    FileNotFoundError
        No such file.
    ValueError
        The file is damaged, not ours, or was made with another configuration; the message
        says which file to move away.  Nothing is deleted.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"no result at {path}; run make to compute it")
    try:
        with xr.open_dataset(path, engine="netcdf4") as file:
            dataset = file.load()
        found = configuration_of(dataset)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ValueError(
            f"{path} is damaged or not a result of this project ({error}); "
            "move it away and run make again"
        ) from error
    if configuration is not None:
        wanted = json.loads(json.dumps(configuration, sort_keys=True))
        if found != wanted:
            keys = sorted(k for k in found.keys() | wanted.keys() if found.get(k) != wanted.get(k))
            raise ValueError(
                f"{path} was made with another configuration (different: {', '.join(keys)}); "
                "move it away and run make again"
            )
    return dataset
