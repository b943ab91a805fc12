"""D40, D41: comparisons on data made by hand, and the law that no model passes a bound."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings

from agreement.comparison.compressed import median_density
from agreement.comparison.nonlinear import levels_of, nonlinear
from agreement.strategies import densities, toy_models
from numeric.recovery.critical import represented
from theory import loss_and_gradient
from theory.ways_out.encoder_bound import linear_encoder_bound
from theory.ways_out.linear_programmes import programme_threshold


@pytest.mark.result("D40")
@settings(max_examples=20)
@given(toy_models(most_features=4), densities(1e-3))
def test_no_model_loses_less_than_any_decoder_must(model, density):
    m, n = model.W.shape
    loss = float(loss_and_gradient(model.W, model.b, density=density)[0])
    bound = linear_encoder_bound(n, m, density=density)
    # Rounding is relative to the largest loss of a sample.
    assert loss >= bound - 1e-12 * float(np.sum(model.reach**2))


@pytest.mark.result("D40")
@pytest.mark.parametrize("n", [100, 1000])
def test_half_of_samples_fail_near_the_threshold(n):
    p = median_density(n, n // 2)
    # Recovery at the median number of active features, up to the order 1/√n of its own spread.
    assert programme_threshold(p) == pytest.approx(0.5, abs=3 / n)


@pytest.mark.result("D40")
def test_small_columns_are_left_out():
    assert represented(np.array([[1.0, 0.1], [0.0, 0.1]])).tolist() == [True, False]


@pytest.mark.result("D41")
def test_neurons_hold_levels():
    assert [levels_of(h) for h in (1, 2, 3, 4, 5, 16)] == [1, 1, 2, 2, 3, 8]


@pytest.mark.result("D41")
def test_crossings_and_distances_are_read_off():
    p = np.array([1.0, 0.1, 0.01])
    level = [1, 2, 3]
    derived = xr.Dataset(
        {
            "width_loss": (("width", "level"), [[1 / 12, 0.09, 0.01], [1 / 12, 0.07, np.nan]]),
            "noise_loss": (("noise", "level"), [[0.1, 0.2, 0.3]]),
            "code_loss": (("code", "density"), [p * 0.1, p * 1e-9]),
            "toy_loss": ("density", p**2),
        },
        coords={"level": level, "width": [0.0, 0.4], "noise": [0.1], "code": [2, 9], "density": p},
    )
    measured = xr.Dataset(
        {
            "width_loss": (("width", "level"), [[1 / 12, 0.09, 0.01], [1 / 12, 0.08, np.nan]]),
            "width_error": (("width", "level"), np.full((2, 3), 0.005)),
            "noise_loss": (("noise", "level"), [[0.1, 0.2, 0.33]]),
            "noise_error": (("noise", "level"), [[0.01, 0.01, 0.01]]),
            "trained": (("neurons", "instance"), [[0.05, 0.09]]),
        },
        coords={"level": level, "width": [0.0, 0.4], "noise": [0.1], "neurons": [4]},
    )
    found = nonlinear(measured, derived)
    assert found.width_z == pytest.approx(2.0)
    assert found.noise_z == pytest.approx(3.0)
    assert found.least_levels == 3
    # p² and p/10 cross at 1/10.
    assert found.sparse_crossing[0] == pytest.approx(0.1)
    assert np.isnan(found.sparse_crossing[1])
    row = found.row()
    assert row["nonlinear_trained_best"] == 0.05
    assert row["nonlinear_trained_below_linear"] == 0.5
