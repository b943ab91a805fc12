"""D22: plateaus in closed form, in their order, and how long each is waited on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.dynamics.flow import gradient_flow
from theory.dynamics.plateaus import (
    dedicated_model,
    plateau_losses,
    plateaus,
    waiting_times,
)
from theory.dynamics.saddles import saddle
from theory.loss.floats import loss_and_gradient


@pytest.mark.result("D22")
@settings(max_examples=30)
@given(st.data(), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_dedicated_models_are_critical_and_cost_what_is_not_learnt(data, n, seed):
    m = data.draw(st.integers(1, n))
    rng = np.random.default_rng(seed)
    world = {"density": rng.uniform(0.05, 1.0, n), "importance": rng.uniform(0.1, 1.0, n)}
    levels = plateau_losses(m, **world)
    for k in range(m + 1):
        W, b = dedicated_model(m, k, **world)
        loss, dW, db = loss_and_gradient(W, b, **world)
        assert loss == pytest.approx(levels[k], abs=1e-14)
        assert max(np.abs(dW).max(), np.abs(db).max()) < 1e-14


@pytest.mark.result("D22")
@pytest.mark.parametrize(("ratio", "index"), [(0.5, [8, 3, 0]), (0.7, [8, 4, 1])])
def test_a_flow_waits_at_each_saddle_for_as_long_as_predicted(ratio, index):
    world = {"density": 0.5, "importance": ratio ** np.arange(4)}
    W = 1e-8 * np.random.default_rng(3).normal(size=(2, 4))
    waits, levels = waiting_times(W, **world), plateau_losses(2, **world)
    times = np.geomspace(0.1, 1.5 * waits[-1], 600)
    flow = gradient_flow(W, times=times, **world)
    found = [saddle(flow.W[k], flow.b[k], **world) for k in plateaus(flow.slope)]
    # The last one is a plateau only if it is a minimum, or left slowly: with 0.7 it is left soon.
    assert len(found) == (3 if index[-1] == 0 else 2)
    np.testing.assert_allclose([at.loss for at in found], levels[: len(found)], atol=1e-12)
    assert [at.index for at in found] == index[: len(found)]
    assert max(at.slope for at in found) <= 1e-10
    halves = (levels[:-1] + levels[1:]) / 2
    crossed = [np.interp(-half, -flow.loss, times) for half in halves]
    # Left out: terms of order LINEAR² in the growth, and features that are not quite apart.
    np.testing.assert_allclose(waits, crossed, rtol=2e-3)


@pytest.mark.result("D22")
def test_equal_importance_has_one_plateau_the_empty_model():
    W = 1e-8 * np.random.default_rng(0).normal(size=(2, 4))
    times = np.geomspace(0.1, 100.0, 400)
    flow = gradient_flow(W, times=times, density=0.5)
    (first, *others) = plateaus(flow.slope)
    empty = saddle(flow.W[first], flow.b[first], density=0.5)
    assert (empty.index, empty.one_sided) == (8, 8)
    assert empty.loss == pytest.approx(4 * (0.5 / 3 - 0.25 / 4), abs=1e-12)
    between = plateau_losses(2, density=0.5, importance=np.ones(4))[1]
    assert all(abs(flow.loss[k] - between) > 0.02 * between for k in others)


@pytest.mark.result("D22")
@pytest.mark.parametrize("density", [0.2, 0.7])
def test_one_feature_is_late_by_its_own_delay(density):
    """(1, 1): no neighbours; the same clock for every importance."""
    late = []
    for importance in (1.0, 0.3):
        world = {"density": density, "importance": [importance]}
        c = importance * (density / 3 - density**2 / 4)
        wait = float(waiting_times([[1e-6]], **world)[0])
        times = np.linspace(0.9 * wait, 1.1 * wait, 400)
        flow = gradient_flow([[1e-6]], times=times, **world)
        crossed = np.interp(-c / 2, -flow.loss, times)
        assert wait == pytest.approx(crossed, rel=1e-4)
        late.append(importance * crossed)
    assert late[0] == pytest.approx(late[1], rel=1e-3)


def test_slow_is_no_plateau():
    """A power law only slows down; a ramp has no depth; a dip of a third of a decade neither."""
    time = np.geomspace(1, 1e4, 200)
    assert plateaus(1 / time).tolist() == [199]  # at rest in the end, never before
    assert plateaus(time).tolist() == []
    dip = 1 - 0.5 * np.exp(-(np.log(time / 100) ** 2))
    assert plateaus(dip).tolist() == []
    assert len(plateaus(1 - 0.9 * np.exp(-(np.log(time / 100) ** 2)))) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plateau_losses(1, density=0.5, importance=1.0), "density and importance must"),
        (lambda: plateau_losses(3, density=0.5, importance=[1, 1]), "n_hidden must not exceed"),
        (lambda: dedicated_model(1, 2, density=0.5, importance=[1, 1]), "learnt must be"),
        (lambda: waiting_times([[0.5, 0]], density=0.5, importance=[1, 1]), "W must be a start"),
        (lambda: waiting_times([[1e-3]], density=0.5, importance=[1, 1]), "W must have shape"),
        (lambda: waiting_times([[1e-3, 0]], density=0.5, importance=[1, 0]), "must be positive"),
        (lambda: plateaus([1.0]), "slopes must be"),
        (lambda: plateaus([1.0, 2.0], depth=0), "depth must be"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
