"""Sizes in one Dataset: each comes back as it was."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.labels import labelled, of_label


def part(n: int, p: list[float]) -> xr.Dataset:
    """Models of n features, with blocks as all sizes have them."""
    rng = np.random.default_rng(n)
    return xr.Dataset(
        {
            "W": (("density", "feature"), rng.normal(size=(len(p), n))),
            "share": (("density", "block"), rng.normal(size=(len(p), 2))),
        },
        {"density": p, "block": ["digon", "pentagon"]},
    )


def test_sizes_of_different_shapes_are_told_apart():
    parts = {"5_2": part(5, [1.0, 0.5]), "15_2": part(15, [1.0, 0.3, 0.1])}
    both = xr.merge([labelled(one, label) for label, one in parts.items()])
    assert set(both.data_vars) == {"W_5_2", "W_15_2", "share_5_2", "share_15_2"}
    for label, one in parts.items():
        assert of_label(both, label).identical(one)
