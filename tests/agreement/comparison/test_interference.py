"""Runs with a price on overlap held against the exact diagram: chosen by the exact objective."""

from __future__ import annotations

import numpy as np
import pytest

from agreement.comparison.interference import best_runs, bracket, interference_row
from theory.ways_out.interference_optimum import interference_phase_diagram

DENSITIES, IMPORTANCES, STRENGTH = [0.05, 0.3], [0.3, 1.0, 2.0], 0.01


def runs_beside(diagram):
    """The optimum itself, and a worse run before it."""
    W, b = diagram["W"].values[..., 0, :], diagram["b"].values
    both = np.stack([np.broadcast_to([0.3, 0.2], W.shape), W], 2)
    return best_runs(
        both,
        np.stack([np.zeros(b.shape), b], 2),
        np.array(DENSITIES)[:, None],
        np.array(IMPORTANCES)[None],
        interference=STRENGTH,
    )


def test_the_optimum_agrees_with_itself_and_the_best_run_is_taken():
    diagram = interference_phase_diagram(DENSITIES, IMPORTANCES, interference=STRENGTH)
    found = runs_beside(diagram)
    np.testing.assert_array_equal(found.W, diagram["W"].values[..., 0, :])
    np.testing.assert_allclose(found.objective, diagram["objective"].values, rtol=1e-12)
    np.testing.assert_allclose(found.loss, diagram["loss"].values, rtol=1e-12)
    np.testing.assert_array_equal(found.success, 0.5)
    np.testing.assert_array_equal(found.shared, diagram["phase"].values == "antipodal")
    row = interference_row(
        diagram, found, found, found.objective, np.array([[0.1, 0.2], [0.3, 0.4]]),
        np.array([0.15, 0.45]),
    )  # fmt: skip
    assert row["agree_optimum"] == 1.0
    assert row["below_optimum"] == 0
    assert row["penalty_brackets_hit"] == 1
    assert row["penalty_brackets_off"] == pytest.approx(0.5)


def test_weight_decay_is_counted_too():
    W, b = np.array([[[1.0, 0.5]]]), np.zeros((1, 1, 2))
    plain = best_runs(W, b, np.array([0.2]), np.array([1.0]))
    decayed = best_runs(W, b, np.array([0.2]), np.array([1.0]), decay=0.1)
    assert decayed.objective[0] - plain.objective[0] == pytest.approx(0.1 * 1.25)
    assert decayed.loss[0] == plain.loss[0]


def test_a_bracket_is_where_superposition_ends():
    strengths = np.array([0.0, 1.0, 2.0, 3.0])
    assert bracket(strengths, np.array([True, True, False, False])) == (1.0, 2.0)
    assert np.isnan(bracket(strengths, np.zeros(4, dtype=bool))).all()
    assert np.isnan(bracket(strengths, np.ones(4, dtype=bool))).all()
