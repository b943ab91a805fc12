"""Prices and shares of models that are known: digons, and models that are no optimum."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from agreement.comparison.decoder_price import Bounded, bounded, price_row, priced
from theory.loss.floats import loss_and_gradient
from theory.ways_out.best_decoder import best_decoder_error
from theory.ways_out.decoder_error import decoder_error
from theory.ways_out.encoder_bound import linear_encoder_bound
from theory.ways_out.lost_direction import lost_direction

DENSITY = np.array([0.3, 0.1, 0.03])
DIGON = np.array([[1.0, -1.0]])


def derived():
    """The unit digon as if it were the toy's optimum."""
    columns = {
        "toy_2": [float(loss_and_gradient(DIGON, [0, 0], density=p)[0]) for p in DENSITY],
        "same_2": [float(decoder_error(DIGON, density=p)) for p in DENSITY],
        "best_2": [best_decoder_error(2, density=p) for p in DENSITY],
        "bound_2": [linear_encoder_bound(2, 1, density=p) for p in DENSITY],
    }
    return xr.Dataset(
        {name: ("density", values) for name, values in columns.items()}
        | {"bound_wide": ("dense", [linear_encoder_bound(2, 1, density=0.3)])},
        {"density": DENSITY},
    )


def measured():
    """At two densities a digon and half a digon; one more size, of the same models."""
    W = np.broadcast_to(np.stack([DIGON, 0.5 * DIGON]), (2, 2, 1, 2))
    return xr.Dataset(
        {
            "W_2": (("trained", "run", "hidden_2", "feature_2"), W),
            "b_2": (("trained", "run", "feature_2"), np.zeros((2, 2, 2))),
            "W_wide": (("dense", "run", "hidden_wide", "feature_wide"), W[:1]),
            "b_wide": (("dense", "run", "feature_wide"), np.zeros((1, 2, 2))),
        },
        {"trained": DENSITY[[0, 2]], "dense": [0.3]},
    )


@pytest.mark.result("D38")
def test_shares_add_up_and_prices_are_their_inverses():
    found = priced(measured(), derived(), 2)
    assert found.shares.sum(axis=0) == pytest.approx(1.0, rel=1e-14)
    assert np.all(found.shares >= 0)
    assert 1 / found.shares[0] == pytest.approx(found.price)
    assert found.price_of_relu == pytest.approx(1 / (1 - found.shares[2]))
    assert found.over_limit == pytest.approx(found.price * 12 * lost_direction(2))


@pytest.mark.result("D38")
def test_trained_models_are_held_at_their_own_densities():
    found = priced(measured(), derived(), 2)
    assert found.at.tolist() == [0, 2]
    assert found.gap == pytest.approx([0, 0], abs=1e-14)  # the digon is the best run
    assert found.trained[:, 0] == pytest.approx(DENSITY[[0, 2]] ** 2 / 3)
    assert np.all(found.trained[:, 1] > found.trained[:, 0])
    assert found.own[:, 0] == pytest.approx(found.own[:, 1])  # scale is no matter for a decoder
    assert found.trained_price == pytest.approx(found.price[[0, 2]])


def test_the_row_has_the_least_of_all_bounds():
    sizes, wide = [priced(measured(), derived(), 2)], bounded(measured(), derived())
    row = price_row(sizes, wide)
    assert row["cells"] == 3
    assert row["runs"] == 6
    assert row["trained_over_own_min"] >= 1
    assert row["trained_over_bound_min"] == pytest.approx(sizes[0].over_bound.min())
    low = Bounded(wide.density, wide.trained, 10 * wide.bound)
    assert price_row(sizes, low)["trained_over_bound_min"] == pytest.approx(low.over_bound.min())
    assert low.over_bound.min() < 1
