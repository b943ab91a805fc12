"""packing_theory shows a winner only as far as it wins."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from figures.geometry.packing_theory.figure import changes, draw_dimensions, free_wins

TAKEOVER = 0.04  # density at which large blocks begin to save more
DENSITIES = np.geomspace(1, 0.01, 9)


@pytest.fixture
def derived():
    p = DENSITIES
    large = np.where(p < TAKEOVER, 1.2, 0.5)
    return xr.Dataset(
        {
            "benefit": (("arrangement", "density"), np.ones((2, p.size)) * [[1.0], [0.9]]),
            "winner": ("density", np.where(p > 0.5, "triangle", "digon")),
            "dimensions_per_feature": ("density", np.linspace(1, 0.2, p.size)),
            "large_benefit": ("density", large),
            "large_ratio": ("density", np.linspace(2, 20, p.size)),
            "large_scale": ("density", np.ones(p.size)),
            "transition": ("change", [0.5, TAKEOVER]),
            "accuracy": ("change", [1e-9, 1e-9]),
            "dense": ("change", ["triangle", "digon"]),
            "sparse": ("change", ["digon", "large block"]),
            # Better than the polytope at both densities, than large blocks at the first alone.
            "free_benefit": (("free_density", "free_dimension"), [[1.1], [1.1]]),
            "free_W": (
                ("free_density", "free_dimension", "hidden", "feature"),
                np.ones((2, 1, 2, 5)),
            ),
        },
        {
            "density": p,
            "arrangement": ["digon", "triangle"],
            "free_density": [p[4], p[7]],
            "free_dimension": [2],
        },
    )


@pytest.fixture
def lines(derived):
    figure, ax = plt.subplots()
    draw_dimensions(ax, derived)
    yield ax.get_lines()
    plt.close(figure)


def test_the_last_change_is_the_takeover(derived):
    assert changes(derived)[-1][0] == TAKEOVER


def test_polytopes_stop_and_large_blocks_begin_where_these_take_over(lines):
    polytopes = [line for line in lines if line.get_linestyle() == "None"][:2]
    shown = np.concatenate([line.get_xdata() for line in polytopes])
    assert np.sort(shown) == pytest.approx(1 / DENSITIES[DENSITIES > TAKEOVER])
    (large,) = [line for line in lines if line.get_linestyle() == ":"]
    assert large.get_xdata()[0] == pytest.approx(1 / TAKEOVER)
    assert large.get_xdata()[-1] == pytest.approx(100)


def test_free_blocks_are_filled_only_where_nothing_saves_more(derived, lines):
    assert free_wins(derived).tolist() == [True, False]
    (filled,) = [line for line in lines if "save most" in str(line.get_label())]
    assert filled.get_xdata() == pytest.approx([1 / DENSITIES[4]])
