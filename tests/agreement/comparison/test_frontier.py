"""The frontier: exact objectives by their definition, intervals, and who is beaten by nobody."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agreement.comparison.frontier import hybrid_frontier, interval, pareto
from theory.loss.floats import loss_and_gradient
from theory.ways_out.penalised_optimum import penalised_optimum
from theory.ways_out.penalty import hidden_l1, interference_of, penalised_loss_and_gradient

CONDITIONS = (("none", 0.0), ("l1", 0.2), ("interference", 0.05), ("attack", 0.1))


def test_optima_are_not_beaten_by_themselves():
    """Two blocks of (2, 1) at their penalised optimum: nothing below, no distance, nothing paid."""
    W, b = np.empty((1, 4, 2, 2, 4)), np.empty((1, 4, 2, 4))
    loss, objective = np.full((1, 4), np.nan), np.full((1, 4), np.nan)
    trained, penalty = np.empty((1, 4, 2)), np.full((1, 4, 2), np.nan)
    for c, (name, strength) in enumerate(CONDITIONS):
        weights = {name: strength} if name in ("l1", "interference") else {}
        best = penalised_optimum(2, 1, density=0.1, starts=2, **weights)
        W[0, c], b[0, c] = np.kron(np.eye(2), best.W), np.tile(best.b, 2)
        trained[0, c] = loss_and_gradient(W[0, c], b[0, c], density=0.1)[0]
        if name != "attack":
            loss[0, c] = 2 * loss_and_gradient(best.W, best.b, density=0.1)[0]
            objective[0, c] = 2 * best.loss
            full = penalised_loss_and_gradient(W[0, c, 0], b[0, c, 0], density=0.1, **weights)[0]
            assert full == pytest.approx(objective[0, c], rel=1e-9)
            unit = {"none": 0.0, "l1": hidden_l1(W[0, c], density=0.1).sum(-1)}
            penalty[0, c] = unit.get(name, interference_of(W[0, c])[0])
    axes = ("system", "condition", "seed")
    measured = xr.Dataset(
        {
            "W": ((*axes, "hidden", "feature"), W),
            "b": ((*axes, "feature"), b),
            "kept": (axes, np.ones((1, 4, 2))),
            "f1_all": (axes, [[[0.5, 0.7], [0.6, 0.8], [0.4, 0.6], [0.5, 0.7]]]),
            "f1_kept": (axes, [[[0.5, 0.7], [0.6, 0.8], [0.4, 0.6], [0.5, 0.7]]]),
        },
        coords={
            "penalty": ("condition", [name for name, _ in CONDITIONS]),
            "strength": ("condition", [strength for _, strength in CONDITIONS]),
        },
    )
    derived = xr.Dataset(
        {
            "loss": (axes[:2], loss),
            "objective": (axes[:2], objective),
            "trained_loss": (axes, trained),
            "trained_penalty": (axes, penalty),
        }
    )
    found = hybrid_frontier(measured, derived, [("digons", 4, 2, 0.1, (2, 1))])
    assert abs(found.below) < 1e-9
    assert found.off < 1e-9
    np.testing.assert_allclose(found.gained[0], [0, 0.1, -0.1, 0], atol=1e-12)
    np.testing.assert_allclose(found.gained_error, 0, atol=1e-12)  # seed by seed
    assert found.paid[0, 0] == pytest.approx(0, abs=1e-12)
    assert found.paid[0, 1] > 0
    assert found.front[0].tolist() == [True, True, False, True]
    assert found.crowding[0].tolist() == [2.0] * 4


@given(
    st.integers(1, 8).flatmap(
        lambda n: st.tuples(
            arrays(float, n, elements=st.floats(0, 1)), arrays(float, n, elements=st.floats(0, 1))
        )
    )
)
def test_a_front_is_what_nobody_beats(points):
    cost, gain = points
    front = pareto(cost, gain)
    assert front.any()
    for k in range(len(cost)):
        beaten = [
            j
            for j in range(len(cost))
            if (cost[j] < cost[k] and gain[j] >= gain[k])
            or (cost[j] <= cost[k] and gain[j] > gain[k])
        ]
        assert front[k] == (not beaten)


def test_intervals_hold_their_share():
    """Of 4000 samples of five, 95 % within three standard errors of that share."""
    values = np.random.default_rng(0).normal(size=(4000, 5))
    mean, half = interval(values)
    share = np.mean(np.abs(mean) < half)
    assert abs(share - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 4000)
