"""What a line lies at: digons, an even share of a tight frame, a free block, or nothing known."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from agreement.comparison.lines import UNEXPLAINED, fractions, free_shares, line_findings

M = 10
FREE = 0.31
DERIVED = xr.Dataset(
    {
        "share": ("fraction", [0.4, 0.5]),
        "from": ("fraction", [np.nan, 0.2]),
        "to": ("fraction", [np.nan, 0.6]),
        "free_D": (("free_density", "free_feature"), [[FREE] * 5 + [0.6], [0.7] * 5 + [np.nan]]),
        "hub_D": ("hub_density", [0.98, 0.92]),
    },
    {
        "fraction": ["pentagon", "digon"],
        "free_density": [0.1, 0.05],
        "free_dimension": 4,
        "hub_density": [1.0, 0.6],
    },
)
DIGONS = np.concatenate([np.eye(M), -np.eye(M)], axis=1)


def harmonic(k: int) -> np.ndarray:
    """A tight frame of k features of equal length in M dimensions: D_i = M/k for each."""
    waves = np.arange(1, M // 2 + 1)[:, None] * 2 * np.pi * np.arange(k) / k
    return np.concatenate([np.cos(waves), np.sin(waves)]) / np.sqrt(M // 2)


def axis_of(share: float, k: int) -> np.ndarray:
    """k features, on their own axes but for short ones that leave them D_i = share.

    The short one beside W_i = e_i is c e_i, too short to be represented: D_i = 1 / (1 + c²).
    """
    c = np.sqrt(1 / share - 1)
    return np.concatenate([np.eye(M, k), c * np.eye(M, k)], axis=1)


def models(*W: np.ndarray) -> xr.Dataset:
    axes = ("density", "run", "hidden", "feature")
    p = 10.0 ** -np.arange(len(W))
    return xr.Dataset({"W": (axes, np.array(W)[:, None])}, {"density": p})


def test_digons_make_the_digons_line():
    found = line_findings(models(DIGONS), DERIVED)
    assert found.reasons == ("digon",)
    assert found.at(0.5) == list(found.lines)
    assert found.at(0.4) == []
    assert found.count(0.5, within=1e-9) == found.present.sum() == 2 * M
    assert found.close(DERIVED) == 1
    row = found.row(DERIVED)
    assert (row["lines"], row["lines_explained"]) == (1, 1)
    assert (row["fractions_winning"], row["fractions_found"]) == (1, 1)
    assert row["digon_line_distance"] == pytest.approx(0, abs=1e-12)


def test_features_that_share_alike_make_a_line_at_an_even_share():
    """Where all have m/k, no polytope is needed to explain them."""
    found = line_findings(models(harmonic(41), harmonic(41)), DERIVED)
    assert [line.dimensionality for line in found.lines] == pytest.approx([0.24])
    assert found.reasons == ("10 over 41 to 41: an even share",)
    assert found.close(DERIVED) == 0


def test_a_line_of_most_features_of_a_free_block_is_its_own():
    """Of few features in each of many models: 10/3 is no even share of theirs."""
    short = axis_of(0.92, 3)  # its short ones are not represented
    assert line_findings(models(*[short] * 8), DERIVED).reasons == (UNEXPLAINED,)
    free = DERIVED.assign(free_D=DERIVED["free_D"] + (0.92 - FREE))
    assert line_findings(models(*[short] * 8), free).reasons == ("6 in 4, free, p = 0.1",)


@pytest.mark.parametrize(("density", "reason"), [(0.6, "hubs, p = 0.6"), (0.9, UNEXPLAINED)])
def test_a_line_at_hubs_is_theirs_at_their_own_density(density, reason):
    """Theory has them at 0.92 where p = 0.6, and at 0.965 where p = 0.9."""
    W = np.array([axis_of(0.92, 3)] * 8)[None]
    hubs = xr.Dataset({"W": (("density", "run", "hidden", "feature"), W)}, {"density": [density]})
    assert line_findings(hubs, DERIVED).reasons == (reason,)


def test_fractions_come_the_largest_first_and_know_whether_they_win():
    assert [(one.name, one.wins) for one in fractions(DERIVED)] == [
        ("digon", True),
        ("pentagon", False),
    ]
    assert [(one.density, one.n_features) for one in free_shares(DERIVED)] == [(0.1, 6), (0.05, 5)]
