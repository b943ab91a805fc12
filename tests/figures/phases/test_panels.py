"""Borders in a phase diagram stand between cells of different phase, and nowhere else."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from figures.kit.style import edges_of
from figures.phases.panels import draw_borders

P, R = np.array([1.0, 0.1, 0.01]), np.array([0.1, 1.0, 10.0])


def borders(structure):
    """Segments drawn for structures by (density, importance)."""
    figure, ax = plt.subplots()
    draw_borders(
        ax,
        xr.Dataset(
            {"structure": (("density", "importance"), structure)}, {"density": P, "importance": R}
        ),
    )
    segments = ax.collections[0].get_segments()
    plt.close(figure)
    return segments


def test_one_phase_has_no_border():
    assert not borders(np.full((3, 3), "[1 2]", dtype="U16"))


def test_a_cell_of_its_own_has_its_four_edges():
    structure = np.full((3, 3), "[1 2]", dtype="U16")
    structure[1, 1] = "[1] (2)"
    found = borders(structure)
    p, r = edges_of(P), edges_of(R)
    corners = {(p[i], r[j]) for i in (1, 2) for j in (1, 2)}
    assert len(found) == 4
    assert {tuple(end) for segment in found for end in segment} == corners


@pytest.mark.parametrize("same", ["[1 2] [3]", "[1 3] [2]"])
def test_structures_of_one_phase_are_not_parted(same):
    """Which of two equal features shares a dimension is no border; that the extra does, is one."""
    structure = np.full((3, 3), "[2 1] [3]", dtype="U16")
    structure[2, 2] = same
    assert len(borders(structure)) == (0 if same == "[1 2] [3]" else 2)
