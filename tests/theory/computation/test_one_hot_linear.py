"""The infimum under a linear output: no net is below it, however it was found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import minimize

from theory.computation.absolute_value import naive_loss
from theory.computation.one_hot_linear import absolute_linear_infimum
from theory.computation.sides import absolute_one_hot_loss

pytestmark = pytest.mark.result("D29")


def best_readout(W1, importance):
    """The W2 of least squares on all sides."""
    sides = np.hstack([np.maximum(W1, 0), np.maximum(-W1, 0)])
    n = W1.shape[1]
    del importance  # each output has its own squares
    return np.linalg.lstsq(sides.T, np.tile(np.eye(n), 2).T, rcond=None)[0].T


@given(
    st.tuples(st.integers(1, 6), st.integers(1, 5)).flatmap(
        lambda s: hnp.arrays(float, s, elements=st.floats(-2, 2, width=32))
    ),
    st.floats(0.3, 1),
)
def test_no_first_layer_is_below_it(W1, decay):
    m, n = W1.shape
    importance = decay ** np.arange(n)
    W2 = best_readout(W1, importance)
    loss = absolute_one_hot_loss(W1, W2, importance=importance, output="linear")
    assert loss >= absolute_linear_infimum(n, m, importance=importance) - 1e-9


@pytest.mark.parametrize(("n", "m"), [(3, 1), (3, 2), (2, 3), (4, 3), (3, 4), (2, 4)])
def test_descent_comes_close_to_it_and_never_below(n, m):
    """Best of three descents on the loss itself, with gradients of W1 by differences."""
    rng = np.random.default_rng([n, m])
    found = np.inf
    for _ in range(3):
        start = rng.standard_normal(m * n)

        def loss(flat):
            W1 = flat.reshape(m, n)
            return absolute_one_hot_loss(W1, best_readout(W1, None), output="linear")

        found = min(found, minimize(loss, start, method="BFGS", options={"maxiter": 300}).fun)
    least = absolute_linear_infimum(n, m)
    assert least - 1e-9 <= found <= least + 0.02


@given(st.integers(1, 8), st.integers(1, 18))
def test_the_naive_solution_is_never_below_it(n, m):
    importance = 0.8 ** np.arange(n)
    p = 1e-7
    naive = naive_loss(n, m, density=p, importance=importance) / p
    least = absolute_linear_infimum(n, m, importance=importance)
    assert naive >= least - 1e-6
    if m <= 2:
        assert naive == pytest.approx(least, abs=1e-6)
