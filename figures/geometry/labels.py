"""Models of several sizes in one Dataset: all names but ``block`` end in the size's label."""

from __future__ import annotations

import xarray as xr

__all__ = ["labelled", "of_label"]


def labelled(part: xr.Dataset, label: str) -> xr.Dataset:
    """One size's Dataset with its label at the end of every name: W becomes W_200_20."""
    names = [*part.dims, *part.data_vars]
    return part.rename({name: f"{name}_{label}" for name in names if name != "block"})


def of_label(dataset: xr.Dataset, label: str) -> xr.Dataset:
    """One size's Dataset again, its names without the label."""
    ending = f"_{label}"
    part = dataset[[name for name in dataset.data_vars if str(name).endswith(ending)]]
    names = [str(name) for name in {*part.dims, *part.variables}]
    return part.rename({name: name.removesuffix(ending) for name in names if name.endswith(ending)})
