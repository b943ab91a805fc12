"""Descents of the exact loss: they go down, are judged fairly, and follow a branch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory import armed_net, circle_code, naive_loss, nets_along, refined_net
from theory.computation.two_layers import two_layer_loss

CHEAP = {"points": 32, "judged": 256, "iterations": 40}


@pytest.mark.result("D33")
@settings(max_examples=6)
@given(st.integers(0, 2**32), st.floats(0.05, 0.9))
def test_a_descent_goes_down_and_reports_the_loss_it_ends_at(seed, density):
    """Two features: everything is integrated, so fitted and judged losses are one number."""
    rng = np.random.default_rng(seed)
    W1, W2, b = rng.standard_normal((3, 2)), rng.standard_normal((2, 3)), rng.uniform(0, 0.3, 2)
    start = two_layer_loss(W1, W2, b, density, points=0).loss
    end = refined_net(W1, W2, b, density=density, **CHEAP)
    assert end.loss <= start
    assert end.error == 0
    assert end.fitted == pytest.approx(end.loss, rel=1e-9, abs=1e-15)
    again = two_layer_loss(end.W1, end.W2, end.b, density, points=0).loss
    assert again == pytest.approx(end.loss, rel=1e-12)


@pytest.mark.result("D33")
def test_arms_are_where_descent_from_the_naive_solution_goes_on():
    """Below the onset a descent from tiny arms ends well below them; above it, at naive."""
    for density, gains in ((0.1, True), (0.3, False)):
        armed = armed_net(2, 2, density=density, size=0.01)
        end = refined_net(armed.W1, armed.W2, armed.b, density=density, points=16, judged=16)
        ratio = end.loss / naive_loss(2, 2, density=density)
        assert (ratio < 0.99) == gains
        assert ratio < 1 + 1e-9


@pytest.mark.result("D33")
def test_a_branch_from_the_code_beats_naive_the_more_the_sparser():
    """Six neurons for eight features: the code has no one-hot loss, so the ratio falls like p."""
    code = circle_code(8)
    path = nets_along(code.W1, code.W2, code.b, densities=[0.001, 0.01, 0.05], **CHEAP)
    ratio = np.array([net.loss / naive_loss(8, 6, density=net.density[0]) for net in path])
    assert np.all(np.diff(ratio) > 0)
    assert ratio[0] < 0.02
    assert ratio[-1] < 0.5
    held = two_layer_loss(path[-1].W1, path[-1].W2, path[-1].b, 0.05, points=256, seed=9)
    assert abs(held.loss - path[-1].loss) < 5 * np.hypot(held.error, path[-1].error)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"points": 0}, "points"),
        ({"iterations": 10**9}, "iterations"),
        ({"density": 1.5}, "density"),
        ({"W2": [[1.0]]}, "W2"),
        ({"W1": np.ones((1, 1, 2)), "W2": np.ones((1, 2, 1)), "b": np.zeros((1, 2))}, "W1"),
        ({"W1": np.ones((1, 41)), "W2": np.ones((41, 1)), "b": np.zeros(41)}, "n_features"),
    ],
)
def test_bad_input_is_named(change, named):
    usual = {"W1": [[1.0, 0.0]], "W2": [[1.0], [0.0]], "b": [0.0, 0.0], "density": 0.3}
    with pytest.raises(ValueError, match=named):
        refined_net(**{**usual, **change})
    if named == "density":
        with pytest.raises(ValueError, match="densities"):
            nets_along(usual["W1"], usual["W2"], usual["b"], densities=[0.5, 1.5])
