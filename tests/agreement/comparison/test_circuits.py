"""Matching circuits: hidden orders and scales are undone, and faults are seen."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from agreement.comparison.circuits import compared_circuits, exact_loss, matched_circuit
from theory.computation.absolute_value import naive_net
from theory.computation.leaning_pair import leaning_pair
from theory.computation.two_layers import two_layer_loss


def disguised(net, seed):
    """The same net with its neurons in another order and at other scales."""
    rng = np.random.default_rng(seed)
    order, scale = rng.permutation(len(net.W1)), np.exp(rng.uniform(-2, 2, len(net.W1)))
    return (net.W1 * scale[:, None])[order], (net.W2 / scale)[:, order]


@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_order_and_scale_are_undone(n, seed):
    net = naive_net(n, 2 * n, density=1.0)
    W1, W2 = disguised(net, seed)
    found = matched_circuit(W1, W2, net.W1, net.W2)
    # Two products of rounding 2^-53 each.
    assert found.error < 1e-15
    assert exact_loss(W1, W2, np.zeros(n), 0.3) < 1e-28


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 0.5))
def test_a_lean_is_measured(seed, lean):
    net = naive_net(2, 4, density=1.0)
    W1, W2 = leaning_pair(lean)
    order = np.random.default_rng(seed).permutation(4)
    found = matched_circuit(W1[order], W2[:, order], net.W1, net.W2)
    assert found.error == pytest.approx(lean)


@given(st.integers(1, 3), st.integers(1, 5), st.floats(0.05, 1), st.integers(0, 2**32 - 1))
def test_all_patterns_make_the_loss(n, m, p, seed):
    """Against the loss that samples three active features, within its error; exact without."""
    rng = np.random.default_rng(seed)
    W1, W2, b = (rng.standard_normal(shape) for shape in ((m, n), (n, m), n))
    found = two_layer_loss(W1, W2, b, p, points=64)
    mine = exact_loss(W1, W2, b, p)
    # Eight scramblings: Student's t of 7 degrees, beyond 10 with chance 2e-5.
    assert abs(mine - found.loss) <= 10 * found.error + 1e-10 * mine


def test_runs_are_told_apart_by_their_dead_sides():
    n, p = 2, 0.4
    net = naive_net(n, 4, density=1.0)
    whole = *disguised(net, 1), np.zeros(n)
    lame = net.W1, np.where(np.arange(4) == 1, -1.0, 1.0) * net.W2, np.zeros(n)
    runs = {
        name: (("density", "start", "instance", *axes), np.array([[[one, two]]]))
        for name, axes, one, two in zip(
            ("W1", "W2", "b"),
            (("hidden", "feature"), ("feature", "hidden"), ("feature",)),
            whole, lame, strict=True,
        )
    }  # fmt: skip
    before = {f"{name}_start": values for name, values in runs.items()}
    measured = xr.Dataset({**runs, **before}, {"density": [p], "start": ["random"]})
    derived = xr.Dataset(
        {
            "W1": (("hidden", "feature"), net.W1),
            "W2": (("feature", "hidden"), net.W2),
            "dead_side": ("density", [p / 6]),
        }
    )
    found = compared_circuits(measured, derived, reached=1e-6)
    assert found.best == (0, 0)
    assert found.dead.tolist() == found.dead_at_start.tolist() == [[[0, 1]]]
    np.testing.assert_allclose(found.in_dead_sides[0, 0], [0, 1], atol=1e-12)
    row = found.row()
    assert row["circuit_reached_random"] == row["circuit_dead_random"] == 0.5
    assert row["dead_side_distance"] < 1e-12
    assert row["circuit_error"] < 1e-15
