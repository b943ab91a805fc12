"""Runs on levels: a model on a level settles there, another does not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from agreement.comparison.levels import settle, settled_runs
from theory.one_hot.kgons import kgon_levels

LEVELS = kgon_levels(6, dead=True)
DERIVED = xr.Dataset({"loss": ("level", [level.loss for level in LEVELS])})


def polygon(k: int) -> tuple[np.ndarray, np.ndarray, int]:
    """The k-gon of six features, its biases, and its place among the levels."""
    place = next(i for i, one in enumerate(LEVELS) if one.k == k and not one.dead)
    level = LEVELS[place]
    angles = 2 * np.pi * np.arange(6) / k
    used = np.arange(6) < k
    W = level.radius * np.stack([np.cos(angles), np.sin(angles)]) * used
    spare = 0.0 if level.unused_bias is None else level.unused_bias
    return W, np.where(used, level.bias, spare), place


def measured(*models: tuple[np.ndarray, np.ndarray]) -> xr.Dataset:
    """Runs of one start that have nothing but an end."""
    W, b = (np.array(parts)[None, :, None] for parts in zip(*models, strict=True))
    return xr.Dataset(
        {
            "W_snapshots": (("start", "instance", "snapshot", "hidden", "feature"), W),
            "b_snapshots": (("start", "instance", "snapshot", "feature"), b),
        }
    )


def test_a_polygon_settles_on_its_own_level_and_a_smaller_one_on_none():
    chosen = [polygon(k) for k in (3, 4, 5, 6)]
    hexagon, bias, _ = chosen[-1]
    runs = measured(*((W, b) for W, b, _ in chosen), (0.9 * hexagon, bias))
    ends = settled_runs(runs, DERIVED, within=1e-6)
    assert ends.settled.tolist() == [[True] * 4 + [False]]
    assert ends.nearest[0, :4].tolist() == [place for _, _, place in chosen]
    row = ends.row()
    assert (row["runs"], row["runs_settled"], row["levels_reached"]) == (5, 0.8, 4)
    # Radius and bias are roots to many digits: what is left is rounding of the loss in floats.
    assert row["level_distance_max"] < 1e-12


def test_the_nearest_level_is_told_by_relative_distance():
    nearest, distance = settle(np.array([[1.1, 1.9]]), np.array([1.0, 2.0]))
    assert nearest.tolist() == [[0, 1]]
    assert distance[0] == pytest.approx([0.1, 0.05])
